import type { Float64Writer, Local } from './function-writer.js'
import { type Guarded, LN2_HIGH, LN2_LOW, within } from './math-exp.js'
import { f64x2, i64x2 } from './simd-opcodes.js'

/** Where the bits of √½ begin, cut to what fdlibm cuts them to. */
const SQRT_HALF = 0x3fe6a09e00000000n
const ONE = 0x3ff0000000000000n
const LEAST_NORMAL = 2.2250738585072014e-308

export interface Split {
  /** x = 2^power · (1 + f), 1 + f between √½ and √2 */
  readonly power: Local
  readonly f: Local
}

/** Takes positive normal numbers apart. */
export function split(m: Float64Writer, x: Local): Split {
  const { f } = m
  const moved = f.simd(i64x2.add, [x, m.bits(ONE - SQRT_HALF)])
  // The exponent as the low bits of a float64 of 2⁵² and more.
  const exponent = m.or(f.simd(i64x2.shr_u, [moved, f.i32(52)]), m.bits(0x4330000000000000n))
  const mantissa = f.simd(i64x2.add, [m.and(moved, m.bits(0xfffffffffffffn)), m.bits(SQRT_HALF)])
  return { power: m.sub(exponent, m.of(2 ** 52 + 1023)), f: m.sub(mantissa, m.of(1)) }
}

/** f²/2, and s·(f²/2 + R), by which log(1 + f) = f − f²/2 + s·(f²/2 + R): fdlibm (Sun Microsystems 1993). */
function kernel(m: Float64Writer, f: Local): { readonly half: Local; readonly rest: Local } {
  const s = m.div(f, m.add(m.of(2), f))
  const z = m.mul(s, s)
  const w = m.mul(z, z)
  const even = m.mul(w, m.polynomial(w, [3.999999999940941908e-1, 2.222219843214978396e-1, 1.531383769920937332e-1]))
  const odd = m.mul(
    z,
    m.polynomial(w, [6.66666666666673513e-1, 2.857142874366239149e-1, 1.818357216161805012e-1, 1.479819860511658591e-1]),
  )
  const half = m.mul(m.of(0.5), m.mul(f, f))
  return { half, rest: m.mul(s, m.add(half, m.add(odd, even))) }
}

const isNormal = (m: Float64Writer, x: Local): Local =>
  m.and(m.f.simd(f64x2.ge, [x, m.of(LEAST_NORMAL)]), m.lt(x, m.of(Infinity)))

export function log(m: Float64Writer, x: Local): Guarded {
  const { power, f } = split(m, x)
  const { half, rest } = kernel(m, f)
  const low = m.add(rest, m.mul(power, m.of(LN2_LOW)))
  return { value: m.sub(m.mul(power, m.of(LN2_HIGH)), m.sub(m.sub(half, low), f)), valid: isNormal(m, x) }
}

export function log1p(m: Float64Writer, x: Local): Guarded {
  const u = m.add(m.of(1), x)
  const near = m.and(m.lt(m.of(-0.2928932188134524), x), m.lt(x, m.of(0.4142135623730951)))
  const large = m.f.simd(f64x2.ge, [u, m.of(2)])
  // What 1 + x has lost by rounding.
  const lost = m.choose(large, m.sub(m.of(1), m.sub(u, x)), m.sub(x, m.sub(u, m.of(1))))
  const parts = split(m, u)
  const zero = m.of(0)
  const power = m.choose(near, zero, parts.power)
  const f = m.choose(near, x, parts.f)
  const correction = m.choose(near, zero, m.div(lost, u))
  const { half, rest } = kernel(m, f)
  const low = m.add(rest, m.add(m.mul(power, m.of(LN2_LOW)), correction))
  const value = m.sub(m.mul(power, m.of(LN2_HIGH)), m.sub(m.sub(half, low), f))
  return { value: m.choose(within(m, x, 2 ** -54), x, value), valid: m.and(m.lt(m.of(-1), x), m.lt(x, m.of(1e300))) }
}

/** The logarithm to a base b: of 1/ln b and of log_b 2 both parts are given. */
function logTo(m: Float64Writer, x: Local, inverse: readonly [number, number], two: readonly [number, number]): Guarded {
  const { power, f } = split(m, x)
  const { half, rest } = kernel(m, f)
  const high = m.and(m.sub(f, half), m.bits(0xffffffff00000000n))
  const low = m.add(m.sub(m.sub(f, high), half), rest)
  const main = m.mul(high, m.of(inverse[0]))
  const small = m.add(m.mul(m.add(low, high), m.of(inverse[1])), m.mul(low, m.of(inverse[0])))
  const ofPower = m.mul(power, m.of(two[0]))
  const sum = m.add(ofPower, main)
  const lost = m.add(m.sub(ofPower, sum), main)
  return { value: m.add(sum, m.add(lost, m.add(small, m.mul(power, m.of(two[1]))))), valid: isNormal(m, x) }
}

export const log2 = (m: Float64Writer, x: Local): Guarded =>
  logTo(m, x, [1.44269504072144627571, 1.67517131648865118353e-10], [1, 0])

export const log10 = (m: Float64Writer, x: Local): Guarded =>
  logTo(m, x, [4.34294481878168880939e-1, 2.50829467116452752298e-11], [3.01029995663611771306e-1, 3.69423907715893078616e-13])
