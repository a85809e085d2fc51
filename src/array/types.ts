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

/** The type of roots, exponentials and means of a type: floats and complex numbers stay what they are. */
export type FloatOf<D extends DType> = D extends 'float32' | 'float64' | 'complex64' | 'complex128'
  ? D
  : D extends 'bool' | 'int8' | 'uint8' | 'int16' | 'uint16'
    ? 'float32'
    : 'float64'

/** The type of means: whole numbers have one of float64. */
export type MeanOf<D extends DType> = D extends 'float32' | 'float64' | 'complex64' | 'complex128' ? D : 'float64'

/** The type of sums: whole numbers are summed in 64 bits. */
export type SumOf<D extends DType> = D extends 'float32' | 'float64' | 'complex64' | 'complex128'
  ? D
  : D extends 'bool' | 'int8' | 'int16' | 'int32' | 'int64'
    ? 'int64'
    : 'uint64'

/** The type of absolute values: that of the parts of complex numbers. */
export type PartOf<D extends DType> = D extends 'complex64' ? 'float32' : D extends 'complex128' ? 'float64' : D

/** The numbers of a program that an array of a type may be computed with: bigints go with whole numbers. */
export type ScalarOf<D extends DType> = DType extends D
  ? number | bigint | boolean
  : D extends 'float32' | 'float64' | 'complex64' | 'complex128'
    ? number | boolean
    : number | bigint | boolean

/** What an array may be computed with: other arrays, and numbers, which take the array's type if it holds them. */
export type OperandOf<D extends DType> = ScalarOf<D> | AnyArray | NdArray<DType>

/** The type of the result of an operation with another operand. Whole numbers become floats with floats. */
export type ResultOf<D extends DType, O> = O extends { readonly dtype: infer E extends DType }
  ? D extends E
    ? E extends D
      ? D
      : DType
    : DType
  : D extends 'float32' | 'float64' | 'complex64' | 'complex128'
    ? D
    : DType

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
