import { MISSING, PRIORITY, RANK, ROW, type TaskTable } from './task-table.js'

/** Words of a waiter: the slot of the task, its serial, then the next waiter for the same value, or the next free one, or -1. */
const WIDTH = 3
const FIRST_CAPACITY = 16
/** twice its holder; one more: the scheduler asked for the value, and is to hear of it if it does not come */
const HOLDER = PRIORITY
/** the first and the last task that wait for it; -1: none does */
const FIRST = RANK
const LAST = MISSING
const NOTHING = new Int32Array(0)

/**
 * The values that are on their way to a worker, and the tasks that wait for each. What there is to know of one is in its
 * slot of the table, in words that only tasks use: `HOLDER`, `FIRST` and `LAST`. So no object is made for a value.
 */
export class Fetches {
  readonly #table: TaskTable
  #waiters: Int32Array = NOTHING
  #end = 0
  #free = -1
  /** the number of values */
  size = 0

  constructor(table: TaskTable) {
    this.#table = table
  }

  /** The value of that slot is on its way from there; nobody waits for it yet. */
  begin(slot: number, holder: number): void {
    const { words } = this.#table
    const row = slot * ROW
    words[row + HOLDER] = holder * 2
    words[row + FIRST] = -1
    words[row + LAST] = -1
    this.size++
  }

  holderOf(slot: number): number {
    return this.#table.words[slot * ROW + HOLDER]! >> 1
  }

  /** The scheduler asks for the value, and is to hear of it if it does not come. */
  ask(slot: number): void {
    this.#table.words[slot * ROW + HOLDER]! |= 1
  }

  isAsked(slot: number): boolean {
    return (this.#table.words[slot * ROW + HOLDER]! & 1) === 1
  }

  /** A task waits for the value. */
  addWaiter(slot: number, task: number): void {
    const table = this.#table
    let waiter = this.#free
    if (waiter >= 0) this.#free = this.#waiters[waiter * WIDTH + 2]!
    else {
      waiter = this.#end++
      if (waiter * WIDTH === this.#waiters.length) {
        const grown = new Int32Array(Math.max(this.#waiters.length * 2, FIRST_CAPACITY * WIDTH))
        grown.set(this.#waiters)
        this.#waiters = grown
      }
    }
    const words = this.#waiters
    words[waiter * WIDTH] = task
    words[waiter * WIDTH + 1] = table.serial(task)
    words[waiter * WIDTH + 2] = -1
    const row = slot * ROW
    const last = table.words[row + LAST]!
    if (last < 0) table.words[row + FIRST] = waiter
    else words[last * WIDTH + 2] = waiter
    table.words[row + LAST] = waiter
  }

  /** The first task that waits for the value, for `next`, `taskOf` and `serialOf`; -1: none does. */
  first(slot: number): number {
    return this.#table.words[slot * ROW + FIRST]!
  }

  next(waiter: number): number {
    return this.#waiters[waiter * WIDTH + 2]!
  }

  /** The slot of a task that waits. */
  taskOf(waiter: number): number {
    return this.#waiters[waiter * WIDTH]!
  }

  /** What the serial of that slot was: if it is another by now, the task is gone. */
  serialOf(waiter: number): number {
    return this.#waiters[waiter * WIDTH + 1]!
  }

  /** The value is not on its way any more, and its waiters are dealt with. */
  end(slot: number): void {
    const { words } = this.#table
    const row = slot * ROW
    const first = words[row + FIRST]!
    if (first >= 0) {
      this.#waiters[words[row + LAST]! * WIDTH + 2] = this.#free
      this.#free = first
    }
    this.size--
  }
}
