import type { TaskContext } from '../graph/index.js'
import { broadcastShapes } from '../kernels/index.js'
import { type Chunk, bytesOf, newChunk } from './chunk.js'
import type { ElementwiseShared } from './elementwise.js'
import { stretched, threadEngine } from './engine.js'
import { DTypeError, showShape } from './errors.js'

/** A program on the chunks that meet in one place. */
export function computeElementwise(
  inputs: readonly Chunk[],
  { program, scalars, guards }: ElementwiseShared,
  context: TaskContext,
): Chunk {
  const shape = broadcastShapes(...inputs.map((i) => i.shape))
  const result = newChunk(program.nodes[program.maps[0]!]!.dtype, shape)
  const bytes = bytesOf(result.data)
  const strided = inputs.map((i) => stretched(i, shape))
  threadEngine().mapPieces(program, scalars, strided, shape, (output, piece, at) => {
    if (output === 0) bytes.set(piece, at)
    else {
      const wrong = piece.indexOf(1)
      if (wrong >= 0)
        throw new DTypeError(
          `${guards[output - 1]} (element ${wrong + at} of chunk ${context.key}, which has the shape ${showShape(shape)})`,
        )
    }
  })
  return result
}
