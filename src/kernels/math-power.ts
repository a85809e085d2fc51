import type { Float64Writer, Local } from './function-writer.js'
import { type Guarded, ROUNDING, expOfPair, expOfSmall, scaledByPowerOfTwo } from './math-exp.js'
import { f64x2, i64x2 } from './simd-opcodes.js'

/** A number as the sum of two float64, the second small beside the first. */
type Pair = readonly [high: Local, low: Local]

/** a + b, exactly (Knuth). */
function twoSum(m: Float64Writer, a: Local, b: Local): Pair {
  const sum = m.add(a, b)
  const ofB = m.sub(sum, a)
  return [sum, m.add(m.sub(a, m.sub(sum, ofB)), m.sub(b, ofB))]
}

/** The upper 26 bits and the others (Dekker). */
function halves(m: Float64Writer, a: Local): Pair {
  const high = m.and(a, m.bits(-(2n ** 27n)))
  return [high, m.sub(a, high)]
}

/** a · b, exactly but for underflow (Dekker). */
function twoProduct(m: Float64Writer, a: Local, b: Local): Pair {
  const product = m.mul(a, b)
  const [[ah, al], [bh, bl]] = [halves(m, a), halves(m, b)]
  const crossed = m.add(m.sub(m.mul(ah, bh), product), m.mul(ah, bl))
  return [product, m.add(m.add(crossed, m.mul(al, bh)), m.mul(al, bl))]
}

/** A polynomial by Estrin's scheme: more instructions than Horner's, which wait for each other less. */
function balanced(m: Float64Writer, x: Local, coefficients: readonly number[]): Local {
  let terms = coefficients.map((c) => m.of(c))
  for (let power = x; terms.length > 1; power = m.mul(power, power)) {
    terms = terms.flatMap((t, i) => (i % 2 === 1 ? [] : i + 1 < terms.length ? [m.add(t, m.mul(terms[i + 1]!, power))] : [t]))
  }
  return terms[0]!
}

/** Where the bits of √3 / 2 begin, and √(3/2), as fdlibm cuts them. */
const HALF_SQRT_3 = 0x3febb67a00000000n
const SQRT_3_HALVES = 0x3ff3988f00000000n
const ONE = 0x3ff0000000000000n

/** The upper 21 bits of the significand: products of two such numbers are exact. */
const upper = (m: Float64Writer, x: Local): Local => m.and(x, m.bits(0xffffffff00000000n))

/**
 * The logarithm of positive normal numbers to the base 2, to some 65 bits; the first part has 21. As in fdlibm's e_pow.c
 * (Sun Microsystems 2004): 2 artanh(s), s = (x − c) / (x + c), of which the first terms are computed in two parts.
 */
function log2Pair(m: Float64Writer, size: Local): Pair {
  const { f } = m
  const moved = f.simd(i64x2.add, [size, m.bits(ONE - HALF_SQRT_3)])
  // The exponent as the low bits of a float64 of 2⁵² and more.
  const shifted = m.or(f.simd(i64x2.shr_u, [moved, f.i32(52)]), m.bits(0x4330000000000000n))
  const exponent = m.sub(shifted, m.of(2 ** 52 + 1023))
  const x = f.simd(i64x2.add, [m.and(moved, m.bits(0xfffffffffffffn)), m.bits(HALF_SQRT_3)])
  const far = f.simd(f64x2.ge, [x, m.bits(SQRT_3_HALVES)])
  // Numbers near 1 are compared with 1, those near 3/2 with that, whose logarithm is added.
  const centre = m.choose(far, m.of(1.5), m.of(1))
  const logHigh = m.and(far, m.of(5.84962487220764160156e-1))
  const logLow = m.and(far, m.of(1.35003920212974897128e-8))

  const distance = m.sub(x, centre)
  const total = m.add(x, centre)
  const inverse = m.div(m.of(1), total)
  const s = m.div(distance, total)
  const sHigh = upper(m, s)
  const totalHigh = upper(m, total)
  const totalLow = m.sub(x, m.sub(totalHigh, centre))
  const sLow = m.mul(inverse, m.sub(m.sub(distance, m.mul(sHigh, totalHigh)), m.mul(sHigh, totalLow)))

  // 3/2 of the series without its first two terms
  const square = m.mul(s, s)
  const series = balanced(
    m,
    square,
    [
      5.99999999999994648725e-1, 4.28571428578550184252e-1, 3.33333329818377432918e-1, 2.72728123808534006489e-1,
      2.30660745775561754067e-1, 2.06975017800338417784e-1,
    ],
  )
  const rest = m.add(m.mul(m.mul(square, square), series), m.mul(sLow, m.add(sHigh, s)))
  const squareHigh = m.mul(sHigh, sHigh)
  const factorHigh = upper(m, m.add(m.add(m.of(3), squareHigh), rest))
  const factorLow = m.sub(rest, m.sub(m.sub(factorHigh, m.of(3)), squareHigh))
  const product = m.mul(sHigh, factorHigh)
  const productLow = m.add(m.mul(sLow, factorHigh), m.mul(factorLow, s))
  const high = upper(m, m.add(product, productLow))
  const low = m.sub(productLow, m.sub(high, product))

  // 2 / (3 ln 2), in two parts
  const scaled = m.mul(m.of(9.61796700954437255859e-1), high)
  const scaledLow = m.add(
    m.add(m.mul(m.of(-7.02846165095275826516e-9), high), m.mul(low, m.of(9.61796693925975554329e-1))),
    logLow,
  )
  const log = upper(m, m.add(m.add(m.add(scaled, scaledLow), logHigh), exponent))
  return [log, m.sub(scaledLow, m.sub(m.sub(m.sub(log, exponent), logHigh), scaled))]
}

/** 2 to the power of high + low, |low| < 1; subnormal and infinite where that is. */
function exp2OfPair(m: Float64Writer, high: Local, low: Local): Local {
  const bits = m.add(m.add(high, low), m.of(ROUNDING))
  const whole = m.sub(bits, m.of(ROUNDING))
  const rest = m.sub(high, whole)
  const t = upper(m, m.add(low, rest))
  const u = m.mul(t, m.of(6.93147182464599609375e-1))
  const v = m.add(m.mul(m.sub(low, m.sub(t, rest)), m.of(6.93147180559945286227e-1)), m.mul(t, m.of(-1.90465429995776804525e-9)))
  const x = m.add(u, v)
  const lost = m.sub(v, m.sub(x, u))
  return scaledByPowerOfTwo(m, expOfSmall(m, x, m.neg(lost)), whole)
}

/** xʸ, for finite x ≠ 0 (negative ones: whole y) and finite y. */
export function power(m: Float64Writer, x: Local, y: Local): Guarded {
  const { f } = m
  const size = m.abs(x)
  const [log, logLow] = log2Pair(m, size)
  const yHigh = upper(m, y)
  const clamped = (value: Local, most: number): Local =>
    f.simd(f64x2.pmax, [f.simd(f64x2.pmin, [value, m.of(most)]), m.of(-most)])
  // What is beyond ±1100 overflows or underflows, whatever it is.
  const high = clamped(m.mul(yHigh, log), 1500)
  const low = clamped(m.add(m.mul(m.sub(y, yHigh), log), m.mul(y, logLow)), 1)
  const value = exp2OfPair(m, high, low)

  const whole = m.eq(y, m.f.simd(f64x2.trunc, [y]))
  const half = m.mul(y, m.of(0.5))
  const odd = f.simd(f64x2.ne, [half, f.simd(f64x2.trunc, [half])])
  const negative = m.and(x, m.of(-0))
  const sign = m.and(negative, m.and(whole, odd))
  const normal = m.and(m.lt(size, m.of(Infinity)), f.simd(f64x2.ge, [size, m.of(2.2250738585072014e-308)]))
  const finite = m.and(normal, m.lt(m.abs(y), m.of(Infinity)))
  const defined = m.and(finite, m.or(whole, m.f.simd(f64x2.gt, [x, m.of(0)])))
  return { value: m.or(value, sign), valid: defined }
}

/** 2ˣ: through xʸ, whose logarithm of 2 is exact enough. */
export function exp2(m: Float64Writer, x: Local): Guarded {
  const ln2: Pair = [m.of(0.6931471805599453), m.of(2.3190468138462996e-17)]
  const [product, low] = twoProduct(m, x, ln2[0])
  const value = expOfPair(m, product, m.add(low, m.mul(x, ln2[1])))
  return { value, valid: m.lt(m.abs(x), m.of(2 ** 20)) }
}

/** √(x² + y²), where neither square overflows or underflows. */
export function hypot(m: Float64Writer, x: Local, y: Local): Guarded {
  const [xx, xLow] = twoProduct(m, x, x)
  const [yy, yLow] = twoProduct(m, y, y)
  const [sum, lost] = twoSum(m, xx, yy)
  const value = m.sqrt(m.add(sum, m.add(lost, m.add(xLow, yLow))))
  const fits = (v: Local): Local => m.and(m.lt(m.of(2 ** -400), m.abs(v)), m.lt(m.abs(v), m.of(2 ** 400)))
  return { value, valid: m.and(fits(x), fits(y)) }
}
