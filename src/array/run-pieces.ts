import type { TaskContext } from '../graph/index.js'
import { type Sealed, type Transferred, movers } from '../shuffle/index.js'
import { type Chunk, bytesOf, newChunk, newNumbers, numbersClass, partsOf, sizeOf, stepsOf } from './chunk.js'
import type { PiecesOwn, PiecesShared, ReadPiecesOwn } from './rechunking.js'
import { copyStrided } from './spread.js'

/** Sends the pieces of a chunk to the chunks of the result that they belong to: where each begins there, its shape, its numbers. */
export async function sendPieces(
  chunk: Chunk,
  { outputs, places }: PiecesOwn,
  shared: PiecesShared,
  context: TaskContext,
): Promise<Transferred> {
  const sender = new movers.code.ShardSender(context, shared.outputs)
  await sender.joined
  const waits = context.occupy?.()
  const steps = stepsOf(chunk.shape, partsOf(chunk.dtype))
  for (const [i, output] of outputs.entries()) {
    const own = places[i]!
    const shape = own.map(([, count]) => count)
    const start = own.reduce((n, [from], axis) => n + from * steps[axis]!, 0)
    const piece = newNumbers(chunk.dtype, sizeOf(shape))
    copyStrided(chunk.data, start, steps, shape, partsOf(chunk.dtype), piece)
    const head = Float64Array.from([...own.map(([, , at]) => at), ...shape])
    sender.add(output, 1, (allocate) => {
      const bytes = allocate(head.byteLength + piece.byteLength)
      bytes.set(bytesOf(head), 0)
      bytes.set(bytesOf(piece), head.byteLength)
    })
    if (sender.isFull) await sender.room()
  }
  waits?.()
  return await sender.finish()
}

/** A chunk of the pieces that were sent for it. */
export async function readPieces(
  sealed: Sealed,
  { output, shape }: ReadPiecesOwn,
  { dtype }: PiecesShared,
  context: TaskContext,
): Promise<Chunk> {
  const result = newChunk(dtype, shape)
  const width = partsOf(dtype)
  const steps = stepsOf(shape, width)
  const dimensions = shape.length
  const Class = numbersClass(dtype)
  for await (const { bytes } of movers.code.readShards(context, sealed, output)) {
    const head = new Float64Array(bytes.buffer, bytes.byteOffset, 2 * dimensions)
    const size = Array.from(head.subarray(dimensions))
    const numbers = new Class(bytes.buffer, bytes.byteOffset + head.byteLength, sizeOf(size) * width)
    const run = size[dimensions - 1]! * width
    let from = 0
    const walk = (axis: number, at: number): void => {
      const to = at + head[axis]! * steps[axis]!
      if (axis === dimensions - 1) {
        result.data.set(numbers.subarray(from, from + run) as never, to)
        from += run
      } else for (let i = 0; i < size[axis]!; i++) walk(axis + 1, to + i * steps[axis]!)
    }
    walk(0, 0)
  }
  return result
}
