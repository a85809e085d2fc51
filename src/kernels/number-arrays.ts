import type { RealDType } from './dtype.js'

/** The typed arrays that numbers of a type lie in: bools are bytes. */
export const numberArrays = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Readonly<Record<RealDType, unknown>>
