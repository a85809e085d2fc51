import { ArgumentError } from '../base/index.js'
import { type DType, type RealDType, isComplex, kindOf } from './dtype.js'

export const reductions = ['sum', 'prod', 'min', 'max', 'any', 'all', 'argmin', 'argmax', 'moments'] as const

/**
 * What becomes of many values. `moments` are the count, the mean, and the sum of squared distances from it, which mean,
 * variance and standard deviation are made of, and which merge across chunks.
 */
export type Reduction = (typeof reductions)[number]

export interface ReductionTypes {
  /** what the values have to be converted to */
  readonly values: DType
  /** the arrays that hold what is known so far, one number a result each */
  readonly states: readonly DType[]
  /** the type of the result, where it is one */
  readonly result: DType
}

/**
 * The types that a reduction of values of a type goes through, as in NumPy: integers are summed in 64 bits, and floats in
 * float64, whatever the type of the result.
 *
 * @throws ArgumentError when it is not defined for the type
 */
export function reductionTypes(reduction: Reduction, dtype: DType): ReductionTypes {
  const kind = kindOf(dtype)
  if (isComplex(dtype) && reduction !== 'sum' && reduction !== 'any' && reduction !== 'all') {
    throw new ArgumentError(`${reduction} of ${dtype} is not defined: reduce its real and imaginary parts`)
  }
  const number: RealDType = dtype === 'bool' ? 'uint8' : (dtype as RealDType)
  switch (reduction) {
    case 'sum':
      if (isComplex(dtype)) return { values: 'complex128', states: ['float64', 'float64', 'float64', 'float64'], result: dtype }
      if (kind === 'float') return { values: 'float64', states: ['float64', 'float64'], result: dtype }
      return { values: wholeOf(dtype), states: [wholeOf(dtype)], result: wholeOf(dtype) }
    case 'prod':
      if (kind === 'float') return { values: 'float64', states: ['float64'], result: dtype }
      return { values: wholeOf(dtype), states: [wholeOf(dtype)], result: wholeOf(dtype) }
    case 'min':
    case 'max':
      return { values: number, states: [number], result: dtype }
    case 'any':
    case 'all':
      return { values: 'bool', states: ['uint8'], result: 'bool' }
    case 'argmin':
    case 'argmax':
      return { values: number, states: [number, 'int64', 'int64'], result: 'int64' }
    case 'moments':
      return { values: 'float64', states: ['float64', 'float64', 'float64'], result: 'float64' }
  }
}

const wholeOf = (dtype: DType): RealDType => (kindOf(dtype) === 'uint' ? 'uint64' : 'int64')
