import type { SegmentEntry } from './lane-protocol.js'

/** Results above this size get a segment of their own. */
const SHARE = 4

/** Numbers that a lane has for its segments; together with the lane they make the number of a segment. */
const NUMBERS = 65536

/** Memory of a usual segment. */
export const SEGMENT_BYTES = 1 << 20

/**
 * Where an executor thread writes its encoded results: shared memory, in segments that are filled from the start. The
 * main thread knows what is still needed of each, and gives those that hold nothing back, to be filled again (fresh
 * pages cost ten times what recycled ones do).
 */
export class SegmentWriter {
  readonly #lane: number
  #made = 0
  #id = -1
  #memory: SharedArrayBuffer | undefined
  #used = 0
  readonly #spares: SegmentEntry[] = []
  readonly #freeNumbers: number[] = []
  /** made or sealed since they were last reported */
  made: SegmentEntry[] = []
  sealed: number[] = []
  /** where the last `allocate` was */
  segment = -1
  offset = 0

  constructor(lane: number) {
    this.#lane = lane
  }

  addSpare(entry: SegmentEntry): void {
    this.#spares.push(entry)
  }

  /** The main thread has let a segment go: if it was made here, its number can be used again. */
  dropped(id: number): void {
    if (Math.floor(id / NUMBERS) === this.#lane) this.#freeNumbers.push(id % NUMBERS)
  }

  /** Room for that many bytes, beginning at a multiple of 8. */
  readonly allocate = (bytes: number): Uint8Array => {
    const length = (bytes + 7) & ~7
    if (length * SHARE > SEGMENT_BYTES) {
      const [id, memory] = this.#take(length)
      this.sealed.push(id)
      this.segment = id
      this.offset = 0
      return new Uint8Array(memory, 0, bytes)
    }
    if (!this.#memory || this.#used + length > this.#memory.byteLength) {
      if (this.#memory) this.sealed.push(this.#id)
      const [id, memory] = this.#take(SEGMENT_BYTES)
      this.#id = id
      this.#memory = memory
      this.#used = 0
    }
    this.segment = this.#id
    this.offset = this.#used
    this.#used += length
    return new Uint8Array(this.#memory!, this.offset, bytes)
  }

  /** The smallest spare that is large enough and not far too large, or a new segment. */
  #take(bytes: number): SegmentEntry {
    let best = -1
    for (let i = 0; i < this.#spares.length; i++) {
      const size = this.#spares[i]![1].byteLength
      if (size >= bytes && size <= bytes * 2 && (best < 0 || size < this.#spares[best]![1].byteLength)) best = i
    }
    if (best >= 0) return this.#spares.splice(best, 1)[0]!
    // A little larger than asked, so that the next result of about this size fits too.
    const size = bytes <= SEGMENT_BYTES ? SEGMENT_BYTES : Math.ceil(bytes / 65536) * 65536
    const entry: SegmentEntry = [this.#lane * NUMBERS + (this.#freeNumbers.pop() ?? this.#made++), new SharedArrayBuffer(size)]
    this.made.push(entry)
    return entry
  }
}

/** What the main thread knows of one segment. */
interface Segment {
  readonly memory: SharedArrayBuffer
  readonly lane: number
  live: number
  sealed: boolean
  /** the lanes that know it */
  readonly known: Set<number>
}

/** The segments of all lanes, as the main thread keeps account of them. */
export class SegmentTable {
  readonly #segments = new Map<number, Segment>()
  /** what is to be told to each lane with its next batch */
  readonly #spares = new Map<number, SegmentEntry[]>()
  readonly #drops = new Map<number, number[]>()
  /** segments without values that nobody writes into, given to lanes to be filled again; above this they are let go */
  readonly #mostSpare: number
  #spareBytes = 0
  /** bytes of shared memory that exist */
  bytes = 0

  constructor(mostSpareBytes = 256 * 2 ** 20) {
    this.#mostSpare = mostSpareBytes
  }

  /** A lane has made a segment. */
  made(lane: number, [id, memory]: SegmentEntry): void {
    this.#segments.set(id, { memory, lane, live: 0, sealed: false, known: new Set([lane]) })
    this.bytes += memory.byteLength
  }

  /** The lane writes into the segment no more. */
  sealed(id: number): void {
    const s = this.#segments.get(id)!
    s.sealed = true
    if (s.live === 0) this.#recycle(id, s)
  }

  /** A value was written into the segment. */
  hold(id: number): void {
    this.#segments.get(id)!.live++
  }

  /** A value in the segment is not needed any more. */
  drop(id: number): void {
    const s = this.#segments.get(id)!
    if (--s.live === 0 && s.sealed) this.#recycle(id, s)
  }

  view(id: number, offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#segments.get(id)!.memory, offset, length)
  }

  /** Sees to it that the lane knows the segment: `entries` is what its next batch brings. */
  introduce(id: number, lane: number, entries: SegmentEntry[]): void {
    const s = this.#segments.get(id)!
    if (s.known.has(lane)) return
    s.known.add(lane)
    entries.push([id, s.memory])
  }

  /** What a lane must be told of spare segments, since it was asked last. */
  sparesFor(lane: number): SegmentEntry[] | undefined {
    const spares = this.#spares.get(lane)
    if (!spares) return undefined
    this.#spares.delete(lane)
    for (const [, memory] of spares) this.#spareBytes -= memory.byteLength
    return spares
  }

  dropsFor(lane: number): number[] | undefined {
    const drops = this.#drops.get(lane)
    this.#drops.delete(lane)
    return drops
  }

  /** A lane is gone: what is in its segments stays, nothing is written there again. */
  laneGone(lane: number): void {
    this.#spares.delete(lane)
    this.#drops.delete(lane)
    for (const [id, s] of this.#segments) {
      s.known.delete(lane)
      if (s.lane !== lane) continue
      if (s.live === 0) this.#forget(id, s)
      else s.sealed = true
    }
  }

  #recycle(id: number, s: Segment): void {
    if (this.#spareBytes + s.memory.byteLength > this.#mostSpare || !s.known.has(s.lane)) {
      this.#forget(id, s)
      return
    }
    s.sealed = false
    this.#spareBytes += s.memory.byteLength
    const spares = this.#spares.get(s.lane)
    if (spares) spares.push([id, s.memory])
    else this.#spares.set(s.lane, [[id, s.memory]])
  }

  #forget(id: number, s: Segment): void {
    this.#segments.delete(id)
    this.bytes -= s.memory.byteLength
    for (const lane of s.known) {
      const drops = this.#drops.get(lane)
      if (drops) drops.push(id)
      else this.#drops.set(lane, [id])
    }
  }
}
