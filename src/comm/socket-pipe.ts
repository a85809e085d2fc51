import type { Socket } from 'node:net'
import type { Pipe, PipeSink } from './pipe.js'

/** The bytes of a socket of any kind: TCP, Unix or TLS. */
export class SocketPipe implements Pipe {
  readonly peer: string
  readonly local: string
  readonly binding: Uint8Array
  readonly batch: number
  readonly #socket: Socket
  #sink: PipeSink | undefined
  #early: Uint8Array[] = []
  #ended = false
  #gone: { error: Error | undefined } | undefined
  #error: Error | undefined

  /** `reader`: what the socket was told to read into, when it was made so; then it tells of nothing that it reads itself. */
  constructor(
    socket: Socket,
    ends: { readonly peer: string; readonly local: string; readonly binding: Uint8Array },
    reader?: OnRead,
  ) {
    this.#socket = socket
    this.peer = ends.peer
    this.local = ends.local
    this.binding = ends.binding
    // TLS encrypts all that it is given at once, on this thread and into more memory.
    this.batch = 'encrypted' in socket ? 256 * 1024 : 4 * 1024 * 1024
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    if (reader) reader.attach(this)
    else {
      socket.on('data', (chunk: Buffer) => this.take(chunk))
      socket.resume()
    }
    socket.on('end', () => {
      this.#ended = true
      this.#sink?.end()
    })
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => {
      this.#gone = { error: this.#error }
      this.#sink?.gone(this.#error)
    })
  }

  space(): Uint8Array {
    return this.#sink?.space() ?? new Uint8Array(1024)
  }

  take(chunk: Uint8Array): void {
    if (this.#sink) this.#sink.data(chunk)
    else this.#early.push(chunk)
  }

  read(sink: PipeSink): void {
    this.#sink = sink
    const early = this.#early
    this.#early = []
    for (const chunk of early) sink.data(chunk)
    if (this.#ended) sink.end()
    if (this.#gone) sink.gone(this.#gone.error)
  }

  write(parts: readonly Uint8Array[], done: () => void): void {
    const socket = this.#socket
    const last = parts.length - 1
    const finished = (error?: Error | null) => {
      // Of a write that failed 'close' tells.
      if (!error) done()
    }
    if (last === 0) {
      socket.write(parts[0]!, finished)
      return
    }
    socket.cork()
    for (let i = 0; i < last; i++) socket.write(parts[i]!)
    socket.write(parts[last]!, finished)
    socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** The `onread` of a socket that is about to be made: reads into the memory that its pipe's reader gives. */
export class OnRead {
  #pipe: SocketPipe | undefined
  #memory: Uint8Array = new Uint8Array(0)
  #early: Uint8Array[] = []

  readonly buffer = (): Uint8Array => {
    this.#memory = this.#pipe?.space() ?? new Uint8Array(1024)
    return this.#memory
  }

  readonly callback = (bytes: number, _memory: Uint8Array): boolean => {
    const chunk = this.#memory.subarray(0, bytes)
    if (this.#pipe) this.#pipe.take(chunk)
    else this.#early.push(chunk)
    return true
  }

  attach(pipe: SocketPipe): void {
    this.#pipe = pipe
    for (const chunk of this.#early) pipe.take(chunk)
    this.#early = []
  }
}
