import { type RealDType, integerRange, kindOf, widthOf } from './dtype.js'
import { type FunctionWriter, type Local, op } from './function-writer.js'
import { int64AsLane, laneAsInt64, lanewise, shuffle } from './lanes.js'
import type { Operation } from './operation.js'
import { i16x8, i32x4, i64x2, i8x16, v128 } from './simd-opcodes.js'
import type { Signature } from './wasm-bytes.js'

const sets = { 1: i8x16, 2: i16x8, 4: i32x4, 8: i64x2 } as const
const twoInt64: Signature = { params: ['i64', 'i64'], results: ['i64'] }

/** An operation on vectors of integers; comparisons give masks. `lanes` of them count. */
export function integerOperation(
  f: FunctionWriter,
  operation: Operation,
  dtype: RealDType,
  lanes: number,
  args: readonly Local[],
): Local {
  const set = sets[widthOf(dtype)]
  const signed = kindOf(dtype) === 'int'
  const zero = (): Local => f.constant(new Uint8Array(16))
  const [a, b] = args as [Local, Local]
  switch (operation) {
    case 'negative':
      return f.simd(set.neg, [a])
    case 'absolute':
      return signed ? f.simd(set.abs, [a]) : a
    case 'sign':
      if (!signed) return f.simd(set.neg, [not(f, f.simd(set.eq, [a, zero()]))])
      return f.simd(set.sub, [f.simd(set.gt_s, [zero(), a]), f.simd(set.gt_s, [a, zero()])])
    case 'square':
      return multiply(f, dtype, a, a)
    case 'reciprocal':
      return reciprocal(f, dtype, a)
    case 'invert':
      return not(f, a)
    case 'add':
      return f.simd(set.add, [a, b])
    case 'subtract':
      return f.simd(set.sub, [a, b])
    case 'multiply':
      return multiply(f, dtype, a, b)
    case 'bitwiseAnd':
      return f.simd(v128.and, [a, b])
    case 'bitwiseOr':
      return f.simd(v128.or, [a, b])
    case 'bitwiseXor':
      return f.simd(v128.xor, [a, b])
    case 'equal':
      return f.simd(set.eq, [a, b])
    case 'notEqual':
      return f.simd(set.ne, [a, b])
    case 'less':
    case 'greaterEqual':
    case 'greater':
    case 'lessEqual':
      return compare(f, operation, dtype, a, b)
    case 'maximum':
    case 'fmax':
      return extreme(f, 'max', dtype, a, b)
    case 'minimum':
    case 'fmin':
      return extreme(f, 'min', dtype, a, b)
    case 'leftShift':
    case 'rightShift':
      return lanewise(f, dtype, lanes, args, (x, by) => shift(f, operation, dtype, x, by))
    default:
      return lanewise(f, dtype, lanes, args, (x, y) => {
        const result = f.call('i64', wholeHelper(f, operation, signed), laneAsInt64(f, dtype, x), laneAsInt64(f, dtype, y))
        return int64AsLane(f, dtype, result)
      })
  }
}

const not = (f: FunctionWriter, a: Local): Local => f.simd(v128.not, [a])

/** 1 and −1 are their own, of all others but 0 it is 0; of 0 the least number where the type has 32 bits and a sign, as in NumPy. */
function reciprocal(f: FunctionWriter, dtype: RealDType, a: Local): Local {
  const { eq } = sets[widthOf(dtype)]
  const equals = (value: bigint): Local => f.simd(eq, [a, f.constant(integerVector(dtype, value))])
  if (kindOf(dtype) === 'uint') return f.simd(v128.and, [a, equals(1n)])
  const ones = f.simd(v128.and, [a, f.simd(v128.or, [equals(1n), equals(-1n)])])
  if (widthOf(dtype) < 4) return ones
  return f.simd(v128.or, [ones, f.simd(v128.and, [equals(0n), f.constant(integerVector(dtype, integerRange(dtype)[0]))])])
}

function multiply(f: FunctionWriter, dtype: RealDType, a: Local, b: Local): Local {
  const width = widthOf(dtype)
  if (width > 1) return f.simd({ 2: i16x8.mul, 4: i32x4.mul, 8: i64x2.mul }[width as 2 | 4 | 8], [a, b])
  // The low byte of a product does not depend on the signs.
  const low = f.simd(i16x8.extmul_low_u, [a, b])
  const high = f.simd(i16x8.extmul_high_u, [a, b])
  return shuffle(f, low, high, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30])
}

function compare(
  f: FunctionWriter,
  operation: 'less' | 'lessEqual' | 'greater' | 'greaterEqual',
  dtype: RealDType,
  a: Local,
  b: Local,
): Local {
  const name = ({ less: 'lt', lessEqual: 'le', greater: 'gt', greaterEqual: 'ge' } as const)[operation]
  if (widthOf(dtype) === 8) {
    // There are no unsigned comparisons of this width: with the highest bit inverted the signed ones do.
    if (kindOf(dtype) === 'uint') [a, b] = [a, b].map((x) => f.simd(v128.xor, [x, f.i64x2(1n << 63n)])) as [Local, Local]
    return f.simd(i64x2[`${name}_s`], [a, b])
  }
  return f.simd(sets[widthOf(dtype) as 1 | 2 | 4][`${name}_${kindOf(dtype) === 'int' ? 's' : 'u'}`], [a, b])
}

function extreme(f: FunctionWriter, which: 'min' | 'max', dtype: RealDType, a: Local, b: Local): Local {
  const width = widthOf(dtype)
  if (width === 8) return f.simd(v128.bitselect, [a, b, compare(f, which === 'min' ? 'less' : 'greater', dtype, a, b)])
  return f.simd(sets[width][`${which}_${kindOf(dtype) === 'int' ? 's' : 'u'}`], [a, b])
}

/** Beyond the bits of the type nothing is left, or copies of the sign. A negative count is beyond. */
function shift(f: FunctionWriter, operation: 'leftShift' | 'rightShift', dtype: RealDType, x: Local, by: Local): Local {
  const value = laneAsInt64(f, dtype, x)
  const count = laneAsInt64(f, dtype, by)
  const beyond = f.scalar('i32', op.i64.ge_u, count, f.i64(BigInt(widthOf(dtype) * 8)))
  const signed = operation === 'rightShift' && kindOf(dtype) === 'int'
  const code = operation === 'leftShift' ? op.i64.shl : signed ? op.i64.shr_s : op.i64.shr_u
  const least = signed ? f.scalar('i64', op.i64.shr_s, value, f.i64(63n)) : f.i64(0n)
  return int64AsLane(f, dtype, f.select('i64', beyond, least, f.scalar('i64', code, value, count)))
}

/** The number of the function that does this to two 64-bit integers. */
function wholeHelper(f: FunctionWriter, operation: Operation, signed: boolean): number {
  return f.module.helper(`${operation}_${signed ? 's' : 'u'}`, twoInt64, (g) => {
    const [a, b] = [g.param(0), g.param(1)]
    if (operation === 'power') writePower(g, a, b, signed)
    else writeDivision(g, operation, a, b, signed)
  })
}

/** Division by zero gives 0; dividing the least number by −1, which would trap, is negation. */
function writeDivision(f: FunctionWriter, operation: Operation, a: Local, b: Local, signed: boolean): void {
  f.if(f.scalar('i32', op.i64.eqz, b), () => f.return(f.i64(0n)))
  if (!signed) return f.return(f.scalar('i64', operation === 'floorDivide' ? op.i64.div_u : op.i64.rem_u, a, b))
  f.if(f.scalar('i32', op.i64.eq, b, f.i64(-1n)), () =>
    f.return(operation === 'floorDivide' ? f.scalar('i64', op.i64.sub, f.i64(0n), a) : f.i64(0n)),
  )
  const rest = f.scalar('i64', op.i64.rem_s, a, b)
  if (operation === 'fmod') return f.return(rest)
  const opposite = f.scalar('i32', op.i64.lt_s, f.scalar('i64', op.i64.xor, rest, b), f.i64(0n))
  const adjust = f.scalar('i32', op.i32.and, opposite, f.scalar('i32', op.i64.ne, rest, f.i64(0n)))
  if (operation === 'remainder') return f.return(f.scalar('i64', op.i64.add, rest, f.select('i64', adjust, b, f.i64(0n))))
  const quotient = f.scalar('i64', op.i64.div_s, a, b)
  f.return(f.scalar('i64', op.i64.sub, quotient, f.scalar('i64', op.i64.extend_i32_u, adjust)))
}

/** By squaring. With a negative exponent what is not a whole number is 0. */
function writePower(f: FunctionWriter, base: Local, exponent: Local, signed: boolean): void {
  if (signed) {
    f.if(f.scalar('i32', op.i64.lt_s, exponent, f.i64(0n)), () => {
      f.if(f.scalar('i32', op.i64.eq, base, f.i64(1n)), () => f.return(base))
      f.if(f.scalar('i32', op.i64.ne, base, f.i64(-1n)), () => f.return(f.i64(0n)))
      const odd = f.scalar('i64', op.i64.and, exponent, f.i64(1n))
      f.return(f.select('i64', f.scalar('i32', op.i64.eqz, odd), f.i64(1n), base))
    })
  }
  const result = f.copy('i64', f.i64(1n))
  const square = f.copy('i64', base)
  const left = f.copy('i64', exponent)
  f.while(
    () => f.scalar('i32', op.i64.ne, left, f.i64(0n)),
    () => {
      const odd = f.scalar('i32', op.i32.wrap, f.scalar('i64', op.i64.and, left, f.i64(1n)))
      f.assign(result, f.select('i64', odd, f.scalar('i64', op.i64.mul, result, square), result))
      f.assign(square, f.scalar('i64', op.i64.mul, square, square))
      f.assign(left, f.scalar('i64', op.i64.shr_u, left, f.i64(1n)))
    },
  )
  f.return(result)
}

/** The bytes of a vector with this integer in every lane. */
export function integerVector(dtype: RealDType, value: bigint): Uint8Array {
  const bytes = new Uint8Array(16)
  const width = widthOf(dtype)
  for (let i = 0; i < 16; i++) bytes[i] = Number((BigInt.asUintN(64, value) >> BigInt((i % width) * 8)) & 0xffn)
  return bytes
}

/** The greatest or the least number of the type: where a minimum or a maximum begins. */
export const lastInteger = (dtype: RealDType, which: 'min' | 'max'): bigint => integerRange(dtype)[which === 'min' ? 1 : 0]
