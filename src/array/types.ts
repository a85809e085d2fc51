import type { DType } from '../kernels/index.js'
import type { Numbers } from './chunk.js'
import type { ArrayExpression } from './array-expression.js'
import type { Chunks } from './chunks.js'
import type { NdArray, NestedItems } from './nd-array.js'

/** A chunked array, whatever its elements: what functions take. */
export interface AnyArray<out D extends DType = DType> {
  readonly dtype: D
  readonly chunks: Chunks
  readonly expression: ArrayExpression
}

// Tables and not conditional types: an array of one type is an array of any, which TypeScript sees through tables only.

interface Floats {
  bool: 'float32'
  int8: 'float32'
  uint8: 'float32'
  int16: 'float32'
  uint16: 'float32'
  int32: 'float64'
  uint32: 'float64'
  int64: 'float64'
  uint64: 'float64'
  float32: 'float32'
  float64: 'float64'
  complex64: 'complex64'
  complex128: 'complex128'
}

/** The type of roots and exponentials: floats and complex numbers stay what they are. */
export type FloatOf<D extends DType> = Floats[D]

interface Means {
  bool: 'float64'
  int8: 'float64'
  uint8: 'float64'
  int16: 'float64'
  uint16: 'float64'
  int32: 'float64'
  uint32: 'float64'
  int64: 'float64'
  uint64: 'float64'
  float32: 'float32'
  float64: 'float64'
  complex64: 'complex64'
  complex128: 'complex128'
}

/** The type of means: whole numbers have one of float64. */
export type MeanOf<D extends DType> = Means[D]

interface Sums {
  bool: 'int64'
  int8: 'int64'
  uint8: 'uint64'
  int16: 'int64'
  uint16: 'uint64'
  int32: 'int64'
  uint32: 'uint64'
  int64: 'int64'
  uint64: 'uint64'
  float32: 'float32'
  float64: 'float64'
  complex64: 'complex64'
  complex128: 'complex128'
}

/** The type of sums: whole numbers are summed in 64 bits. */
export type SumOf<D extends DType> = Sums[D]

interface Parts {
  bool: 'bool'
  int8: 'int8'
  uint8: 'uint8'
  int16: 'int16'
  uint16: 'uint16'
  int32: 'int32'
  uint32: 'uint32'
  int64: 'int64'
  uint64: 'uint64'
  float32: 'float32'
  float64: 'float64'
  complex64: 'float32'
  complex128: 'float64'
}

/** The type of absolute values: that of the parts of complex numbers. */
export type PartOf<D extends DType> = Parts[D]

interface Scalars {
  bool: number | bigint | boolean
  int8: number | bigint | boolean
  uint8: number | bigint | boolean
  int16: number | bigint | boolean
  uint16: number | bigint | boolean
  int32: number | bigint | boolean
  uint32: number | bigint | boolean
  int64: number | bigint | boolean
  uint64: number | bigint | boolean
  float32: number | boolean
  float64: number | boolean
  complex64: number | boolean
  complex128: number | boolean
}

/** The numbers of a program that an array of a type may be computed with: bigints go with whole numbers. */
export type ScalarOf<D extends DType> = Scalars[D]

interface WithScalars {
  bool: DType
  int8: DType
  uint8: DType
  int16: DType
  uint16: DType
  int32: DType
  uint32: DType
  int64: DType
  uint64: DType
  float32: 'float32'
  float64: 'float64'
  complex64: 'complex64'
  complex128: 'complex128'
}

/** The type of sums and products with a number of the program: whole numbers may become floats. */
export type WithScalar<D extends DType> = WithScalars[D]

/** What an array may be computed with: other arrays, and numbers, which take the array's type if it holds them. */
export type OperandOf<D extends DType> = ScalarOf<D> | AnyArray | NdArray<DType>

/** What can be made a chunked array of. */
export type ArrayInput<D extends DType = DType> = AnyArray<D> | NdArray<D> | Numbers | NestedItems

/** The type of an input, where it is known. */
export type DTypeOf<X> = X extends { readonly dtype: infer D extends DType }
  ? D
  : X extends Float64Array
    ? 'float64'
    : X extends Float32Array
      ? 'float32'
      : X extends BigInt64Array
        ? 'int64'
        : X extends BigUint64Array
          ? 'uint64'
          : X extends Int32Array
            ? 'int32'
            : X extends Uint32Array
              ? 'uint32'
              : X extends Int16Array
                ? 'int16'
                : X extends Uint16Array
                  ? 'uint16'
                  : X extends Int8Array
                    ? 'int8'
                    : X extends Uint8Array
                      ? 'uint8'
                      : DType
