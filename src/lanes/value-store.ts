import { decode, prepare } from '../transfer/index.js'
import { directBytes, isDirect } from './direct-values.js'
import { ValueKind } from './lane-protocol.js'
import type { SegmentTable } from './segments.js'

/**
 * The values that a pool holds, by slot of its worker machine: small ones as they are, others encoded, in a segment of
 * shared memory or as bytes.
 */
export class ValueStore {
  readonly #segments: SegmentTable
  kind = new Uint8Array(64)
  segment = new Int32Array(64)
  offset = new Float64Array(64)
  length = new Float64Array(64)
  readonly values: unknown[] = []
  /** bytes of all values */
  bytes = 0

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
    this.#segments.hold(segment)
    this.bytes += length
    return length
  }

  drop(slot: number): void {
    if (this.kind[slot] === ValueKind.none) return
    if (this.kind[slot] === ValueKind.segment) this.#segments.drop(this.segment[slot]!)
    this.kind[slot] = ValueKind.none
    this.values[slot] = undefined
    this.bytes -= this.length[slot]!
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

  #reserve(slot: number): void {
    while (this.values.length <= slot) this.values.push(undefined)
    if (slot < this.kind.length) return
    const n = Math.max(slot + 1, this.kind.length * 2)
    const kind = new Uint8Array(n)
    kind.set(this.kind)
    this.kind = kind
    const segment = new Int32Array(n)
    segment.set(this.segment)
    this.segment = segment
    for (const column of ['offset', 'length'] as const) {
      const grown = new Float64Array(n)
      grown.set(this[column])
      this[column] = grown
    }
  }
}
