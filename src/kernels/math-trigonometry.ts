import type { Float64Writer, Local } from './function-writer.js'
import { type Guarded, within } from './math-exp.js'
import { i64x2 } from './simd-opcodes.js'

const ROUNDING = 6755399441055744

// π/2 in parts of 33 bits, of which multiples below 2²⁰ are exact, and what the last of them leaves.
const PARTS = [1.57079632673412561417, 6.0771005063039659766e-11, 2.0222662487111664558e-21] as const
const LAST = 8.47842766036889956997e-32

interface Angle {
  /** x = quarters · π/2 + high + low */
  readonly quarters: Local
  readonly high: Local
  readonly low: Local
}

/** Takes off the multiples of π/2, by Cody and Waite, for |x| < 10⁶. */
function reduce(m: Float64Writer, x: Local): Angle {
  const quarters = m.add(m.mul(x, m.of(6.36619772367581382433e-1)), m.of(ROUNDING))
  const n = m.sub(quarters, m.of(ROUNDING))
  const first = m.sub(x, m.mul(n, m.of(PARTS[0])))
  const second = m.mul(n, m.of(PARTS[1]))
  const r = m.sub(first, second)
  const third = m.mul(n, m.of(PARTS[2]))
  const lost = m.sub(m.sub(first, r), second)
  const next = m.sub(r, third)
  const rest = m.sub(m.mul(n, m.of(LAST)), m.add(m.sub(m.sub(r, next), third), lost))
  const high = m.sub(next, rest)
  return { quarters, high, low: m.sub(m.sub(next, high), rest) }
}

/** fdlibm's polynomial (Sun Microsystems 1993), for |x| ≤ π/4. */
function sinOfSmall(m: Float64Writer, x: Local, low: Local): Local {
  const z = m.mul(x, x)
  const v = m.mul(z, x)
  const s = [
    8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6, -2.50507602534068634195e-8,
    1.58969099521155010221e-10,
  ]
  const r = m.polynomial(z, s)
  const inner = m.sub(m.mul(z, m.sub(m.mul(m.of(0.5), low), m.mul(v, r))), low)
  return m.sub(x, m.sub(inner, m.mul(v, m.of(-1.66666666666666324348e-1))))
}

function cosOfSmall(m: Float64Writer, x: Local, low: Local): Local {
  const z = m.mul(x, x)
  const c = [
    4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7,
    2.0875723212981748279e-9, -1.13596475577881948265e-11,
  ]
  const r = m.mul(z, m.polynomial(z, c))
  const half = m.mul(m.of(0.5), z)
  const w = m.sub(m.of(1), half)
  return m.add(w, m.add(m.sub(m.sub(m.of(1), w), half), m.sub(m.mul(z, r), m.mul(x, low))))
}

/** Where the lowest bit of the number of quarters is set. */
const isOdd = (m: Float64Writer, quarters: Local): Local =>
  m.f.simd(i64x2.shr_s, [m.f.simd(i64x2.shl, [quarters, m.f.i32(63)]), m.f.i32(63)])

/** The sign bit of lanes whose second lowest bit is set. */
const signOf = (m: Float64Writer, quarters: Local): Local => m.and(m.f.simd(i64x2.shl, [quarters, m.f.i32(62)]), m.of(-0))

const LIMIT = 1e6
const TINY = 2 ** -27

export function sin(m: Float64Writer, x: Local): Guarded {
  const { quarters, high, low } = reduce(m, x)
  const value = m.choose(isOdd(m, quarters), cosOfSmall(m, high, low), sinOfSmall(m, high, low))
  return { value: m.choose(within(m, x, TINY), x, m.xor(value, signOf(m, quarters))), valid: within(m, x, LIMIT) }
}

export function cos(m: Float64Writer, x: Local): Guarded {
  const { quarters, high, low } = reduce(m, x)
  const value = m.choose(isOdd(m, quarters), sinOfSmall(m, high, low), cosOfSmall(m, high, low))
  const next = m.f.simd(i64x2.add, [quarters, m.bits(1n)])
  return { value: m.xor(value, signOf(m, next)), valid: within(m, x, LIMIT) }
}

const BREAKS = [0.4375, 0.6875, 1.1875, 2.4375] as const

/** fdlibm's arc tangent: |x| is brought near 0 by one of four subtractions of a known angle. */
export function arctan(m: Float64Writer, x: Local): Guarded {
  const a = m.abs(x)
  const cases: readonly (readonly [numerator: Local, denominator: Local, high: number, low: number])[] = [
    [a, m.of(1), 0, 0],
    [m.sub(m.add(a, a), m.of(1)), m.add(m.of(2), a), 4.63647609000806093515e-1, 2.26987774529616870924e-17],
    [m.sub(a, m.of(1)), m.add(a, m.of(1)), 7.85398163397448278999e-1, 3.06161699786838301793e-17],
    [m.sub(a, m.of(1.5)), m.add(m.of(1), m.mul(m.of(1.5), a)), 9.82793723247329054082e-1, 1.39033110312309984516e-17],
    [m.of(-1), a, 1.570796326794896558, 6.12323399573676603587e-17],
  ]
  let [numerator, denominator] = cases[0]!
  let [high, low] = [m.of(0), m.of(0)]
  for (const [i, from] of BREAKS.entries()) {
    const beyond = m.lt(m.of(from), a)
    const [n, d, h, l] = cases[i + 1]!
    numerator = m.choose(beyond, n, numerator)
    denominator = m.choose(beyond, d, denominator)
    high = m.choose(beyond, m.of(h), high)
    low = m.choose(beyond, m.of(l), low)
  }
  const t = m.div(numerator, denominator)
  const z = m.mul(t, t)
  const w = m.mul(z, z)
  const even = [
    3.33333333333329318027e-1, 1.42857142725034663711e-1, 0.09090887133436507, 6.66107313738753120669e-2,
    4.97687799461593236017e-2, 1.62858201153657823623e-2,
  ]
  const odd = [
    -1.99999999998764832476e-1, -1.1111110405462355788e-1, -7.69187620504482999495e-2, -5.83357013379057348645e-2,
    -3.6531572744216915527e-2,
  ]
  const sum = m.add(m.mul(z, m.polynomial(w, even)), m.mul(w, m.polynomial(w, odd)))
  const value = m.sub(high, m.sub(m.sub(m.mul(t, sum), low), t))
  return { value: m.choose(m.of(-0), x, value), valid: m.eq(x, x) }
}
