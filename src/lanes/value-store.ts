import { decode, prepare } from '../transfer/index.js'
import { directBytes, isDirect } from './direct-values.js'
import { ValueKind } from './lane-protocol.js'
import type { SegmentTable } from './segments.js'

/** The kind of a value that is not in memory, beside those of `ValueKind`. */
export const ON_DISK = 4

/** Values that went to disk together, and come back together. */
export class DiskUnit {
  /** the slot of one of them, -1: none is needed any more */
  first = -1
}

/** Where values are: a segment, or a file. Its values are a list through the slots. */
interface Home {
  first: number
}

/**
 * The values that a pool holds, by slot of its worker machine: small ones as they are, others encoded, in a segment of
 * shared memory or as bytes. Whoever moves values to disk and back says so.
 */
export class ValueStore {
  readonly #segments: SegmentTable
  kind = new Uint8Array(64)
  segment = new Int32Array(64)
  offset = new Float64Array(64)
  length = new Float64Array(64)
  /** of values in segments and on disk: the slots of others in the same place */
  #next = new Int32Array(64)
  #previous = new Int32Array(64)
  readonly values: unknown[] = []
  /** by slot of a value on disk */
  readonly #units = new Map<number, DiskUnit>()
  /** bytes of all values in memory */
  bytes = 0
  /** bytes of all values on disk */
  diskBytes = 0
  /** No value of a unit is needed any more. */
  onUnitEmpty: ((unit: DiskUnit) => void) | undefined

  constructor(segments: SegmentTable) {
    this.#segments = segments
  }

  /** Puts a value that is direct, or encoded bytes. Gives its size. */
  put(slot: number, value: unknown): number {
    this.#reserve(slot)
    const direct = isDirect(value)
    this.kind[slot] = direct ? ValueKind.direct : ValueKind.bytes
    this.values[slot] = value
    const bytes = direct ? directBytes(value) : (value as Uint8Array).byteLength
    this.length[slot] = bytes
    this.bytes += bytes
    return bytes
  }

  /** Puts a value that stands in a segment. */
  putSegment(slot: number, segment: number, offset: number, length: number): number {
    this.#reserve(slot)
    this.kind[slot] = ValueKind.segment
    this.segment[slot] = segment
    this.offset[slot] = offset
    this.length[slot] = length
    this.#link(slot, this.#segments.hold(segment))
    this.bytes += length
    return length
  }

  drop(slot: number): void {
    const kind = this.kind[slot]
    if (kind === ValueKind.none) return
    if (kind === ValueKind.segment) this.#leaveSegment(slot)
    this.kind[slot] = ValueKind.none
    this.values[slot] = undefined
    if (kind === ON_DISK) {
      this.diskBytes -= this.length[slot]!
      const unit = this.#leaveUnit(slot)
      if (unit.first < 0) this.onUnitEmpty?.(unit)
    } else this.bytes -= this.length[slot]!
  }

  /** A value that stands in a segment is on disk now, and only there, at that place of the unit. */
  moveToDisk(slot: number, unit: DiskUnit, offset: number): void {
    this.#leaveSegment(slot)
    this.kind[slot] = ON_DISK
    this.offset[slot] = offset
    this.#units.set(slot, unit)
    this.#link(slot, unit)
    this.bytes -= this.length[slot]!
    this.diskBytes += this.length[slot]!
  }

  /** A value that is on disk is in a segment again. */
  moveToSegment(slot: number, segment: number, offset: number): void {
    this.#leaveUnit(slot)
    this.diskBytes -= this.length[slot]!
    this.putSegment(slot, segment, offset, this.length[slot]!)
  }

  /** Where a value on disk is. */
  unitOf(slot: number): DiskUnit {
    return this.#units.get(slot)!
  }

  /** The slots of the values in a segment or unit. */
  slotsAt({ first }: Home): number[] {
    const slots: number[] = []
    for (let slot = first; slot >= 0; slot = this.#next[slot]!) slots.push(slot)
    return slots
  }

  /** The value as ordinary memory of the caller. */
  get(slot: number): unknown {
    switch (this.kind[slot]) {
      case ValueKind.direct:
        return this.values[slot]
      default:
        return decode(this.encoded(slot))
    }
  }

  /** What must be imported before the value can be had; undefined: nothing. */
  prepare(slot: number): Promise<void> | undefined {
    return this.kind[slot] === ValueKind.direct ? undefined : prepare(this.encoded(slot))
  }

  /** A view of an encoded value. */
  encoded(slot: number): Uint8Array {
    return this.kind[slot] === ValueKind.bytes
      ? (this.values[slot] as Uint8Array)
      : this.#segments.view(this.segment[slot]!, this.offset[slot]!, this.length[slot]!)
  }

  #leaveSegment(slot: number): void {
    const segment = this.segment[slot]!
    this.#unlink(slot, this.#segments.get(segment))
    this.#segments.drop(segment)
  }

  #leaveUnit(slot: number): DiskUnit {
    const unit = this.#units.get(slot)!
    this.#units.delete(slot)
    this.#unlink(slot, unit)
    return unit
  }

  #link(slot: number, home: Home): void {
    if (home.first >= 0) this.#previous[home.first] = slot
    this.#next[slot] = home.first
    this.#previous[slot] = -1
    home.first = slot
  }

  #unlink(slot: number, home: Home): void {
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (next >= 0) this.#previous[next] = previous
    if (previous >= 0) this.#next[previous] = next
    else home.first = next
  }

  #reserve(slot: number): void {
    while (this.values.length <= slot) this.values.push(undefined)
    if (slot < this.kind.length) return
    const n = Math.max(slot + 1, this.kind.length * 2)
    const kind = new Uint8Array(n)
    kind.set(this.kind)
    this.kind = kind
    this.segment = grown(this.segment, n)
    this.#next = grown(this.#next, n)
    this.#previous = grown(this.#previous, n)
    for (const column of ['offset', 'length'] as const) {
      const wider = new Float64Array(n)
      wider.set(this[column])
      this[column] = wider
    }
  }
}

function grown(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length)
  wider.set(column)
  return wider
}
