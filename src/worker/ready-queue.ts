import { IntList } from '../base/index.js'
import { PLACE, ROW, type TaskTable } from './task-table.js'

/** Entries of the run that are done with before what follows moves up. */
const SLACK = 1024

/**
 * The ready tasks of a worker, in the order in which they are to go. Tasks mostly come in that order: those that do form a
 * run, to which they are added and from which they are taken in no time; the others are in a heap. Each task knows its
 * place (`PLACE` in its slot: an index of the heap, or the complement of one of the run), so that any can be taken out.
 */
export class ReadyQueue {
  readonly #table: TaskTable
  readonly #heap = new IntList(16)
  /** in order; -1 for those that were taken out, except at both ends */
  readonly #run = new IntList(64)
  #head = 0
  size = 0

  constructor(table: TaskTable) {
    this.#table = table
  }

  push(slot: number): void {
    this.size++
    const run = this.#run
    if (run.length > 0 && this.#table.goesBefore(slot, run.items[run.length - 1]!)) {
      this.#heap.push(slot)
      this.#rise(this.#heap.length - 1, slot)
      return
    }
    if (this.#head >= SLACK && this.#head * 2 >= run.length) this.#moveUp()
    this.#table.words[slot * ROW + PLACE] = ~run.length
    run.push(slot)
  }

  /** Takes out the slot to go first; -1 when there is none. */
  pop(): number {
    if (this.size === 0) return -1
    if (this.#heap.length === 0) return this.#takeFirst()
    const first = this.#run.length > 0 ? this.#run.items[this.#head]! : -1
    const top = this.#heap.length > 0 ? this.#heap.items[0]! : -1
    const slot = first < 0 || (top >= 0 && this.#table.goesBefore(top, first)) ? top : first
    this.delete(slot)
    return slot
  }

  /** Takes out the first of the run, which is not empty. */
  #takeFirst(): number {
    const run = this.#run
    const { items, length } = run
    const slot = items[this.#head]!
    let head = this.#head + 1
    while (head < length && items[head] === -1) head++
    if (head === length) {
      run.clear()
      head = 0
    }
    this.#head = head
    this.size--
    return slot
  }

  /** Takes out a slot, wherever it stands. */
  delete(slot: number): void {
    this.size--
    const place = this.#table.words[slot * ROW + PLACE]!
    if (place < 0) this.#deleteFromRun(~place)
    else this.#deleteFromHeap(place, slot)
  }

  #deleteFromRun(i: number): void {
    const run = this.#run
    const { items } = run
    items[i] = -1
    if (i === this.#head) while (this.#head < run.length && items[this.#head] === -1) this.#head++
    if (this.#head === run.length) {
      run.clear()
      this.#head = 0
    } else while (items[run.length - 1] === -1) run.length--
  }

  #moveUp(): void {
    const run = this.#run
    const { items, length } = run
    run.clear()
    for (let i = this.#head; i < length; i++) {
      const slot = items[i]!
      if (slot < 0) continue
      this.#table.words[slot * ROW + PLACE] = ~run.length
      run.push(slot)
    }
    this.#head = 0
  }

  #deleteFromHeap(i: number, slot: number): void {
    const last = this.#heap.pop()
    if (last === slot) return
    if (this.#table.goesBefore(last, slot)) this.#rise(i, last)
    else this.#sink(i, last)
  }

  /** Whether the slot stands where it says, and not before one that goes first. */
  isInPlace(slot: number): boolean {
    const table = this.#table
    const place = table.words[slot * ROW + PLACE]!
    const items = place < 0 ? this.#run.items : this.#heap.items
    const i = place < 0 ? ~place : place
    if (items[i] !== slot) return false
    if (place >= 0) return i < this.#heap.length && (i === 0 || !table.goesBefore(slot, items[(i - 1) >>> 1]!))
    if (i < this.#head || i >= this.#run.length) return false
    let before = i - 1
    while (before >= this.#head && items[before] === -1) before--
    return before < this.#head || !table.goesBefore(slot, items[before]!)
  }

  #rise(from: number, slot: number): void {
    const { items } = this.#heap
    const table = this.#table
    let i = from
    while (i > 0) {
      const parent = (i - 1) >>> 1
      const above = items[parent]!
      if (!table.goesBefore(slot, above)) break
      items[i] = above
      table.words[above * ROW + PLACE] = i
      i = parent
    }
    items[i] = slot
    table.words[slot * ROW + PLACE] = i
  }

  #sink(from: number, slot: number): void {
    const { items, length } = this.#heap
    const table = this.#table
    let i = from
    for (;;) {
      let child = 2 * i + 1
      if (child >= length) break
      if (child + 1 < length && table.goesBefore(items[child + 1]!, items[child]!)) child++
      const below = items[child]!
      if (!table.goesBefore(below, slot)) break
      items[i] = below
      table.words[below * ROW + PLACE] = i
      i = child
    }
    items[i] = slot
    table.words[slot * ROW + PLACE] = i
  }
}
