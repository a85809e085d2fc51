import { asError, formatDuration } from '../base/index.js'
import type { Comm, CommEvents } from './comm.js'
import { CommError, ConnectionLost } from './errors.js'
import { FrameReader } from './frame-reader.js'
import { FrameWriter } from './frame-writer.js'
import { tooLarge } from './frame.js'
import type { Pipe, PipeSink } from './pipe.js'

/** What a connection over a pipe is made with. */
export interface CommSettings {
  /** the largest frame that this end takes in, and that the other one does */
  readonly maximumFrame: number
  readonly peerMaximum: number
  readonly lowWaterMark: number
  /** milliseconds */
  readonly closeTimeout: number
}

/**
 * open → closing (what is pending goes out, then the goodbye; what comes in is dropped) → gone. The goodbye of the other
 * end, an error or `abort` lead straight to gone.
 */
type State = 'open' | 'closing' | 'gone'

/** A connection that carries frames over a pipe. */
export class FramedComm implements Comm, PipeSink {
  readonly peer: string
  readonly local: string
  lastHeard = performance.now()
  readonly #pipe: Pipe
  readonly #settings: CommSettings
  readonly #writer: FrameWriter
  readonly #reader: FrameReader
  #events: CommEvents | undefined
  #state: State = 'open'
  #paused = false
  #referenced = true
  #closing: Promise<void> | undefined
  #closeTimer: NodeJS.Timeout | undefined
  #left: (() => void)[] = []
  #pipeClosed = false
  #end: { readonly error: Error | undefined } | undefined
  #told = false
  #broken: { readonly cause: Error | undefined } | undefined

  constructor(pipe: Pipe, settings: CommSettings) {
    this.peer = pipe.peer
    this.local = pipe.local
    this.#pipe = pipe
    this.#settings = settings
    this.#writer = new FrameWriter(pipe, settings.lowWaterMark)
    this.#reader = new FrameReader(
      {
        frame: (kind, body) => {
          if (this.#state === 'open') this.#events!.frame(kind, body)
        },
        allocate: (kind, length) => (this.#state === 'open' ? this.#events!.allocate?.(kind, length) : undefined),
      },
      settings.maximumFrame,
      pipe.peer,
    )
    this.#reader.hold()
  }

  /** Begins to tell of what comes in; `rest` came first. */
  start(events: CommEvents, rest: Uint8Array): void {
    this.#events = events
    this.#tell()
    if (rest.length > 0) this.#take(() => this.#reader.push(rest))
    if (!this.#paused) this.#take(() => this.#reader.release())
    this.#pipe.read(this)
  }

  get pending(): number {
    return this.#writer.pending
  }

  get closed(): boolean {
    return this.#state !== 'open'
  }

  send(kind: number, parts: readonly Uint8Array[]): void {
    if (this.#state !== 'open') return
    let length = 0
    for (const part of parts) length += part.length
    if (length > this.#settings.peerMaximum)
      throw tooLarge(`a frame for ${this.peer}`, length, this.#settings.peerMaximum, 'the other end')
    this.#writer.frame(kind, parts, length)
  }

  drained(): Promise<void> {
    return this.#writer.drained()
  }

  flushed(): Promise<void> {
    return this.#writer.flushed()
  }

  pause(): void {
    if (this.#paused || this.#state !== 'open') return
    this.#paused = true
    this.#reader.hold()
    this.#pipe.pause()
  }

  resume(): void {
    if (!this.#paused || this.#state !== 'open') return
    this.#paused = false
    // What waits is not told of from within this call: the caller may be anywhere in its own work.
    process.nextTick(() => {
      if (this.#paused) return
      this.#take(() => this.#reader.release())
      if (!this.#paused && this.#state !== 'gone') this.#pipe.resume()
    })
  }

  ref(): void {
    this.#referenced = true
    this.#pipe.ref()
  }

  unref(): void {
    this.#referenced = false
    this.#pipe.unref()
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.#state === 'gone') {
        if (this.#pipeClosed) resolve()
        else this.#left.push(resolve)
        return
      }
      this.#left.push(resolve)
      this.#state = 'closing'
      this.#paused = false
      this.#writer.goodbye()
      this.#writer.progress = () => this.#limitClosing()
      this.#limitClosing()
      void this.#writer.flushed().then(() => {
        if (this.#state === 'closing') this.#pipe.end()
      })
      // What comes in is read and dropped: memory that nobody reads would make the other end's system throw away our last bytes.
      this.#take(() => this.#reader.release())
      this.#pipe.resume()
    })
    return this.#closing
  }

  abort(reason: Error): void {
    this.#finish(reason)
  }

  space(): Uint8Array {
    return this.#reader.space()
  }

  data(chunk: Uint8Array): void {
    this.lastHeard = performance.now()
    if (this.#state === 'gone') return
    this.#take(() => this.#reader.push(chunk))
  }

  end(): void {
    this.#over(undefined)
  }

  gone(error: Error | undefined): void {
    this.#pipeClosed = true
    this.#over(error)
    for (const resolve of this.#left.splice(0)) resolve()
  }

  /** Nothing more comes in. What came in before and is held back is still the owner's. */
  #over(cause: Error | undefined): void {
    if (this.#state === 'gone') return
    if (this.#paused && this.#reader.holding) this.#broken ??= { cause }
    else this.#finish(this.#state === 'closing' && this.#writer.pending === 0 ? undefined : this.#lost(cause))
  }

  #lost(cause: Error | undefined): ConnectionLost {
    const code = (cause as NodeJS.ErrnoException | undefined)?.code
    return new ConnectionLost(
      `the connection to ${this.peer} broke${code ? ` (${code})` : ''}: the process there ended without a word, or the network did`,
      { cause },
    )
  }

  /** Runs what gives frames to the owner; what is wrong with them, or goes wrong there, ends the connection. */
  #take(read: () => void): void {
    try {
      read()
    } catch (error) {
      this.#finish(asError(error))
      return
    }
    if (this.#reader.goodbye) this.#finish(undefined)
    else if (this.#broken !== undefined && !this.#paused) this.#over(this.#broken.cause)
  }

  #finish(error: Error | undefined): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    clearTimeout(this.#closeTimer)
    this.#writer.stop()
    if (error === undefined) this.#pipe.end()
    this.#pipe.destroy()
    this.#end = { error }
    process.nextTick(() => this.#tell())
  }

  /** Tells the owner of the end, once there are both. */
  #tell(): void {
    if (this.#events === undefined || this.#end === undefined || this.#told) return
    this.#told = true
    this.#events.closed(this.#end.error)
  }

  #limitClosing(): void {
    if (this.#state !== 'closing') return
    clearTimeout(this.#closeTimer)
    const { closeTimeout } = this.#settings
    this.#closeTimer = setTimeout(() => {
      this.#finish(
        new CommError(
          `${this.peer} did not take part in closing the connection within ${formatDuration(closeTimeout)}: it was closed on this side`,
        ),
      )
    }, closeTimeout)
    if (!this.#referenced) this.#closeTimer.unref()
  }
}
