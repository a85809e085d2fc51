import { headerBytes, kind } from './format.js'

const textSegment = 65536
const ownSegment = 4096
/** Bytes of scratch kept between payloads. */
const keep = 4 << 20
const beyondLatin1 = /[^\0-\xff]/

/**
 * The sections of one payload in growing scratch memory, and `finish`, which puts them together in memory of exactly
 * the right size. Strings are collected and written a segment at a time: concatenating and slicing is several times
 * faster than a native call a string.
 */
export class ByteWriter {
  #body = new ArrayBuffer(4096)
  #bytes = new Uint8Array(this.#body)
  #floats = new Float64Array(this.#body)
  #integers = new Int32Array(this.#body)
  #view = new DataView(this.#body)
  #position = 0
  #text = Buffer.allocUnsafeSlow(1024)
  #textPosition = 0
  #pending = ''
  #buffers: Uint8Array[] = []
  #bufferBytes = 0

  /** Bytes written so far, those of strings approximately: for warnings about size. */
  get size(): number {
    return this.#position + this.#textPosition + this.#pending.length + this.#bufferBytes
  }

  byte(value: number): void {
    if (this.#position >= this.#bytes.length) this.#grow(1)
    this.#bytes[this.#position++] = value
  }

  /** An unsigned integer below 2 ** 53, seven bits a byte. */
  unsigned(value: number): void {
    if (this.#position + 8 > this.#bytes.length) this.#grow(8)
    const bytes = this.#bytes
    let p = this.#position
    while (value > 0x7fffffff) {
      bytes[p++] = (value & 0x7f) | 0x80
      value = Math.floor(value / 128)
    }
    while (value > 0x7f) {
      bytes[p++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    bytes[p++] = value
    this.#position = p
  }

  float64(value: number): void {
    if (this.#position + 8 > this.#bytes.length) this.#grow(8)
    this.#view.setFloat64(this.#position, value, true)
    this.#position += 8
  }

  bigint64(value: bigint): void {
    if (this.#position + 8 > this.#bytes.length) this.#grow(8)
    this.#view.setBigInt64(this.#position, value, true)
    this.#position += 8
  }

  float64s(values: readonly number[]): void {
    this.#align(8, values.length * 8)
    const floats = this.#floats
    const start = this.#position >>> 3
    for (let i = 0; i < values.length; i++) floats[start + i] = values[i]!
    this.#position += values.length * 8
  }

  int32s(values: readonly number[]): void {
    this.#align(4, values.length * 4)
    const integers = this.#integers
    const start = this.#position >>> 2
    for (let i = 0; i < values.length; i++) integers[start + i] = values[i]!
    this.#position += values.length * 4
  }

  /** The length goes to the body, the characters to the text section. */
  string(value: string): void {
    this.unsigned(value.length)
    if (value.length > 0) this.#characterData(value)
  }

  /** An array that holds strings only. */
  strings(values: readonly string[]): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      this.unsigned(value.length)
      if (value.length > 0) this.#characterData(value)
    }
  }

  /** Bytes for the end of the payload; copied by `finish`, so they must not change before. */
  buffer(bytes: Uint8Array): void {
    this.unsigned(bytes.byteLength)
    this.#buffers.push(bytes)
    this.#bufferBytes += align8(bytes.byteLength)
  }

  finish(shared: Uint32Array, code: string, allocate: (byteLength: number) => Uint8Array): Uint8Array {
    this.#flushText()
    const codeBytes = code === '' ? undefined : Buffer.from(code)
    const bodyAt = align8(headerBytes + shared.length * 4)
    const textAt = bodyAt + this.#position
    const codeAt = textAt + this.#textPosition
    const structured = codeAt + (codeBytes?.length ?? 0)
    let size = structured
    for (const b of this.#buffers) size = align8(size) + b.byteLength
    const out = allocate(size)
    const header = new DataView(out.buffer, out.byteOffset, bodyAt)
    header.setUint32(0, kind.full, true)
    header.setUint32(4, this.#position, true)
    header.setUint32(8, this.#textPosition, true)
    header.setUint32(12, codeBytes?.length ?? 0, true)
    header.setUint32(16, shared.length, true)
    for (let at = 20; at < headerBytes; at += 4) header.setUint32(at, 0, true)
    for (let i = 0; i < shared.length; i++) header.setUint32(headerBytes + i * 4, shared[i]!, true)
    if (shared.length % 2 === 1) header.setUint32(bodyAt - 4, 0, true)
    out.set(this.#bytes.subarray(0, this.#position), bodyAt)
    if (this.#textPosition > 0) out.set(this.#text.subarray(0, this.#textPosition), textAt)
    if (codeBytes) out.set(codeBytes, codeAt)
    let at = structured
    for (const b of this.#buffers) {
      const start = align8(at)
      out.fill(0, at, start)
      out.set(b, start)
      at = start + b.byteLength
    }
    return out
  }

  /** Ready for the next payload; memory beyond a few megabytes is let go. */
  reset(): void {
    this.#position = this.#textPosition = this.#bufferBytes = 0
    this.#pending = ''
    this.#buffers = []
    if (this.#body.byteLength > keep) this.#useBody(new ArrayBuffer(4096))
    if (this.#text.length > keep) this.#text = Buffer.allocUnsafeSlow(1024)
  }

  #characterData(value: string): void {
    if (value.length >= ownSegment) {
      // A string that was cut out of a segment keeps all of the segment in memory: long ones stand alone.
      this.#flushText()
      this.#segment(value)
      return
    }
    this.#pending += value
    if (this.#pending.length >= textSegment) this.#flushText()
  }

  #flushText(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    this.#segment(text)
  }

  #segment(text: string): void {
    const wide = beyondLatin1.test(text)
    const byteLength = wide ? text.length * 2 : text.length
    const needed = this.#textPosition + 4 + byteLength
    if (needed > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#text.length * 2))
      larger.set(this.#text.subarray(0, this.#textPosition))
      this.#text = larger
    }
    this.#text.writeUInt32LE(text.length * 2 + (wide ? 1 : 0), this.#textPosition)
    this.#text.write(text, this.#textPosition + 4, wide ? 'utf16le' : 'latin1')
    this.#textPosition = needed
  }

  #align(size: number, more: number): void {
    const padded = Math.ceil(this.#position / size) * size
    if (padded + more > this.#bytes.length) this.#grow(padded - this.#position + more)
    this.#bytes.fill(0, this.#position, padded)
    this.#position = padded
  }

  #grow(more: number): void {
    const size = Math.max(this.#body.byteLength * 2, align8(this.#position + more))
    const old = this.#bytes
    this.#useBody(new ArrayBuffer(size))
    this.#bytes.set(old.subarray(0, this.#position))
  }

  #useBody(body: ArrayBuffer): void {
    this.#body = body
    this.#bytes = new Uint8Array(body)
    this.#floats = new Float64Array(body)
    this.#integers = new Int32Array(body)
    this.#view = new DataView(body)
  }
}

export function align8(n: number): number {
  return Math.ceil(n / 8) * 8
}
