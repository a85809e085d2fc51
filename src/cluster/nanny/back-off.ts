/**
 * How long to wait before a worker starts again: twice as long each time, up to the longest, and from the start again once
 * a worker has lived longer than that.
 */
export class BackOff {
  readonly #first: number
  readonly #longest: number
  #next: number

  /** Both in milliseconds. */
  constructor(first: number, longest: number) {
    this.#first = Math.min(first, longest)
    this.#longest = longest
    this.#next = this.#first
  }

  /** The wait, in milliseconds, after a worker that lived for so many. */
  after(lived: number): number {
    if (lived > this.#longest) this.#next = this.#first
    const wait = this.#next
    this.#next = Math.min(wait * 2, this.#longest)
    return wait
  }
}
