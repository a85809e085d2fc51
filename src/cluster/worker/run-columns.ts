import type { KnownLayer } from './worker-layers.js'

/** A value that was got from another worker for a task. Times are in seconds. */
export interface Transfer {
  /** the number of the worker that it came from */
  readonly from: number
  readonly bytes: number
  readonly start: number
  readonly stop: number
}

/** What is known of runs of tasks, as columns, so that a run costs no object. Times are in seconds; NaN: not yet. */
export class RunColumns {
  readonly layer: (KnownLayer | undefined)[] = []
  /** what had to be got from other workers; most often nothing */
  readonly transfers: (Transfer[] | undefined)[] = []
  graph = new Int32Array(0)
  task = new Int32Array(0)
  index = new Int32Array(0)
  received = new Float64Array(0)
  given = new Float64Array(0)
  waited = new Float64Array(0)

  /** Makes room for row i. */
  reserve(i: number): void {
    if (i < this.graph.length) return
    const length = Math.max(64, i + 1, this.graph.length * 2)
    const grow = <T extends Int32Array | Float64Array>(column: T, grown: T): T => {
      grown.set(column)
      return grown
    }
    this.graph = grow(this.graph, new Int32Array(length))
    this.task = grow(this.task, new Int32Array(length))
    this.index = grow(this.index, new Int32Array(length))
    this.received = grow(this.received, new Float64Array(length))
    this.given = grow(this.given, new Float64Array(length))
    this.waited = grow(this.waited, new Float64Array(length))
  }

  /** Row i becomes what row j of the others is. */
  copy(i: number, others: RunColumns, j: number): void {
    this.reserve(i)
    this.layer[i] = others.layer[j]
    this.transfers[i] = others.transfers[j]
    this.graph[i] = others.graph[j]!
    this.task[i] = others.task[j]!
    this.index[i] = others.index[j]!
    this.received[i] = others.received[j]!
    this.given[i] = others.given[j]!
    this.waited[i] = others.waited[j]!
  }
}
