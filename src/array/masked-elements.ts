import { ArrayExpression } from './array-expression.js'
import { ChunkTasks, numberOf } from './chunk-tasks.js'
import { gridOf } from './chunks.js'
import { ArrayIndexError, ShapeError, showShape } from './errors.js'
import { compressChunk } from './operations.js'
import { unified } from './operands.js'
import { reshapeOf } from './reshaped.js'
import { rechunked } from './selection.js'

/**
 * The elements where a mask says so, along the axes of the mask as one: how many they are is not known before they are
 * computed.
 *
 * @throws ShapeError unless the mask has the lengths of the array's first axes
 */
export function maskedElements(e: ArrayExpression, mask: ArrayExpression): ArrayExpression {
  const n = mask.chunks.length
  if (n > e.chunks.length || mask.shape.some((length, axis) => !Object.is(length, e.shape[axis])))
    throw new ShapeError(`slice: a mask of the shape ${showShape(mask.shape)} for an array of the shape ${showShape(e.shape)}`)
  if (n <= 1) return compressed(e, mask, 0)
  const flat = reshapeOf(e, [-1, ...e.shape.slice(n)])
  return compressed(flat, reshapeOf(mask, [-1]), 0)
}

/** The places along an axis where a mask of one dimension says so. */
export function compressed(e: ArrayExpression, mask: ArrayExpression, axis: number): ArrayExpression {
  const length = e.shape[axis]!
  if (mask.dtype !== 'bool') throw new ArrayIndexError(`a mask of ${mask.dtype}: expected bool`)
  if (!Object.is(mask.shape[0], length))
    throw new ArrayIndexError(`a mask of ${mask.shape[0]} elements for axis ${axis} with size ${length}: give one for each`)
  const own = e.chunks[axis]!
  const fitting = Number.isNaN(length) ? unified('slice', [e, mask])[1]! : rechunked(mask, [own])
  const grid = gridOf(e.chunks)
  return new ChunkTasks('compress', [e, fitting], {
    run: compressChunk as never,
    shared: axis,
    dtype: e.dtype,
    chunks: e.chunks.map((lengths, a) => (a === axis ? lengths.map(() => Number.NaN) : lengths)),
    needs: (place) => ({
      of: [
        [0, numberOf(place, grid)],
        [1, place[axis]!],
      ],
    }),
    token: '',
  })
}
