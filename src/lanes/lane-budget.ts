/** Seconds of work that may wait in a lane: enough to hide the way there and back, little enough to be dealt out late. */
const AHEAD = 0.002
/**
 * Seconds that a task may take behind which the next one waits in the lane already: while all lanes compute, the thread that deals
 * tasks out may itself wait some milliseconds for a processor.
 */
const NEXT = 0.05
/** Tasks that may wait in a lane, however short they are. */
export const MOST_AHEAD = 512

/** How much work a lane has. Tasks of a label that nobody has timed (expected: -1) go one by one. */
export class LaneBudget {
  #count = 0
  #seconds = 0
  #untimed = 0

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** @param enough whether others have theirs too: then a lane may have its next task, which it need not wait for */
  hasRoom(enough: boolean): boolean {
    if (this.#count === 0) return true
    if (this.#untimed > 0 || this.#count >= MOST_AHEAD) return false
    return this.#seconds < AHEAD || (enough && this.#count === 1 && this.#seconds < NEXT)
  }

  charge(expected: number): void {
    this.#count++
    if (expected < 0) this.#untimed++
    else this.#seconds += expected
  }

  discharge(expected: number): void {
    this.#count--
    if (expected < 0) this.#untimed--
    else this.#seconds = this.#count === 0 ? 0 : Math.max(0, this.#seconds - expected)
  }
}
