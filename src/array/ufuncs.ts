import { type DType, type Operation, dtypeOf, resultType as typeOfResult } from '../kernels/index.js'
import { ChunkedArray } from './chunked-array.js'
import { DTypeError } from './errors.js'
import { expressionOf, operandOf } from './inputs.js'
import { ufuncOf } from './operands.js'
import type { ArrayInput, DTypeOf, FloatOf, PartOf } from './types.js'

/** What functions of elements take: arrays of all kinds, and numbers. */
export type Operand = ArrayInput

const apply = <R extends DType>(operation: Operation, x: ArrayInput): ChunkedArray<R> =>
  new ChunkedArray(ufuncOf(operation, expressionOf(operation, x)))

function combine<R extends DType>(operation: Operation, x: Operand, y: Operand): ChunkedArray<R> {
  const [a, b] = [operandOf(operation, x), operandOf(operation, y)]
  // Of two numbers one is made an array.
  return new ChunkedArray(ufuncOf(operation, typeof a === 'object' || typeof b === 'object' ? a : expressionOf(operation, a), b))
}

const ofFloats =
  (operation: Operation) =>
  <const X extends ArrayInput>(x: X): ChunkedArray<FloatOf<DTypeOf<X>>> =>
    apply(operation, x)

const ofSame =
  (operation: Operation) =>
  <const X extends ArrayInput>(x: X): ChunkedArray<DTypeOf<X>> =>
    apply(operation, x)

const ofPart =
  (operation: Operation) =>
  <const X extends ArrayInput>(x: X): ChunkedArray<PartOf<DTypeOf<X>>> =>
    apply(operation, x)

const test =
  (operation: Operation) =>
  (x: ArrayInput): ChunkedArray<'bool'> =>
    apply(operation, x)

const binary =
  (operation: Operation) =>
  (x: Operand, y: Operand): ChunkedArray =>
    combine(operation, x, y)

const compare =
  (operation: Operation) =>
  (x: Operand, y: Operand): ChunkedArray<'bool'> =>
    combine(operation, x, y)

/** The square root; NaN of negative numbers. */
export const sqrt = ofFloats('sqrt')

/** The cube root. */
export const cbrt = ofFloats('cbrt')

/** e to the power of x. */
export const exp = ofFloats('exp')

/** 2 to the power of x. */
export const exp2 = ofFloats('exp2')

/** e to the power of x, less 1: precise for small x. */
export const expm1 = ofFloats('expm1')

/** The natural logarithm. */
export const log = ofFloats('log')

/** The logarithm to base 2. */
export const log2 = ofFloats('log2')

/** The logarithm to base 10. */
export const log10 = ofFloats('log10')

/** The natural logarithm of 1 + x: precise for small x. */
export const log1p = ofFloats('log1p')

/** The sine of an angle in radians. */
export const sin = ofFloats('sin')

/** The cosine of an angle in radians. */
export const cos = ofFloats('cos')

/** The tangent of an angle in radians. */
export const tan = ofFloats('tan')

/** The angle, in radians, of a sine. */
export const arcsin = ofFloats('arcsin')

/** The angle, in radians, of a cosine. */
export const arccos = ofFloats('arccos')

/** The angle, in radians, of a tangent. */
export const arctan = ofFloats('arctan')

/** The hyperbolic sine. */
export const sinh = ofFloats('sinh')

/** The hyperbolic cosine. */
export const cosh = ofFloats('cosh')

/** The hyperbolic tangent. */
export const tanh = ofFloats('tanh')

/** The inverse hyperbolic sine. */
export const arcsinh = ofFloats('arcsinh')

/** The inverse hyperbolic cosine. */
export const arccosh = ofFloats('arccosh')

/** The inverse hyperbolic tangent. */
export const arctanh = ofFloats('arctanh')

/** The nearest whole number; of two as near the even one. */
export const rint = ofFloats('rint')

/** 0 less x. */
export const negative = ofSame('negative')

/** −1, 0 or 1. */
export const sign = ofSame('sign')

/** x times x. */
export const square = ofSame('square')

/** The greatest whole number that is not greater. */
export const floor = ofSame('floor')

/** The least whole number that is not less. */
export const ceil = ofSame('ceil')

/** The whole number next to it towards 0. */
export const trunc = ofSame('trunc')

/** The numbers themselves. */
export function positive<const X extends ArrayInput>(x: X): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('positive', x)
  if (e.dtype === 'bool') throw new DTypeError('positive of bool is not defined')
  return new ChunkedArray(e)
}

/**
 * The type of what is computed of arrays, types and numbers together.
 *
 * @example
 * da.resultType(x, 'float32', 3) // 'float64' when x is of int64
 */
export function resultType(...operands: readonly (ArrayInput | DType)[]): DType {
  const types = operands.map((o) => (typeof o === 'string' ? dtypeOf(o) : operandOf('resultType', o)))
  return typeOfResult(...types.map((t) => (typeof t === 'object' ? t.dtype : t)))
}

/** The complex conjugate. */
export const conjugate = ofSame('conjugate')

/** The contrary: of bools logically, of whole numbers bit by bit. */
export const invert = ofSame('invert')

/** 1 / x. Of integers it is one too: 1, −1 or 0; of 0, which has none, what NumPy gives: 0, or the least number of int32 and int64. */
export const reciprocal = ofSame('reciprocal')

/** The absolute value; of complex numbers their distance from 0. */
export const absolute = ofPart('absolute')

/** The real part. */
export const real = ofPart('real')

/** The imaginary part. */
export const imag = ofPart('imag')

/** Whether it is NaN. */
export const isnan = test('isnan')

/** Whether it is infinite. */
export const isinf = test('isinf')

/** Whether it is neither infinite nor NaN. */
export const isfinite = test('isfinite')

/** Whether the sign is negative, also that of −0. */
export const signbit = test('signbit')

/** Whether it is 0 or false. */
export const logicalNot = test('logicalNot')

/** The sum of each two elements. */
export const add = binary('add')

/** The difference of each two elements. */
export const subtract = binary('subtract')

/** The product of each two elements. */
export const multiply = binary('multiply')

/** The greatest whole number that is not greater than the quotient. */
export const floorDivide = binary('floorDivide')

/** What is left of a division, with the sign of the divisor. */
export const remainder = binary('remainder')

/** What is left of a division, with the sign of the dividend. */
export const fmod = binary('fmod')

/** The first to the power of the second. Whole numbers have no negative powers: convert them to floats. */
export const power = binary('power')

/** The quotient: of whole numbers in float64. */
export const divide = binary('divide')

/** The angle, in radians, of a point with these coordinates, y first. */
export const arctan2 = binary('arctan2')

/** The length of the hypotenuse. */
export const hypot = binary('hypot')

/** The first with the sign of the second. */
export const copysign = binary('copysign')

/** The greater of each two elements; NaN where one is. */
export const maximum = binary('maximum')

/** The smaller of each two elements; NaN where one is. */
export const minimum = binary('minimum')

/** The greater of each two elements; where one is NaN the other. */
export const fmax = binary('fmax')

/** The smaller of each two elements; where one is NaN the other. */
export const fmin = binary('fmin')

/** Both: of bools logically, of whole numbers bit by bit. */
export const bitwiseAnd = binary('bitwiseAnd')

/** Either or both: of bools logically, of whole numbers bit by bit. */
export const bitwiseOr = binary('bitwiseOr')

/** Either but not both: of bools logically, of whole numbers bit by bit. */
export const bitwiseXor = binary('bitwiseXor')

/** The bits of the first moved to the left, by so many places. */
export const leftShift = binary('leftShift')

/** The bits of the first moved to the right, by so many places; the sign stays. */
export const rightShift = binary('rightShift')

/** Whether both are the same number. */
export const equal = compare('equal')

/** Whether they are different numbers. */
export const notEqual = compare('notEqual')

/** Whether the first is less. */
export const less = compare('less')

/** Whether the first is less or the same. */
export const lessEqual = compare('lessEqual')

/** Whether the first is greater. */
export const greater = compare('greater')

/** Whether the first is greater or the same. */
export const greaterEqual = compare('greaterEqual')

/** Whether neither is 0 or false. */
export const logicalAnd = compare('logicalAnd')

/** Whether one of them is not 0 or false. */
export const logicalOr = compare('logicalOr')

/** Whether just one of them is not 0 or false. */
export const logicalXor = compare('logicalXor')

/** The angle of complex numbers in the plane, in radians: of negative real numbers π. */
export const angle = (x: ArrayInput): ChunkedArray => apply('angle', x)

export { absolute as abs, conjugate as conj, divide as trueDivide, invert as bitwiseNot, remainder as mod }
