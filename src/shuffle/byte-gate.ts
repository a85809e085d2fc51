/** Lets so many bytes pass at a time, in the order in which they come; one piece that is larger passes alone. */
export class ByteGate {
  readonly #limit: number
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = []
  /** bytes that are in */
  inside = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Resolves when these bytes are in; they leave with `leave`. */
  enter(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.inside += bytes
      return Promise.resolve()
    }
    return new Promise((enter) => this.#waiting.push({ bytes, enter }))
  }

  leave(bytes: number): void {
    this.inside -= bytes
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.inside += next.bytes
      next.enter()
    }
  }

  #fits(bytes: number): boolean {
    return this.inside === 0 || this.inside + bytes <= this.#limit
  }
}
