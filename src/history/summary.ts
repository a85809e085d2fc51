import type { GroupAccount, SpanAccount, WorkerAccount } from '../model/index.js'

/** A worker that ran tasks of a run. */
export interface RunWorker {
  readonly name: string
  readonly host: string
  readonly threads: number
  readonly job: string | undefined
  readonly pool: string | undefined
  /** tasks of the run that ended there, and the seconds they took */
  tasks: number
  seconds: number
}

/** A graph that was submitted. */
export interface RunSubmission {
  readonly graph: number
  /** seconds since 1970 */
  readonly time: number
  readonly tasks: number
  /** what it was computed for */
  readonly label: string
}

/** Tasks that failed in the same way. */
export interface RunError {
  readonly group: number
  readonly message: string
  count: number
  /** seconds since 1970 */
  readonly first: number
}

/** All that is written of a run beside its single tasks. Times are seconds since 1970. */
export interface RunSummary {
  readonly run: string
  readonly scheduler: string
  readonly client: string
  readonly user: string | undefined
  readonly host: string | undefined
  readonly project: string | undefined
  readonly program: string | undefined
  readonly version: string | undefined
  readonly heddle: string | undefined
  readonly node: string | undefined
  readonly began: number
  readonly ended: number
  /** 'interrupted': the scheduler died before the program left */
  readonly status: 'running' | 'finished' | 'interrupted'
  /** who writes it: a journal whose process is gone is finished by somebody else */
  readonly writer: { readonly host: string; readonly pid: number }
  readonly groups: readonly GroupAccount[]
  /** of each, with the spans in it */
  readonly spans: readonly SpanAccount[]
  readonly workers: readonly RunWorker[]
  readonly submissions: readonly RunSubmission[]
  /** submissions, errors and tasks that were too many to be written one by one */
  readonly leftOut: { readonly submissions: number; readonly errors: number; readonly tasks: number }
  readonly errors: readonly RunError[]
  /** seconds of all threads that were there, divided by the programs that were there at the time */
  readonly reserved: number
  readonly critical: { readonly tasks: number; readonly running: number; readonly elapsed: number }
  readonly peakMemory: number
  readonly spilled: number
  readonly advice: readonly string[]
}

/** Bytes that the process of a worker took at most. */
export function peakOf(workers: readonly WorkerAccount[]): number {
  return workers.reduce((most, { peakMemory }) => Math.max(most, peakMemory), 0)
}
