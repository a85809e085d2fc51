import { LambdaError, marked } from '../lambda/index.js'
import { Expr } from './expr.js'
import type { Agg, Plain } from './types.js'

/*
 * Aggregates stand inside the functions of agg(), which are translated, never called: `f => mean(f.delay)`. `count()` also
 * stands alone.
 */

type Numeric = number | bigint | boolean
type NumberOr<T> = null extends T ? number | null : number

function aggregate<F extends (...args: never[]) => unknown>(name: string): F {
  const fn = (): never => {
    throw new LambdaError(`${name}() has a value only inside a function of agg(): .agg({ x: (rows) => ${name}(rows.y) })`)
  }
  Object.defineProperty(fn, 'name', { value: name })
  return marked(`aggregate.${name}`, fn as unknown as F)
}

/**
 * How many rows a group has, or how many values of a column are not null.
 *
 * @example flights.groupBy('origin').agg({ flights: count(), known: (f) => count(f.airTime) })
 */
export const count: (value?: unknown) => Agg<number> = marked('aggregate.count', (...args: unknown[]) => {
  if (args.length > 0)
    throw new LambdaError('count(x) has a value only inside a function of agg(): .agg({ n: (rows) => count(rows.x) })')
  return new Expr({ op: 'call', name: 'aggregate.count', args: [] }) as unknown as Agg<number>
})

/** The sum of the values that are not null; 0 when there are none. bigint of bigints. */
export const sum = aggregate<<T extends Numeric | null>(value: T) => NonNullable<T> extends bigint ? bigint : number>('sum')
/** The arithmetic mean; null when there are no values. */
export const mean = aggregate<<T extends Numeric | null>(value: T) => NumberOr<T>>('mean')
/** The smallest value; null when there are none. */
export const min = aggregate<<T>(value: T) => Plain<T>>('min')
/** The largest value; null when there are none. */
export const max = aggregate<<T>(value: T) => Plain<T>>('max')
/** The standard deviation of a sample (n − 1); null of fewer than two values. */
export const std = aggregate<(value: Numeric | null) => number | null>('std')
/** The variance of a sample (n − 1); null of fewer than two values. */
export const variance = aggregate<(value: Numeric | null) => number | null>('variance')
/** The value in the middle, between two the mean of them; null when there are none. */
export const median = aggregate<<T extends Numeric | null>(value: T) => NumberOr<T>>('median')
/** The value that a share q of the values is not above, interpolated linearly; null when there are none. */
export const quantile = aggregate<<T extends Numeric | null>(value: T, q: number) => NumberOr<T>>('quantile')
/** How many different values there are; null is none. */
export const nunique = aggregate<(value: unknown) => number>('nunique')
/** The first value that is not null, in the order of rows. */
export const first = aggregate<<T>(value: T) => Plain<T>>('first')
/** The last value that is not null, in the order of rows. */
export const last = aggregate<<T>(value: T) => Plain<T>>('last')
/** All values. */
export const list = aggregate<<T>(value: T) => readonly Plain<T>[]>('list')
/** The product of the values. */
export const product = aggregate<(value: Numeric | null) => number | null>('product')
/** True if some value is true. */
export const some = aggregate<(value: boolean | null) => boolean>('some')
/** True if no value is false. */
export const every = aggregate<(value: boolean | null) => boolean>('every')
/** Pearson's correlation of two columns. */
export const corr = aggregate<(x: Numeric | null, y: Numeric | null) => number | null>('corr')
/** The covariance of two columns (n − 1). */
export const cov = aggregate<(x: Numeric | null, y: Numeric | null) => number | null>('cov')
/** The skewness of the values, corrected for bias. */
export const skew = aggregate<(value: Numeric | null) => number | null>('skew')
/** The excess kurtosis of the values, corrected for bias. */
export const kurt = aggregate<(value: Numeric | null) => number | null>('kurt')
/** The standard error of the mean; null of fewer than two values. */
export const sem = aggregate<(value: Numeric | null) => number | null>('sem')
/** The most frequent value, of several the smallest; null when there are none. */
export const mode = aggregate<<T>(value: T) => Plain<T> | null>('mode')
/** The place of the largest value among all rows, counted from 0, of equal ones the first; null when there are none. */
export const idxmax = aggregate<(value: unknown) => number | null>('idxmax')
/** The place of the smallest value among all rows. */
export const idxmin = aggregate<(value: unknown) => number | null>('idxmin')
/** About how many different values there are (HyperLogLog), in little memory. */
export const approxNunique = aggregate<(value: unknown) => number>('approxNunique')
/** About the value that a share q of the values is not above (t-digest), in little memory. */
export const approxQuantile = aggregate<<T extends Numeric | null>(value: T, q: number) => NumberOr<T>>('approxQuantile')
