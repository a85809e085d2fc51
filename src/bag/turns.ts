/** Lets so many through at a time; the others wait in line. */
export class Turns {
  #free: number
  readonly #line: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  get isFree(): boolean {
    return this.#free > 0
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#line.push(resolve))
  }

  /** Whoever took a turn gives it back. */
  give(): void {
    const next = this.#line.shift()
    if (next) next()
    else this.#free++
  }
}
