import type { Float64Writer, Local } from './function-writer.js'
import { type Guarded, LN2_HIGH, LN2_LOW, expOfPair } from './math-exp.js'
import { split } from './math-log.js'
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

function multiply(m: Float64Writer, [a, aLow]: Pair, [b, bLow]: Pair): Pair {
  const [high, low] = twoProduct(m, a, b)
  return twoSum(m, high, m.add(low, m.add(m.mul(a, bLow), m.mul(aLow, b))))
}

/** A polynomial by Estrin's scheme: more instructions than Horner's, which wait for each other less. */
function balanced(m: Float64Writer, x: Local, coefficients: readonly number[]): Local {
  let terms = coefficients.map((c) => m.of(c))
  for (let power = x; terms.length > 1; power = m.mul(power, power)) {
    terms = terms.flatMap((t, i) => (i % 2 === 1 ? [] : i + 1 < terms.length ? [m.add(t, m.mul(terms[i + 1]!, power))] : [t]))
  }
  return terms[0]!
}

/** 2/3 in two parts. */
const TWO_THIRDS = [2 / 3, 3.700743415417188e-17] as const

/** The natural logarithm of x / 2^shift, to some 65 bits, for positive normal x: 2·artanh(s), s = f/(2 + f), as a series. */
function logPair(m: Float64Writer, x: Local, shift: Local): Pair {
  const { power: exponent, f } = split(m, x)
  const power = m.sub(exponent, shift)
  const [divisor, divisorLow] = twoSum(m, m.of(2), f)
  const s = m.div(f, divisor)
  const [p, pLow] = twoProduct(m, s, divisor)
  const sLow = m.div(m.sub(m.sub(m.sub(f, p), pLow), m.mul(s, divisorLow)), divisor)
  const pair: Pair = [s, sLow]
  const z = multiply(m, pair, pair)
  // 2/5 + 2/7 z + …: so small beside 2/3 that a float64 is precise enough.
  const terms = Array.from({ length: 10 }, (_, i) => 2 / (2 * i + 5))
  const square = m.mul(s, s)
  const tail = m.mul(square, balanced(m, square, terms))
  const [thirds, thirdsLow] = twoSum(m, m.of(TWO_THIRDS[0]), tail)
  const series = multiply(m, z, [thirds, m.add(thirdsLow, m.of(TWO_THIRDS[1]))])
  const [two, twoLow] = twoSum(m, m.of(2), series[0])
  const [log, logLow] = multiply(m, pair, [two, m.add(twoLow, series[1])])
  const [sum, lost] = twoSum(m, m.mul(power, m.of(LN2_HIGH)), log)
  return twoSum(m, sum, m.add(lost, m.add(logLow, m.mul(power, m.of(LN2_LOW)))))
}

/** xʸ, for finite x ≠ 0 (negative ones: whole y) and finite y. */
export function power(m: Float64Writer, x: Local, y: Local): Guarded {
  const { f } = m
  const size = m.abs(x)
  // Subnormal numbers have no exponent to split off: 54 bits up, they have.
  const subnormal = m.lt(size, m.of(2.2250738585072014e-308))
  const [high, low] = logPair(m, m.choose(subnormal, m.mul(size, m.of(2 ** 54)), size), m.and(subnormal, m.of(54)))
  // Beyond this any x but 1 overflows or underflows.
  const bounded = f.simd(f64x2.pmax, [f.simd(f64x2.pmin, [y, m.of(2 ** 64)]), m.of(-(2 ** 64))])
  const [product, productLow] = twoProduct(m, bounded, high)
  const value = expOfPair(m, product, m.add(productLow, m.mul(bounded, low)))

  const whole = m.eq(y, m.f.simd(f64x2.trunc, [y]))
  const half = m.mul(y, m.of(0.5))
  const odd = f.simd(f64x2.ne, [half, f.simd(f64x2.trunc, [half])])
  const negative = f.simd(i64x2.lt_s, [x, m.of(0)])
  const sign = m.and(m.and(negative, m.and(whole, odd)), m.of(-0))
  const finite = m.and(m.lt(size, m.of(Infinity)), m.lt(m.abs(y), m.of(Infinity)))
  const defined = m.and(finite, m.or(whole, m.f.simd(f64x2.gt, [x, m.of(0)])))
  return { value: m.or(value, sign), valid: m.and(defined, m.lt(m.of(0), size)) }
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
