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
  stop = new Float64Array(0)
  seconds = new Float64Array(0)
  thread = new Int32Array(0)
  status = new Uint8Array(0)
  /** rows that are used */
  #length = 0

  /** A row that nobody uses. */
  add(): number {
    const row = this.#length++
    if (row === this.graph.length) this.#grow(Math.max(64, row * 2))
    this.layer[row] = undefined
    this.transfers[row] = undefined
    return row
  }

  #grow(length: number): void {
    this.graph = grown(this.graph, new Int32Array(length))
    this.task = grown(this.task, new Int32Array(length))
    this.index = grown(this.index, new Int32Array(length))
    this.received = grown(this.received, new Float64Array(length))
    this.given = grown(this.given, new Float64Array(length))
    this.waited = grown(this.waited, new Float64Array(length))
    this.stop = grown(this.stop, new Float64Array(length))
    this.seconds = grown(this.seconds, new Float64Array(length))
    this.thread = grown(this.thread, new Int32Array(length))
    this.status = grown(this.status, new Uint8Array(length))
  }
}

function grown<T extends Int32Array | Float64Array | Uint8Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}
