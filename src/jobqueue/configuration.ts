import { ArgumentError, nearest } from '../base/index.js'
import { config } from '../config/index.js'
import { type ClusterOptions, type OptionsOf, clusterOptions } from './cluster-options.js'
import type { EngineKind } from './engine.js'
import type { EngineName } from './engine-kinds.js'
import { type JobOptions, jobOptions } from './job-options.js'
import { type OptionKind, type OptionTable, mapping, readOptions } from './option-kinds.js'

/**
 * The options of a cluster: those of its engine in the settings, under them those that have a name there, and the program's own
 * over both.
 *
 * @throws ArgumentError for an option that does not exist or cannot be, saying where it is from
 */
export function optionsFor<Options extends object>(
  kind: EngineKind<EngineName, Options>,
  where: string,
  given: Partial<OptionsOf<Options>>,
): Partial<OptionsOf<Options>> {
  const ofJobs = { ...jobOptions, ...kind.options } as unknown as OptionTable<JobOptions & Options>
  const pools: OptionKind<Readonly<Record<string, Partial<JobOptions & Options>>>> = (what, given) =>
    Object.fromEntries(
      Object.entries(mapping(what, given)).map(([pool, own]) => {
        if (/^[\w.-]+$/.test(pool)) return [pool, readOptions(`${what}: ${pool}`, own, ofJobs)]
        throw new ArgumentError(`${what}: ${JSON.stringify(pool)} is not a name: letters, digits, dots and dashes are`)
      }),
    )
  const schedulerJob: OptionKind<Partial<JobOptions & Options>> = (what, given) => readOptions(what, given, ofJobs)
  const table = { ...ofJobs, ...clusterOptions, pools, schedulerJob } as unknown as OptionTable<OptionsOf<Options>>
  const own = readOptions(where, given, table) as Partial<OptionsOf<Options>> & ClusterOptions
  const ofEngine = readOptions(`the setting jobqueue.${kind.name}`, config.get(`jobqueue.${kind.name}`), table) as ClusterOptions
  const name = own.configuration ?? ofEngine.configuration
  const ofName = name === undefined ? {} : readOptions(`the setting jobqueue.named.${name}`, named(where, name), table)
  return { ...ofEngine, ...ofName, ...own }
}

function named(where: string, name: string): Readonly<Record<string, unknown>> {
  const all = config.get('jobqueue.named')
  if (Object.hasOwn(all, name)) return mapping(`the setting jobqueue.named.${name}`, all[name])
  const near = nearest(name, Object.keys(all))
  const hint = near ? `did you mean ${near}?` : `there are ${Object.keys(all).join(', ') || 'none'}`
  throw new ArgumentError(`${where}: configuration: there is no ${JSON.stringify(name)} in jobqueue.named; ${hint}`)
}
