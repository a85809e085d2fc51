import { argsortRows, sortRows, transposeMatrices } from '../../native/index.js'
import { itemSize, type DType } from '../../kernels/index.js'
import { type Chunk, type Numbers, newNumbers, sizeOf, writtenChunk } from '../chunk.js'

/** A chunk as rows along one of its axes: the axis last. */
export interface Rows {
  readonly data: Numbers
  readonly dtype: DType
  /** elements of a row */
  readonly n: number
  readonly count: number
}

/** The rows of a chunk along an axis, in memory of their own if `own`. */
export function rowsOf({ data, dtype, shape }: Chunk, axis: number, own: boolean): Rows {
  const n = shape[axis]!
  const inner = sizeOf(shape.slice(axis + 1))
  const count = n === 0 ? 0 : sizeOf(shape) / n
  if (inner === 1) return { data: own ? data.slice() : data, dtype, n, count }
  const turned = newNumbers(dtype, sizeOf(shape))
  transposeMatrices(data, n, inner, itemSize(dtype), turned)
  return { data: turned, dtype, n, count }
}

/** The chunk of a shape whose rows along an axis these are. */
export function ofRows(data: Numbers, dtype: DType, shape: readonly number[], axis: number): Chunk {
  const n = shape[axis]!
  const inner = sizeOf(shape.slice(axis + 1))
  if (inner === 1 || sizeOf(shape) === 0) return { dtype, shape, data }
  const turned = newNumbers(dtype, sizeOf(shape))
  transposeMatrices(data, inner, n, itemSize(dtype), turned)
  return { dtype, shape, data: turned }
}

interface Context {
  readonly encodes?: boolean
}

/** Whether what lies along an axis is side by side. */
const isDense = ({ shape }: Chunk, axis: number): boolean => sizeOf(shape.slice(axis + 1)) === 1

export function sortedAlong(chunk: Chunk, axis: number, context: Context = {}): Chunk {
  if (chunk.data.length === 0) return chunk
  if (isDense(chunk, axis))
    return writtenChunk(chunk.dtype, chunk.shape, context, (to) => sortRows(to, chunk.dtype, chunk.shape[axis]!, chunk.data))
  const { data, dtype, n } = rowsOf(chunk, axis, true)
  sortRows(data, dtype, n)
  return ofRows(data, dtype, chunk.shape, axis)
}

export function placesAlong(chunk: Chunk, axis: number, context: Context = {}): Chunk {
  if (chunk.data.length === 0) return { dtype: 'int64', shape: chunk.shape, data: new BigInt64Array(0) }
  if (isDense(chunk, axis))
    return writtenChunk('int64', chunk.shape, context, (to) => {
      argsortRows(chunk.data, chunk.dtype, chunk.shape[axis]!, to as BigInt64Array)
    })
  const { data, dtype, n } = rowsOf(chunk, axis, false)
  return ofRows(argsortRows(data, dtype, n), 'int64', chunk.shape, axis)
}
