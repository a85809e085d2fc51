import { Writable } from 'node:stream'

/** Passes on what a process writes, except that what it writes while it starts waits for whether it does start. */
export class HeldOutput extends Writable {
  readonly #to: Writable
  readonly #held: Buffer[] = []
  #holding = true

  constructor(to: Writable) {
    super()
    this.#to = to
  }

  /** It works: what it writes is passed on. */
  release(): void {
    this.#holding = false
    for (const chunk of this.#held) this.#to.write(chunk)
    this.#held.length = 0
  }

  /** It starts again; what the last start has written is passed on, or not. */
  hold({ forget }: { readonly forget: boolean }): void {
    if (!forget) this.release()
    this.#held.length = 0
    this.#holding = true
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.#holding) {
      if (!this.#to.write(chunk)) {
        this.#to.once('drain', done)
        return
      }
    } else this.#held.push(chunk)
    done()
  }
}
