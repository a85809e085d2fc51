import { MOST_BYTES, type RunRows } from '../model/index.js'
import type { TaskBlock } from './journal-format.js'

/** Tasks in one block. */
const BLOCK = 1 << 15
const FIRST = 256

/**
 * Tasks that ended, as columns. Workers report many together, so what those have in common stands once, as a run: runs have
 * columns of their own, and go from their first task to that of the next.
 */
export class TaskRows implements RunRows {
  readonly task: Int32Array
  readonly seconds: Float32Array
  readonly bytes: Uint32Array
  readonly room: number
  count = 0
  /** by row, the bytes of results that are larger than `bytes` can say */
  readonly #large = new Map<number, number>()
  readonly #first: Int32Array
  readonly #graph: Int32Array
  readonly #group: Int32Array
  readonly #worker: Int32Array
  readonly #ended: Float64Array
  readonly #status: Uint8Array
  /** the seconds of all its tasks */
  readonly #took: Float64Array
  #runs = 0

  constructor(room = FIRST) {
    this.room = room
    this.task = new Int32Array(room)
    this.seconds = new Float32Array(room)
    this.bytes = new Uint32Array(room)
    // Each task may be one of its own. What is not used of this is never touched, and takes no memory.
    this.#first = new Int32Array(room)
    this.#graph = new Int32Array(room)
    this.#group = new Int32Array(room)
    this.#worker = new Int32Array(room)
    this.#ended = new Float64Array(room)
    this.#status = new Uint8Array(room)
    this.#took = new Float64Array(room)
  }

  /** There is no more room, and there shall not be. */
  get isWhole(): boolean {
    return this.room >= BLOCK
  }

  /** The tasks that come now have this in common. */
  begin(graph: number, group: number, worker: number, ended: number, status: number): void {
    let run = this.#runs - 1
    if (
      run >= 0 &&
      this.#ended[run] === ended &&
      this.#worker[run] === worker &&
      this.#graph[run] === graph &&
      this.#group[run] === group &&
      this.#status[run] === status
    )
      return
    // A run of no tasks is none.
    if (run < 0 || this.#first[run] !== this.count) run = this.#runs++
    this.#first[run] = this.count
    this.#graph[run] = graph
    this.#group[run] = group
    this.#worker[run] = worker
    this.#ended[run] = ended
    this.#status[run] = status
    this.#took[run] = 0
  }

  add(tasks: number, seconds: number): void {
    this.count += tasks
    this.#took[this.#runs - 1]! += seconds
  }

  large(row: number, bytes: number): void {
    this.#large.set(row, bytes)
  }

  /** The result of a task is there: is it the one that ended last? */
  stored(graph: number, task: number, bytes: number): void {
    const at = this.count - 1
    if (at < 0 || this.task[at] !== task || this.#graph[this.#runs - 1] !== graph) return
    this.bytes[at] = bytes
    if (bytes > MOST_BYTES) this.large(at, bytes)
  }

  /** Calls with each worker that finished tasks: how many, and the seconds that they took. It may be called more than once with one. */
  forEachWorker(add: (worker: number, tasks: number, seconds: number) => void): void {
    for (let run = 0; run < this.#runs; run++) {
      if (this.#status[run] !== 0 || this.#worker[run]! < 0) continue
      const end = run + 1 < this.#runs ? this.#first[run + 1]! : this.count
      add(this.#worker[run]!, end - this.#first[run]!, this.#took[run]!)
    }
  }

  /** Twice the room, with all that is here. */
  grown(): TaskRows {
    const larger = new TaskRows(this.room * 2)
    larger.task.set(this.task)
    larger.seconds.set(this.seconds)
    larger.bytes.set(this.bytes)
    larger.#first.set(this.#first)
    larger.#graph.set(this.#graph)
    larger.#group.set(this.#group)
    larger.#worker.set(this.#worker)
    larger.#ended.set(this.#ended)
    larger.#status.set(this.#status)
    larger.#took.set(this.#took)
    for (const [row, bytes] of this.#large) larger.#large.set(row, bytes)
    larger.count = this.count
    larger.#runs = this.#runs
    return larger
  }

  /** The first `length` tasks, as they are written. */
  block(length: number): TaskBlock {
    let runs = this.#runs
    while (runs > 0 && this.#first[runs - 1]! >= length) runs--
    const large = [...this.#large].filter(([row]) => row < length)
    return {
      length,
      columns: [this.task, this.seconds, this.bytes],
      runs,
      runColumns: [this.#first, this.#graph, this.#group, this.#worker, this.#ended, this.#status],
      large: large.length,
      largeColumns: [Int32Array.from(large, ([row]) => row), Float64Array.from(large, ([, bytes]) => bytes)],
    }
  }

  clear(): void {
    this.count = 0
    this.#runs = 0
    this.#large.clear()
  }
}
