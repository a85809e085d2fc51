import { Float64Writer, type FunctionWriter, type Local } from './function-writer.js'
import { f64x2, i64x2 } from './simd-opcodes.js'

/** What was computed for two lanes at once, and a mask of the lanes it is right for. */
export interface Guarded {
  readonly value: Local
  readonly valid: Local
}

/** Added to a small number it leaves that rounded to a whole one, in the low bits. */
export const ROUNDING = 6755399441055744

const INVERSE_LN2 = 1.442695040888963387
// ln 2 in two parts; the first has 20 bits less than it could, so that small multiples of it are exact.
export const LN2_HIGH = 6.9314718036912381649e-1
export const LN2_LOW = 1.90821492927058770002e-10

/** Lanes with |x| below a bound. */
export const within = (m: Float64Writer, x: Local, bound: number): Local => m.lt(m.abs(x), m.of(bound))

interface Reduced {
  /** whole, as bits: only the low ones count */
  readonly bits: Local
  readonly whole: Local
  /** x = whole · ln 2 + high − low */
  readonly high: Local
  readonly low: Local
}

function reduce(m: Float64Writer, x: Local): Reduced {
  const bits = m.add(m.mul(x, m.of(INVERSE_LN2)), m.of(ROUNDING))
  const whole = m.sub(bits, m.of(ROUNDING))
  return { bits, whole, high: m.sub(x, m.mul(whole, m.of(LN2_HIGH))), low: m.mul(whole, m.of(LN2_LOW)) }
}

/** 2ⁿ for the whole numbers n whose bits these are, for −1022 ≤ n ≤ 1023. */
export function powerOfTwo(f: FunctionWriter, bits: Local): Local {
  return f.simd(i64x2.shl, [f.simd(i64x2.add, [bits, f.i64x2(1023n)]), f.i32(52)])
}

/** e to the power of high − low, for |high| ≤ ln 2 / 2: fdlibm's rational approximation (Sun Microsystems 1993). */
export function expOfSmall(m: Float64Writer, high: Local, low: Local): Local {
  const x = m.sub(high, low)
  const t = m.mul(x, x)
  const p = [
    1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
    4.13813679705723846039e-8,
  ]
  const c = m.sub(x, m.mul(t, m.polynomial(t, p)))
  const quotient = m.div(m.mul(x, c), m.sub(m.of(2), c))
  return m.sub(m.of(1), m.sub(m.sub(low, quotient), high))
}

export function exp(m: Float64Writer, x: Local): Guarded {
  const { bits, high, low } = reduce(m, x)
  return { value: m.mul(expOfSmall(m, high, low), powerOfTwo(m.f, bits)), valid: within(m, x, 708) }
}

/** e to the power of high + low, correct as it becomes subnormal too. Both are finite, |low| is small. */
export function expOfPair(m: Float64Writer, high: Local, low: Local): Local {
  const bounded = m.f.simd(f64x2.pmax, [m.f.simd(f64x2.pmin, [high, m.of(1000)]), m.of(-1000)])
  const { whole, high: h, low: l } = reduce(m, bounded)
  const y = expOfSmall(m, h, m.sub(l, low))
  return scaledByPowerOfTwo(m, y, whole)
}

/** y · 2ⁿ, rounded once. */
export function scaledByPowerOfTwo(m: Float64Writer, y: Local, n: Local): Local {
  // In two steps, since 2ⁿ may be none that a float64 can be.
  const half = m.nearest(m.mul(n, m.of(0.5)))
  const power = (whole: Local): Local => powerOfTwo(m.f, m.add(whole, m.of(ROUNDING)))
  return m.mul(m.mul(y, power(half)), power(m.sub(n, half)))
}

/** eˣ − 1, for |x| < 709; fdlibm's approximation, put together without its branches. */
export function expm1Within(m: Float64Writer, x: Local): Local {
  const { bits, high, low } = reduce(m, x)
  const r = m.sub(high, low)
  const c = m.sub(m.sub(high, r), low)
  const half = m.mul(m.of(0.5), r)
  const square = m.mul(r, half)
  const q = [
    1, -3.33333333333331316428e-2, 1.58730158725481460165e-3, -7.93650757867487942473e-5, 4.00821782732936239552e-6,
    -2.01099218183624371326e-7,
  ]
  const r1 = m.polynomial(square, q)
  const t = m.sub(m.of(3), m.mul(r1, half))
  const fraction = m.mul(square, m.div(m.sub(r1, t), m.sub(m.of(6), m.mul(r, t))))
  // e^r − 1 = r − e
  const e = m.sub(m.sub(m.mul(r, m.sub(fraction, c)), c), square)
  const scale = powerOfTwo(m.f, bits)
  const [a, b] = [m.sub(scale, m.of(1)), m.mul(scale, r)]
  const sum = m.add(a, b)
  const ofB = m.sub(sum, a)
  const lost = m.add(m.sub(a, m.sub(sum, ofB)), m.sub(b, ofB))
  const value = m.add(sum, m.sub(lost, m.mul(scale, e)))
  return m.choose(within(m, x, 2 ** -54), x, value)
}

export const expm1 = (m: Float64Writer, x: Local): Guarded => ({ value: expm1Within(m, x), valid: within(m, x, 708) })

export function tanh(m: Float64Writer, x: Local): Guarded {
  const size = m.abs(x)
  const large = m.lt(m.of(1), size)
  const twice = m.f.simd(f64x2.pmin, [m.add(size, size), m.of(44)])
  const t = expm1Within(m, m.choose(large, twice, m.neg(twice)))
  const fraction = m.div(m.choose(large, m.of(2), m.neg(t)), m.add(t, m.of(2)))
  const value = m.choose(large, m.sub(m.of(1), fraction), fraction)
  return { value: m.choose(m.of(-0), x, value), valid: m.eq(x, x) }
}

export function sinh(m: Float64Writer, x: Local): Guarded {
  const size = m.abs(x)
  const t = expm1Within(m, size)
  const ratio = m.div(t, m.add(t, m.of(1)))
  const small = m.sub(m.add(t, t), m.mul(t, ratio))
  const sum = m.choose(m.lt(size, m.of(1)), small, m.add(t, ratio))
  return { value: m.choose(m.of(-0), x, m.mul(m.of(0.5), sum)), valid: within(m, x, 708) }
}

export function cosh(m: Float64Writer, x: Local): Guarded {
  const { value } = exp(m, m.abs(x))
  return { value: m.add(m.mul(m.of(0.5), value), m.div(m.of(0.5), value)), valid: within(m, x, 708) }
}
