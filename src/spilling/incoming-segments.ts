import { config } from '../config/index.js'
import { type SegmentTable, SegmentWriter } from '../lanes/index.js'

/** The number of the main thread among the lanes, as one that makes segments. */
const MAIN = 0

/** Where a value is to be written in shared memory; the segment is held. */
export interface Room {
  readonly segment: number
  readonly offset: number
  readonly bytes: Uint8Array
}

/** The segments that the main thread makes: for values that come from elsewhere, or back from disk. */
export class IncomingSegments {
  readonly #segments: SegmentTable
  readonly #writer = new SegmentWriter(MAIN, config.get('memory.hugePages'))

  constructor(segments: SegmentTable) {
    this.#segments = segments
  }

  /** Shared memory for a value: its segment is held until the caller drops it. */
  allocate(length: number): Room {
    const segments = this.#segments
    const writer = this.#writer
    this.#hear()
    const bytes = writer.allocate(length)
    for (const entry of writer.made) segments.made(MAIN, entry)
    writer.made = []
    segments.hold(writer.segment)
    this.#seal()
    return { segment: writer.segment, offset: writer.offset, bytes }
  }

  /** Gives the memory of segments that hold nothing back to the system, once the lanes have heard of it. */
  collect(): void {
    this.#hear()
    this.#writer.giveBack()
    this.#seal()
    this.#segments.collect(MAIN)
  }

  /** What this thread is told as one that makes segments. */
  #hear(): void {
    for (const spare of this.#segments.sparesFor(MAIN) ?? []) this.#writer.addSpare(spare)
    for (const id of this.#segments.dropsFor(MAIN) ?? []) this.#writer.dropped(id)
  }

  #seal(): void {
    for (const id of this.#writer.sealed) this.#segments.sealed(id)
    this.#writer.sealed = []
  }
}
