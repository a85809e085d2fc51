import { InvariantError } from '../base/index.js'
import { ProtocolError } from './errors.js'
import { HEADER, LARGE, MARK_FRAME, MARK_GOODBYE, paddingOf, readLength, tooLarge } from './frame.js'

const SLAB = 64 * 1024
const LEAST_SPACE = 8 * 1024

/** Who is told of frames. */
export interface FrameSink {
  frame(kind: number, body: Uint8Array): void
  allocate?(kind: number, length: number): Uint8Array | undefined
}

/**
 * Cuts a stream of bytes into frames. Small frames are views of the memory that was read into, wherever they lie aligned in
 * it; large ones are written once, into memory of their own or of the owner.
 */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #limit: number
  readonly #peer: string
  readonly #waiting: Uint8Array[] = []
  readonly #header = new Uint8Array(HEADER)
  #headerBytes = 0
  #kind = 0
  #body: Uint8Array | undefined
  #filled = 0
  #padding = 0
  #slab: Uint8Array | undefined
  #slabUsed = 0
  /** how many bytes have been read, modulo 8: where in its word the next byte belongs */
  #phase = 0
  #held = false
  #running = false
  /** the other end said that it closes; what follows is not looked at */
  goodbye = false

  /** `limit`: the largest body that is taken in; `peer`: the other end, for messages. */
  constructor(sink: FrameSink, limit: number, peer: string) {
    this.#sink = sink
    this.#limit = limit
    this.#peer = peer
  }

  /** Where the next bytes may be read into: what is missing of a large frame, or a shared piece of memory. */
  space(): Uint8Array {
    const body = this.#body
    if (body !== undefined && this.#waiting.length === 0 && body.length - this.#filled >= LEAST_SPACE)
      return body.subarray(this.#filled)
    let start = this.#slabUsed + ((this.#phase - this.#slabUsed) & 7)
    if (this.#slab === undefined || this.#slab.length - start < LEAST_SPACE) {
      this.#slab = new Uint8Array(Buffer.allocUnsafeSlow(SLAB).buffer)
      start = this.#phase
    }
    this.#slabUsed = start
    return this.#slab.subarray(start)
  }

  /** Takes what was read. Throws what is wrong with it, or what the sink throws. */
  push(chunk: Uint8Array): void {
    this.#phase = (this.#phase + chunk.length) & 7
    if (this.#slab !== undefined && chunk.buffer === this.#slab.buffer) this.#slabUsed = chunk.byteOffset + chunk.length
    this.#waiting.push(chunk)
    this.#run()
  }

  /** Keeps what comes until `release`. */
  hold(): void {
    this.#held = true
  }

  /** Whether something waits for `release`. */
  get holding(): boolean {
    return this.#waiting.length > 0
  }

  release(): void {
    this.#held = false
    this.#run()
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    try {
      while (this.#waiting.length > 0 && !this.#held && !this.goodbye) {
        const chunk = this.#waiting[0]!
        const at = this.#parse(chunk)
        if (at === chunk.length) this.#waiting.shift()
        else this.#waiting[0] = chunk.subarray(at)
      }
    } finally {
      this.#running = false
    }
  }

  /** Goes through a chunk, up to its end or to where frames are to be held; gives how far. */
  #parse(chunk: Uint8Array): number {
    const end = chunk.length
    let at = 0
    while (at < end && !this.#held && !this.goodbye) {
      if (this.#padding > 0) {
        const n = Math.min(this.#padding, end - at)
        this.#padding -= n
        at += n
      } else if (this.#body !== undefined) {
        at = this.#fill(this.#body, chunk, at)
      } else if (this.#headerBytes === 0 && end - at >= HEADER) {
        at = this.#begin(chunk, at, chunk, at + HEADER)
      } else {
        const n = Math.min(HEADER - this.#headerBytes, end - at)
        this.#header.set(chunk.subarray(at, at + n), this.#headerBytes)
        this.#headerBytes += n
        at += n
        if (this.#headerBytes === HEADER) {
          this.#headerBytes = 0
          at = this.#begin(this.#header, 0, chunk, at)
        }
      }
    }
    return at
  }

  /** Looks at the header at `headerAt`, whose body begins at `at` of the chunk; gives how far the chunk is used. */
  #begin(header: Uint8Array, headerAt: number, chunk: Uint8Array, at: number): number {
    const length = readLength(header, headerAt)
    const kind = header[headerAt + 6]!
    const mark = header[headerAt + 7]!
    if (mark === MARK_GOODBYE && length === 0) {
      this.goodbye = true
      return at
    }
    if (mark !== MARK_FRAME)
      throw new ProtocolError(`${this.#peer} sent something that is not a frame; the connection is of no use any more`)
    if (length > this.#limit) throw tooLarge(`a frame from ${this.#peer}`, length, this.#limit, 'this end')
    const given = length >= LARGE ? this.#sink.allocate?.(kind, length) : undefined
    if (given !== undefined && given.length !== length)
      throw new InvariantError(`memory of ${given.length} bytes was allocated for a frame of ${length}`)
    if (given === undefined && length <= chunk.length - at && ((chunk.byteOffset + at) & 7) === 0) {
      // A Buffer would do, but then the class of bodies would depend on how the bytes happened to arrive.
      this.#padding = paddingOf(length)
      this.#sink.frame(kind, new Uint8Array(chunk.buffer, chunk.byteOffset + at, length))
      return at + length
    }
    this.#kind = kind
    this.#body = given ?? (length >= LARGE ? new Uint8Array(Buffer.allocUnsafeSlow(length).buffer) : new Uint8Array(length))
    this.#filled = 0
    return length === 0 || at < chunk.length ? this.#fill(this.#body, chunk, at) : at
  }

  #fill(body: Uint8Array, chunk: Uint8Array, at: number): number {
    const n = Math.min(body.length - this.#filled, chunk.length - at)
    // What was read straight into the body is there already.
    const inPlace = chunk.buffer === body.buffer && chunk.byteOffset + at === body.byteOffset + this.#filled
    if (!inPlace && n > 0) body.set(n === chunk.length ? chunk : chunk.subarray(at, at + n), this.#filled)
    this.#filled += n
    if (this.#filled === body.length) {
      this.#body = undefined
      this.#padding = paddingOf(body.length)
      this.#sink.frame(this.#kind, body)
    }
    return at + n
  }
}
