import { MOST_WAITS, type Run } from './run.js'

interface Slot {
  start: (() => PromiseLike<unknown>) | undefined
  settled: boolean
  value: unknown
}

/**
 * The asynchronous calls of one step in one partition: at most `MOST_WAITS` at a time, and their results go on in the order
 * of the items.
 */
export class Waits {
  readonly #run: Run
  readonly #emit: (value: unknown) => void
  readonly #blame: (thrown: unknown) => Error
  #slots: Slot[] = []
  /** the first slot whose result has not gone on */
  #head = 0
  /** the first slot that has not been started */
  #next = 0
  #active = 0

  constructor(run: Run, emit: (value: unknown) => void, blame: (thrown: unknown) => Error) {
    this.#run = run
    this.#emit = emit
    this.#blame = blame
  }

  /** Calls `start` when it is its turn. */
  add(start: () => PromiseLike<unknown>): void {
    this.#slots.push({ start, settled: false, value: undefined })
    this.#run.pending++
    this.#startSome()
  }

  /** When every result has gone on; undefined when that is so already. Rejects when something failed in the meantime. */
  idle(): Promise<void> | undefined {
    if (this.#head === this.#slots.length && !this.#run.failed) return undefined
    return this.#run.until(() => this.#head === this.#slots.length)
  }

  #startSome(): void {
    while (this.#active < MOST_WAITS && this.#next < this.#slots.length) {
      const slot = this.#slots[this.#next++]!
      const start = slot.start!
      slot.start = undefined
      this.#active++
      let promise: PromiseLike<unknown>
      try {
        promise = start()
      } catch (thrown) {
        this.#run.fail(this.#blame(thrown))
        return
      }
      promise.then(
        (value) => this.#settle(slot, value),
        (thrown: unknown) => this.#run.fail(this.#blame(thrown)),
      )
    }
  }

  #settle(slot: Slot, value: unknown): void {
    this.#active--
    slot.settled = true
    slot.value = value
    try {
      this.#flush()
      if (!this.#run.stopped) this.#startSome()
    } catch (thrown) {
      this.#run.fail(thrown)
    }
  }

  #flush(): void {
    while (this.#head < this.#slots.length && this.#slots[this.#head]!.settled) {
      const { value } = this.#slots[this.#head]!
      this.#slots[this.#head++]!.value = undefined
      if (!this.#run.stopped) this.#emit(value)
      this.#run.pending--
    }
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head)
      this.#next -= this.#head
      this.#head = 0
    }
    this.#run.look()
  }
}
