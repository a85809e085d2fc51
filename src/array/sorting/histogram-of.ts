import { type DType } from '../../kernels/index.js'
import { type Chunk, type Numbers, sizeOf } from '../chunk.js'
import { placeAmong } from './search-of.js'

/** The edges of bins along one axis: equal ones, or any that ascend. */
export type Edges =
  | { readonly kind: 'equal'; readonly low: number; readonly high: number; readonly bins: number; readonly edges: Float64Array }
  | { readonly kind: 'any'; readonly edges: Float64Array }

export const binsOf = (edges: Edges): number => edges.edges.length - 1

export interface HistogramShared {
  readonly axes: readonly Edges[]
  /** one array of points along the last axis, instead of one array for each coordinate */
  readonly points: boolean
  readonly weighted: boolean
  readonly dtype: DType
}

/** The bin of a number, or -1. As NumPy: the last one has its upper edge too. */
function binOf(x: number, e: Edges): number {
  const { edges } = e
  const last = edges.length - 2
  if (e.kind === 'any') {
    if (x === edges[last + 1]) return last
    const at = placeAmong(edges, x, true) - 1
    return at <= last ? at : -1
  }
  if (!(x >= e.low && x <= e.high)) return -1
  let bin = Math.floor(((x - e.low) / (e.high - e.low)) * e.bins)
  if (bin >= e.bins) bin = e.bins - 1
  // What rounding put into the neighbour.
  if (x < edges[bin]!) bin--
  else if (bin !== last && x >= edges[bin + 1]!) bin++
  return bin
}

/** How many points of chunks that lie over each other are in each bin. */
export function histogramOf(inputs: readonly Chunk[], { axes, points, weighted, dtype }: HistogramShared): Chunk {
  const shape = axes.map(binsOf)
  const counts = new Float64Array(sizeOf(shape))
  const weights = weighted ? inputs.at(-1)!.data : undefined
  const [first] = inputs
  const n = points ? first!.shape[0]! : sizeOf(first!.shape)
  for (let i = 0; i < n; i++) {
    let at = 0
    for (let d = 0; d < axes.length && at >= 0; d++) {
      const x = Number(points ? first!.data[i * axes.length + d] : inputs[d]!.data[i])
      const bin = binOf(x, axes[d]!)
      at = bin < 0 ? -1 : at * shape[d]! + bin
    }
    if (at >= 0) counts[at]! += weights ? Number(weights[i]) : 1
  }
  return { dtype, shape, data: dtype === 'int64' ? BigInt64Array.from(counts, BigInt) : counts }
}

export interface CountShared {
  readonly least: number
  readonly weighted: boolean
}

/** How often each whole number occurs. */
export function countOf([numbers, weights]: readonly Chunk[], { least }: CountShared): Chunk {
  let greatest = -1
  const { data } = numbers!
  for (let i = 0; i < data.length; i++) {
    const x = Number(data[i])
    if (x < 0) throw new RangeError(`bincount: ${x} is below 0: only whole numbers from 0 on can be counted`)
    if (x > greatest) greatest = x
  }
  const length = Math.max(least, greatest + 1)
  const counts = new Float64Array(length)
  for (let i = 0; i < data.length; i++) counts[Number(data[i])]! += weights ? Number(weights.data[i]) : 1
  return weights
    ? { dtype: 'float64', shape: [length], data: counts }
    : { dtype: 'int64', shape: [length], data: BigInt64Array.from(counts, BigInt) }
}

/** The sum of chunks, of which some may be shorter. */
export function sumOf(chunks: readonly Chunk[]): Chunk {
  const longest = chunks.reduce((a, b) => (b.data.length > a.data.length ? b : a))
  const data = longest.data.slice() as Numbers
  for (const chunk of chunks) {
    if (chunk === longest) continue
    for (let i = 0; i < chunk.data.length; i++) data[i] = ((data[i] as number) + (chunk.data[i] as number)) as never
  }
  return { dtype: longest.dtype, shape: longest.shape, data }
}
