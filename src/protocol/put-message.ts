import { ProtocolError } from './errors.js'

/** What a client calls a value that it has put on a worker, until the scheduler has given it a number: three words. */
export type PutKey = readonly [number, number, number]

const HEAD = 16

/** The body of a frame that puts a value on a worker: the number of the message, the key of the value, the value, encoded. */
export function writePut(id: number, key: PutKey, value: Uint8Array): Uint8Array[] {
  return [new Uint8Array(Int32Array.of(id, ...key).buffer), value]
}

/** What was put; the value is a view of the body. */
export function readPut(body: Uint8Array): { id: number; key: PutKey; value: Uint8Array } {
  if (body.byteLength < HEAD) throw new ProtocolError('a value has come that ends too early')
  const [id, a, b, c] = new Int32Array(body.buffer, body.byteOffset, 4) as unknown as [number, number, number, number]
  return { id, key: [a, b, c], value: body.subarray(HEAD) }
}

/** Says that what was put is there. */
export function writeStored(id: number): Uint8Array[] {
  return [new Uint8Array(Int32Array.of(id).buffer)]
}

/** The number of the message. */
export function readStored(body: Uint8Array): number {
  if (body.byteLength !== 4) throw new ProtocolError('an answer has come that is not whole')
  return new Int32Array(body.buffer, body.byteOffset, 1)[0]!
}
