import { type ThreadMemory, threadBytes, wantHugePages } from '../base/index.js'
import { collectGarbage } from './collect-garbage.js'
import type { Lease, SegmentEntry } from './lane-protocol.js'
import type { PoolMemory } from './pool-memory.js'

/** Results above this size get a segment of their own. */
const SHARE = 4

/** Numbers that a lane has for its segments; together with the lane they make the number of a segment. */
const NUMBERS = 65536

/**
 * Among the segments that a lane drops: it is to give back the spares that it has not used, and to free the memory that
 * nothing refers to any more. The collector would not: shared memory does not count as a thread's own.
 */
const COLLECT = -1

/** Memory of a usual segment. */
export const SEGMENT_BYTES = 1 << 20

/** The bytes of a segment, in a lane. */
export const bytesOfSegment = ([, memory, bytes]: SegmentEntry): Uint8Array =>
  typeof memory === 'number' ? threadBytes(memory, bytes) : new Uint8Array(memory)

/**
 * Where an executor thread writes its encoded results: shared memory, in segments that are filled from the start. The
 * main thread knows what is still needed of each, and gives those that hold nothing back, to be filled again (fresh
 * pages cost ten times what recycled ones do).
 */
export class SegmentWriter {
  readonly #lane: number
  readonly #hugePages: boolean
  #made = 0
  #id = -1
  #memory: Uint8Array | undefined
  #used = 0
  readonly #spares: SegmentEntry[] = []
  /** what is left of them */
  readonly #leases: Lease[] = []
  readonly #freeNumbers: number[] = []
  /** made or sealed since they were last reported */
  made: SegmentEntry[] = []
  sealed: number[] = []
  /** where the last `allocate` was */
  segment = -1
  offset = 0

  /** @param hugePages large segments are to lie in pages of 2 MiB, where the system gives them */
  constructor(lane: number, hugePages = false) {
    this.#lane = lane
    this.#hugePages = hugePages
  }

  addSpare(entry: SegmentEntry): void {
    this.#spares.push(entry)
  }

  addLease(lease: Lease): void {
    this.#leases.push(lease)
  }

  /** The main thread has let a segment go: if it was made here, its number can be used again. */
  dropped(id: number): void {
    if (id === COLLECT) {
      this.giveBack()
      collectGarbage()
    } else if (Math.floor(id / NUMBERS) === this.#lane) this.#freeNumbers.push(id % NUMBERS)
  }

  /** Lets the spares go that it has not used. */
  giveBack(): void {
    for (const [id] of this.#spares) this.sealed.push(id)
    this.#spares.length = 0
  }

  /** Room for that many bytes, beginning at a multiple of 8. */
  readonly allocate = (bytes: number): Uint8Array => {
    const length = (bytes + 7) & ~7
    if (length * SHARE > SEGMENT_BYTES) {
      const entry = this.#take(length)
      this.sealed.push(entry[0])
      this.segment = entry[0]
      this.offset = 0
      return bytesOfSegment(entry).subarray(0, bytes)
    }
    if (!this.#memory || this.#used + length > this.#memory.byteLength) {
      if (this.#memory) this.sealed.push(this.#id)
      const entry = this.#take(SEGMENT_BYTES)
      this.#id = entry[0]
      this.#memory = bytesOfSegment(entry)
      this.#used = 0
    }
    this.segment = this.#id
    this.offset = this.#used
    this.#used += length
    return this.#memory.subarray(this.offset, this.offset + bytes)
  }

  /** The smallest spare that is large enough and not far too large, or a new segment. */
  #take(bytes: number): SegmentEntry {
    let best = -1
    for (let i = 0; i < this.#spares.length; i++) {
      const size = this.#spares[i]![2]
      if (size >= bytes && size <= bytes * 2 && (best < 0 || size < this.#spares[best]![2])) best = i
    }
    if (best >= 0) return this.#spares.splice(best, 1)[0]!
    // A little larger than asked, so that the next result of about this size fits too.
    const size = bytes <= SEGMENT_BYTES ? SEGMENT_BYTES : Math.ceil(bytes / 65536) * 65536
    const id = this.#lane * NUMBERS + (this.#freeNumbers.pop() ?? this.#made++)
    const entry: SegmentEntry = [id, this.#leased(size) ?? new SharedArrayBuffer(size), size]
    if (this.#hugePages) wantHugePages(bytesOfSegment(entry))
    this.made.push(entry)
    return entry
  }

  /** Of the first lease that has so many bytes; what is left of those before it is given up. */
  #leased(bytes: number): number | undefined {
    const at = this.#leases.findIndex((lease) => lease[1] >= bytes)
    if (at < 0) return undefined
    const [[address, length]] = this.#leases.splice(0, at + 1).slice(-1) as [Lease]
    if (length > bytes) this.#leases.unshift([address + bytes, length - bytes])
    return address
  }
}

/** What the main thread knows of one segment. */
export interface Segment {
  readonly id: number
  /** of all segments that there are: small, and used again */
  readonly number: number
  readonly entry: SegmentEntry
  readonly memory: Uint8Array
  readonly lane: number
  /** values in it, and those who see to it that it stays */
  live: number
  /** of those who see to it that it stays: those whose values must not move */
  pins: number
  /** nobody writes into it */
  sealed: boolean
  /** a lane has it to write into, and has not said that it does */
  handed: boolean
  /** the slot of a value in it (see ValueStore), -1: none */
  first: number
  /** the lanes that know it */
  readonly known: Set<number>
}

/** Who wants to know which segments there are that hold values and are not written into any more. */
export interface SegmentWatcher {
  filled(segment: Segment): void
  /** it holds nothing any more */
  emptied(segment: Segment): void
}

export interface SegmentTableOptions {
  /** Segments without values that nobody writes into are given to lanes to be filled again; above this they are let go. */
  readonly mostSpare?: number
  readonly watcher?: SegmentWatcher
  /** where lanes may make segments; else each has memory of its own */
  readonly memory?: PoolMemory | undefined
  /** a lane has made a segment, for which the system had to make so many bytes of pages */
  readonly grown?: (bytes: number) => void
}

/** The segments of all lanes, as the main thread keeps account of them. */
export class SegmentTable {
  readonly #segments = new Map<number, Segment>()
  readonly #lanes = new Set<number>()
  /** what is to be told to each lane with its next batch */
  readonly #spares = new Map<number, SegmentEntry[]>()
  readonly #drops = new Map<number, number[]>()
  /** lanes that are to be told at once */
  readonly #urgent = new Set<number>()
  readonly #freeNumbers: number[] = []
  readonly #mostSpare: number
  #watcher: SegmentWatcher | undefined
  readonly #memory: PoolMemory | undefined
  readonly #grown: ((bytes: number) => void) | undefined
  /** bytes of segments that hold nothing: here, and where lanes may write into them */
  #spareBytes = 0
  /** bytes of shared memory that exist */
  bytes = 0
  /** bytes of segments that were let go, and may not have been freed yet: since the last `collect` */
  letGo = 0

  constructor({ mostSpare = 256 * 2 ** 20, watcher, memory, grown }: SegmentTableOptions = {}) {
    this.#grown = grown
    this.#memory = memory
    this.#mostSpare = mostSpare
    this.#watcher = watcher
  }

  /** bytes of segments that hold something, or that somebody writes into */
  get used(): number {
    return this.bytes - this.#spareBytes
  }

  /** bytes of segments that hold nothing */
  get spare(): number {
    return this.#spareBytes
  }

  /** From now on somebody wants to know which segments hold values: what there is now is told at once. */
  watch(watcher: SegmentWatcher): void {
    this.#watcher = watcher
    for (const s of this.#segments.values()) if (s.sealed && s.live > 0) watcher.filled(s)
  }

  /** bytes of the memory of the pool that were in use and are not now */
  get unused(): number {
    return this.#memory?.unused ?? 0
  }

  /** A lane has made a segment. */
  made(lane: number, entry: SegmentEntry): void {
    const [id, own, bytes] = entry
    const { memory, made } =
      typeof own === 'number' ? this.#memory!.cut(lane, own, bytes) : { memory: new Uint8Array(own), made: bytes }
    const number = this.#freeNumbers.pop() ?? this.#segments.size
    const known = new Set([lane])
    const segment = { id, number, entry, memory, lane, live: 0, pins: 0, sealed: false, handed: false, first: -1, known }
    this.#segments.set(id, segment)
    this.#lanes.add(lane)
    this.bytes += memory.byteLength
    if (made > 0) this.#grown?.(made)
  }

  /** The lane writes into the segment no more. */
  sealed(id: number): void {
    const s = this.#segments.get(id)!
    s.sealed = true
    if (s.handed) {
      // Given back, since it is not needed there.
      this.#use(s)
      this.#forget(s)
    } else if (s.live === 0) this.#recycle(s)
    else this.#watcher?.filled(s)
  }

  get(id: number): Segment {
    return this.#segments.get(id)!
  }

  /** A value was written into the segment, or it is to stay. */
  hold(id: number): Segment {
    const s = this.#segments.get(id)!
    if (s.handed) this.#use(s)
    s.live++
    return s
  }

  /** A value in the segment is not needed any more, or it need not stay. */
  drop(id: number): void {
    const s = this.#segments.get(id)!
    if (--s.live > 0 || !s.sealed) return
    this.#watcher?.emptied(s)
    this.#recycle(s)
  }

  /** Values in the segment are in use: it stays, and they do not move. */
  pin(id: number): Segment {
    const s = this.hold(id)
    s.pins++
    return s
  }

  unpin(id: number): void {
    this.#segments.get(id)!.pins--
    this.drop(id)
  }

  view(id: number, offset: number, length: number): Uint8Array {
    const { buffer, byteOffset } = this.#segments.get(id)!.memory
    return new Uint8Array(buffer, byteOffset + offset, length)
  }

  /** Sees to it that the lane knows the segment: `entries` is what its next batch brings. */
  introduce(id: number, lane: number, entries: SegmentEntry[]): void {
    const s = this.#segments.get(id)!
    if (s.known.has(lane)) return
    s.known.add(lane)
    this.#lanes.add(lane)
    entries.push(s.entry)
  }

  /** What a lane must be told of spare segments, since it was asked last. */
  sparesFor(lane: number): SegmentEntry[] | undefined {
    const spares = this.#spares.get(lane)
    if (!spares) return undefined
    this.#spares.delete(lane)
    for (const [id] of spares) this.#segments.get(id)!.handed = true
    return spares
  }

  /** What a new lane is given of the memory of the pool. */
  memoryOf(lane: number): ThreadMemory | undefined {
    return this.#memory?.forLane(lane)
  }

  /** Memory of the pool that a lane may make segments in, since it was asked last. */
  leasesFor(lane: number): Lease[] | undefined {
    return this.#memory?.leasesFor(lane)
  }

  dropsFor(lane: number): number[] | undefined {
    const drops = this.#drops.get(lane)
    this.#drops.delete(lane)
    if (this.#urgent.delete(lane)) return [...(drops ?? []), COLLECT]
    return drops
  }

  /** Whether a lane is to be told something even if it gets no task. */
  isUrgent(lane: number): boolean {
    return this.#urgent.has(lane)
  }

  /**
   * Gives the memory of segments that hold nothing back to the system, as soon as all lanes have heard of it. `own`: the
   * number that this thread has among the lanes, which has given back its spares.
   */
  collect(own: number): void {
    for (const spares of this.#spares.values()) {
      for (const [id] of spares) {
        const s = this.#segments.get(id)!
        this.#spareBytes -= s.memory.byteLength
        this.#forget(s)
      }
    }
    this.#spares.clear()
    for (const lane of this.#lanes) if (lane !== own) this.#urgent.add(lane)
    this.letGo = 0
    collectGarbage()
  }

  /** A lane is gone: what is in its segments stays, nothing is written there again. */
  laneGone(lane: number): void {
    for (const [id] of this.#spares.get(lane) ?? []) this.#segments.get(id)!.handed = true
    this.#spares.delete(lane)
    this.#drops.delete(lane)
    this.#urgent.delete(lane)
    this.#lanes.delete(lane)
    this.#memory?.laneGone(lane)
    for (const s of this.#segments.values()) {
      s.known.delete(lane)
      if (s.lane !== lane) continue
      if (s.handed) this.#use(s)
      if (s.live === 0) this.#forget(s)
      else if (!s.sealed) {
        s.sealed = true
        this.#watcher?.filled(s)
      }
    }
  }

  /** A spare is one no longer. */
  #use(s: Segment): void {
    s.handed = false
    this.#spareBytes -= s.memory.byteLength
  }

  #recycle(s: Segment): void {
    if (this.#spareBytes + s.memory.byteLength > this.#mostSpare || !s.known.has(s.lane)) {
      this.#forget(s)
      return
    }
    s.sealed = false
    this.#spareBytes += s.memory.byteLength
    const spares = this.#spares.get(s.lane)
    if (spares) spares.push(s.entry)
    else this.#spares.set(s.lane, [s.entry])
  }

  #forget(s: Segment): void {
    this.#segments.delete(s.id)
    this.#freeNumbers.push(s.number)
    this.bytes -= s.memory.byteLength
    if (typeof s.entry[1] === 'number') this.#memory!.release(s.entry[1])
    else this.letGo += s.memory.byteLength
    for (const lane of s.known) {
      const drops = this.#drops.get(lane)
      if (drops) drops.push(s.id)
      else this.#drops.set(lane, [s.id])
    }
  }
}
