import { ArgumentError, describe } from '../../base/index.js'
import { config } from '../../config/index.js'
import { type DType, isComplex, isInteger, promoteTypes } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { castOf } from '../casting.js'
import { ChunkedArray } from '../chunked-array.js'
import { DTypeError, ShapeError, showShape } from '../errors.js'
import { expressionOf, localArray } from '../inputs.js'
import { NdArray } from '../nd-array.js'
import { ufuncOf, unified } from '../operands.js'
import { rechunked } from '../selection.js'
import { DataSource } from '../sources.js'
import type { ArrayInput } from '../types.js'
import { Wired, cutLike } from '../wired.js'
import { type Edges, type HistogramShared, binsOf } from './histogram-of.js'
import type { SearchShared } from './search-of.js'
import { countChunk, histogramChunk, isinChunk, searchChunk, sumCounts } from './tasks.js'

/** So many equal bins, or the edges of bins. */
export type BinsSpec = number | readonly number[] | Float64Array

export interface HistogramOptions {
  /** where equal bins begin and end */
  readonly range?: readonly [low: number, high: number] | undefined
  /** what each element counts */
  readonly weights?: ArrayInput | undefined
  /** probability densities instead of counts */
  readonly density?: boolean | undefined
}

/**
 * How many elements are in each bin: counts, and the edges of the bins. Bins have their lower edge, the last one both.
 *
 * @throws ArgumentError for a number of bins without a range
 * @example
 * const [counts, edges] = da.histogram(x, { bins: 10, range: [0, 1] })
 */
export function histogram(
  x: ArrayInput,
  { bins, range, weights, density = false }: HistogramOptions & { readonly bins: BinsSpec },
): [counts: ChunkedArray, edges: ChunkedArray<'float64'>] {
  const e = expressionOf('histogram', x)
  const edges = edgesOf('histogram', bins, range)
  return [histogramArray('histogram', [e], [edges], weights, density, false), edgeArray(edges)]
}

/** How many points (x, y) are in each bin: counts, and the edges of the bins of x and of y. */
export function histogram2d(
  x: ArrayInput,
  y: ArrayInput,
  {
    bins,
    range,
    weights,
    density = false,
  }: Omit<HistogramOptions, 'range'> & {
    readonly bins: number | readonly [BinsSpec, BinsSpec]
    readonly range?: readonly (readonly [number, number])[] | undefined
  },
): [counts: ChunkedArray, x: ChunkedArray<'float64'>, y: ChunkedArray<'float64'>] {
  const [counts, edges] = histogramdd([x, y], { bins, range, weights, density })
  return [counts, edges[0]!, edges[1]!]
}

/**
 * How many points are in each bin of a grid: counts, and the edges along each axis. Points are rows of an array with two
 * axes, or a list of arrays of their coordinates.
 */
export function histogramdd(
  sample: ArrayInput | readonly ArrayInput[],
  {
    bins,
    range,
    weights,
    density = false,
  }: Omit<HistogramOptions, 'range'> & {
    readonly bins: number | readonly BinsSpec[]
    readonly range?: readonly (readonly [number, number])[] | undefined
  },
): [counts: ChunkedArray, edges: ChunkedArray<'float64'>[]] {
  const isList = Array.isArray(sample) && sample.some((s) => typeof s === 'object')
  const arrays = (isList ? (sample as readonly ArrayInput[]) : [sample as ArrayInput]).map((s) => expressionOf('histogramdd', s))
  const points = !isList
  if (points && arrays[0]!.shape.length !== 2)
    throw new ShapeError(`histogramdd: points are rows of an array with 2 axes, not of the shape ${showShape(arrays[0]!.shape)}`)
  const dimensions = points ? arrays[0]!.shape[1]! : arrays.length
  if (typeof bins !== 'number' && bins.length !== dimensions)
    throw new ArgumentError(`histogramdd: bins for ${bins.length} axes of points with ${dimensions} coordinates`)
  const edges = Array.from({ length: dimensions }, (_, d) =>
    edgesOf('histogramdd', typeof bins === 'number' ? bins : bins[d]!, range?.[d]),
  )
  return [histogramArray('histogramdd', arrays, edges, weights, density, points), edges.map(edgeArray)]
}

function edgesOf(operation: string, bins: BinsSpec, range: readonly [number, number] | undefined): Edges {
  if (typeof bins !== 'number') {
    const edges = Float64Array.from(bins)
    if (edges.length < 2 || edges.some((x, i) => !(x >= (i === 0 ? -Infinity : edges[i - 1]!))))
      throw new ArgumentError(`${operation}: edges of bins are at least two numbers that ascend`)
    return { kind: 'any', edges }
  }
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`${operation}: ${describe(bins)} bins: expected a whole number from 1`)
  if (!range)
    throw new ArgumentError(
      `${operation}: ${bins} bins from where to where? Give a range, such as [0, 1], or the edges of the bins; least and greatest elements are not known before they are computed`,
    )
  let [low, high] = range
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high))
    throw new ArgumentError(`${operation}: a range from ${low} to ${high}: expected finite numbers that ascend`)
  if (low === high) [low, high] = [low - 0.5, high + 0.5]
  const step = (high - low) / bins
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low))
  return { kind: 'equal', low, high, bins, edges }
}

const edgeArray = (e: Edges): ChunkedArray<'float64'> =>
  new ChunkedArray(new DataSource('edges', localArray('histogram', e.edges)!, [[e.edges.length]]))

function histogramArray(
  label: string,
  arrays: readonly ArrayExpression[],
  axes: readonly Edges[],
  weights: ArrayInput | undefined,
  density: boolean,
  points: boolean,
): ChunkedArray {
  for (const e of arrays) if (isComplex(e.dtype)) throw new DTypeError(`${label}: complex numbers have no order`)
  let inputs = arrays
  if (points) inputs = [rechunked(arrays[0]!, [arrays[0]!.chunks[0]!, [axes.length]])]
  const weightExpression = weights === undefined ? undefined : castOf(expressionOf(label, weights), 'float64')
  if (weightExpression) {
    if (points) inputs = [...inputs, cutLike(label, weightExpression, [inputs[0]!.chunks[0]!])]
    else inputs = unified(label, [...inputs, weightExpression])
  } else if (!points) inputs = unified(label, inputs)
  const shapes = inputs.map((i) => showShape(points ? [i.shape[0]!] : i.shape))
  if (shapes.some((s) => s !== shapes[0]))
    throw new ShapeError(`${label}: coordinates and weights of one shape were expected, not ${shapes.join(' and ')}`)
  // As NumPy: of several coordinates counts are floats.
  const dtype: DType = weightExpression || label !== 'histogram' ? 'float64' : 'int64'
  const shared: HistogramShared = { axes, points, weighted: weightExpression !== undefined, dtype }
  const counts = new Wired({
    label,
    inputs,
    dtype,
    chunks: axes.map((a) => [binsOf(a)]),
    identity: (context) => context.hash([shared]),
    lower: (context, tasks) => {
      const first = context.layer({ run: histogramChunk as never, shared, suffix: 'chunk' })
      const merge = context.layer({ run: sumCounts as never, suffix: 'combine' })
      const each = Array.from(tasks[0]!, (_, i) => first.task(tasks.map((t) => t[i]!)))
      return [summed(each, (few) => merge.task(few))]
    },
  })
  if (!density) return new ChunkedArray(counts)
  return new ChunkedArray(densities(counts, axes))
}

/** Counts over their sum and the size of their bin. */
function densities(counts: ArrayExpression, axes: readonly Edges[]): ArrayExpression {
  const float = new ChunkedArray(counts)
  let result = ufuncOf('divide', counts, float.sum().expression)
  for (const [d, { edges }] of axes.entries()) {
    const widths = new Float64Array(edges.length - 1)
    for (let i = 0; i < widths.length; i++) widths[i] = edges[i + 1]! - edges[i]!
    const shape = axes.map((_, axis) => (axis === d ? widths.length : 1))
    const source = new DataSource(
      'widths',
      new NdArray('float64', shape, widths),
      shape.map((n) => [n]),
    )
    result = ufuncOf('divide', result, source)
  }
  return result
}

function summed(tasks: readonly number[], merge: (few: readonly number[]) => number): number {
  const splitEvery = config.get('array.splitEvery')
  let level = [...tasks]
  while (level.length > 1) {
    const next: number[] = []
    for (let i = 0; i < level.length; i += splitEvery) next.push(merge(level.slice(i, i + splitEvery)))
    level = next
  }
  return level[0]!
}

/**
 * How often each whole number from 0 on occurs in an array (or the sum of the weights of its elements). How long the result
 * is, at least `minlength`, is not known before it is computed.
 */
export function bincount(
  x: ArrayInput,
  { weights, minlength = 0 }: { readonly weights?: ArrayInput | undefined; readonly minlength?: number | undefined } = {},
): ChunkedArray {
  const e = expressionOf('bincount', x)
  if (!isInteger(e.dtype) && e.dtype !== 'bool') throw new DTypeError(`bincount: whole numbers were expected, not ${e.dtype}`)
  if (e.shape.length !== 1)
    throw new ShapeError(`bincount: an array with one axis was expected, not of the shape ${showShape(e.shape)}`)
  if (!Number.isSafeInteger(minlength) || minlength < 0)
    throw new ArgumentError(`bincount: minlength is ${minlength}: expected a whole number`)
  const inputs = weights === undefined ? [e] : unified('bincount', [e, castOf(expressionOf('bincount', weights), 'float64')])
  if (inputs.length > 1 && showShape(inputs[0]!.shape) !== showShape(inputs[1]!.shape))
    throw new ShapeError(
      `bincount: weights of the shape ${showShape(inputs[1]!.shape)} for numbers of ${showShape(inputs[0]!.shape)}`,
    )
  return new ChunkedArray(
    new Wired({
      label: 'bincount',
      inputs,
      dtype: weights === undefined ? 'int64' : 'float64',
      chunks: [[NaN]],
      identity: String(minlength),
      lower: (context, tasks) => {
        const shared = { least: minlength, weighted: weights !== undefined }
        const first = context.layer({ run: countChunk as never, shared, suffix: 'chunk' })
        const merge = context.layer({ run: sumCounts as never, suffix: 'combine' })
        const each = Array.from(tasks[0]!, (_, i) => first.task(tasks.map((t) => t[i]!)))
        return [summed(each, (few) => merge.task(few))]
      },
    }),
  )
}

/**
 * In which bin each element is: the number of edges that come before it. Edges ascend or descend.
 *
 * @param options right: bins have their upper edge instead of the lower
 */
export function digitize(
  x: ArrayInput,
  bins: readonly number[] | Float64Array,
  { right = false }: { readonly right?: boolean | undefined } = {},
): ChunkedArray<'int64'> {
  const edges = Float64Array.from(bins)
  const ascending = edges.every((b, i) => i === 0 || b >= edges[i - 1]!)
  const descending = !ascending && edges.every((b, i) => i === 0 || b <= edges[i - 1]!)
  if (!ascending && !descending) throw new ArgumentError('digitize: the edges of bins ascend or descend')
  const among = new DataSource('bins', localArray('digitize', edges)!, [[edges.length]])
  return placesIn('digitize', expressionOf('digitize', x), among, { right: !right, descending })
}

/**
 * Where elements would go into a sorted array with one axis so that it stays sorted: before those that are equal, or (side
 * 'right') after.
 */
export function searchsorted(
  a: ArrayInput,
  v: ArrayInput,
  { side = 'left' }: { readonly side?: 'left' | 'right' | undefined } = {},
): ChunkedArray<'int64'> {
  const sorted = expressionOf('searchsorted', a)
  if (sorted.shape.length !== 1)
    throw new ShapeError(`searchsorted: a sorted array has one axis, not the shape ${showShape(sorted.shape)}`)
  if (side !== 'left' && side !== 'right')
    throw new ArgumentError(`searchsorted: side is ${describe(side)}: expected 'left' or 'right'`)
  return placesIn('searchsorted', expressionOf('searchsorted', v), sorted, { right: side === 'right', descending: false })
}

function placesIn(label: string, x: ArrayExpression, among: ArrayExpression, shared: SearchShared): ChunkedArray<'int64'> {
  if (isComplex(x.dtype) || isComplex(among.dtype)) throw new DTypeError(`${label}: complex numbers have no order`)
  return new ChunkedArray(withWhole(label, x, among, searchChunk, shared, 'int64'))
}

/** Whether each element is one of others. */
export function isin(
  x: ArrayInput,
  others: ArrayInput,
  { invert = false }: { readonly invert?: boolean | undefined; readonly assumeUnique?: boolean | undefined } = {},
): ChunkedArray<'bool'> {
  const [e, test] = [expressionOf('isin', x), expressionOf('isin', others)]
  const dtype = promoteTypes(e.dtype, test.dtype)
  return new ChunkedArray(withWhole('isin', castOf(e, dtype), castOf(test, dtype), isinChunk, invert, 'bool'))
}

/** Each chunk of an array with the whole of another. */
function withWhole(
  label: string,
  e: ArrayExpression,
  whole: ArrayExpression,
  run: unknown,
  shared: unknown,
  dtype: DType,
): ArrayExpression {
  const one = rechunked(
    whole,
    whole.shape.map((n) => [n]),
  )
  return new Wired({
    label,
    inputs: [e, one],
    dtype,
    chunks: e.chunks,
    identity: JSON.stringify(shared),
    lower: (context, [tasks, all]) => {
      const layer = context.layer({ run: run as never, shared })
      return Array.from(tasks!, (task) => layer.task([task, all![0]!]))
    },
  })
}
