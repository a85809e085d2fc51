import { resolve } from 'node:path'
import { ArgumentError } from '../base/index.js'
import { divide } from '../config/index.js'
import { memoryOf, timeOf } from './amounts.js'
import type { EngineKind } from './engine.js'
import type { JobOptions } from './job-options.js'
import { workerCommand } from './worker-command.js'

/** A job as engines write it: every option read, and the command that runs the workers. */
export interface JobPlan {
  readonly jobName: string
  readonly cores: number
  /** bytes */
  readonly memory: number
  readonly processes: number
  /** of each process */
  readonly threads: number
  /** milliseconds; undefined: what the queue allows */
  readonly walltime: number | undefined
  /** milliseconds before the end of a job in which its workers move what they hold; undefined: they do not */
  readonly margin: number | undefined
  readonly shebang: string
  readonly prologue: readonly string[]
  readonly epilogue: readonly string[]
  readonly extraDirectives: readonly string[]
  readonly skipDirectives: readonly string[]
  /** absolute; undefined: where the engine puts what jobs write */
  readonly logDirectory: string | undefined
  /** the scheduler's file on this machine */
  readonly schedulerFile: string
  /** for sh */
  readonly command: string
}

const WALLTIME = 30 * 60_000
const LONGEST_MARGIN = 2 * 60_000

/**
 * What a job is to be.
 *
 * @param where for messages: `SlurmCluster`
 * @param kind the engine that is to run it
 * @throws ArgumentError when cores or memory are missing, or do not fit together
 */
export function planJob<Options extends object>(
  where: string,
  options: JobOptions & Partial<Options>,
  kind: Pick<EngineKind<string, Options>, 'jobId' | 'workerPlace'>,
  schedulerFile: string,
): JobPlan {
  const { cores, jobName = 'heddle-worker', nanny = true } = options
  if (cores === undefined || options.memory === undefined) {
    throw new ArgumentError(
      `${where}: how large is a job? Say cores and memory: { cores: ${cores ?? 8}, memory: '${options.memory ?? '24 GB'}' }`,
    )
  }
  const memory = memoryOf(`${where}: memory`, options.memory)
  const place = kind.workerPlace?.(where, options, schedulerFile)
  const processes = options.processes ?? place?.processes ?? (nanny ? processesFor(cores, memory) : 1)
  if (processes > cores) throw new ArgumentError(`${where}: processes: ${processes} of them need as many cores, not ${cores}`)
  if (!nanny && processes > 1) {
    throw new ArgumentError(`${where}: nanny: without one a job has one process, not ${processes}`)
  }
  const threads = Math.floor(cores / processes)
  const walltime = options.walltime === 'none' ? undefined : timeOf(`${where}: walltime`, options.walltime ?? WALLTIME)
  const lifetime = lifetimeOf(where, options.lifetime, walltime)
  const command = workerCommand({
    options,
    place,
    schedulerFile: place?.schedulerFile ?? schedulerFile,
    jobId: kind.jobId,
    jobName,
    processes,
    threads,
    memory: Math.floor(memory / processes),
    lifetime,
    deathTimeout: timeOf(`${where}: deathTimeout`, options.deathTimeout ?? 60_000),
  })
  return {
    jobName,
    cores,
    memory,
    processes,
    threads,
    walltime,
    margin: marginOf(lifetime, walltime, options.lifetime === 'none'),
    shebang: options.shebang ?? '#!/usr/bin/env bash',
    prologue: [...list(options.prologue), ...(options.localDirectory === undefined ? SCRATCH : []), ...(place?.before ?? [])],
    epilogue: list(options.epilogue),
    extraDirectives: list(options.extraDirectives),
    skipDirectives: list(options.skipDirectives),
    logDirectory: options.logDirectory === undefined ? undefined : resolve(options.logDirectory),
    schedulerFile,
    command,
  }
}

function lifetimeOf(where: string, given: JobOptions['lifetime'], walltime: number | undefined): number | undefined {
  if (given === 'none' || (given === undefined && walltime === undefined)) return undefined
  if (given === undefined) return walltime! - Math.min(LONGEST_MARGIN, walltime! / 10)
  const lifetime = timeOf(`${where}: lifetime`, given)
  if (walltime !== undefined && lifetime >= walltime) {
    throw new ArgumentError(`${where}: lifetime: workers must end before the walltime, to have time to move what they hold`)
  }
  return lifetime
}

/** The node's own disk, where the engine gives a job a folder there that it does not call TMPDIR. */
const SCRATCH = [
  'for dir in "$SLURM_TMPDIR" "$PBS_JOBFS" "$LOCAL_SCRATCH"; do if [ -d "$dir" ]; then export TMPDIR="$dir"; fi; done',
]

function marginOf(lifetime: number | undefined, walltime: number | undefined, never: boolean): number | undefined {
  if (never) return undefined
  return lifetime === undefined || walltime === undefined ? LONGEST_MARGIN : walltime - lifetime
}

function list(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  return typeof given === 'string' ? [given] : given
}

/** As many as `heddle worker` would start, or somewhat more. */
function processesFor(cores: number, memory: number): number {
  const { workers } = divide({ cores, memory })
  // A few more, if cores were left over otherwise: they are paid for.
  for (let count = workers; count <= Math.min(cores, 2 * workers); count++) if (cores % count === 0) return count
  return workers
}
