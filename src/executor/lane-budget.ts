/** Seconds of work that may wait in a lane: enough to hide the way there and back, little enough to be dealt out late. */
const AHEAD = 0.002
/** Tasks that may wait in a lane, however short they are. */
const MOST = 512

/** How much work a lane has. Tasks of a label that nobody has timed go one by one. */
export class LaneBudget {
  readonly #durations: ({ mean: number } | undefined)[] = []
  readonly #charged: number[] = []
  readonly #suspended = new Set<number>()
  #count = 0
  #seconds = 0
  #untimed = 0

  hasRoom(): boolean {
    return this.#count === 0 || (this.#untimed === 0 && this.#count < MOST && this.#seconds < AHEAD)
  }

  /** The lane was given a task. `duration` is what is known of tasks of its label, and learns. */
  begin(slot: number, duration: { mean: number }): void {
    this.#durations[slot] = duration
    this.#charged[slot] = duration.mean
    this.#count++
    if (duration.mean < 0) this.#untimed++
    else this.#seconds += duration.mean
  }

  /** The task of a slot has ended, after so many seconds. */
  end(slot: number, seconds: number): void {
    const duration = this.#durations[slot]!
    this.#durations[slot] = undefined
    if (this.#suspended.delete(slot)) return
    this.#discharge(slot)
    duration.mean = duration.mean < 0 ? seconds : duration.mean * 0.8 + seconds * 0.2
  }

  /** The task of a slot waits for a promise: it takes no time of the lane. */
  suspend(slot: number): void {
    if (this.#durations[slot] === undefined || this.#suspended.has(slot)) return
    this.#suspended.add(slot)
    this.#discharge(slot)
  }

  isSuspended(slot: number): boolean {
    return this.#suspended.has(slot)
  }

  #discharge(slot: number): void {
    const charged = this.#charged[slot]!
    this.#count--
    if (charged < 0) this.#untimed--
    else this.#seconds = this.#count === 0 ? 0 : Math.max(0, this.#seconds - charged)
  }
}
