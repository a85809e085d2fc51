import { READY, type TaskTable } from './task-table.js'

/** The ready tasks of a worker, the one to go first on top. An entry whose slot has gone on to other things is passed over. */
export class ReadyHeap {
  readonly #table: TaskTable
  readonly #slots: number[] = []
  readonly #serials: number[] = []

  constructor(table: TaskTable) {
    this.#table = table
  }

  push(slot: number): void {
    const slots = this.#slots
    const serials = this.#serials
    const table = this.#table
    const serial = table.serial[slot]!
    let i = slots.length
    slots.push(slot)
    serials.push(serial)
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!table.goesBefore(slot, slots[parent]!)) break
      slots[i] = slots[parent]!
      serials[i] = serials[parent]!
      i = parent
    }
    slots[i] = slot
    serials[i] = serial
  }

  /** Takes out the slot to go first; -1 when there is none. */
  pop(): number {
    const table = this.#table
    while (this.#slots.length > 0) {
      const slot = this.#slots[0]!
      const serial = this.#serials[0]!
      this.#removeTop()
      if (table.state[slot] === READY && table.serial[slot] === serial) return slot
    }
    return -1
  }

  #removeTop(): void {
    const slots = this.#slots
    const serials = this.#serials
    const table = this.#table
    const slot = slots.pop()!
    const serial = serials.pop()!
    const n = slots.length
    if (n === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= n) break
      if (child + 1 < n && table.goesBefore(slots[child + 1]!, slots[child]!)) child++
      if (!table.goesBefore(slots[child]!, slot)) break
      slots[i] = slots[child]!
      serials[i] = serials[child]!
      i = child
    }
    slots[i] = slot
    serials[i] = serial
  }
}
