import type { EventLog } from '../events/index.js'
import type { Graph } from '../graph/index.js'
import type { HeldValue } from './held-value.js'

/** How a graph is to be run. */
export interface RunOptions {
  /** aborts the run: what is queued is given up, and the promise rejects with the signal's reason */
  readonly signal?: AbortSignal | undefined
  /** graphs of a higher priority go first; 0 unless told */
  readonly priority?: number | undefined
}

/**
 * Runs graphs. Collections know nothing else of where their tasks run: in this thread (`inline`), on a pool of threads
 * (`threads`) or of processes (`processes`), or on a cluster.
 *
 * Graphs must be culled: every task of a graph is taken to be needed.
 */
export interface Executor {
  /** 'inline', 'threads', … */
  readonly name: string
  /** how many tasks it runs at once */
  readonly concurrency: number
  /** whether its tasks run elsewhere, so that functions and values must travel */
  readonly isolated: boolean
  /** what happens in it */
  readonly log: EventLog
  /**
   * Runs a graph and gives the values of the wanted tasks, in the order of `wanted`; they are ordinary memory of the
   * caller. Rejects with a `TaskError` when one of them fails.
   */
  run(graph: Graph, wanted: Int32Array, options?: RunOptions): Promise<unknown[]>
  /** Starts a graph and gives handles of the wanted values, which stay where they are made. */
  persist(graph: Graph, wanted: Int32Array, options?: RunOptions): HeldValue[]
  /** Ends what is running and lets its resources go. */
  close(): Promise<void>
}
