/**
 * What tasks that overlap take of a lane: time goes to those that occupy it, in equal parts, so that their sum is no more than
 * the time that passed. While all of them wait for answers of the process around them, only what the lane computes counts:
 * whoever is to know how many such tasks keep a lane busy must not count what they wait for each other's sake.
 */
export class LaneClock {
  readonly #now: () => number
  readonly #idle: () => number
  /** tasks that occupy the lane, and those of them that wait for answers */
  #tasks = 0
  #asking = 0
  /** milliseconds of each task that was there all the time */
  #share = 0
  #lastNow = 0
  #lastIdle = 0

  /** `now`, and how long the lane has had nothing to do so far: in milliseconds. */
  constructor(now: () => number, idle: () => number) {
    this.#now = now
    this.#idle = idle
  }

  /** A task begins to occupy the lane. Gives what `leave` is to be told. */
  enter(asks: boolean): number {
    this.#change(1, asks ? 1 : 0)
    return this.#share
  }

  /** It does so no more. Gives its milliseconds. */
  leave(entered: number, asks: boolean): number {
    this.#change(-1, asks ? -1 : 0)
    return this.#share - entered
  }

  /** One of them begins to wait for an answer, or has it. */
  asks(waits: boolean): void {
    this.#change(0, waits ? 1 : -1)
  }

  #change(tasks: number, asking: number): void {
    const now = this.#now()
    if (this.#tasks > 0) {
      const idle = this.#allAsk ? this.#idle() - this.#lastIdle : 0
      this.#share += Math.max(0, now - this.#lastNow - idle) / this.#tasks
    }
    this.#lastNow = now
    this.#tasks += tasks
    this.#asking += asking
    // To look how long the lane was idle costs more than all else.
    if (this.#allAsk) this.#lastIdle = this.#idle()
  }

  get #allAsk(): boolean {
    return this.#tasks > 0 && this.#asking === this.#tasks
  }
}

/** How long the event loop of this thread has waited so far, in milliseconds. */
export function idleTime(): number {
  return performance.eventLoopUtilization().idle
}
