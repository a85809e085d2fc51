import { ArgumentError, describe } from '../base/index.js'
import { type DType, isInteger, kindOf } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { type AxisSpec, axisOf } from './axes.js'
import { castOf } from './casting.js'
import { ChunkedArray } from './chunked-array.js'
import { needKnown } from './chunks.js'
import { DTypeError, ShapeError, showShape } from './errors.js'
import { expressionOf } from './inputs.js'
import { ufuncOf } from './operands.js'
import { rechunked } from './selection.js'
import { broadcastTo, concatenate, ravel } from './shape-functions.js'
import { NdArray } from './nd-array.js'
import { DataSource } from './sources.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** How differences of neighbours are taken. */
export interface DiffOptions {
  /** how often; 1 unless told */
  readonly n?: number | undefined
  /** the last one unless told */
  readonly axis?: number | undefined
  /** what stands before the first element along the axis, and what behind the last: numbers, or arrays that fit */
  readonly prepend?: ArrayInput | undefined
  readonly append?: ArrayInput | undefined
}

/**
 * The difference of each element and the one before it along an axis, one element less than there are; of bools whether they
 * differ.
 *
 * @example
 * da.diff(x, { axis: 0, n: 2 })
 */
export function diff<const X extends ArrayInput>(
  x: X,
  { n = 1, axis = -1, prepend, append }: DiffOptions = {},
): ChunkedArray<DTypeOf<X>> {
  let e = expressionOf('diff', x)
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`diff: n is ${describe(n)}: expected a whole number from 0`)
  const along = axisOf('diff', axis, e.shape.length)
  if (n === 0) return new ChunkedArray(e)
  const beside = (input: ArrayInput): ChunkedArray => {
    const array = new ChunkedArray(expressionOf('diff', input))
    return array.ndim > 0
      ? array
      : broadcastTo(
          array,
          e.shape.map((length, i) => (i === along ? 1 : length)),
        )
  }
  if (prepend !== undefined || append !== undefined) {
    const parts = [...(prepend === undefined ? [] : [beside(prepend)]), new ChunkedArray(e)]
    if (append !== undefined) parts.push(beside(append))
    e = concatenate(parts, { axis: along }).expression
  }
  for (let i = 0; i < n; i++) e = difference(e, along)
  return new ChunkedArray(e)
}

function difference(e: ArrayExpression, axis: number): ArrayExpression {
  const operation = e.dtype === 'bool' ? 'notEqual' : 'subtract'
  return ufuncOf(operation, part(e, axis, '1:'), part(e, axis, ':-1'))
}

/** A slice along one axis. */
function part(e: ArrayExpression, axis: number, slice: `${number | ''}:${number | ''}`): ArrayExpression {
  return new ChunkedArray(e).slice(...e.shape.map((_, i) => (i === axis ? slice : (':' as const)))).expression
}

/**
 * The differences of neighbours of all elements, one after the other, with others before and behind them.
 *
 * @throws DTypeError when what stands before or behind has not the type of the array
 */
export function ediff1d<const X extends ArrayInput>(
  x: X,
  { toBegin, toEnd }: { readonly toBegin?: ArrayInput | undefined; readonly toEnd?: ArrayInput | undefined } = {},
): ChunkedArray<DTypeOf<X>> {
  const flat = ravel(x)
  const inner = new ChunkedArray<DTypeOf<X>>(difference(flat.expression, 0))
  const beside = (input: ArrayInput): ChunkedArray => {
    const given = expressionOf('ediff1d', input)
    // As NumPy: what is within a kind is converted.
    if (given.dtype !== flat.dtype && kindOf(given.dtype) !== kindOf(flat.dtype) && !isInteger(given.dtype))
      throw new DTypeError(
        `ediff1d: ${given.dtype} beside differences of ${flat.dtype}: convert it first, astype('${flat.dtype}')`,
      )
    return ravel(new ChunkedArray(castOf(given, flat.dtype)))
  }
  if (toBegin === undefined && toEnd === undefined) return inner
  const parts: ChunkedArray[] = [inner]
  if (toBegin !== undefined) parts.unshift(beside(toBegin))
  if (toEnd !== undefined) parts.push(beside(toEnd))
  return concatenate(parts) as ChunkedArray<DTypeOf<X>>
}

/** The distances of elements along an axis: one for all, or the place of each. */
export type SpacingSpec = number | readonly number[] | Float64Array

export interface GradientOptions {
  /** along which axes; all of them unless told */
  readonly axis?: AxisSpec | undefined
  /** of all axes, or a list with an entry for each; 1 unless told */
  readonly spacing?: SpacingSpec | readonly SpacingSpec[] | undefined
  /** of which order differences at both ends are: 1 unless told, or 2 */
  readonly edgeOrder?: 1 | 2 | undefined
}

/**
 * Derivatives by differences of second order of neighbours on both sides (Fornberg 1988), and of first order at the ends: one
 * array for each axis; not in a list when `axis` is a number.
 *
 * @example
 * const [down, right] = da.gradient(heights, { spacing: [30, 20] })
 */
export function gradient(x: ArrayInput, options: GradientOptions & { readonly axis: number }): ChunkedArray
export function gradient(x: ArrayInput, options?: GradientOptions): ChunkedArray[]
export function gradient(
  x: ArrayInput,
  { axis, spacing = 1, edgeOrder = 1 }: GradientOptions = {},
): ChunkedArray | ChunkedArray[] {
  let e = expressionOf('gradient', x)
  needKnown('gradient', e.chunks)
  if (e.dtype === 'bool') throw new DTypeError('gradient of bool: convert it first, astype("int8")')
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new ArgumentError(`gradient: edgeOrder is ${describe(edgeOrder)}: expected 1 or 2`)
  if (isInteger(e.dtype)) e = castOf(e, 'float64')
  const all =
    axis === undefined ? e.shape.map((_, i) => i) : [axis].flat().map((a) => axisOf('gradient', a as number, e.shape.length))
  if (new Set(all).size < all.length) throw new ArgumentError(`gradient: an axis was named twice in [${all.join(', ')}]`)
  const perAxis = spacings(spacing, all.length)
  const results = all.map((a, i) => new ChunkedArray(rechunked(derivative(e, a, perAxis[i]!, edgeOrder), e.chunks)))
  return typeof axis === 'number' ? results[0]! : results
}

function spacings(spacing: NonNullable<GradientOptions['spacing']>, axes: number): SpacingSpec[] {
  if (typeof spacing === 'number') return new Array<SpacingSpec>(axes).fill(spacing)
  if (ArrayBuffer.isView(spacing) || (axes === 1 && (spacing as readonly unknown[]).every((s) => typeof s === 'number')))
    return new Array<SpacingSpec>(axes).fill(spacing as SpacingSpec)
  const list = spacing as readonly SpacingSpec[]
  if (list.length !== axes)
    throw new ArgumentError(`gradient: ${list.length} spacings for ${axes} axes: give one for each, or one number for all`)
  return [...list]
}

function derivative(e: ArrayExpression, axis: number, spacing: SpacingSpec, edgeOrder: 1 | 2): ArrayExpression {
  const n = e.shape[axis]!
  if (n < edgeOrder + 1)
    throw new ShapeError(
      `gradient: axis ${axis} of the shape ${showShape(e.shape)} is too short: ${edgeOrder + 1} elements are needed along it`,
    )
  const h = distances(spacing, n, axis)
  const at = (slice: `${number | ''}:${number | ''}`): ArrayExpression => part(e, axis, slice)
  const times = (x: ArrayExpression, factor: ArrayExpression | number): ArrayExpression => ufuncOf('multiply', x, factor)
  const sum = (...xs: readonly ArrayExpression[]): ArrayExpression => xs.reduce((a, b) => ufuncOf('add', a, b))
  const ends = (first: boolean): ArrayExpression => {
    const [d1, d2] = typeof h === 'number' ? [h, h] : first ? [h[0]!, h[1]!] : [h[n - 2]!, h[n - 3]!]
    if (edgeOrder === 1) {
      const rise = first ? ufuncOf('subtract', at('1:2'), at(':1')) : ufuncOf('subtract', at('-1:'), at('-2:-1'))
      return ufuncOf('divide', rise, d1)
    }
    const near = -(2 * d1 + d2) / (d1 * (d1 + d2))
    const middle = (d1 + d2) / (d1 * d2)
    const far = -d1 / (d2 * (d1 + d2))
    return first
      ? sum(times(at(':1'), near), times(at('1:2'), middle), times(at('2:3'), far))
      : sum(times(at('-3:-2'), -far), times(at('-2:-1'), -middle), times(at('-1:'), -near))
  }
  const parts = [ends(true)]
  if (n > 2) parts.push(typeof h === 'number' ? even(h) : uneven(h))
  parts.push(ends(false))
  return concatenate(
    parts.map((p) => new ChunkedArray(p)),
    { axis },
  ).expression

  function even(step: number): ArrayExpression {
    return ufuncOf('divide', ufuncOf('subtract', at('2:'), at(':-2')), 2 * step)
  }

  function uneven(steps: Float64Array): ArrayExpression {
    const before = steps.subarray(0, n - 2)
    const after = steps.subarray(1)
    const factor = (of: (b: number, a: number) => number): ArrayExpression =>
      upright(
        before.map((b, i) => of(b, after[i]!)),
        e,
        axis,
      )
    return sum(
      times(
        at(':-2'),
        factor((b, a) => -a / (b * (b + a))),
      ),
      times(
        at('1:-1'),
        factor((b, a) => (a - b) / (b * a)),
      ),
      times(
        at('2:'),
        factor((b, a) => b / (a * (b + a))),
      ),
    )
  }
}

/** How far each element is from the next: one number where all are equally far. */
function distances(spacing: SpacingSpec, n: number, axis: number): number | Float64Array {
  if (typeof spacing === 'number') return spacing
  if (spacing.length !== n) throw new ArgumentError(`gradient: ${spacing.length} places for the ${n} elements along axis ${axis}`)
  const steps = Float64Array.from({ length: n - 1 }, (_, i) => spacing[i + 1]! - spacing[i]!)
  return steps.every((s) => s === steps[0]) ? steps[0]! : steps
}

/** Numbers along one axis, in the type of an array and as many dimensions. */
function upright(numbers: Float64Array, e: ArrayExpression, axis: number): ArrayExpression {
  const shape = e.shape.map((_, i) => (i === axis ? numbers.length : 1))
  const source = new DataSource(
    'spacing',
    new NdArray('float64', shape, numbers),
    shape.map((length) => [length]),
  )
  return castOf(source, floatPart(e.dtype))
}

const floatPart = (dtype: DType): DType => (dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : dtype)
