import { HEADER, MARK_FRAME, MARK_GOODBYE, paddingOf, writeHeader } from './frame.js'
import type { Pipe } from './pipe.js'

/** Parts up to this size are copied next to their headers: cheaper than one more piece for the system call. */
const COPIED = 2048
const LEAST_STAGE = 256
const MOST_STAGE = 64 * 1024

/**
 * Puts frames on a pipe. What is written in one tick leaves in one `write` of the pipe, large parts straight from where
 * they are; one write is under way at a time, and what comes meanwhile leaves together after it.
 */
export class FrameWriter {
  readonly #pipe: Pipe
  readonly #lowWaterMark: number
  #queue: Uint8Array[] = []
  #head = 0
  /** small things, next to each other; `#stageFrom` is where those begin that are not in the queue yet */
  #stage: Uint8Array | undefined
  #stageFrom = 0
  #stageUsed = 0
  /** how much small things took in the last tick: what to make room for in the next */
  #stageSize = LEAST_STAGE
  #staged = 0
  #scheduled = false
  #inFlight = 0
  #stopped = false
  #sent = 0
  #accepted = 0
  #flushWaits: { mark: number; resolve: () => void }[] = []
  #drainWaits: (() => void)[] = []
  /** Told after every write that has left. */
  progress: (() => void) | undefined

  constructor(pipe: Pipe, lowWaterMark: number) {
    this.#pipe = pipe
    this.#lowWaterMark = lowWaterMark
  }

  get pending(): number {
    return this.#stopped ? 0 : this.#accepted - this.#sent
  }

  frame(kind: number, parts: readonly Uint8Array[], length: number): void {
    if (this.#stopped) return
    this.#reserve(HEADER)
    writeHeader(this.#stage!, this.#stageUsed, kind, length, MARK_FRAME)
    this.#stageUsed += HEADER
    for (const part of parts) {
      if (part.length > COPIED) {
        this.#seal()
        this.#queue.push(part)
      } else if (part.length > 0) {
        this.#reserve(part.length)
        this.#stage!.set(part, this.#stageUsed)
        this.#stageUsed += part.length
      }
    }
    const padding = paddingOf(length)
    if (padding > 0) {
      this.#reserve(padding)
      this.#stage!.fill(0, this.#stageUsed, this.#stageUsed + padding)
      this.#stageUsed += padding
    }
    this.#accept(HEADER + length + padding)
  }

  /** The last frame of all. */
  goodbye(): void {
    if (this.#stopped) return
    this.#reserve(HEADER)
    writeHeader(this.#stage!, this.#stageUsed, 0, 0, MARK_GOODBYE)
    this.#stageUsed += HEADER
    this.#accept(HEADER)
  }

  drained(): Promise<void> {
    if (this.pending < this.#lowWaterMark) return Promise.resolve()
    return new Promise((resolve) => this.#drainWaits.push(resolve))
  }

  flushed(): Promise<void> {
    if (this.pending === 0) return Promise.resolve()
    const mark = this.#accepted
    return new Promise((resolve) => this.#flushWaits.push({ mark, resolve }))
  }

  /** Forgets what is pending: it never leaves. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#queue = []
    this.#stage = undefined
    this.#settle()
  }

  #accept(bytes: number): void {
    this.#accepted += bytes
    if (this.#scheduled || this.#inFlight > 0) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  /** Makes room for so many small bytes in a row. */
  #reserve(bytes: number): void {
    if (this.#stage !== undefined && this.#stage.length - this.#stageUsed >= bytes) return
    this.#seal()
    // The next one is twice as large: who sends much in a tick will go on.
    const size = Math.max(this.#stageSize, bytes)
    this.#stageSize = Math.min(MOST_STAGE, size * 2)
    this.#stage = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
    this.#stageFrom = 0
    this.#stageUsed = 0
  }

  #seal(): void {
    if (this.#stage === undefined || this.#stageUsed === this.#stageFrom) return
    this.#queue.push(this.#stage.subarray(this.#stageFrom, this.#stageUsed))
    this.#staged += this.#stageUsed - this.#stageFrom
    this.#stageFrom = this.#stageUsed
  }

  #flush(): void {
    if (this.#stopped || this.#inFlight > 0) return
    this.#seal()
    if (this.#head === this.#queue.length) return
    const limit = this.#pipe.batch
    const parts: Uint8Array[] = []
    let bytes = 0
    while (this.#head < this.#queue.length && bytes < limit) {
      const part = this.#queue[this.#head]!
      const room = limit - bytes
      if (part.length <= room) {
        parts.push(part)
        bytes += part.length
        this.#head++
      } else {
        parts.push(part.subarray(0, room))
        this.#queue[this.#head] = part.subarray(room)
        bytes += room
      }
    }
    if (this.#head === this.#queue.length) {
      this.#queue = []
      this.#head = 0
      // Nothing is left of this burst: the memory for small things goes with it, and the next is as large as this needed.
      this.#stage = undefined
      this.#stageSize = Math.min(MOST_STAGE, Math.max(LEAST_STAGE, 2 ** Math.ceil(Math.log2(this.#staged + 1))))
      this.#staged = 0
    } else if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    this.#inFlight = bytes
    this.#pipe.write(parts, () => this.#written())
  }

  #written(): void {
    this.#sent += this.#inFlight
    this.#inFlight = 0
    if (this.#stopped) return
    this.#settle()
    this.progress?.()
    this.#flush()
  }

  #settle(): void {
    if (this.#flushWaits.length > 0) {
      const due = this.#stopped ? this.#flushWaits : this.#flushWaits.filter(({ mark }) => mark <= this.#sent)
      if (due.length > 0) this.#flushWaits = this.#stopped ? [] : this.#flushWaits.filter(({ mark }) => mark > this.#sent)
      for (const { resolve } of due) resolve()
    }
    if (this.#drainWaits.length > 0 && this.pending < this.#lowWaterMark) {
      const waits = this.#drainWaits
      this.#drainWaits = []
      for (const resolve of waits) resolve()
    }
  }
}
