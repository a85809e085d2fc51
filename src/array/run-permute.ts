import type { TaskContext } from '../graph/index.js'
import { contiguousStrides, itemSize } from '../kernels/index.js'
import { type Chunk, bytesOf, writtenChunk } from './chunk.js'
import { gather } from './pieces.js'
import type { AxisOrder } from './rearranged-axes.js'

/** A chunk with its axes in another order; its very memory where elements need not move. */
export function permuteChunk(chunk: Chunk, order: AxisOrder, context: TaskContext): Chunk {
  const shape = order.map((axis) => (axis === null ? 1 : chunk.shape[axis]!))
  const long = order.filter((axis): axis is number => axis !== null && chunk.shape[axis] !== 1)
  if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return { dtype: chunk.dtype, shape, data: chunk.data }
  const from = contiguousStrides(chunk.shape, chunk.dtype)
  const strides = order.map((axis) => (axis === null ? 0 : from[axis]!))
  return writtenChunk(chunk.dtype, shape, context, (data) =>
    gather({ data: chunk.data, offset: 0, shape, strides }, itemSize(chunk.dtype), 0, shape, bytesOf(data), 0),
  )
}
