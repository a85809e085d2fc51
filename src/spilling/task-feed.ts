import { ON_DISK, type SegmentTable, ValueKind, type ValueStore } from '../lanes/index.js'
import type { Worker } from '../worker/index.js'
import type { Spilling } from './spilling.js'

export interface TaskFeedOptions {
  readonly machine: Worker
  readonly store: ValueStore
  readonly segments: SegmentTable
  readonly spilling: Spilling
  /** tasks whose inputs are read from disk at once */
  readonly mostAside: number
  /** tasks that lanes have */
  running(): number
  /** How many inputs the task in this slot has. */
  inputCount(slot: number): number
  /** The slot of the value of such an input; -1: it is not here. */
  inputSlot(slot: number, input: number): number
  /** An input of the task in this slot is lost. */
  inputLost(slot: number, input: number): void
  /** A task that was put aside can go. */
  changed(): void
}

/**
 * What lanes get their tasks from. Tasks some of whose inputs are on disk are put aside until those are back; the values
 * that the others need, which are here, stay.
 */
export class TaskFeed {
  readonly #options: TaskFeedOptions
  /** tasks that can go at once, all of whose inputs are pinned */
  readonly #next: number[] = []
  /** by slot of a task that was taken from the machine and that no lane has: the segments pinned for it */
  readonly #pins = new Map<number, number[]>()
  #aside = 0

  constructor(options: TaskFeedOptions) {
    this.#options = options
  }

  /** tasks that wait for inputs from disk, or for a lane after that */
  get waiting(): number {
    return this.#pins.size
  }

  /** How many tasks `next` can give, for certain. */
  ready(): number {
    const { machine, store, spilling, running, mostAside } = this.#options
    if (spilling.isPaused && (running() > 0 || !spilling.isExhausted)) return 0
    if (store.diskBytes === 0 && this.#pins.size === 0)
      return spilling.isPaused ? Math.min(1, machine.readyCount) : machine.readyCount
    this.#skipVain()
    while (this.#next.length === 0 && this.#aside < mostAside && machine.readyCount > 0) {
      this.#take(machine.next())
      this.#skipVain()
    }
    return spilling.isPaused ? Math.min(1, this.#next.length) : this.#next.length
  }

  /** The slot of a task, all of whose inputs are here. */
  next(): number {
    return this.#next.shift() ?? this.#options.machine.next()
  }

  /** A task was given to a lane, or has ended without. */
  release(slot: number): void {
    const pins = this.#pins.get(slot)
    if (!pins) return
    this.#pins.delete(slot)
    for (const segment of pins) this.#options.segments.unpin(segment)
  }

  #take(slot: number): void {
    const { store, segments, spilling, inputCount, inputSlot, changed } = this.#options
    const pins: number[] = []
    const coming: Promise<number>[] = []
    this.#pins.set(slot, pins)
    for (let i = 0, count = inputCount(slot); i < count; i++) {
      const input = inputSlot(slot, i)
      if (input < 0) continue
      if (store.kind[input] === ON_DISK) coming.push(spilling.bringBack(input))
      else if (store.kind[input] === ValueKind.segment) {
        segments.pin(store.segment[input]!)
        pins.push(store.segment[input]!)
      }
    }
    if (coming.length === 0) {
      this.#next.push(slot)
      return
    }
    this.#aside++
    void Promise.all(coming).then((back) => {
      for (const segment of back) if (segment >= 0) pins.push(segment)
      this.#aside--
      this.#next.push(slot)
      changed()
    })
  }

  /** Ends tasks that are to go next but cannot, or whose results nobody needs any more. */
  #skipVain(): void {
    const { machine, inputCount, inputSlot, inputLost } = this.#options
    for (let slot = this.#next[0]; slot !== undefined; slot = this.#next[0]) {
      const count = inputCount(slot)
      let at = 0
      if (machine.isNeeded(slot)) {
        while (at < count && inputSlot(slot, at) >= 0) at++
        if (at >= count) return
      }
      this.#next.shift()
      if (machine.isNeeded(slot)) inputLost(slot, at)
      else machine.failed(slot)
      this.release(slot)
    }
  }
}
