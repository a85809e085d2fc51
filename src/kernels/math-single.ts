import { floatVector } from './float-operations.js'
import type { FunctionWriter, Local } from './function-writer.js'
import { integerVector } from './integer-operations.js'
import type { Guarded } from './math-exp.js'
import { f32x4, i32x4 } from './simd-opcodes.js'

/** Added to a small number it leaves that rounded to a whole one, in the low bits. */
const ROUNDING = 12582912

/** eˣ of four float32, within two steps of what is nearest: Cephes' expf (Moshier 1992), without its branches. */
export function expOfSingles(f: FunctionWriter, x: Local): Guarded {
  const of = (value: number): Local => f.constant(floatVector('float32', value))
  const add = (a: Local, b: Local): Local => f.simd(f32x4.add, [a, b])
  const sub = (a: Local, b: Local): Local => f.simd(f32x4.sub, [a, b])
  const mul = (a: Local, b: Local): Local => f.simd(f32x4.mul, [a, b])
  const bits = add(mul(x, of(Math.LOG2E)), of(ROUNDING))
  const whole = sub(bits, of(ROUNDING))
  // ln 2 in two parts, of which the first has so few bits that multiples of it are exact.
  const r = sub(sub(x, mul(whole, of(0.693359375))), mul(whole, of(-2.1219444e-4)))
  const coefficients = [5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4]
  const p = coefficients.map(of).reduceRight((sum, c) => add(mul(sum, r), c))
  const value = add(add(mul(p, mul(r, r)), r), of(1))
  const exponent = f.simd(i32x4.add, [bits, f.constant(integerVector('int32', 127n))])
  const power = f.simd(i32x4.shl, [exponent, f.i32(23)])
  return { value: mul(value, power), valid: f.simd(f32x4.lt, [f.simd(f32x4.abs, [x]), of(87)]) }
}
