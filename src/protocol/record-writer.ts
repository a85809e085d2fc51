import { endianness } from 'node:os'
import { IntList } from '../base/index.js'

const float = new Float64Array(1)
const halves = new Int32Array(float.buffer)
const FEW_WORDS = 32
const LITTLE_ENDIAN = endianness() === 'LE'

/** Puts records together that leave in one frame: 32-bit words, among them numbers of 64 bits and bytes. */
export class RecordWriter {
  // Hot records are written straight into it.
  readonly list = new IntList(256)

  get isEmpty(): boolean {
    return this.list.length === 0
  }

  /** the number of words so far */
  get length(): number {
    return this.list.length
  }

  word(value: number): void {
    this.list.push(value)
  }

  words3(op: number, a: number, b: number): void {
    const list = this.list
    const at = list.length
    list.reserve(at + 3)
    const { items } = list
    items[at] = op
    items[at + 1] = a
    items[at + 2] = b
    list.length = at + 3
  }

  words4(op: number, a: number, b: number, c: number): void {
    const list = this.list
    const at = list.length
    list.reserve(at + 4)
    const { items } = list
    items[at] = op
    items[at + 1] = a
    items[at + 2] = b
    items[at + 3] = c
    list.length = at + 4
  }

  /** Words of another list. */
  copy(from: Int32Array, start: number, end: number): void {
    const list = this.list
    const at = list.length
    list.reserve(at + end - start)
    const { items } = list
    for (let i = start, o = at; i < end; i++, o++) items[o] = from[i]!
    list.length = at + end - start
  }

  /** A number of 64 bits: two words. */
  float(value: number): void {
    float[0] = value
    const list = this.list
    const at = list.length
    list.reserve(at + 2)
    list.items[at] = halves[0]!
    list.items[at + 1] = halves[1]!
    list.length = at + 2
  }

  /** Bytes, filled up to whole words. Their number is not written: say it before. */
  bytes(bytes: Uint8Array): void {
    this.bytesOf(bytes, 0, bytes.byteLength)
  }

  /** The bytes [from, to) of others, as `bytes` writes them; few are put into words here, as views of memory cost more. */
  bytesOf(bytes: Uint8Array, from: number, to: number): void {
    const list = this.list
    const at = list.length
    const count = (to - from + 3) >>> 2
    if (count === 0) return
    list.reserve(at + count)
    const { items } = list
    items[at + count - 1] = 0
    list.length = at + count
    if (count > FEW_WORDS || !LITTLE_ENDIAN) {
      new Uint8Array(items.buffer, at * 4, count * 4).set(bytes.subarray(from, to))
      return
    }
    let o = at
    let i = from
    for (; i + 4 <= to; i += 4) items[o++] = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    for (let shift = 0; i < to; i++, shift += 8) items[o]! |= bytes[i]! << shift
  }

  /** A text: the number of its bytes, then they. */
  text(text: string): void {
    const bytes = Buffer.from(text)
    this.word(bytes.byteLength)
    this.bytes(bytes)
  }

  /** The number of bytes, then they. */
  block(bytes: Uint8Array): void {
    this.word(bytes.byteLength)
    this.bytes(bytes)
  }

  /** What was written, as the body of a frame; then it is empty again. */
  take(): Uint8Array {
    const body = new Uint8Array(this.list.toArray().buffer as ArrayBuffer)
    this.list.clear()
    return body
  }
}
