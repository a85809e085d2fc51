import { ArgumentError, nearest } from '../base/index.js'
import type { EngineKind } from './engine.js'
import { htcondor } from './engines/htcondor.js'
import { local } from './engines/local.js'
import { lsf } from './engines/lsf.js'
import { oar } from './engines/oar.js'
import { moab, pbs } from './engines/pbs.js'
import { sge } from './engines/sge.js'
import { slurm } from './engines/slurm.js'

export type EngineName = 'slurm' | 'sge' | 'pbs' | 'oar' | 'lsf' | 'moab' | 'htcondor' | 'local'

/** The engines that there are, by the name that they have in settings. */
const kinds = { slurm, sge, pbs, oar, lsf, moab, htcondor, local } as unknown as Readonly<
  Record<EngineName, EngineKind<EngineName, object>>
>

/** @throws ArgumentError when there is none of that name */
export function engineKind(name: string): EngineKind<EngineName, object> {
  if (Object.hasOwn(kinds, name)) return kinds[name as EngineName]
  const names = Object.keys(kinds)
  const near = nearest(name, names)
  throw new ArgumentError(
    `there is no engine ${JSON.stringify(name)}; ${near ? `did you mean ${near}? T` : 't'}here are ${names.join(', ')}`,
  )
}
