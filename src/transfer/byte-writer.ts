import { TransferError } from './errors.js'
import { headerBytes, kind } from './format.js'

const textSegment = 65536
const ownSegment = 4096
/** Bytes of scratch kept between payloads. */
const keep = 4 << 20
const short = 48
const largestStructured = 0xffffffff
const beyondLatin1 = /[^\0-\xff]/

/** Bytes that are written where they are to lie. */
export interface LaterBytes {
  readonly byteLength: number
  write(to: Uint8Array): void
}

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
  #buffers: (Uint8Array | LaterBytes)[] = []
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
  buffer(bytes: Uint8Array | LaterBytes): void {
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
    if (structured > largestStructured) {
      throw new TransferError('Cannot send the value: it is larger than 4 GiB without its typed arrays. Send it in parts.')
    }
    const out = allocate(size)
    const words = [kind.full, this.#position, this.#textPosition, codeBytes?.length ?? 0, shared.length, 0, 0, 0]
    for (let i = 0; i < words.length; i++) writeWord(out, i * 4, words[i]!)
    for (let i = 0; i < shared.length; i++) writeWord(out, headerBytes + i * 4, shared[i]!)
    if (shared.length % 2 === 1) writeWord(out, bodyAt - 4, 0)
    copy(this.#bytes, this.#position, out, bodyAt)
    copy(this.#text, this.#textPosition, out, textAt)
    if (codeBytes) out.set(codeBytes, codeAt)
    let at = structured
    for (const b of this.#buffers) {
      const start = align8(at)
      out.fill(0, at, start)
      if (b instanceof Uint8Array) out.set(b, start)
      else b.write(out.subarray(start, start + b.byteLength))
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
    if (text.length <= short && this.#shortSegment(text)) return
    const wide = beyondLatin1.test(text)
    const byteLength = wide ? text.length * 2 : text.length
    const from = this.#reserveText(byteLength)
    writeWord(this.#text, from - 4, text.length * 2 + (wide ? 1 : 0))
    this.#text.write(text, from, wide ? 'utf16le' : 'latin1')
  }

  /** As `#segment`, without leaving JavaScript; false if there are characters beyond Latin-1. */
  #shortSegment(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
    const from = this.#reserveText(text.length)
    writeWord(this.#text, from - 4, text.length * 2)
    for (let i = 0; i < text.length; i++) this.#text[from + i] = text.charCodeAt(i)
    return true
  }

  /** Room for the length and the bytes of a segment; where the bytes go. */
  #reserveText(byteLength: number): number {
    const from = this.#textPosition + 4
    this.#textPosition = from + byteLength
    if (this.#textPosition > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#textPosition, this.#text.length * 2))
      larger.set(this.#text.subarray(0, from - 4))
      this.#text = larger
    }
    return from
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

function writeWord(to: Uint8Array, at: number, value: number): void {
  to[at] = value
  to[at + 1] = value >>> 8
  to[at + 2] = value >>> 16
  to[at + 3] = value >>> 24
}

/** A native call costs more than a few dozen bytes. */
function copy(from: Uint8Array, length: number, to: Uint8Array, at: number): void {
  if (length <= short) for (let i = 0; i < length; i++) to[at + i] = from[i]!
  else to.set(from.subarray(0, length), at)
}

export function align8(n: number): number {
  return Math.ceil(n / 8) * 8
}
