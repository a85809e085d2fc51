import { ProtocolError } from './errors.js'

const float = new Float64Array(1)
const halves = new Int32Array(float.buffer)

/** Reads what a `RecordWriter` wrote. */
export class RecordReader {
  readonly words: Int32Array
  /** the index of the word to be read next */
  at = 0

  /** `body`: that of a frame. */
  constructor(body: Uint8Array) {
    if (body.byteLength % 4 !== 0 || body.byteOffset % 4 !== 0) {
      throw new ProtocolError(`a frame of records has ${body.byteLength} bytes, which are not whole words`)
    }
    this.words = new Int32Array(body.buffer, body.byteOffset, body.byteLength >>> 2)
  }

  get isDone(): boolean {
    return this.at >= this.words.length
  }

  word(): number {
    if (this.at >= this.words.length) throw cutOff()
    return this.words[this.at++]!
  }

  float(): number {
    halves[0] = this.word()
    halves[1] = this.word()
    return float[0]!
  }

  /** So many bytes, as a view. */
  bytes(length: number): Uint8Array {
    const count = (length + 3) >>> 2
    if (length < 0 || this.at + count > this.words.length) throw cutOff()
    const bytes = new Uint8Array(this.words.buffer, this.words.byteOffset + this.at * 4, length)
    this.at += count
    return bytes
  }

  block(): Uint8Array {
    return this.bytes(this.word())
  }

  text(): string {
    const { buffer, byteOffset, byteLength } = this.block()
    return Buffer.from(buffer, byteOffset, byteLength).toString()
  }
}

function cutOff(): ProtocolError {
  return new ProtocolError('a frame of records ends in the middle of one')
}
