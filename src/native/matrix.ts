import { ArgumentError } from '../base/index.js'
import { type DType, itemSize } from '../kernels/index.js'
import type { NumberArray } from './number-array.js'

/** A matrix in the memory of an array. Strides are in elements, and not negative. */
export interface Matrix {
  readonly data: NumberArray
  readonly rows: number
  readonly columns: number
  /** where its first element is */
  readonly offset: number
  readonly rowStride: number
  readonly columnStride: number
}

/** A matrix whose rows lie one after the other. */
export function denseMatrix(data: NumberArray, rows: number, columns: number, offset = 0): Matrix {
  return { data, rows, columns, offset, rowStride: columns, columnStride: 1 }
}

/** The part of the memory that a matrix lies in, in elements. */
export function extentOf({ rows, columns, rowStride, columnStride }: Matrix): number {
  return rows === 0 || columns === 0 ? 0 : (rows - 1) * rowStride + (columns - 1) * columnStride + 1
}

/** @throws ArgumentError when the matrices cannot be multiplied, or do not lie in their memory */
export function checkProduct(left: Matrix, right: Matrix, out: Matrix, dtype: DType): void {
  if (left.columns !== right.rows || out.rows !== left.rows || out.columns !== right.columns) {
    throw new ArgumentError(
      `matrices of ${left.rows} × ${left.columns} and ${right.rows} × ${right.columns} multiplied into one of ${out.rows} × ${out.columns}`,
    )
  }
  for (const m of [left, right, out]) {
    if ((m.offset + extentOf(m)) * itemSize(dtype) > m.data.byteLength)
      throw new ArgumentError(`a matrix of ${m.rows} × ${m.columns} ${dtype} numbers in ${m.data.byteLength} bytes`)
  }
}
