import { type RealDType, isInteger, widthOf } from './dtype.js'
import { floatOperation, floatVector } from './float-operations.js'
import type { FunctionWriter, Local } from './function-writer.js'
import { Float64Writer } from './function-writer.js'
import { integerOperation, integerVector, lastInteger } from './integer-operations.js'
import type { Reduction } from './reduction.js'
import { f32x4, f64x2, v128 } from './simd-opcodes.js'

/** What is known of the values so far, lane by lane: a vector for each of the arrays that hold it in the end. */
export type State = readonly Local[]

/**
 * How the code of a reduction is written. Values are first collected in a *leaf* of a few dozen, in the fewest
 * instructions, and leaves are merged into states with all care: so the error of a sum does not grow with its length.
 */
export interface Reducer {
  /** the types of the arrays of states */
  readonly states: readonly RealDType[]
  /** the numbers that states begin with, as vectors */
  readonly begin: readonly Uint8Array[]
  /** The variables of a leaf; `first` are values that will come into it. */
  leaf(f: FunctionWriter, first: () => Local): State
  add(f: FunctionWriter, leaf: State, value: Local): void
  /** The state of a leaf of `count` values a lane (a vector of float64). */
  close(f: FunctionWriter, leaf: State, count: Local): State
  merge(f: FunctionWriter, a: State, b: State): State
}

/** Operations that need no care: any order gives the same, or is as good. */
function simple(dtype: RealDType, start: Uint8Array, combine: (f: FunctionWriter, a: Local, b: Local) => Local): Reducer {
  return {
    states: [dtype],
    begin: [start],
    leaf: (f) => [f.copy('v128', f.constant(start))],
    add: (f, [leaf], value) => f.assign(leaf!, combine(f, leaf!, value)),
    close: (_, leaf) => leaf,
    merge: (f, [a], [b]) => [combine(f, a!, b!)],
  }
}

/** Least or greatest floats. Leaves note NaN apart, which is faster than an instruction that minds it. */
function extreme(dtype: RealDType, which: 'min' | 'max'): Reducer {
  const set = dtype === 'float64' ? f64x2 : f32x4
  const start = floatVector(dtype, which === 'min' ? Infinity : -Infinity)
  return {
    states: [dtype],
    begin: [start],
    leaf: (f) => [f.copy('v128', f.constant(start)), f.copy('v128', f.constant(new Uint8Array(16)))],
    add(f, [leaf, isNaN], value) {
      f.assign(leaf!, f.simd(which === 'min' ? set.pmin : set.pmax, [leaf!, value]))
      f.assign(isNaN!, f.simd(v128.or, [isNaN!, f.simd(set.ne, [value, value])]))
    },
    close: (f, [leaf, isNaN]) => [f.simd(v128.or, [leaf!, isNaN!])],
    merge: (f, [a], [b]) => [f.simd(set[which], [a!, b!])],
  }
}

function operation(name: 'add' | 'multiply' | 'minimum' | 'maximum', dtype: RealDType, start: number | bigint): Reducer {
  const integer = isInteger(dtype)
  const vector = integer ? integerVector(dtype, BigInt(start)) : floatVector(dtype, Number(start))
  return simple(dtype, vector, (f, a, b) =>
    integer ? integerOperation(f, name, dtype, 16 / widthOf(dtype), [a, b]) : floatOperation(f, name, dtype, [a, b]),
  )
}

const minusZero = floatVector('float64', -0)
const zero = floatVector('float64', 0)

/** The sum, and what rounding has taken from it (Neumaier 1974). */
const compensatedSum: Reducer = {
  states: ['float64', 'float64'],
  begin: [minusZero, zero],
  leaf: (f) => [f.copy('v128', f.constant(minusZero))],
  add: (f, [leaf], value) => f.assign(leaf!, new Float64Writer(f).add(leaf!, value)),
  close: (f, [leaf]) => [leaf!, f.constant(zero)],
  merge(f, [a, lostOfA], [b, lostOfB]) {
    const m = new Float64Writer(f)
    const sum = m.add(a!, b!)
    const ofB = m.sub(sum, a!)
    const lost = m.add(m.sub(a!, m.sub(sum, ofB)), m.sub(b!, ofB))
    return [sum, m.add(lost, m.add(lostOfA!, lostOfB!))]
  },
}

/**
 * Count, mean and squared distances. A leaf sums the distances from one of its own values, so that little cancels; states
 * are merged as by Chan, Golub and LeVeque (1979).
 */
const moments: Reducer = {
  states: ['float64', 'float64', 'float64'],
  begin: [zero, zero, zero],
  leaf(f, first) {
    const m = new Float64Writer(f)
    const origin = first()
    const finite = m.lt(m.abs(origin), m.of(Infinity))
    return [f.copy('v128', m.and(finite, origin)), f.copy('v128', m.of(0)), f.copy('v128', m.of(0))]
  },
  add(f, [origin, sum, squares], value) {
    const m = new Float64Writer(f)
    const distance = m.sub(value, origin!)
    f.assign(sum!, m.add(sum!, distance))
    f.assign(squares!, m.add(squares!, m.mul(distance, distance)))
  },
  close(f, [origin, sum, squares], count) {
    const m = new Float64Writer(f)
    const shift = m.div(sum!, count)
    const spread = m.sub(squares!, m.mul(sum!, shift))
    // Rounding may leave less than nothing; what is not a number stays so.
    return [count, m.add(origin!, shift), f.simd(f64x2.max, [spread, m.of(0)])]
  },
  merge(f, [countA, meanA, spreadA], [countB, meanB, spreadB]) {
    const m = new Float64Writer(f)
    const count = m.add(countA!, countB!)
    const share = m.div(countB!, f.simd(f64x2.pmax, [count, m.of(1)]))
    const distance = m.sub(meanB!, meanA!)
    const mean = m.add(meanA!, m.mul(distance, share))
    const apart = m.mul(m.mul(distance, distance), m.mul(countA!, share))
    // Infinite means would give NaN where one of them only is infinite.
    const finite = m.lt(m.abs(distance), m.of(Infinity))
    return [count, m.choose(finite, mean, m.add(meanA!, meanB!)), m.add(m.add(spreadA!, spreadB!), apart)]
  },
}

/** How to reduce values of this type, which is that of `reductionTypes`; bools are masks of bytes. */
export function reducerOf(reduction: Exclude<Reduction, 'argmin' | 'argmax'>, dtype: RealDType): Reducer {
  switch (reduction) {
    case 'sum':
      return dtype === 'float64' ? compensatedSum : operation('add', dtype, 0n)
    case 'prod':
      return operation('multiply', dtype, 1)
    case 'min':
      if (!isInteger(dtype)) return extreme(dtype, 'min')
      return operation('minimum', dtype, lastInteger(dtype, 'min'))
    case 'max':
      if (!isInteger(dtype)) return extreme(dtype, 'max')
      return operation('maximum', dtype, lastInteger(dtype, 'max'))
    case 'any':
      return simple('uint8', new Uint8Array(16), (f, a, b) => f.simd(v128.or, [a, b]))
    case 'all':
      return simple('uint8', new Uint8Array(16).fill(255), (f, a, b) => f.simd(v128.and, [a, b]))
    case 'moments':
      return moments
  }
}
