import { type DType, isComplex, kindOf } from '../kernels/index.js'
import type { Matrix } from './matrix.js'
import { openBlas } from './openblas.js'
import { multiplyByWasm } from './wasm-matmul.js'

/** Of smaller matrices a call of another library costs more than the product. */
const SMALL = 4096

/**
 * Adds the product of two matrices to a third, all of one type: `out += left · right`. OpenBLAS does it where the system has
 * it, as float and complex numbers are concerned, and else the native kernels; the two differ in the last digits, since they
 * sum in another order.
 *
 * @param out its rows are dense
 * @throws ArgumentError when the matrices do not fit
 */
export function multiplyMatrices(left: Matrix, right: Matrix, out: Matrix, dtype: DType): void {
  const floats = kindOf(dtype) === 'float' || isComplex(dtype)
  if (floats && left.rows * left.columns * right.columns >= SMALL) {
    if (openBlas()?.multiply(left, right, out, dtype as 'float64')) return
  }
  multiplyByWasm(left, right, out, dtype)
}
