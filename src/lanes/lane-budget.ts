/** Seconds of work that may wait in a lane: enough to hide the way there and back, little enough to be dealt out late. */
const AHEAD = 0.002
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

  hasRoom(): boolean {
    return this.#count === 0 || (this.#untimed === 0 && this.#count < MOST_AHEAD && this.#seconds < AHEAD)
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
