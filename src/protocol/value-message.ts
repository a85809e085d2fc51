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

/** How many values the answer that begins so has, for who wants to know before all of it is there. */
const HEAD = 2

/**
 * The answer, or the next piece of it, in parts: the number of the question and of values, the length of each (-1: it is not here), then the
 * values, each at a multiple of 8.
 */
export function writeValues(id: number, values: readonly (Uint8Array | undefined)[]): Uint8Array[] {
  const head = new Float64Array(HEAD + values.length)
  head[0] = id
  head[1] = values.length
  const parts: Uint8Array[] = [new Uint8Array(head.buffer)]
  values.forEach((value, i) => {
    head[HEAD + i] = value ? value.byteLength : -1
    if (!value) return
    if (value.byteLength > 0) parts.push(value)
    const rest = -value.byteLength & 7
    if (rest > 0) parts.push(new Uint8Array(rest))
  })
  return parts
}

/** The number of the question and the values, as views of the body; undefined where one is not there. */
export function readValues(body: Uint8Array): { id: number; values: (Uint8Array | undefined)[] } {
  const cutOff = (): ProtocolError => new ProtocolError('values have come that end too early')
  if (body.byteLength < HEAD * 8) throw cutOff()
  const count = new Float64Array(body.buffer, body.byteOffset + 8, 1)[0]!
  if (!(count >= 0 && (HEAD + count) * 8 <= body.byteLength)) throw cutOff()
  const head = new Float64Array(body.buffer, body.byteOffset, HEAD + count)
  let at = (HEAD + count) * 8
  const values = new Array<Uint8Array | undefined>(count)
  for (let i = 0; i < count; i++) {
    const length = head[HEAD + i]!
    if (length < 0) continue
    if (at + length > body.byteLength) throw cutOff()
    values[i] = body.subarray(at, at + length)
    at += (length + 7) & ~7
  }
  return { id: head[0]!, values }
}
