import { selectRows, sortRows } from '../../native/index.js'
import { type DType, kindOf } from '../../kernels/index.js'
import { type Chunk, type Numbers, isWide, newNumbers, sizeOf, stepsOf } from '../chunk.js'
import { copyStrided } from '../spread.js'
import { type QuantileMethod, betweenOf } from './quantile-methods.js'

export interface QuantileShared {
  /** reduced axes, ascending; undefined: all elements of all chunks together */
  readonly axes: readonly number[] | undefined
  /** from 0 to 1 */
  readonly q: readonly number[]
  /** the result has no axis for q */
  readonly single: boolean
  readonly method: QuantileMethod | 'median'
  readonly keepdims: boolean
  readonly ignoresNaN: boolean
  readonly dtype: DType
  /** how many axes the array has */
  readonly dimensions: number
}

export function quantileOf(chunks: readonly Chunk[], shared: QuantileShared): Chunk {
  const { axes, q } = shared
  const { data, n, kept } = axes ? rowsAlong(chunks[0]!, axes) : { data: joined(chunks), n: totalOf(chunks), kept: [] }
  const rows = sizeOf(kept)
  const found = n === 0 ? new Float64Array(rows * q.length).fill(NaN) : quantilesOfRows(data, chunks[0]!.dtype, n, rows, shared)
  return chunkOfQuantiles(found, kept, shared)
}

/** The chunk that holds quantiles, which are given for each row one after the other. */
export function chunkOfQuantiles(
  found: ArrayLike<number | bigint>,
  kept: readonly number[],
  { axes, q, single, keepdims, dtype, dimensions }: QuantileShared,
): Chunk {
  const rows = sizeOf(kept)
  const result = newNumbers(dtype, rows * q.length)
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < q.length; i++) result[i * rows + row] = converted(found[row * q.length + i]!, dtype) as never
  let shape: readonly number[] = kept
  if (keepdims) {
    let next = 0
    shape = Array.from({ length: dimensions }, (_, axis) => (!axes || axes.includes(axis) ? 1 : kept[next++]!))
  }
  return { dtype, shape: single ? shape : [q.length, ...shape], data: result }
}

/** For each row the quantiles, one after the other. */
function quantilesOfRows(
  data: Numbers,
  from: DType,
  n: number,
  rows: number,
  shared: QuantileShared,
): Numbers | (number | bigint)[] {
  const { q, method, ignoresNaN } = shared
  const isFloat = kindOf(from) === 'float'
  if (ignoresNaN && isFloat) {
    const own = data.slice()
    sortRows(own, from, n)
    return Array.from({ length: rows }, (_, row) => {
      const sorted = own.subarray(row * n, (row + 1) * n)
      let m = n
      while (m > 0 && Number.isNaN(sorted[m - 1])) m--
      return q.map((one) => (m === 0 ? NaN : between(method, one, m, (rank) => sorted[rank]!)))
    }).flat()
  }
  const ranks = [...new Set(q.flatMap((one) => placesOf(method, one, n)))].sort((a, b) => a - b)
  const selected = newNumbers(from, rows * ranks.length)
  selectRows(data, from, n, ranks, selected)
  const index = new Map(ranks.map((rank, i) => [rank, i]))
  return Array.from({ length: rows }, (_, row) => {
    if (isFloat && hasNaN(data as Float64Array, row * n, (row + 1) * n)) return q.map(() => NaN)
    return q.map((one) => between(method, one, n, (rank) => selected[row * ranks.length + index.get(rank)!]!))
  }).flat()
}

export function placesOf(method: QuantileMethod | 'median', q: number, n: number): number[] {
  const { low, high } = betweenOf(method === 'median' ? 'linear' : method, q, n)
  return [low, high]
}

export function between(
  method: QuantileMethod | 'median',
  q: number,
  n: number,
  at: (rank: number) => number | bigint,
): number | bigint {
  const { low, high, share } = betweenOf(method === 'median' ? 'linear' : method, q, n)
  const a = at(low)
  if (share === 0 || low === high) return a
  const b = at(high)
  if (share === 1) return b
  const [x, y] = [Number(a), Number(b)]
  if (method === 'median') return (x + y) / 2
  // As NumPy: from the nearer one, so that nothing lies beyond the two.
  return share >= 0.5 ? y - (y - x) * (1 - share) : x + (y - x) * share
}

function hasNaN(data: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (data[i] !== data[i]) return true
  return false
}

const converted = (x: number | bigint, dtype: DType): number | bigint => (isWide(dtype) ? BigInt(x) : Number(x))

const totalOf = (chunks: readonly Chunk[]): number => chunks.reduce((n, c) => n + sizeOf(c.shape), 0)

function joined(chunks: readonly Chunk[]): Numbers {
  if (chunks.length === 1) return chunks[0]!.data
  const result = newNumbers(chunks[0]!.dtype, totalOf(chunks))
  let at = 0
  for (const { data } of chunks) {
    result.set(data as never, at)
    at += data.length
  }
  return result
}

/** Rows of the elements along some axes together. */
function rowsAlong(chunk: Chunk, axes: readonly number[]): { data: Numbers; n: number; kept: number[] } {
  const { shape, data, dtype } = chunk
  const others = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const kept = others.map((axis) => shape[axis]!)
  const n = sizeOf(axes.map((axis) => shape[axis]!))
  const order = [...others, ...axes]
  if (order.every((axis, i) => axis === i)) return { data, n, kept }
  const steps = stepsOf(shape)
  const turned = newNumbers(dtype, sizeOf(shape))
  copyStrided(
    data,
    0,
    order.map((axis) => steps[axis]!),
    order.map((axis) => shape[axis]!),
    1,
    turned,
  )
  return { data: turned, n, kept }
}
