import type { GroupAccount, PathAccount } from './account.js'

/** In place of the cause of a task that is on the path already. */
const COUNTED = -2

/**
 * What is known of the tasks of a graph while it is under way, 16 bytes a task: enough to say how long each could have run
 * before it did, and which tasks the graph as a whole waited for.
 */
export class GraphAccount {
  /** by layer, the group that its tasks belong to */
  readonly groups: readonly GroupAccount[]
  readonly layerOf: Int32Array
  readonly submitted: number
  /** by task: seconds from the submission until it could run; NaN: it cannot, or it has run */
  readonly #ready: Float32Array
  /** by task: bytes of its result that are held */
  readonly #bytes: Float32Array
  /** by task: the one whose result it waited for last, -1: none */
  #cause: Int32Array | undefined
  /** by task: seconds that it ran */
  #seconds: Float32Array | undefined
  #left: number
  #last = -1
  #ended: number

  constructor(groups: readonly GroupAccount[], size: number, submitted: number) {
    this.groups = groups
    this.submitted = submitted
    this.layerOf = new Int32Array(size)
    this.#ready = new Float32Array(size).fill(Number.NaN)
    this.#bytes = new Float32Array(size)
    this.#cause = new Int32Array(size).fill(-1)
    this.#seconds = new Float32Array(size)
    this.#left = size
    this.#ended = submitted
  }

  /** A task can run, after the result of another was there. */
  ready(task: number, layer: number, cause: number, time: number): void {
    this.layerOf[task] = layer
    this.#ready[task] = time - this.submitted
    if (this.#cause) this.#cause[task] = cause
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    const since = this.#ready[task]!
    if (Number.isNaN(since)) return 0
    this.#ready[task] = Number.NaN
    // Single numbers are rounded.
    return Math.max(0, time - this.submitted - since)
  }

  ran(task: number, seconds: number): void {
    if (this.#seconds) this.#seconds[task] = seconds
  }

  /** Its result is there. */
  stored(task: number, layer: number, bytes: number, time: number, paths: PathAccount): void {
    this.layerOf[task] = layer
    this.#bytes[task] = bytes
    this.#last = task
    this.#ended = time
    this.settled(1, paths)
  }

  /** So many tasks are done with: have a result, failed, or need none. When all are, the critical path is known. */
  settled(count: number, paths: PathAccount): void {
    this.#left -= count
    if (this.#left === 0) this.finish(paths)
  }

  /** Gives the bytes of the result that was held. */
  dropped(task: number): number {
    const bytes = this.#bytes[task]!
    this.#bytes[task] = 0
    return bytes
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(paths: PathAccount): void {
    const causes = this.#cause
    const seconds = this.#seconds
    if (!causes || !seconds || this.#last < 0) return
    this.#cause = undefined
    this.#seconds = undefined
    paths.graphs++
    paths.elapsed += this.#ended - this.submitted
    let next: number
    for (let task = this.#last; task >= 0; task = next) {
      next = causes[task]!
      // Tasks that were run again may have waited for each other: none counts twice.
      causes[task] = COUNTED
      const group = this.groups[this.layerOf[task]!]!
      group.criticalTasks++
      group.criticalSeconds += seconds[task]!
      paths.tasks++
      paths.running += seconds[task]!
      if (next >= 0 && causes[next] === COUNTED) return
    }
  }
}
