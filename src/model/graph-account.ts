import type { GroupAccount, PathAccount } from './account.js'

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
  /** by task: seconds from the submission until it could run; NaN or nothing: it cannot, or it has run */
  #ready: Float32Array | Map<number, number>
  /** by task: bytes of its result that are held */
  #bytes: Float32Array | Map<number, number>
  /** results that are held */
  #held = 0
  /** Until the critical path is known, by task: its layer, the one whose result it waited for last (-1: none), seconds that it ran. */
  #path: { readonly layer: Int32Array; readonly cause: Int32Array; readonly seconds: Float32Array } | undefined
  #left: number
  #last = -1
  #ended: number

  constructor(groups: readonly GroupAccount[], size: number, submitted: number) {
    this.groups = groups
    this.submitted = submitted
    this.#size = size
    this.#ready = new Float32Array(size).fill(Number.NaN)
    this.#bytes = new Float32Array(size)
    this.#path = { layer: new Int32Array(size), cause: new Int32Array(size).fill(-1), seconds: new Float32Array(size) }
    this.#left = size
    this.#ended = submitted
  }

  /** A task can run, after the result of another was there. */
  ready(task: number, layer: number, cause: number, time: number): void {
    put(this.#ready, task, time - this.submitted)
    if (!this.#path) return
    this.#path.layer[task] = layer
    this.#path.cause[task] = cause
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    const since = take(this.#ready, task, Number.NaN)
    // Single numbers are rounded.
    return Number.isNaN(since) ? 0 : Math.max(0, time - this.submitted - since)
  }

  ran(task: number, seconds: number): void {
    if (this.#path) this.#path.seconds[task] = seconds
  }

  /** Its result is there. */
  stored(task: number, layer: number, bytes: number, time: number, paths: PathAccount): void {
    if (this.#path) this.#path.layer[task] = layer
    if (take(this.#bytes, task, 0) > 0) this.#held--
    if (bytes > 0) {
      put(this.#bytes, task, bytes)
      this.#held++
    }
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
    const bytes = take(this.#bytes, task, 0)
    if (bytes > 0) {
      this.#held--
      this.#shrink()
    }
    return bytes
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(paths: PathAccount): void {
    const path = this.#path
    if (!path) return
    this.#path = undefined
    this.#shrink()
    if (this.#last < 0) return
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
    if (this.#path || this.#ready instanceof Map || this.#held * FEW > this.#size) return
    this.#ready = mapOf(this.#ready, (since) => !Number.isNaN(since))
    this.#bytes = mapOf(this.#bytes as Float32Array, (bytes) => bytes > 0)
  }
}

function put(numbers: Float32Array | Map<number, number>, task: number, value: number): void {
  if (numbers instanceof Map) numbers.set(task, value)
  else numbers[task] = value
}

/** Gives the number of a task, which has `none` from then on. */
function take(numbers: Float32Array | Map<number, number>, task: number, none: number): number {
  if (numbers instanceof Map) {
    const value = numbers.get(task) ?? none
    numbers.delete(task)
    return value
  }
  const value = numbers[task]!
  numbers[task] = none
  return value
}

function mapOf(numbers: Float32Array, counts: (value: number) => boolean): Map<number, number> {
  const few = new Map<number, number>()
  for (let task = 0; task < numbers.length; task++) if (counts(numbers[task]!)) few.set(task, numbers[task]!)
  return few
}
