import { ArgumentError } from '../base/index.js'
import { type DType, isComplex } from '../kernels/index.js'
import { castOf } from './casting.js'
import { ChunkedArray } from './chunked-array.js'
import { expressionOf } from './inputs.js'
import { computed, stretchedTo, ufuncOf } from './operands.js'
import {
  type ReduceAsOptions,
  type ReduceOptions,
  type VarianceOptions,
  argOf,
  countOf,
  extremeOf,
  meanOf,
  nanargOf,
  nanextremeOf,
  nanmeanOf,
  nanprodOf,
  nansumOf,
  nanvarOf,
  prodOf,
  sumOf,
  testOf,
  varOf,
} from './reductions.js'
import type { ArrayInput, DTypeOf, MeanOf, PartOf, SumOf } from './types.js'

type AsOptions<R extends DType> = ReduceAsOptions & { readonly dtype?: R }
type ArgOptions = { readonly axis?: number; readonly keepdims?: boolean; readonly splitEvery?: number }

/** The sum; see `ChunkedArray.sum`. */
export const sum = <const X extends ArrayInput, R extends DType = SumOf<DTypeOf<X>>>(
  x: X,
  options?: AsOptions<R>,
): ChunkedArray<R> => new ChunkedArray(sumOf(expressionOf('sum', x), options))

/** The product, of whole numbers in 64 bits. */
export const prod = <const X extends ArrayInput, R extends DType = SumOf<DTypeOf<X>>>(
  x: X,
  options?: AsOptions<R>,
): ChunkedArray<R> => new ChunkedArray(prodOf(expressionOf('prod', x), options))

/** The least value; NaN where there is one. */
export const min = <const X extends ArrayInput>(x: X, options?: ReduceOptions): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(extremeOf('min', expressionOf('min', x), options))

/** The greatest value; NaN where there is one. */
export const max = <const X extends ArrayInput>(x: X, options?: ReduceOptions): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(extremeOf('max', expressionOf('max', x), options))

/** Whether one of them is not 0 or false. */
export const any = (x: ArrayInput, options?: ReduceOptions): ChunkedArray<'bool'> =>
  new ChunkedArray(testOf('any', expressionOf('any', x), options))

/** Whether none of them is 0 or false. */
export const all = (x: ArrayInput, options?: ReduceOptions): ChunkedArray<'bool'> =>
  new ChunkedArray(testOf('all', expressionOf('all', x), options))

/** The mean. */
export const mean = <const X extends ArrayInput, R extends DType = MeanOf<DTypeOf<X>>>(
  x: X,
  options?: AsOptions<R>,
): ChunkedArray<R> => new ChunkedArray(meanOf(expressionOf('mean', x), options))

/** The variance; with `ddof: 1` that of a sample. */
export const variance = <const X extends ArrayInput>(x: X, options?: VarianceOptions): ChunkedArray<PartOf<MeanOf<DTypeOf<X>>>> =>
  new ChunkedArray(varOf(expressionOf('var', x), options))

/** The standard deviation. */
export const std = <const X extends ArrayInput>(x: X, options?: VarianceOptions): ChunkedArray<PartOf<MeanOf<DTypeOf<X>>>> =>
  new ChunkedArray(varOf(expressionOf('std', x), options, true))

/** Where the least value is first. */
export const argmin = (x: ArrayInput, options?: ArgOptions): ChunkedArray<'int64'> =>
  new ChunkedArray(argOf('argmin', expressionOf('argmin', x), options))

/** Where the greatest value is first. */
export const argmax = (x: ArrayInput, options?: ArgOptions): ChunkedArray<'int64'> =>
  new ChunkedArray(argOf('argmax', expressionOf('argmax', x), options))

/** The sum of what is not NaN. */
export const nansum = (x: ArrayInput, options?: ReduceAsOptions): ChunkedArray =>
  new ChunkedArray(nansumOf(expressionOf('nansum', x), options))

/** The product of what is not NaN. */
export const nanprod = (x: ArrayInput, options?: ReduceAsOptions): ChunkedArray =>
  new ChunkedArray(nanprodOf(expressionOf('nanprod', x), options))

/** The least of what is not NaN; NaN where nothing is left. */
export const nanmin = <const X extends ArrayInput>(x: X, options?: ReduceOptions): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(nanextremeOf('min', expressionOf('nanmin', x), options))

/** The greatest of what is not NaN; NaN where nothing is left. */
export const nanmax = <const X extends ArrayInput>(x: X, options?: ReduceOptions): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(nanextremeOf('max', expressionOf('nanmax', x), options))

/** The mean of what is not NaN. */
export const nanmean = (x: ArrayInput, options?: ReduceAsOptions): ChunkedArray =>
  new ChunkedArray(nanmeanOf(expressionOf('nanmean', x), options))

/** The variance of what is not NaN. */
export const nanvar = (x: ArrayInput, options?: VarianceOptions): ChunkedArray =>
  new ChunkedArray(nanvarOf(expressionOf('nanvar', x), options))

/** The standard deviation of what is not NaN. */
export const nanstd = (x: ArrayInput, options?: VarianceOptions): ChunkedArray =>
  new ChunkedArray(nanvarOf(expressionOf('nanstd', x), options, true))

/** Where the least of what is not NaN is first. */
export const nanargmin = (x: ArrayInput, options?: ArgOptions): ChunkedArray<'int64'> =>
  new ChunkedArray(nanargOf('argmin', expressionOf('nanargmin', x), options))

/** Where the greatest of what is not NaN is first. */
export const nanargmax = (x: ArrayInput, options?: ArgOptions): ChunkedArray<'int64'> =>
  new ChunkedArray(nanargOf('argmax', expressionOf('nanargmax', x), options))

/** How many are not 0. */
export const countNonzero = (x: ArrayInput, options?: ReduceOptions): ChunkedArray<'int64'> =>
  new ChunkedArray(
    sumOf(
      computed('countNonzero', [expressionOf('countNonzero', x)], ({ builder: p }, [v]) => p.cast(p.cast(v!, 'bool'), 'int64')),
      options,
    ),
  )

/** The difference of the greatest and the least value. */
export const ptp = (x: ArrayInput, options?: ReduceOptions): ChunkedArray => {
  const e = expressionOf('ptp', x)
  return new ChunkedArray(ufuncOf('subtract', extremeOf('max', e, options), extremeOf('min', e, options)))
}

/** The mean, in which each value counts as much as its weight says. */
export function average(x: ArrayInput, options: ReduceOptions & { readonly weights?: ArrayInput } = {}): ChunkedArray {
  const { weights, ...rest } = options
  const e = expressionOf('average', x)
  if (weights === undefined) return new ChunkedArray(meanOf(e, rest))
  let w = expressionOf('average', weights)
  if (w.shape.length !== e.shape.length) {
    if (w.shape.length !== 1 || typeof rest.axis !== 'number')
      throw new ArgumentError(
        `average: weights of the shape [${w.shape.join(', ')}] for an array of [${e.shape.join(', ')}]: give one axis, and a weight for each place along it`,
      )
    // Along another axis than the last the weights have to stand upright.
    const axis = rest.axis < 0 ? rest.axis + e.shape.length : rest.axis
    w = new ChunkedArray(w).reshape(e.shape.map((_, i) => (i === axis ? -1 : 1))).expression
  }
  const total = sumOf(stretchedTo(w, e.shape, e.chunks), rest)
  return new ChunkedArray(ufuncOf('divide', sumOf(ufuncOf('multiply', e, w), rest), total))
}

/** The mean of powers of the distances from the mean. */
export function moment(x: ArrayInput, order: number, options: VarianceOptions = {}): ChunkedArray {
  if (!Number.isInteger(order) || order < 0) throw new ArgumentError(`moment: expected a whole number from 0, not ${order}`)
  const e = castOf(expressionOf('moment', x), 'float64')
  if (isComplex(e.dtype)) throw new ArgumentError('moment of complex numbers is not defined')
  const { ddof = 0, ...rest } = options
  const centre = meanOf(e, { axis: rest.axis, keepdims: true, splitEvery: rest.splitEvery })
  const distance = ufuncOf('subtract', e, centre)
  const total = sumOf(ufuncOf('power', distance, order), rest)
  return new ChunkedArray(ufuncOf('divide', total, countOf(e, rest.axis, 'moment') - ddof))
}
