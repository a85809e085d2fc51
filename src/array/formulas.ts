import { ArgumentError } from '../base/index.js'
import {
  type DType,
  type NodeId,
  type ProgramBuilder,
  applyUfunc,
  dtypeOf,
  isComplex,
  isInteger,
  itemSize,
  kindOf,
} from '../kernels/index.js'
import { castOf } from './casting.js'
import { ChunkedArray } from './chunked-array.js'
import { expressionOf, operandOf } from './inputs.js'
import { computed, type OperandExpression, ufuncOf } from './operands.js'
import type { ArrayInput, DTypeOf } from './types.js'
import type { Operand } from './ufuncs.js'

/** What is computed of elements by several operations at once; each is one kernel. */
type Formula = (p: ProgramBuilder, nodes: readonly NodeId[]) => NodeId

function formula<R extends DType = DType>(label: string, operands: readonly Operand[], build: Formula): ChunkedArray<R> {
  const given: OperandExpression[] = operands.map((o) => operandOf(label, o))
  // Of numbers only, the first is made an array.
  const all = given.every((o) => typeof o !== 'object') ? [expressionOf(label, given[0]), ...given.slice(1)] : given
  return new ChunkedArray(computed(label, all, ({ builder }, nodes) => build(builder, nodes)))
}

/** Floats as they are; whole numbers as the floats that they become. */
const floated = (p: ProgramBuilder, x: NodeId): NodeId =>
  kindOf(p.dtype(x)) === 'float' ? x : p.cast(x, itemSize(p.dtype(x)) <= 2 ? 'float32' : 'float64')

const constant = (p: ProgramBuilder, value: number, like: NodeId): NodeId => p.constant(value, p.dtype(like))

/**
 * Elements of `x` where a condition holds, and of `y` where it does not.
 *
 * @example
 * da.where(x.greater(0), x, 0)
 */
export function where(condition: ArrayInput, x: Operand, y: Operand): ChunkedArray {
  const operands = [expressionOf('where', condition), operandOf('where', x), operandOf('where', y)]
  return new ChunkedArray(computed('where', operands, ({ builder }, nodes) => applyUfunc(builder, 'where', ...nodes)))
}

/** Elements not below one bound and not above another; null is no bound. */
export function clip(x: ArrayInput, low: Operand | null = null, high: Operand | null = null): ChunkedArray {
  let e = expressionOf('clip', x)
  if (low !== null) e = ufuncOf('maximum', e, operandOf('clip', low))
  if (high !== null) e = ufuncOf('minimum', e, operandOf('clip', high))
  return new ChunkedArray(e)
}

/** Rounded to so many decimal places, of two as near to the even one; whole numbers for negative ones to tens, hundreds … */
export function round<const X extends ArrayInput>(x: X, decimals = 0): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('round', x)
  if (!Number.isInteger(decimals)) throw new ArgumentError(`round: expected a whole number of decimals, not ${decimals}`)
  const whole = isInteger(e.dtype) || e.dtype === 'bool'
  if (whole && decimals >= 0) return new ChunkedArray(e)
  if (isComplex(e.dtype)) throw new ArgumentError(`round of ${e.dtype}: round its real and imaginary parts`)
  const factor = 10 ** Math.abs(decimals)
  return new ChunkedArray(
    computed('round', [e], ({ builder: p }, [node]) => {
      const v = whole ? p.cast(node!, 'float64') : node!
      const f = constant(p, factor, v)
      const scaled = decimals === 0 ? v : p.apply(decimals > 0 ? 'multiply' : 'divide', v, f)
      const rounded = p.apply('rint', scaled)
      const back = decimals === 0 ? rounded : p.apply(decimals > 0 ? 'divide' : 'multiply', rounded, f)
      return p.cast(back, e.dtype)
    }),
  )
}

export { round as around }

/** Degrees as radians. */
export const deg2rad = (x: ArrayInput): ChunkedArray =>
  formula('deg2rad', [x], (p, [v]) => {
    const f = floated(p, v!)
    return p.apply('multiply', f, constant(p, Math.PI / 180, f))
  })

/** Radians as degrees. */
export const rad2deg = (x: ArrayInput): ChunkedArray =>
  formula('rad2deg', [x], (p, [v]) => {
    const f = floated(p, v!)
    return p.apply('multiply', f, constant(p, 180 / Math.PI, f))
  })

export { deg2rad as radians, rad2deg as degrees }

/** sin(πx) / πx, and 1 at 0. */
export const sinc = (x: ArrayInput): ChunkedArray =>
  formula('sinc', [x], (p, [v]) => {
    const f = kindOf(p.dtype(v!)) === 'float' ? v! : p.cast(v!, 'float64')
    // NumPy's stand-in for 0.
    const y = p.apply(
      'multiply',
      constant(p, Math.PI, f),
      p.apply('where', p.apply('equal', f, constant(p, 0, f)), constant(p, 1e-20, f), f),
    )
    return p.apply('divide', p.apply('sin', y), y)
  })

/** The logarithm of the sum of two exponentials, which may be too great or too small for floats themselves. */
export const logaddexp = (x: Operand, y: Operand): ChunkedArray => logOfSum('logaddexp', x, y, 'exp', 'log1p', Math.LN2)

/** As `logaddexp`, to base 2. */
export const logaddexp2 = (x: Operand, y: Operand): ChunkedArray => logOfSum('logaddexp2', x, y, 'exp2', 'log1p', 1)

function logOfSum(label: string, x: Operand, y: Operand, power: 'exp' | 'exp2', log: 'log1p', ofTwo: number): ChunkedArray {
  return formula(label, [x, y], (p, [a, b]) => {
    const sum = p.dtype(applyUfunc(p, 'add', a!, b!))
    const dtype = kindOf(sum) === 'float' ? sum : p.dtype(floated(p, applyUfunc(p, 'add', a!, b!)))
    const [u, v] = [p.cast(a!, dtype), p.cast(b!, dtype)]
    const greater = p.apply('maximum', u, v)
    const distance = p.apply('negative', p.apply('absolute', p.apply('subtract', u, v)))
    let more = p.apply(log, p.apply(power, distance))
    if (power === 'exp2') more = p.apply('multiply', more, p.constant(Math.LOG2E, dtype))
    const general = p.apply('add', greater, more)
    // Equal infinities have no distance.
    return p.apply('where', p.apply('equal', u, v), p.apply('add', u, p.constant(ofTwo, dtype)), general)
  })
}

/**
 * The absolute value, as a float: what `absolute` gives of floats, and of whole numbers as the floats that they become.
 *
 * @throws ArgumentError for complex numbers
 */
export function fabs(x: ArrayInput): ChunkedArray {
  const e = expressionOf('fabs', x)
  if (isComplex(e.dtype)) throw new ArgumentError(`fabs of ${e.dtype}: take absolute() of complex numbers`)
  return formula('fabs', [x], (p, [v]) => p.apply('absolute', floated(p, v!)))
}

/** The whole number next to it towards 0. */
export const fix = (x: ArrayInput): ChunkedArray => new ChunkedArray(ufuncOf('trunc', expressionOf('fix', x)))

/** The part behind the point, and the part before it; both with the sign. */
export function modf(x: ArrayInput): [fraction: ChunkedArray, whole: ChunkedArray] {
  const fraction = formula('modf', [x], (p, [v]) => {
    const f = floated(p, v!)
    const whole = p.apply('trunc', f)
    const rest = p.apply('where', p.apply('isinf', f), constant(p, 0, f), p.apply('subtract', f, whole))
    return p.apply('copysign', rest, f)
  })
  return [fraction, formula('modf', [x], (p, [v]) => p.apply('trunc', floated(p, v!)))]
}

/** Quotients as whole numbers, and what is left. */
export function divmod(x: Operand, y: Operand): [quotient: ChunkedArray, remainder: ChunkedArray] {
  return [
    formula('divmod', [x, y], (p, nodes) => applyUfunc(p, 'floorDivide', ...nodes)),
    formula('divmod', [x, y], (p, nodes) => applyUfunc(p, 'remainder', ...nodes)),
  ]
}

/** The first to the power of the second, in float64 at least. */
export const floatPower = (x: Operand, y: Operand): ChunkedArray =>
  formula('floatPower', [x, y], (p, [a, b]) => {
    const complex = isComplex(p.dtype(a!)) || isComplex(p.dtype(b!))
    const dtype: DType = complex ? 'complex128' : 'float64'
    return p.apply('power', p.cast(a!, dtype), p.cast(b!, dtype))
  })

/** x · 2 to the power of y, for whole y. */
export const ldexp = (x: Operand, y: Operand): ChunkedArray =>
  formula('ldexp', [x, y], (p, [a, b]) => {
    const f = p.cast(floated(p, a!), 'float64')
    const result = kindOf(p.dtype(a!)) === 'float' ? p.dtype(a!) : p.dtype(floated(p, a!))
    // In two steps, since the power itself may be too great or too small.
    const n = p.apply(
      'maximum',
      p.constant(-2200, 'float64'),
      p.apply('minimum', p.constant(2200, 'float64'), p.cast(b!, 'float64')),
    )
    const third = p.apply('trunc', p.apply('divide', n, p.constant(3, 'float64')))
    const rest = p.apply('subtract', n, p.apply('add', third, third))
    const step = p.apply('exp2', third)
    return p.cast(p.apply('multiply', p.apply('multiply', p.apply('multiply', f, p.apply('exp2', rest)), step), step), result)
  })

/** Whether it is −Infinity. */
export const isneginf = (x: ArrayInput): ChunkedArray<'bool'> =>
  formula('isneginf', [x], (p, [v]) => p.apply('equal', floated(p, v!), constant(p, -Infinity, floated(p, v!))))

/** Whether it is +Infinity. */
export const isposinf = (x: ArrayInput): ChunkedArray<'bool'> =>
  formula('isposinf', [x], (p, [v]) => p.apply('equal', floated(p, v!), constant(p, Infinity, floated(p, v!))))

/** Whether it has an imaginary part. */
export const iscomplex = (x: ArrayInput): ChunkedArray<'bool'> =>
  formula('iscomplex', [x], (p, [v]) => {
    const part = applyUfunc(p, 'imag', v!)
    return applyUfunc(p, 'notEqual', part, p.constant(kindOf(p.dtype(part)) === 'bool' ? false : 0, p.dtype(part)))
  })

/** Whether it has no imaginary part. */
export const isreal = (x: ArrayInput): ChunkedArray<'bool'> => new ChunkedArray(ufuncOf('logicalNot', iscomplex(x).expression))

/** Whether it is NaN. */
export const isnull = (x: ArrayInput): ChunkedArray<'bool'> => new ChunkedArray(ufuncOf('isnan', expressionOf('isnull', x)))

/** Whether it is not NaN. */
export const notnull = (x: ArrayInput): ChunkedArray<'bool'> => new ChunkedArray(ufuncOf('logicalNot', isnull(x).expression))

/** NaN and infinities replaced: by 0 and the least and greatest numbers of the type, unless told. */
export function nanToNum<const X extends ArrayInput>(
  x: X,
  options: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number } = {},
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('nanToNum', x)
  if (kindOf(e.dtype) !== 'float') {
    if (isComplex(e.dtype)) throw new ArgumentError(`nanToNum of ${e.dtype}: replace in its real and imaginary parts`)
    return new ChunkedArray(e)
  }
  const most = e.dtype === 'float32' ? 3.4028234663852886e38 : Number.MAX_VALUE
  const { nan = 0, posinf = most, neginf = -most } = options
  return new ChunkedArray(
    computed('nanToNum', [e], ({ builder: p }, [v]) => {
      const is = (value: number): NodeId => p.apply('equal', v!, constant(p, value, v!))
      const finite = p.apply(
        'where',
        is(Infinity),
        constant(p, posinf, v!),
        p.apply('where', is(-Infinity), constant(p, neginf, v!), v!),
      )
      return p.apply('where', p.apply('isnan', v!), constant(p, nan, v!), finite)
    }),
  )
}

/** How near numbers have to be. */
export interface CloseOptions {
  readonly rtol?: number
  readonly atol?: number
  readonly equalNan?: boolean
}

/** Whether two numbers are as near as `atol + rtol · |y|`. */
export function isclose(
  x: Operand,
  y: Operand,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {},
): ChunkedArray<'bool'> {
  return formula('isclose', [x, y], (p, [a, b]) => {
    const [u, v] = [p.cast(a!, 'float64'), p.cast(b!, 'float64')]
    const float = (n: number): NodeId => p.constant(n, 'float64')
    const allowed = p.apply('add', float(atol), p.apply('multiply', float(rtol), p.apply('absolute', v)))
    const near = p.apply('lessEqual', p.apply('absolute', p.apply('subtract', u, v)), allowed)
    const close = p.apply('logicalOr', p.apply('logicalAnd', near, p.apply('isfinite', v)), p.apply('equal', u, v))
    return equalNan ? p.apply('logicalOr', close, p.apply('logicalAnd', p.apply('isnan', u), p.apply('isnan', v))) : close
  })
}

/** Whether all are as near as `isclose` wants. */
export const allclose = (x: Operand, y: Operand, options: CloseOptions = {}): ChunkedArray<'bool'> => isclose(x, y, options).all()

/**
 * Elements of the first choice whose condition holds, or of the default.
 *
 * @example
 * da.select([x.less(0), x.greater(1)], [0, 1], x)
 */
export function select(conditions: readonly ArrayInput[], choices: readonly Operand[], otherwise: Operand = 0): ChunkedArray {
  if (conditions.length === 0 || conditions.length !== choices.length)
    throw new ArgumentError(
      `select: ${conditions.length} conditions and ${choices.length} choices: expected as many of both, and one at least`,
    )
  return conditions.reduceRight<Operand>((rest, condition, i) => where(condition, choices[i]!, rest), otherwise) as ChunkedArray
}

/** For each element of `index` that of the choice with this number. */
export function choose(index: ArrayInput, choices: readonly Operand[]): ChunkedArray {
  if (choices.length === 0) throw new ArgumentError('choose: no choices were given')
  const i = expressionOf('choose', index)
  const is = (n: number): ChunkedArray => new ChunkedArray(ufuncOf('equal', i, n))
  return choices
    .slice(0, -1)
    .reduceRight<Operand>((rest, choice, n) => where(is(n), choice, rest), choices.at(-1)!) as ChunkedArray
}

/**
 * The array in another type. Floats lose what is behind the point. A value that whole numbers of the type do not have, NaN and
 * infinities among them, is an error when it is computed; so are whole numbers that fit not into the type.
 *
 * @throws DTypeError for complex numbers that would lose their imaginary part
 */
export function astype<D extends DType>(x: ArrayInput, dtype: D): ChunkedArray<D> {
  return new ChunkedArray(castOf(expressionOf('astype', x), dtypeOf(dtype)))
}
