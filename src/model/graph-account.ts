import type { GroupAccount, PathAccount } from './account.js'
import { TaskNumbers } from './task-numbers.js'

/** In place of the cause of a task that is on the path already. */
const COUNTED = -2

/** When fewer than one task in so many has a result that is held, only those take room. */
const FEW = 64

/**
 * What is known of the tasks of a graph while it is under way, 20 bytes a task: enough to say how long each could have run
 * before it did, and which tasks the graph as a whole waited for. When it is done, and most of its results are let go, it
 * takes as much as the results that are left need: somebody may keep a single one for days.
 */
export class GraphAccount {
  /** by layer, the group that its tasks belong to */
  readonly groups: readonly GroupAccount[]
  readonly submitted: number
  readonly #size: number
  readonly #paths: () => PathAccount
  /** by task: seconds from the submission until it could run; NaN: it cannot, or it has run */
  readonly #ready: TaskNumbers
  /** by task: bytes of its result that are held */
  readonly #bytes: TaskNumbers
  /** results that are held */
  #held = 0
  /** Until the critical path is known, by task: its layer, the one whose result it waited for last (-1: none), seconds that it ran. */
  #path: { readonly layer: Int32Array; readonly cause: Int32Array; readonly seconds: Float32Array } | undefined
  #left: number
  #last = -1
  #ended: number

  /** `paths`: where its critical path is to be added once it is known. */
  constructor(groups: readonly GroupAccount[], size: number, submitted: number, paths: () => PathAccount) {
    this.groups = groups
    this.submitted = submitted
    this.#size = size
    this.#paths = paths
    this.#ready = new TaskNumbers(size, Number.NaN)
    this.#bytes = new TaskNumbers(size, 0)
    this.#path = { layer: new Int32Array(size), cause: new Int32Array(size).fill(-1), seconds: new Float32Array(size) }
    this.#left = size
    this.#ended = submitted
  }

  /** A task can run, after the result of another was there. */
  ready(task: number, layer: number, cause: number, time: number): void {
    this.#ready.put(task, time - this.submitted)
    const path = this.#path
    if (!path) return
    path.layer[task] = layer
    path.cause[task] = cause
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    const since = this.#ready.take(task)
    // Single numbers are rounded.
    return Number.isNaN(since) ? 0 : Math.max(0, time - this.submitted - since)
  }

  ran(task: number, seconds: number): void {
    if (this.#path) this.#path.seconds[task] = seconds
  }

  /** Its result is there. */
  stored(task: number, layer: number, bytes: number, time: number): void {
    if (this.#path) this.#path.layer[task] = layer
    if (this.#bytes.take(task) > 0) this.#held--
    if (bytes > 0) {
      this.#bytes.put(task, bytes)
      this.#held++
    }
    this.#last = task
    this.#ended = time
    this.settled(1)
  }

  /** So many tasks are done with: have a result, failed, or need none. When all are, the critical path is known. */
  settled(count: number): void {
    this.#left -= count
    if (this.#left === 0) this.finish()
  }

  /** Gives the bytes of the result that was held. */
  dropped(task: number): number {
    const bytes = this.#bytes.take(task)
    if (bytes > 0) {
      this.#held--
      this.#shrink()
    }
    return bytes
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(): void {
    const path = this.#path
    if (!path) return
    this.#path = undefined
    this.#shrink()
    if (this.#last < 0) return
    const paths = this.#paths()
    paths.graphs++
    paths.elapsed += this.#ended - this.submitted
    let next: number
    for (let task = this.#last; task >= 0; task = next) {
      next = path.cause[task]!
      // Tasks that were run again may have waited for each other: none counts twice.
      path.cause[task] = COUNTED
      const group = this.groups[path.layer[task]!]!
      group.criticalTasks++
      group.criticalSeconds += path.seconds[task]!
      paths.tasks++
      paths.running += path.seconds[task]!
      if (next >= 0 && path.cause[next] === COUNTED) return
    }
  }

  #shrink(): void {
    if (this.#path || this.#held * FEW > this.#size) return
    this.#ready.shrink()
    this.#bytes.shrink()
  }
}
