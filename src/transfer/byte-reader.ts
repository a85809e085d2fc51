import { align8 } from './byte-writer.js'
import { TransferError } from './errors.js'
import { headerBytes, kind } from './format.js'

const none = new Uint32Array(0)

/** Reads the sections of a payload front to back; the counterpart of ByteWriter. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #lazyBuffer: Buffer | undefined
  #lazyView: DataView | undefined
  readonly sections: Sections
  /** The numbers of the objects that are referred to again, ascending. */
  readonly shared: Uint32Array
  #position: number
  #textPosition: number
  #segment = ''
  #segmentPosition = 0
  #bufferPosition: number

  /** `bytes` is a full payload (not a primitive's). */
  constructor(bytes: Uint8Array) {
    // Numbers are read in place, eight bytes at a time.
    if (bytes.byteOffset % 8 !== 0) bytes = bytes.slice()
    const s = sections(bytes)
    this.sections = s
    this.#bytes = bytes
    this.shared = s.shared === 0 ? none : new Uint32Array(bytes.buffer, bytes.byteOffset + headerBytes, s.shared)
    this.#position = s.body
    this.#textPosition = s.text
    this.#bufferPosition = s.code + s.codeBytes
  }

  get #buffer(): Buffer {
    return (this.#lazyBuffer ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength))
  }

  get #view(): DataView {
    return (this.#lazyView ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength))
  }

  byte(): number {
    return this.#bytes[this.#position++]!
  }

  unsigned(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#position++]!
    if (byte < 128) return byte
    let value = byte & 0x7f
    let shift = 7
    while (shift < 28) {
      byte = bytes[this.#position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 128) return value
      shift += 7
    }
    let scale = 2 ** 28
    do {
      byte = bytes[this.#position++]!
      value += (byte & 0x7f) * scale
      scale *= 128
    } while (byte >= 128)
    return value
  }

  float64(): number {
    const value = this.#view.getFloat64(this.#position, true)
    this.#position += 8
    return value
  }

  bigint64(): bigint {
    const value = this.#view.getBigInt64(this.#position, true)
    this.#position += 8
    return value
  }

  float64s(length: number): number[] {
    const from = this.#aligned(8, length)
    const source = new Float64Array(this.#bytes.buffer, this.#bytes.byteOffset + from, length)
    // eslint-disable-next-line unicorn/no-new-array -- sized at once: growing by push is slower
    const values = new Array<number>(length)
    for (let i = 0; i < length; i++) values[i] = source[i]!
    return values
  }

  int32s(length: number): number[] {
    const from = this.#aligned(4, length)
    const source = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset + from, length)
    const values = new Array<number>(length)
    for (let i = 0; i < length; i++) values[i] = source[i]!
    return values
  }

  string(): string {
    const length = this.unsigned()
    if (length === 0) return ''
    const from = this.#segmentPosition
    if (from >= this.#segment.length) {
      this.#nextSegment()
      this.#segmentPosition = length
      return this.#segment.substring(0, length)
    }
    this.#segmentPosition = from + length
    return this.#segment.substring(from, from + length)
  }

  strings(length: number): string[] {
    const values = new Array<string>(length)
    for (let i = 0; i < length; i++) values[i] = this.string()
    return values
  }

  /** The next of the buffers at the end: in place, or a copy in memory of its own (8-aligned in both cases). */
  buffer(copy: boolean): Uint8Array<ArrayBuffer> {
    const length = this.unsigned()
    const at = align8(this.#bufferPosition)
    this.#bufferPosition = at + length
    const here = this.#bytes.subarray(at, at + length)
    if (here.byteLength !== length) throw truncated()
    if (!copy) return here as Uint8Array<ArrayBuffer>
    // Not zeroed first: of a large copy that is half of the cost.
    const own = Buffer.allocUnsafeSlow(length)
    own.set(here)
    return new Uint8Array(own.buffer)
  }

  #aligned(size: number, length: number): number {
    const from = Math.ceil(this.#position / size) * size
    this.#position = from + length * size
    return from
  }

  #nextSegment(): void {
    if (this.#textPosition + 4 > this.#bytes.length) throw truncated()
    const head = this.#view.getUint32(this.#textPosition, true)
    const length = Math.floor(head / 2)
    const from = this.#textPosition + 4
    const to = from + (head % 2 === 1 ? length * 2 : length)
    this.#segment = this.#buffer.toString(head % 2 === 1 ? 'utf16le' : 'latin1', from, to)
    this.#textPosition = to
  }
}

export interface Sections {
  readonly shared: number
  readonly body: number
  readonly text: number
  readonly code: number
  readonly codeBytes: number
}

/** Where the sections of a full payload begin. */
export function sections(bytes: Uint8Array): Sections {
  if (bytes.byteLength < headerBytes || bytes[0] !== kind.full) {
    throw new TransferError('Cannot decode: these bytes are not a payload of this version of Heddle.')
  }
  const shared = word(bytes, 4)
  const body = align8(headerBytes + shared * 4)
  const text = body + word(bytes, 1)
  const code = text + word(bytes, 2)
  const codeBytes = word(bytes, 3)
  if (code + codeBytes > bytes.byteLength) throw truncated()
  return { shared, body, text, code, codeBytes }
}

function word(bytes: Uint8Array, index: number): number {
  const at = index * 4
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

function truncated(): TransferError {
  return new TransferError('Cannot decode: the payload is truncated. Send the bytes of encode() whole and unchanged.')
}
