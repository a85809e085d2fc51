import type { Credentials } from '../comm/index.js'
import type { WorkerShape } from './scaling-policy.js'

/** A scheduler that runs. */
export interface RunningScheduler {
  /** where workers and clients reach it */
  readonly address: string
  readonly credentials: Credentials
  /** where the page is that shows what it does, without the key; not there: there is none, or nobody knows */
  readonly dashboard?: string | undefined
  /** kept when it has ended, for whatever reason */
  readonly ended: Promise<unknown>
  /** Tells its workers to go, and ends. */
  close(): Promise<void>
  /** Ends it at once. */
  kill?(): void
  /** Lets it keep this program alive, or not. */
  reference?(on: boolean): void
}

/** A kind of scheduler. */
export interface SchedulerSpec {
  start(): Promise<RunningScheduler>
}

/** A worker, or several that start and end together, that run or are on their way. */
export interface RunningWorker {
  /** kept when it has ended and will not start again, for whatever reason */
  readonly ended: Promise<unknown>
  /** Ends it in order: what it holds is moved to others first. */
  close(): Promise<void>
  /** Ends it at once. */
  kill?(): void
  /** Lets it keep this program alive, or not. */
  reference?(on: boolean): void
}

/** What a worker is started with. */
export interface WorkerStart {
  /** what it is to be called */
  readonly name: string
  /** the address of its scheduler */
  readonly scheduler: string
  readonly credentials: Credentials
  /** aborted when it is not wanted any more, while it starts */
  readonly signal: AbortSignal
}

/**
 * A kind of worker: how one is started, and what it has. Starting rejects when there will be no worker; it may resolve
 * before the worker has joined.
 *
 * @example
 * const remote: WorkerSpec = {
 *   threads: 8,
 *   start: async ({ name, scheduler, signal }) => {
 *     const machine = await rent({ run: `heddle worker ${scheduler} --name ${name}`, signal })
 *     return { ended: machine.ended, close: () => machine.signal('SIGTERM') }
 *   },
 * }
 */
export interface WorkerSpec extends Partial<WorkerShape> {
  /**
   * Begins, for workers of these names, with what can be done while their scheduler is still starting; `start` will be called
   * for them. Gives what ends it for those for which it was not called.
   */
  prepare?(names: readonly string[]): Promise<() => void>
  start(start: WorkerStart): Promise<RunningWorker>
}
