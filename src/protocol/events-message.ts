/** Numbers of one event: kind, time, graph, task, layer, worker, value. */
export const EVENT_LENGTH = 7

/** Events as the body of a frame: `EVENT_LENGTH` numbers each. */
export function writeEvents(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

export function readEvents(body: Uint8Array): Float64Array {
  return new Float64Array(body.buffer, body.byteOffset, Math.floor(body.byteLength / 8))
}
