import type { Pipe, PipeSink } from './pipe.js'

/** Two ends of a pipe within this thread: bytes are copied once, to where the other end wants them. */
export function pipePair(near: string, far: string): [Pipe, Pipe] {
  const one = new InProcessPipe(far, near)
  const other = new InProcessPipe(near, far)
  one.join(other)
  return [one, other]
}

class InProcessPipe implements Pipe {
  readonly peer: string
  readonly local: string
  readonly binding = new Uint8Array(0)
  readonly batch = 4 * 1024 * 1024
  #other!: InProcessPipe
  #sink: PipeSink | undefined
  /** what is on its way to the other end */
  #writes: { parts: readonly Uint8Array[]; done: () => void }[] = []
  #part = 0
  #offset = 0
  #scheduled = false
  #paused = false
  #ended = false
  #destroyed = false
  #told = false
  /** keeps the process alive, as a socket does */
  readonly #alive = setInterval(() => {}, 2 ** 30)

  constructor(peer: string, local: string) {
    this.peer = peer
    this.local = local
  }

  join(other: InProcessPipe): void {
    this.#other = other
    other.#other = this
  }

  read(sink: PipeSink): void {
    this.#sink = sink
    this.#other.#schedule()
  }

  write(parts: readonly Uint8Array[], done: () => void): void {
    if (this.#destroyed || this.#ended) return
    this.#writes.push({ parts, done })
    this.#schedule()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#other.#schedule()
  }

  ref(): void {
    this.#alive.ref()
  }

  unref(): void {
    this.#alive.unref()
  }

  end(): void {
    this.#ended = true
    this.#schedule()
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#ended = true
    clearInterval(this.#alive)
    setImmediate(() => this.#sink?.gone(undefined))
    this.#schedule()
  }

  /** Delivery has a turn of the event loop of its own: two ends that answer each other at once leave others theirs. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    const other = this.#other
    // One write at a time: what its end sets off is written in the meantime and has its own turn.
    if (this.#writes.length > 0 && other.#sink !== undefined && !other.#paused && !other.#destroyed) {
      this.#copy(other.#sink, this.#writes[0]!.parts)
      if (this.#part === this.#writes[0]!.parts.length) {
        const { done } = this.#writes.shift()!
        this.#part = 0
        done()
      }
      if (this.#writes.length > 0 && !other.#paused) this.#schedule()
    }
    if (this.#ended && !this.#told && other.#sink !== undefined && (this.#writes.length === 0 || this.#destroyed)) {
      this.#told = true
      if (!other.#destroyed) other.#sink.end()
    }
  }

  /** Copies parts to where the sink wants them, until it pauses. */
  #copy(sink: PipeSink, parts: readonly Uint8Array[]): void {
    while (this.#part < parts.length && !this.#other.#paused && !this.#other.#destroyed) {
      const space = sink.space()
      let used = 0
      while (used < space.length && this.#part < parts.length) {
        const part = parts[this.#part]!
        const n = Math.min(part.length - this.#offset, space.length - used)
        space.set(part.subarray(this.#offset, this.#offset + n), used)
        used += n
        this.#offset += n
        if (this.#offset === part.length) {
          this.#part++
          this.#offset = 0
        }
      }
      sink.data(space.subarray(0, used))
    }
  }
}
