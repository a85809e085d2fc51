import { ConnectionLost } from './errors.js'
import type { Pipe, PipeSink } from './pipe.js'

/** Reads a pipe in pieces of known length: what a handshake needs, before frames begin. */
export class ByteSource implements PipeSink {
  readonly #peer: string
  #bytes = new Uint8Array(0)
  #wanted = 0
  #waiting: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #error: Error | undefined

  constructor(pipe: Pipe) {
    this.#peer = pipe.peer
    pipe.read(this)
  }

  /** The next so many bytes. Rejects when the pipe ends before. */
  take(length: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#wanted = length
      this.#waiting = { resolve, reject }
      this.#serve()
    })
  }

  /** What has come and was not taken. */
  rest(): Uint8Array {
    return this.#bytes
  }

  /** Ends the wait of `take` and every later one. */
  fail(error: Error): void {
    this.#error ??= error
    this.#serve()
  }

  space(): Uint8Array {
    return new Uint8Array(1024)
  }

  data(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + chunk.length)
    joined.set(this.#bytes)
    joined.set(chunk, this.#bytes.length)
    this.#bytes = joined
    this.#serve()
  }

  end(): void {
    this.fail(new ConnectionLost(`${this.#peer} closed the connection before both ends had proved themselves`))
  }

  gone(error: Error | undefined): void {
    this.fail(
      new ConnectionLost(`the connection to ${this.#peer} broke before both ends had proved themselves`, { cause: error }),
    )
  }

  #serve(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    if (this.#bytes.length >= this.#wanted) {
      this.#waiting = undefined
      const taken = this.#bytes.slice(0, this.#wanted)
      this.#bytes = this.#bytes.slice(this.#wanted)
      waiting.resolve(taken)
    } else if (this.#error !== undefined) {
      this.#waiting = undefined
      waiting.reject(this.#error)
    }
  }
}
