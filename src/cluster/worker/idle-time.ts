/** Seconds of threads that had nothing to compute, and why: those that are left over had no task at all. */
export interface IdleSeconds {
  /** inputs were on their way from other workers */
  readonly inputs: number
  /** inputs were on their way from disk */
  readonly disk: number
  /** no task may start, for want of memory */
  readonly memory: number
}

/** What keeps threads from computing now. */
export type IdleReason = keyof IdleSeconds

/** Adds up for how long threads were idle, and for what. To be told whenever that may have changed. */
export class IdleTime {
  readonly seconds: { inputs: number; disk: number; memory: number } = { inputs: 0, disk: 0, memory: 0 }
  #idle = 0
  #reason: IdleReason | undefined
  #since = 0

  /** From now (milliseconds) on so many threads are idle for that reason; without one there is no more to do. */
  set(now: number, idle: number, reason: IdleReason | undefined): void {
    if (this.#reason !== undefined) this.seconds[this.#reason] += (this.#idle * (now - this.#since)) / 1000
    this.#since = now
    this.#idle = idle
    this.#reason = idle > 0 ? reason : undefined
  }
}
