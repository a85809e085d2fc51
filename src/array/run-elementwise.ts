import type { TaskContext } from '../graph/index.js'
import { broadcastShapes } from '../kernels/index.js'
import { type Chunk, type Numbers, bytesOf, writtenChunk } from './chunk.js'
import type { ElementwiseShared } from './elementwise.js'
import { stretched, threadEngine, wholeOf } from './engine.js'
import { DTypeError, showShape } from './errors.js'

/** A program on the chunks that meet in one place. */
export function computeElementwise(
  inputs: readonly Chunk[],
  { program, scalars, guards }: ElementwiseShared,
  context: TaskContext,
): Chunk {
  const shape = broadcastShapes(...inputs.map((i) => i.shape))
  const strided = inputs.map((i) => stretched(wholeOf(i), shape))
  const compute = (data: Numbers): void => {
    if (guards.length === 0) {
      threadEngine().map(program, scalars, strided, shape, [data])
      return
    }
    const bytes = bytesOf(data)
    threadEngine().mapPieces(program, scalars, strided, shape, (output, piece, at) => {
      if (output === 0) bytes.set(piece, at)
      else if (piece.includes(1)) refuse(guards[output - 1]!, piece.indexOf(1) + at, context.key, shape)
    })
  }
  return writtenChunk(program.nodes[program.maps[0]!]!.dtype, shape, context, compute)
}

function refuse(message: string, element: number, key: string, shape: readonly number[]): never {
  throw new DTypeError(`${message} (element ${element} of chunk ${key}, which has the shape ${showShape(shape)})`)
}
