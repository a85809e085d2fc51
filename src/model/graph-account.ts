import type { GroupAccount, PathAccount } from './account.js'

/*
 * What is known of a task stands together, so that telling of it touches one place in memory. Bytes that are 0 say that
 * nothing is known: a graph costs nothing to begin with.
 */
/** a second more than passed from the submission until the task could run; 0: it cannot, or it has run */
const READY = 0
/** bytes of its result that are held */
const BYTES = 1
/** only until the critical path is known: one more than the task whose result it waited for last; 0: it waited for none */
const CAUSE = 2
const SECONDS = 3
const LAYER = 4
const WIDTH = 5
/** what is left when the path is known */
const SHORT_WIDTH = 2

/** In place of the cause of a task that is on the path already. */
const COUNTED = -1

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
  readonly #paths: PathAccount
  #width = WIDTH
  #cells: Float32Array
  /** the same bytes; undefined: the critical path is known */
  #marks: Int32Array | undefined
  /** what is left of the cells, when they are gone */
  #few: { readonly ready: Map<number, number>; readonly bytes: Map<number, number> } | undefined
  /** results that are held */
  #held = 0
  #left: number
  #last = -1
  #ended: number

  /** `paths`: what its critical path is added to. */
  constructor(groups: readonly GroupAccount[], size: number, submitted: number, paths: PathAccount) {
    this.groups = groups
    this.submitted = submitted
    this.#size = size
    this.#paths = paths
    this.#cells = new Float32Array(size * WIDTH)
    this.#marks = new Int32Array(this.#cells.buffer)
    this.#left = size
    this.#ended = submitted
  }

  /** A task can run, after the result of another was there (-1: of none). */
  ready(task: number, cause: number, time: number): void {
    const since = time - this.submitted + 1
    if (this.#few) {
      this.#few.ready.set(task, since)
      return
    }
    const at = task * this.#width
    this.#cells[at + READY] = since
    if (this.#marks) this.#marks[at + CAUSE] = cause + 1
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    let since: number
    if (this.#few) {
      since = this.#few.ready.get(task) ?? 0
      this.#few.ready.delete(task)
    } else {
      const at = task * this.#width + READY
      since = this.#cells[at]!
      this.#cells[at] = 0
    }
    // Single numbers are rounded.
    return since === 0 ? 0 : Math.max(0, time - this.submitted + 1 - since)
  }

  /** It ran for so long. Gives what `unready` does. */
  ran(task: number, seconds: number, time: number): number {
    if (this.#marks) this.#cells[task * WIDTH + SECONDS] = seconds
    return this.unready(task, time)
  }

  /** Its result is there. */
  stored(task: number, layer: number, bytes: number, time: number): void {
    if (this.#few) {
      if (this.#few.bytes.delete(task)) this.#held--
      if (bytes > 0) this.#few.bytes.set(task, bytes)
    } else {
      const at = task * this.#width
      if (this.#marks) this.#marks[at + LAYER] = layer
      if (this.#cells[at + BYTES]! > 0) this.#held--
      this.#cells[at + BYTES] = bytes
    }
    if (bytes > 0) this.#held++
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
    let bytes: number
    if (this.#few) {
      bytes = this.#few.bytes.get(task) ?? 0
      this.#few.bytes.delete(task)
    } else {
      const at = task * this.#width + BYTES
      bytes = this.#cells[at]!
      this.#cells[at] = 0
    }
    if (bytes > 0) {
      this.#held--
      if (!this.#few && !this.#marks && this.#held * FEW <= this.#size) this.#shrink()
    }
    return bytes
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(): void {
    const marks = this.#marks
    if (!marks) return
    const cells = this.#cells
    const paths = this.#paths
    if (this.#last >= 0) {
      paths.graphs++
      paths.elapsed += this.#ended - this.submitted
    }
    for (let task = this.#last; task >= 0; ) {
      const at = task * WIDTH
      const next = marks[at + CAUSE]!
      // Tasks that were run again may have waited for each other: none counts twice.
      if (next === COUNTED) break
      marks[at + CAUSE] = COUNTED
      const group = this.groups[marks[at + LAYER]!]!
      const seconds = cells[at + SECONDS]!
      group.criticalTasks++
      group.criticalSeconds += seconds
      paths.tasks++
      paths.running += seconds
      task = next - 1
    }
    this.#marks = undefined
    // All tasks have run or never will: what could run once is of no more interest.
    if (this.#held * FEW <= this.#size) this.#shrink()
    else this.#shorten()
  }

  /** What was only of use for the path is let go. */
  #shorten(): void {
    const short = new Float32Array(this.#size * SHORT_WIDTH)
    for (let task = 0; task < this.#size; task++) short[task * SHORT_WIDTH + BYTES] = this.#cells[task * WIDTH + BYTES]!
    this.#cells = short
    this.#width = SHORT_WIDTH
  }

  #shrink(): void {
    const cells = this.#cells
    const ready = new Map<number, number>()
    const bytes = new Map<number, number>()
    for (let task = 0, at = 0; bytes.size < this.#held; task++, at += this.#width) {
      const held = cells[at + BYTES]!
      if (held > 0) bytes.set(task, held)
    }
    if (this.#width === SHORT_WIDTH) {
      for (let task = 0; task < this.#size; task++) {
        const since = cells[task * SHORT_WIDTH + READY]!
        if (since > 0) ready.set(task, since)
      }
    }
    this.#few = { ready, bytes }
    this.#cells = new Float32Array(0)
  }
}
