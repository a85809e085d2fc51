import { ProtocolError } from './errors.js'

/** A value by the numbers of the scheduler machine; attempt -1: whichever is there. */
export interface ValueName {
  readonly graph: number
  readonly task: number
  readonly attempt: number
}

/** Asks for values: the number of the question, then for each its graph, task and attempt. */
export function writeGet(id: number, names: ArrayLike<number>): Uint8Array {
  const words = new Int32Array(1 + names.length)
  words[0] = id
  words.set(names, 1)
  return new Uint8Array(words.buffer)
}

/** The number of a question and its names: 3 words each. */
export function readGet(body: Uint8Array): { id: number; names: Int32Array } {
  if (body.byteLength % 12 !== 4) throw new ProtocolError(`a request for values has ${body.byteLength} bytes`)
  const words = new Int32Array(body.buffer, body.byteOffset, body.byteLength >>> 2)
  return { id: words[0]!, names: words.subarray(1) }
}

/** Words of 8 bytes before the lengths: the number of the question, and of values. */
const HEAD = 2
/** Values from here on are parts of their own, smaller ones are copied: a system call for thousands of parts costs more. */
const LARGE = 4096

/**
 * The answer, or the next piece of it, in parts: the number of the question and of values, the length of each (-1: it is not here), then the
 * values, each at a multiple of 8.
 */
export function writeValues(id: number, values: readonly (Uint8Array | undefined)[]): Uint8Array[] {
  let copied = 0
  for (const value of values) if (value) copied += value.length < LARGE ? (value.length + 7) & ~7 : -value.length & 7
  const headBytes = (HEAD + values.length) * 8
  const room = new Uint8Array(headBytes + copied)
  const head = new Float64Array(room.buffer, 0, HEAD + values.length)
  head[0] = id
  head[1] = values.length
  const parts: Uint8Array[] = []
  let from = 0
  let at = headBytes
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    head[HEAD + i] = value ? value.length : -1
    if (!value) continue
    if (value.length < LARGE) {
      room.set(value, at)
      at += (value.length + 7) & ~7
      continue
    }
    if (at > from) parts.push(room.subarray(from, at))
    parts.push(value)
    from = at
    at += -value.length & 7
  }
  if (at > from) parts.push(room.subarray(from, at))
  return parts
}

/** The values of an answer, in its body. */
export interface ReceivedValues {
  /** of the question */
  readonly id: number
  readonly count: number
  /** value i is `body.subarray(places[2 * i], places[2 * i + 1])`; from -1 where it is not there */
  readonly places: Float64Array
}

/** The number of the question, and where the values are in the body. */
export function readValues(body: Uint8Array): ReceivedValues {
  const cutOff = (): ProtocolError => new ProtocolError('values have come that end too early')
  if (body.byteLength < HEAD * 8) throw cutOff()
  const count = new Float64Array(body.buffer, body.byteOffset + 8, 1)[0]!
  if (!(count >= 0 && (HEAD + count) * 8 <= body.byteLength)) throw cutOff()
  const head = new Float64Array(body.buffer, body.byteOffset, HEAD + count)
  let at = (HEAD + count) * 8
  const places = new Float64Array(2 * count)
  for (let i = 0; i < count; i++) {
    const length = head[HEAD + i]!
    if (length < 0) {
      places[2 * i] = -1
      continue
    }
    if (at + length > body.byteLength) throw cutOff()
    places[2 * i] = at
    places[2 * i + 1] = at + length
    at += (length + 7) & ~7
  }
  return { id: head[0]!, count, places }
}
