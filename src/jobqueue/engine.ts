import type { Commands } from './commands.js'
import type { JobOptions } from './job-options.js'
import type { JobPlan } from './job-plan.js'
import type { OptionTable } from './option-kinds.js'

/**
 * What has become of a job: `held` when it waits and will not start by itself, `unknown` when the engine has forgotten it, or
 * uses a word that Heddle does not know.
 */
export type JobPhase = 'pending' | 'held' | 'running' | 'completed' | 'failed' | 'cancelled' | 'unknown'

/** A job as its engine sees it. */
export interface JobState {
  readonly id: string
  readonly state: JobPhase
  /** why, in the engine's own words: why it waits, or how it ended */
  readonly reason?: string
  /** when the engine expects it to start */
  readonly estimatedStart?: Date
  readonly exitCode?: number
  /** when it started */
  readonly started?: Date
  /** when the engine will end it */
  readonly ends?: Date
}

/** Whether a job will never run again. */
export function isOver(state: JobPhase): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'unknown'
}

/** A program that runs jobs on the machines of a site, as a cluster uses it. */
export interface Engine {
  /** The job script; the same for each of the jobs of a cluster. */
  script(): string
  /**
   * Says what is wrong with the plan before anything is submitted, as far as the engine tells.
   *
   * @throws ArgumentError
   */
  check?(scriptPath: string): Promise<void>
  /**
   * Submits the script so many times. Gives what the engine calls the jobs.
   *
   * @throws EngineRefused with the engine's own words
   */
  submit(scriptPath: string, count: number): Promise<string[]>
  /** Cancels jobs, those too that run. Of those that are over, nothing is said. */
  cancel(ids: readonly string[]): Promise<void>
  /** What has become of these jobs, each of them in the answer. */
  list(ids: readonly string[]): Promise<JobState[]>
  /** The files that a job writes to, as far as they are known. */
  logFiles(id: string): string[]
}

/** What the workers of a job are told where jobs do not share the folders, or the network, of this machine. */
export interface WorkerPlace {
  /** where jobs find the scheduler's file */
  readonly schedulerFile: string
  /** what is run instead of `node …/heddle worker`, unless the options say it */
  readonly command?: string
  /** further words of the command line, for sh */
  readonly arguments: readonly string[]
  /** lines of the script before it */
  readonly before: readonly string[]
  /** processes of a job unless told */
  readonly processes?: number
}

/** One sort of engine: what `heddle.yaml` and messages call it, what may be said to it, and how it is used. */
export interface EngineKind<Name extends string, Options extends object> {
  readonly name: Name
  /** as people write it */
  readonly title: string
  /** what there is besides the options of every engine */
  readonly options: OptionTable<Options>
  /** The word for sh that gives a job's own id, in quotes. */
  readonly jobId: string
  /** Where workers are, if not on machines that share folders with this one; `where` is for messages. */
  workerPlace?(where: string, options: JobOptions & Partial<Options>, schedulerFile: string): WorkerPlace | undefined
  create(plan: JobPlan, options: Options, commands: Commands): Engine
}
