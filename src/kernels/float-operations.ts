import { type RealDType, widthOf } from './dtype.js'
import type { FunctionWriter, Local } from './function-writer.js'
import type { Operation } from './operation.js'
import { f32x4, f64x2, i32x4, i64x2, v128 } from './simd-opcodes.js'

/** The bytes of a vector with this number in every lane. */
export function floatVector(dtype: RealDType, value: number): Uint8Array {
  return new Uint8Array(
    dtype === 'float64' ? Float64Array.of(value, value).buffer : Float32Array.of(value, value, value, value).buffer,
  )
}

/** An operation on vectors of floats that is a few instructions; comparisons give masks. */
export function floatOperation(f: FunctionWriter, operation: Operation, dtype: RealDType, args: readonly Local[]): Local {
  const set = dtype === 'float64' ? f64x2 : f32x4
  const of = (value: number): Local => f.constant(floatVector(dtype, value))
  const sign = of(-0)
  const [a, b] = args as [Local, Local]
  const isNaN = (x: Local): Local => f.simd(set.ne, [x, x])
  const choose = (mask: Local, x: Local, y: Local): Local => f.simd(v128.bitselect, [x, y, mask])
  switch (operation) {
    case 'negative':
      return f.simd(set.neg, [a])
    case 'absolute':
      return f.simd(set.abs, [a])
    case 'sign': {
      const one = f.simd(v128.and, [f.simd(set.gt, [a, of(0)]), of(1)])
      const minus = f.simd(v128.and, [f.simd(set.lt, [a, of(0)]), of(-1)])
      return choose(isNaN(a), a, f.simd(v128.or, [one, minus]))
    }
    case 'square':
      return f.simd(set.mul, [a, a])
    case 'reciprocal':
      return f.simd(set.div, [of(1), a])
    case 'sqrt':
      return f.simd(set.sqrt, [a])
    case 'floor':
      return f.simd(set.floor, [a])
    case 'ceil':
      return f.simd(set.ceil, [a])
    case 'trunc':
      return f.simd(set.trunc, [a])
    case 'rint':
      return f.simd(set.nearest, [a])
    case 'isnan':
      return isNaN(a)
    case 'isinf':
      return f.simd(set.eq, [f.simd(set.abs, [a]), of(Infinity)])
    case 'isfinite':
      return f.simd(set.lt, [f.simd(set.abs, [a]), of(Infinity)])
    case 'signbit':
      return f.simd(widthOf(dtype) === 8 ? i64x2.lt_s : i32x4.lt_s, [a, of(0)])
    case 'add':
      return f.simd(set.add, [a, b])
    case 'subtract':
      return f.simd(set.sub, [a, b])
    case 'multiply':
      return f.simd(set.mul, [a, b])
    case 'divide':
      return f.simd(set.div, [a, b])
    case 'copysign':
      return choose(sign, b, a)
    case 'maximum':
      return f.simd(set.max, [a, b])
    case 'minimum':
      return f.simd(set.min, [a, b])
    case 'fmax':
      return choose(isNaN(a), b, choose(isNaN(b), a, f.simd(set.max, [a, b])))
    case 'fmin':
      return choose(isNaN(a), b, choose(isNaN(b), a, f.simd(set.min, [a, b])))
    case 'equal':
      return f.simd(set.eq, [a, b])
    case 'notEqual':
      return f.simd(set.ne, [a, b])
    case 'less':
      return f.simd(set.lt, [a, b])
    case 'lessEqual':
      return f.simd(set.le, [a, b])
    case 'greater':
      return f.simd(set.gt, [a, b])
    default:
      return f.simd(set.ge, [a, b])
  }
}
