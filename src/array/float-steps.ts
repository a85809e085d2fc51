import { type DType, type NodeId, type ProgramBuilder, isComplex, itemSize, kindOf } from '../kernels/index.js'
import { ChunkedArray } from './chunked-array.js'
import { DTypeError } from './errors.js'
import { expressionOf, operandOf } from './inputs.js'
import { type OperandExpression, computed } from './operands.js'
import type { ArrayInput } from './types.js'
import type { Operand } from './ufuncs.js'

/** How floats of a type are made: bits behind the point, the least exponent, the greatest number. */
interface FloatFacts {
  readonly digits: number
  readonly leastExponent: number
  readonly greatest: number
  readonly tiny: number
}

const facts = {
  float32: { digits: 24, leastExponent: -149, greatest: 3.4028234663852886e38, tiny: 2 ** -149 },
  float64: { digits: 53, leastExponent: -1074, greatest: Number.MAX_VALUE, tiny: Number.MIN_VALUE },
} as const satisfies Record<string, FloatFacts>

const floatType = (label: string, dtype: DType): 'float32' | 'float64' => {
  if (isComplex(dtype)) throw new DTypeError(`${label} of ${dtype} is not defined: take its real and imaginary parts`)
  if (kindOf(dtype) === 'float') return dtype as 'float32'
  return itemSize(dtype) <= 2 ? 'float32' : 'float64'
}

const float = (p: ProgramBuilder, value: number): NodeId => p.constant(value, 'float64')

/**
 * The parts of positive finite numbers as float64: a mantissa from 0.5 up to 1, and an exponent. Powers of two are exact, so
 * everything here is.
 */
function partsOf(p: ProgramBuilder, x: NodeId): { mantissa: NodeId; exponent: NodeId } {
  // Brought near 1 first, so that the powers that follow exist.
  const small = p.apply('less', x, float(p, 2 ** -900))
  const great = p.apply('greater', x, float(p, 2 ** 900))
  const factor = p.apply('where', small, float(p, 2 ** 200), p.apply('where', great, float(p, 2 ** -200), float(p, 1)))
  const shift = p.apply('where', small, float(p, 200), p.apply('where', great, float(p, -200), float(p, 0)))
  const near = p.apply('multiply', x, factor)
  // The logarithm may be rounded over a whole number: that is put right.
  const guess = p.apply('add', p.apply('floor', p.apply('log2', near)), float(p, 1))
  const first = p.apply('multiply', near, p.apply('exp2', p.apply('negative', guess)))
  const over = p.apply('greaterEqual', first, float(p, 1))
  const under = p.apply('less', first, float(p, 0.5))
  const mantissa = p.apply(
    'where',
    over,
    p.apply('multiply', first, float(p, 0.5)),
    p.apply('where', under, p.apply('multiply', first, float(p, 2)), first),
  )
  const right = p.apply('where', over, float(p, 1), p.apply('where', under, float(p, -1), float(p, 0)))
  return { mantissa, exponent: p.apply('subtract', p.apply('add', guess, right), shift) }
}

/** Neither 0 nor infinite nor NaN. */
function isUsual(p: ProgramBuilder, magnitude: NodeId): NodeId {
  return p.apply('logicalAnd', p.apply('isfinite', magnitude), p.apply('greater', magnitude, float(p, 0)))
}

/**
 * Floats as mantissas, from 0.5 up to 1 with the sign, and exponents: x = mantissa · 2 to the power of the exponent. Of 0, NaN
 * and infinities the mantissa is what they are, and the exponent 0.
 */
export function frexp(x: ArrayInput): [mantissa: ChunkedArray, exponent: ChunkedArray<'int32'>] {
  const e = expressionOf('frexp', x)
  const dtype = floatType('frexp', e.dtype)
  const both = (p: ProgramBuilder, v: NodeId) => {
    const wide = p.cast(p.cast(v, dtype), 'float64')
    const magnitude = p.apply('absolute', wide)
    const usual = isUsual(p, magnitude)
    const parts = partsOf(p, p.apply('where', usual, magnitude, float(p, 1)))
    return { wide, usual, ...parts }
  }
  const mantissa = computed('frexp', [e], ({ builder: p }, [v]) => {
    const { wide, usual, mantissa } = both(p, v!)
    return p.cast(p.apply('where', usual, p.apply('copysign', mantissa, wide), wide), dtype)
  })
  const exponent = computed('frexp', [e], ({ builder: p }, [v]) => {
    const { usual, exponent } = both(p, v!)
    return p.cast(p.apply('where', usual, exponent, float(p, 0)), 'int32')
  })
  return [new ChunkedArray(mantissa), new ChunkedArray(exponent)]
}

/** How far the float next above a positive finite magnitude is; and, below a power of two, how far the one next below. */
function stepOf(
  p: ProgramBuilder,
  magnitude: NodeId,
  { digits, leastExponent, tiny }: FloatFacts,
): { above: NodeId; below: NodeId } {
  const usual = isUsual(p, magnitude)
  const { mantissa, exponent } = partsOf(p, p.apply('where', usual, magnitude, float(p, 1)))
  const least = float(p, leastExponent)
  const at = p.apply('subtract', exponent, float(p, digits))
  const step = (of: NodeId): NodeId => {
    const bounded = p.apply('maximum', of, least)
    // In two steps, since the last powers of two are subnormal.
    const half = p.apply('trunc', p.apply('divide', bounded, float(p, 2)))
    const power = p.apply('multiply', p.apply('exp2', half), p.apply('exp2', p.apply('subtract', bounded, half)))
    return p.apply('where', usual, power, float(p, tiny))
  }
  const isPower = p.apply('equal', mantissa, float(p, 0.5))
  return { above: step(at), below: step(p.apply('where', isPower, p.apply('subtract', at, float(p, 1)), at)) }
}

/** The distance to the next float away from 0, with the sign; NaN of NaN and infinities. */
export function spacing(x: ArrayInput): ChunkedArray {
  const e = expressionOf('spacing', x)
  const dtype = floatType('spacing', e.dtype)
  return new ChunkedArray(
    computed('spacing', [e], ({ builder: p }, [v]) => {
      const wide = p.cast(p.cast(v!, dtype), 'float64')
      const magnitude = p.apply('absolute', wide)
      const { above } = stepOf(p, magnitude, facts[dtype])
      const last = p.apply('equal', magnitude, float(p, facts[dtype].greatest))
      const distance = p.apply('where', last, float(p, Infinity), above)
      const sign = p.apply('where', p.apply('less', wide, float(p, 0)), float(p, -1), float(p, 1))
      const known = p.apply('isfinite', wide)
      return p.cast(p.apply('where', known, p.apply('multiply', distance, sign), float(p, Number.NaN)), dtype)
    }),
  )
}

/** The next float after the first number towards the second. */
export function nextafter(x: Operand, y: Operand): ChunkedArray {
  const given: OperandExpression[] = [operandOf('nextafter', x), operandOf('nextafter', y)]
  const all = given.every((o) => typeof o !== 'object') ? [expressionOf('nextafter', given[0]), given[1]!] : given
  return new ChunkedArray(
    computed('nextafter', all, ({ builder: p }, [a, b]) => {
      const types = [p.dtype(a!), p.dtype(b!)].map((d) => floatType('nextafter', d))
      const dtype = types.every((t) => t === 'float32') ? 'float32' : 'float64'
      const [from, to] = [a!, b!].map((v) => p.cast(p.cast(v, dtype), 'float64')) as [NodeId, NodeId]
      const magnitude = p.apply('absolute', from)
      const { greatest, tiny } = facts[dtype]
      const { above, below } = stepOf(p, magnitude, facts[dtype])
      const up = p.apply('greater', to, from)
      const isPositive = p.apply('greater', from, float(p, 0))
      const away = p.apply('logicalNot', p.apply('logicalXor', up, isPositive))
      const infinite = p.apply('isinf', from)
      const further = p.apply(
        'where',
        p.apply('equal', magnitude, float(p, greatest)),
        float(p, Infinity),
        p.apply('add', magnitude, above),
      )
      const nearer = p.apply('where', infinite, float(p, greatest), p.apply('subtract', magnitude, below))
      const moved = p.apply('copysign', p.apply('where', away, further, nearer), from)
      const fromZero = p.apply('copysign', float(p, tiny), to)
      const next = p.apply('where', p.apply('equal', from, float(p, 0)), fromZero, moved)
      const nan = p.apply('logicalOr', p.apply('isnan', from), p.apply('isnan', to))
      const result = p.apply('where', p.apply('equal', from, to), to, next)
      return p.cast(p.apply('where', nan, float(p, Number.NaN), result), dtype)
    }),
  )
}
