/** What is known of a task that ended. */
export interface RunRecord {
  /** seconds of the clock of the model */
  readonly start: number
  readonly end: number
  readonly bytes: number
  /** number of the group, of the worker, and of the worker's row that it is drawn in */
  readonly group: number
  readonly worker: number
  readonly lane: number
  /** see `RunStatus` */
  readonly status: number
  readonly source: number
  readonly graph: number
  readonly task: number
}

const SMALLEST = 1024

/**
 * The last so many tasks that ended, in columns (45 bytes each), in the order in which their ends became known: by end,
 * nearly. It grows up to its capacity, then the oldest give way.
 */
export class RunRing {
  readonly capacity: number
  start: Float64Array
  end: Float64Array
  bytes: Float64Array
  group: Int32Array
  worker: Int32Array
  lane: Uint16Array
  status: Uint8Array
  source: Uint16Array
  graph: Int32Array
  task: Int32Array
  /** tasks ever added; entry n stands at n & mask */
  length = 0
  #mask: number

  constructor(capacity = 1 << 20) {
    let n = SMALLEST
    while (n < capacity) n *= 2
    this.capacity = n
    this.#mask = SMALLEST - 1
    this.start = new Float64Array(SMALLEST)
    this.end = new Float64Array(SMALLEST)
    this.bytes = new Float64Array(SMALLEST)
    this.group = new Int32Array(SMALLEST)
    this.worker = new Int32Array(SMALLEST)
    this.lane = new Uint16Array(SMALLEST)
    this.status = new Uint8Array(SMALLEST)
    this.source = new Uint16Array(SMALLEST)
    this.graph = new Int32Array(SMALLEST)
    this.task = new Int32Array(SMALLEST)
  }

  get mask(): number {
    return this.#mask
  }

  /** The number of the oldest entry that is still there. */
  get oldest(): number {
    return Math.max(0, this.length - this.#mask - 1)
  }

  add(record: RunRecord): void {
    if (this.length > this.#mask && this.#mask + 1 < this.capacity) this.#grow()
    const i = this.length++ & this.#mask
    this.start[i] = record.start
    this.end[i] = record.end
    this.bytes[i] = record.bytes
    this.group[i] = record.group
    this.worker[i] = record.worker
    this.lane[i] = record.lane
    this.status[i] = record.status
    this.source[i] = record.source
    this.graph[i] = record.graph
    this.task[i] = record.task
  }

  at(n: number): RunRecord {
    const i = n & this.#mask
    return {
      start: this.start[i]!,
      end: this.end[i]!,
      bytes: this.bytes[i]!,
      group: this.group[i]!,
      worker: this.worker[i]!,
      lane: this.lane[i]!,
      status: this.status[i]!,
      source: this.source[i]!,
      graph: this.graph[i]!,
      task: this.task[i]!,
    }
  }

  /** The number of the first entry that ended at that time or later, if they are in the order of their ends. */
  firstEndingAt(time: number): number {
    let low = this.oldest
    let high = this.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.end[middle & this.#mask]! < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Only while nothing has been overwritten: entry n stands at place n. */
  #grow(): void {
    const size = (this.#mask + 1) * 2
    const grown = <T extends Float64Array | Int32Array | Uint16Array | Uint8Array>(old: T, made: T): T => {
      made.set(old)
      return made
    }
    this.start = grown(this.start, new Float64Array(size))
    this.end = grown(this.end, new Float64Array(size))
    this.bytes = grown(this.bytes, new Float64Array(size))
    this.group = grown(this.group, new Int32Array(size))
    this.worker = grown(this.worker, new Int32Array(size))
    this.lane = grown(this.lane, new Uint16Array(size))
    this.status = grown(this.status, new Uint8Array(size))
    this.source = grown(this.source, new Uint16Array(size))
    this.graph = grown(this.graph, new Int32Array(size))
    this.task = grown(this.task, new Int32Array(size))
    this.#mask = size - 1
  }
}
