import { ArgumentError, describe } from '../../base/index.js'
import { type DType, isComplex, kindOf } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { type AxisSpec, axesOf } from '../axes.js'
import { ChunkedArray } from '../chunked-array.js'
import { needKnown, normalizeChunks } from '../chunks.js'
import { DTypeError, ShapeError, showShape } from '../errors.js'
import { expressionOf } from '../inputs.js'
import { rechunked } from '../selection.js'
import type { ArrayInput } from '../types.js'
import { Wired } from '../wired.js'
import { longLines, lowerQuantiles } from './long-lines.js'
import { type QuantileMethod, givesElements, needMethod } from './quantile-methods.js'
import type { QuantileShared } from './quantile-of.js'
import { quantileChunk } from './tasks.js'

export interface QuantileOptions {
  /** along which axes; all elements together unless told */
  readonly axis?: AxisSpec | undefined
  /** how a quantile between two elements is made of them; 'linear' unless told */
  readonly method?: QuantileMethod | undefined
  /** axes that are reduced stay, with one element */
  readonly keepdims?: boolean | undefined
}

/**
 * Quantiles: what `q` (0 to 1) of the elements are less than. With several `q` the first axis of the result is theirs. NaN
 * where there is one. Exact: a task is given all elements along the axes, unless they are larger than the setting
 * `array.chunkSize`; then chunks are sorted, and a task is given the few elements of each that it may be.
 *
 * @example
 * da.quantile(x, [0.25, 0.75], { axis: 0 })
 */
export function quantile(x: ArrayInput, q: number | readonly number[], options: QuantileOptions = {}): ChunkedArray {
  return quantiles('quantile', x, q, options, false)
}

/** Quantiles without NaNs; NaN where there is nothing else. */
export function nanquantile(x: ArrayInput, q: number | readonly number[], options: QuantileOptions = {}): ChunkedArray {
  return quantiles('nanquantile', x, q, options, true)
}

/**
 * Percentiles: quantiles with `q` from 0 to 100.
 *
 * @example
 * da.percentile(x, 95)
 */
export function percentile(x: ArrayInput, q: number | readonly number[], options: QuantileOptions = {}): ChunkedArray {
  return quantiles('percentile', x, shares('percentile', q), options, false)
}

/** Percentiles without NaNs. */
export function nanpercentile(x: ArrayInput, q: number | readonly number[], options: QuantileOptions = {}): ChunkedArray {
  return quantiles('nanpercentile', x, shares('nanpercentile', q), options, true)
}

/** The element in the middle of the sorted ones, or the mean of the two that are. NaN where there is one. */
export function median(x: ArrayInput, options: Omit<QuantileOptions, 'method'> = {}): ChunkedArray {
  return quantiles('median', x, 0.5, options, false, true)
}

/** The median without NaNs. */
export function nanmedian(x: ArrayInput, options: Omit<QuantileOptions, 'method'> = {}): ChunkedArray {
  return quantiles('nanmedian', x, 0.5, options, true, true)
}

function shares(operation: string, q: number | readonly number[]): number | number[] {
  const bad = [q].flat().find((one) => !(one >= 0 && one <= 100))
  if (bad !== undefined) throw new ArgumentError(`${operation}: q is ${describe(bad)}: expected 0 to 100`)
  return typeof q === 'number' ? q / 100 : q.map((one) => one / 100)
}

function quantiles(
  operation: string,
  x: ArrayInput,
  q: number | readonly number[],
  { axis, method = 'linear', keepdims = false }: QuantileOptions,
  ignoresNaN: boolean,
  isMedian = false,
): ChunkedArray {
  const e = expressionOf(operation, x)
  needKnown(operation, e.chunks)
  if (isComplex(e.dtype)) throw new DTypeError(`${operation}: complex numbers have no order: take abs() or real() first`)
  const list = [q].flat()
  const bad = list.find((one) => !(one >= 0 && one <= 1))
  if (bad !== undefined) throw new ArgumentError(`${operation}: q is ${describe(bad)}: expected 0 to 1`)
  const axes = axesOf(operation, axis, e.shape.length)
  needMethod(operation, method)
  const isFloat = kindOf(e.dtype) === 'float'
  if (!isFloat && axes.some((a) => e.shape[a] === 0))
    throw new ShapeError(`${operation} of no values: the shape is ${showShape(e.shape)}, reduced along [${axes.join(', ')}]`)
  const single = typeof q === 'number'
  // As NumPy: a number takes the array's type, a list is one of float64.
  const keepsType = (isFloat && (single || isMedian)) || (!isMedian && givesElements(method))
  const dtype: DType = keepsType ? e.dtype : 'float64'
  const all = axes.length === e.shape.length
  const long = longLines(e, axes)
  const input = long ?? (all ? e : wholeAlong(e, axes))
  const kept = input.chunks.flatMap((lengths, a) => (axes.includes(a) ? (keepdims ? [[1]] : []) : [lengths]))
  const shared: QuantileShared = {
    axes: all ? undefined : axes,
    q: list,
    single,
    method: isMedian ? 'median' : method,
    keepdims,
    ignoresNaN,
    dtype,
    dimensions: e.shape.length,
  }
  return new ChunkedArray(
    new Wired({
      label: operation,
      inputs: [input],
      dtype,
      chunks: single ? kept : [[list.length], ...kept],
      identity: `${JSON.stringify(shared)} ${long ? 'long' : ''}`,
      lower: (context, [tasks]) => {
        if (long) return lowerQuantiles(context, long, axes, shared, tasks!)
        const layer = context.layer({ run: quantileChunk as never, shared })
        // Chunks of the input are those of the result: along the axes there is only one.
        return all ? [layer.task(tasks!)] : Array.from(tasks!, (task) => layer.task([task]))
      },
    }),
  )
}

/** The same array in chunks that are whole along some axes. */
export function wholeAlong(e: ArrayExpression, axes: readonly number[]): ArrayExpression {
  if (axes.every((axis) => e.chunks[axis]!.length === 1)) return e
  const whole = axes.reduce((n, axis) => n * e.shape[axis]!, 1)
  const largest = e.chunks.map((lengths) => lengths.reduce((a, b) => Math.max(a, b), 1))
  // As large as they are now, if one line of them is not larger than that.
  const budget = Math.floor(largest.reduce((a, b) => a * b, 1) / whole)
  const cut = e.shape.map((_, axis): number => (axes.includes(axis) ? -1 : 1))
  const others = e.shape.map((n, axis) => ({ n, axis })).filter(({ axis }) => !axes.includes(axis))
  let left = Math.max(1, budget)
  for (const { n, axis } of others.reverse()) {
    cut[axis] = Math.max(1, Math.min(n, left))
    left = Math.max(1, Math.floor(left / cut[axis]!))
  }
  return rechunked(e, normalizeChunks(cut, e.shape, e.dtype))
}
