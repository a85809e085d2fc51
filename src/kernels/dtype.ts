import { ArgumentError, describe } from '../base/index.js'

/** The types of elements, with NumPy's names. Complex numbers are pairs (real, imaginary) in memory, as in NumPy and C. */
export const dtypes = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'complex64',
  'complex128',
] as const

/** The type of an array's elements. A `bool` is a byte, 0 or 1. */
export type DType = (typeof dtypes)[number]

/** What kernels compute with: complex numbers are computed as pairs of these. */
export type RealDType = Exclude<DType, 'complex64' | 'complex128'>

export type DTypeKind = 'bool' | 'int' | 'uint' | 'float' | 'complex'

/** The bytes of a number that is not complex. */
export type Width = 1 | 2 | 4 | 8

const facts: Readonly<Record<DType, readonly [kind: DTypeKind, bytes: number]>> = {
  bool: ['bool', 1],
  int8: ['int', 1],
  uint8: ['uint', 1],
  int16: ['int', 2],
  uint16: ['uint', 2],
  int32: ['int', 4],
  uint32: ['uint', 4],
  int64: ['int', 8],
  uint64: ['uint', 8],
  float32: ['float', 4],
  float64: ['float', 8],
  complex64: ['complex', 8],
  complex128: ['complex', 16],
}

export const kindOf = (dtype: DType): DTypeKind => facts[dtype][0]

/** The bytes of an element. */
export const itemSize = (dtype: DType): number => facts[dtype][1]

export const widthOf = (dtype: RealDType): Width => facts[dtype][1] as Width

export const isComplex = (dtype: DType): dtype is 'complex64' | 'complex128' => kindOf(dtype) === 'complex'

export const isInteger = (dtype: DType): boolean => kindOf(dtype) === 'int' || kindOf(dtype) === 'uint'

/** The least and the greatest number of an integer type. */
export function integerRange(dtype: RealDType): readonly [least: bigint, greatest: bigint] {
  const bits = BigInt(itemSize(dtype) * 8)
  return kindOf(dtype) === 'int' ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n]
}

/**
 * The type with this name.
 *
 * @throws ArgumentError when there is none
 */
export function dtypeOf(name: string): DType {
  if (Object.hasOwn(facts, name)) return name as DType
  throw new ArgumentError(`there is no dtype ${describe(name)}: expected one of ${dtypes.join(', ')}`)
}
