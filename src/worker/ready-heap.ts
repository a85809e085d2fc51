import { IntList } from '../base/index.js'
import type { TaskTable } from './task-table.js'

/** The ready tasks of a worker, the one to go first on top. Each knows its place (`TaskTable.place`), so that any can be taken out. */
export class ReadyHeap {
  readonly #table: TaskTable
  readonly #slots = new IntList(16)

  constructor(table: TaskTable) {
    this.#table = table
  }

  get size(): number {
    return this.#slots.length
  }

  push(slot: number): void {
    const slots = this.#slots
    slots.push(slot)
    this.#rise(slots.length - 1, slot)
  }

  /** Takes out the slot to go first; -1 when there is none. */
  pop(): number {
    if (this.#slots.length === 0) return -1
    const slot = this.#slots.items[0]!
    this.delete(slot)
    return slot
  }

  /** Takes out a slot, wherever it stands. */
  delete(slot: number): void {
    const slots = this.#slots
    const table = this.#table
    const i = table.place[slot]!
    const last = slots.pop()
    if (last === slot) return
    if (table.goesBefore(last, slot)) this.#rise(i, last)
    else this.#sink(i, last)
  }

  /** Whether the slot stands where it says, and after the one above it. */
  isInPlace(slot: number): boolean {
    const items = this.#slots.items
    const i = this.#table.place[slot]!
    return i < this.#slots.length && items[i] === slot && (i === 0 || !this.#table.goesBefore(slot, items[(i - 1) >>> 1]!))
  }

  #rise(from: number, slot: number): void {
    const items = this.#slots.items
    const table = this.#table
    let i = from
    while (i > 0) {
      const parent = (i - 1) >>> 1
      const above = items[parent]!
      if (!table.goesBefore(slot, above)) break
      items[i] = above
      table.place[above] = i
      i = parent
    }
    items[i] = slot
    table.place[slot] = i
  }

  #sink(from: number, slot: number): void {
    const items = this.#slots.items
    const table = this.#table
    const n = this.#slots.length
    let i = from
    for (;;) {
      let child = 2 * i + 1
      if (child >= n) break
      if (child + 1 < n && table.goesBefore(items[child + 1]!, items[child]!)) child++
      const below = items[child]!
      if (!table.goesBefore(below, slot)) break
      items[i] = below
      table.place[below] = i
      i = child
    }
    items[i] = slot
    table.place[slot] = i
  }
}
