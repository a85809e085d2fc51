import { asError, formatBytes } from '../base/index.js'
import { DiskUnit, ON_DISK, type Segment, type SegmentTable, ValueKind, type ValueStore } from '../lanes/index.js'
import { DiskFull, type MemoryPressure, type Recency, type SpillFolder, type SpillRef } from '../memory/index.js'
import type { FilledSegments } from './filled-segments.js'
import type { Room } from './incoming-segments.js'
import { Turns } from './turns.js'

/** Bytes that were let go and not freed: as many cost more, when they are needed again, than to collect them. */
const HEAP = 512 * 2 ** 20

/** What is written in one file at least, if there is so much to be moved. */
const TOGETHER = 1 << 20
/** Files that are written, and read, at once. */
const WRITES = 2
const READS = 4
/** After the disk was full nothing is moved there for so many milliseconds. */
const REST = 5000
/** The process is measured while it works as well, but no sooner than so many milliseconds after the last time. */
const MEASURE_AFTER = 20
/**
 * Unused memory is given back no sooner than so many milliseconds after the last time, and after so many times what that
 * took: all threads collect garbage then, which would else be most of what a worker does that is short of memory.
 */
const COLLECT_AFTER = 50
const COLLECT_SHARE = 20
/** Where little is known to be unused it is looked for after so many milliseconds. */
const SEARCH_AFTER = 1000
const LITTLE = 1 / 32
/** A process that stays paused for so many milliseconds though its values are on disk is told of. */
const PATIENCE = 2000

export interface SpillingOptions {
  /** of the worker or executor, for warnings */
  readonly name: string
  /** what helps if it has too little memory */
  readonly advice: string
  /** bytes that the process may take */
  readonly limit: number
  readonly store: ValueStore
  readonly segments: SegmentTable
  readonly folder: SpillFolder
  readonly pressure: MemoryPressure
  /** the bytes that the process takes */
  readonly processBytes: () => number
  allocate(bytes: number): Room
  /** The memory of segments that hold nothing is to go back to the system. */
  collect(): void
  /** The values in these slots cannot be read. They must be dropped. */
  lost(slots: readonly number[]): void
  /** There is less in memory, or a value is back. */
  changed(): void
  /** Tasks may not start any more, or again. */
  paused(on: boolean): void
}

/** A file with values. */
class SpilledUnit extends DiskUnit {
  readonly ref: SpillRef
  /** who waits for its values to be in memory */
  waiting: ((segment: number) => void)[] | undefined

  constructor(ref: SpillRef) {
    super()
    this.ref = ref
  }
}

/** Where a value was when it began to leave. */
interface Leaving {
  readonly slot: number
  readonly segment: Segment
  readonly offset: number
  readonly place: number
}

/**
 * Moves values of a worker to disk when its memory fills, and back when they are needed. Whole segments go, those first
 * whose values were used longest ago, so that their memory is free; what is in use by a lane stays.
 */
export class Spilling {
  readonly #options: SpillingOptions
  readonly #recency: Recency
  readonly #byNumber: readonly (Segment | undefined)[]
  readonly #writing = new Set<Promise<void>>()
  readonly #reads = new Turns(READS)
  /** bytes of segments that are being written to disk */
  #leaving = 0
  /** when the process was measured last, and when unused memory was given back, in milliseconds */
  #measured = -Infinity
  #collected = -Infinity
  /** milliseconds that this took */
  #collecting = 0
  /** when it was not paused last */
  #runningAt = performance.now()
  /** until when the disk is not tried again */
  #restUntil = -Infinity
  #warned = new Set<string>()
  #closed = false
  /** bytes that were written and read, and the seconds that took; several at once count each */
  readonly traffic = { spilledBytes: 0, spillSeconds: 0, restoredBytes: 0, restoreSeconds: 0 }

  constructor(options: SpillingOptions, filled: FilledSegments) {
    this.#options = options
    this.#recency = filled.recency
    this.#byNumber = filled.byNumber
    options.store.onUnitEmpty = (unit) => this.#remove((unit as SpilledUnit).ref)
    if (options.folder.inMemory) {
      this.#warn('in-memory', () => {
        return `${options.name}: values that leave memory go to ${options.folder.path}, which is itself in memory, so that little is won: set memory.localDirectory to a folder on a disk`
      })
    }
    for (const problem of options.folder.leftovers.problems) {
      this.#warn(
        problem.message,
        () => `${options.name}: what an earlier worker left on disk could not be removed: ${problem.message}`,
      )
    }
  }

  get isPaused(): boolean {
    return this.#options.pressure.state === 'paused'
  }

  /** Whether nothing is on its way to disk, nor is there anything that could go and is to. */
  get isExhausted(): boolean {
    if (this.#writing.size > 0 || this.#restUntil > this.#measured) return false
    return this.#options.pressure.excess(this.#held) === 0 || this.#oldest().length === 0
  }

  /** The values of a segment are used. */
  touch({ number }: Segment): void {
    if (this.#recency.has(number)) this.#recency.touch(number)
  }

  /** To be called every now and then, and whenever something has happened: looks how much memory is taken, and acts on it. */
  measure(): void {
    const { limit, pressure, segments, processBytes } = this.#options
    if (limit === Infinity || this.#closed) return
    this.#measured = performance.now()
    const paused = this.isPaused
    pressure.measured(processBytes(), this.#held)
    this.#relieve()
    const since = this.#measured - this.#collected
    if (pressure.isHigh ? since > this.#collectAfter(segments.letGo + segments.spare) : this.#isHeap(segments.letGo, since))
      this.#collect()
    if (this.isPaused !== paused) this.#options.paused(this.isPaused)
    if (!this.isPaused) this.#runningAt = this.#measured
    else if (this.#measured - this.#runningAt > PATIENCE && this.isExhausted) this.#tellWhyPaused()
  }

  /** To be called when something has happened. */
  check(): void {
    if (performance.now() - this.#measured > MEASURE_AFTER) this.measure()
    else this.#relieve()
  }

  /** Begins to move values to disk, if there are too many in memory. */
  #relieve(): void {
    if (this.#options.limit === Infinity || this.#closed || this.#restUntil > this.#measured) return
    while (this.#writing.size < WRITES && this.#options.pressure.excess(this.#held) > 0) {
      const batch = this.#oldest()
      if (batch.length === 0) return
      const writing = this.#moveOut(batch)
      this.#writing.add(writing)
      void writing.finally(() => {
        this.#writing.delete(writing)
        if (this.#options.segments.letGo > Math.max(16 * 2 ** 20, this.#options.limit / 20)) this.#collect()
        if (!this.#closed) this.#options.changed()
      })
    }
  }

  /**
   * Brings a value on disk back, with those that went with it. Gives the segment in which it is then, pinned; -1: it is
   * lost, or not needed any more.
   */
  bringBack(slot: number): Promise<number> {
    const unit = this.#options.store.unitOf(slot) as SpilledUnit
    return new Promise((resolve) => {
      if (unit.waiting) {
        unit.waiting.push(resolve)
        return
      }
      unit.waiting = [resolve]
      void this.#reads.run(() => this.#read(unit))
    })
  }

  /** Reads a value for somebody else; it stays on disk. Undefined: it is not there any more, or lost. */
  copy(slotNow: () => number): Promise<Uint8Array | undefined> {
    const { store, folder } = this.#options
    return this.#reads.run(async () => {
      const slot = slotNow()
      if (slot < 0) return undefined
      if (store.kind[slot] !== ON_DISK) return store.encoded(slot).slice()
      const unit = store.unitOf(slot) as SpilledUnit
      const from = store.offset[slot]!
      const to = from + store.length[slot]!
      try {
        return (await folder.read(unit.ref, (bytes) => new Uint8Array(bytes))).subarray(from, to)
      } catch (error) {
        this.#lose(unit, error)
        return undefined
      }
    })
  }

  /** Removes everything from disk. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#options.folder.close()
    await Promise.all(this.#writing)
  }

  /** bytes of segments that are not about to leave memory */
  get #held(): number {
    return this.#options.segments.used - this.#leaving
  }

  /** The segments that are to leave next, together: one, or several of which little is needed. */
  #oldest(): Segment[] {
    const recency = this.#recency
    const batch: Segment[] = []
    let payload = 0
    for (let number = recency.oldest; number >= 0 && payload < TOGETHER; number = recency.after(number)) {
      const segment = this.#byNumber[number]!
      if (segment.pins > 0) continue
      const { slots, bytes } = this.#contents(segment)
      // Only held, by an answer to a peer that is on its way, say.
      if (slots.length === 0) continue
      if (batch.length > 0 && payload + bytes > TOGETHER) break
      batch.push(segment)
      payload += bytes
    }
    return batch
  }

  #contents(segment: Segment): { slots: number[]; bytes: number } {
    const { store } = this.#options
    const slots = store.slotsAt(segment)
    return { slots, bytes: slots.reduce((sum, slot) => sum + store.length[slot]!, 0) }
  }

  async #moveOut(batch: readonly Segment[]): Promise<void> {
    const { segments, folder } = this.#options
    const bytes = batch.reduce((sum, { memory }) => sum + memory.byteLength, 0)
    this.#leaving += bytes
    const parts: Uint8Array[] = []
    const leaving: Leaving[] = []
    let place = 0
    for (const segment of batch) {
      segments.hold(segment.id)
      this.#recency.remove(segment.number)
      place = this.#gather(segment, place, parts, leaving)
    }
    let unit: SpilledUnit | undefined
    const began = performance.now()
    try {
      unit = new SpilledUnit(await folder.write(parts))
      this.traffic.spilledBytes += place
      this.traffic.spillSeconds += (performance.now() - began) / 1000
    } catch (error) {
      if (!this.#closed) this.#giveUp(error)
    }
    this.#leaving -= bytes
    if (unit) this.#settle(unit, leaving)
    for (const segment of batch) {
      segments.drop(segment.id)
      if (segment.live > 0) this.#recency.touch(segment.number)
    }
  }

  /** Notes what of a segment is to be written; `place` is where in the file. Gives where the next goes. */
  #gather(segment: Segment, place: number, parts: Uint8Array[], leaving: Leaving[]): number {
    const { store, segments } = this.#options
    const { slots, bytes } = this.#contents(segment)
    let first = Infinity
    let end = 0
    for (const slot of slots) {
      first = Math.min(first, store.offset[slot]!)
      end = Math.max(end, store.offset[slot]! + store.length[slot]!)
    }
    // One piece with what is between the values, if that is little: views of each cost more.
    if (bytes * 2 >= end - first || slots.length === 1) {
      for (const slot of slots) {
        const offset = store.offset[slot]!
        leaving.push({ slot, segment, offset, place: place + offset - first })
      }
      return add(parts, segments.view(segment.id, first, end - first), place)
    }
    for (const slot of slots) {
      leaving.push({ slot, segment, offset: store.offset[slot]!, place })
      place = add(parts, store.encoded(slot), place)
    }
    return place
  }

  /** A file is written: its values are there now, except those that were needed meanwhile. */
  #settle(unit: SpilledUnit, leaving: readonly Leaving[]): void {
    const { store } = this.#options
    for (const { slot, segment, offset, place } of leaving) {
      const isThere =
        store.kind[slot] === ValueKind.segment && store.segment[slot] === segment.id && store.offset[slot] === offset
      if (isThere && segment.pins === 0) store.moveToDisk(slot, unit, place)
    }
    if (unit.first < 0) this.#remove(unit.ref)
  }

  async #read(unit: SpilledUnit): Promise<void> {
    const { store, segments, folder, allocate } = this.#options
    const answer = (segment: number): void => {
      const { waiting = [] } = unit
      unit.waiting = undefined
      for (const resolve of waiting) {
        if (segment >= 0) segments.pin(segment)
        resolve(segment)
      }
    }
    if (unit.first < 0) {
      answer(-1)
      return
    }
    const room = allocate(unit.ref.bytes)
    const began = performance.now()
    try {
      await folder.read(unit.ref, () => room.bytes)
      this.traffic.restoredBytes += unit.ref.bytes
      this.traffic.restoreSeconds += (performance.now() - began) / 1000
      const slots = store.slotsAt(unit)
      for (const slot of slots) store.moveToSegment(slot, room.segment, room.offset + store.offset[slot]!)
      if (slots.length > 0) this.#remove(unit.ref)
      answer(slots.length > 0 ? room.segment : -1)
    } catch (error) {
      if (!this.#closed) this.#lose(unit, error)
      answer(-1)
    } finally {
      segments.drop(room.segment)
    }
  }

  /** What is in a file cannot be had any more. */
  #lose(unit: SpilledUnit, error: unknown): void {
    if (this.#closed) return
    const { name, store, lost } = this.#options
    const slots = store.slotsAt(unit)
    if (slots.length === 0) return
    this.#warn('damaged', () => {
      const what = slots.length === 1 ? 'a value' : `${slots.length} values`
      return `${name}: ${what} that had left memory cannot be read and must be computed again (others that follow are not told of): ${asError(error).message}`
    })
    lost(slots)
  }

  #remove(ref: SpillRef): void {
    this.#options.folder.drop(ref).catch((error: unknown) => {
      this.#warn('remove', () => `${this.#options.name}: ${asError(error).message}`)
    })
  }

  /** What was to leave stays in memory. */
  #giveUp(error: unknown): void {
    this.#restUntil = performance.now() + REST
    const { name } = this.#options
    this.#warn(error instanceof DiskFull ? 'full' : 'write', () => `${name}: ${asError(error).message}`)
  }

  /** Whether so much was let go that it is freed even where memory is not short: others may need it. */
  #isHeap(letGo: number, since: number): boolean {
    return letGo > HEAP && since > Math.max(COLLECT_AFTER, COLLECT_SHARE * this.#collecting)
  }

  /** After how many milliseconds it is worth it to give so many unused bytes back. A paused process has nothing better to do. */
  #collectAfter(unused: number): number {
    const most = this.isPaused ? 0 : this.#options.limit * LITTLE
    return unused > most ? Math.max(COLLECT_AFTER, COLLECT_SHARE * this.#collecting) : SEARCH_AFTER
  }

  #collect(): void {
    const began = performance.now()
    this.#options.collect()
    this.#collected = performance.now()
    this.#collecting = this.#collected - began
  }

  #tellWhyPaused(): void {
    const { name, advice, limit, segments, processBytes } = this.#options
    this.#warn('paused', () => {
      return `${name} starts no more than one task at a time: its process takes ${formatBytes(processBytes())} of the ${formatBytes(limit)} that it may, of which only ${formatBytes(segments.used)} are values. ${advice}`
    })
  }

  /** Warns of everything of that kind once. */
  #warn(kind: string, text: () => string): void {
    if (this.#warned.has(kind)) return
    this.#warned.add(kind)
    process.emitWarning(text(), { type: 'HeddleWarning' })
  }
}

/** Adds a part, and zeros up to a multiple of 8, since values begin there. Gives where the next one begins. */
function add(parts: Uint8Array[], part: Uint8Array, place: number): number {
  parts.push(part)
  const rest = -part.byteLength & 7
  if (rest > 0) parts.push(new Uint8Array(rest))
  return place + part.byteLength + rest
}
