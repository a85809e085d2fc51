import { type DType, itemSize, kindOf } from '../kernels/index.js'
import { type Matrix, checkProduct, extentOf } from './matrix.js'
import { nativeMemory } from './native-memory.js'
import { typeNumber } from './native-module.js'
import type { NumberArray } from './number-array.js'

/** What the packed panels of the module take. */
const ROOM = (64 + 512) * 256 * 8

/**
 * Adds the product of two matrices to a third, all of one type: `out += left · right`. Integers wrap; bools are numbers of
 * 8 bits, so that results are counts modulo 256. Sums are in order of the inner axis, in blocks of 256.
 *
 * @param out its rows are dense
 * @throws ArgumentError when the matrices do not fit
 */
export function multiplyByWasm(left: Matrix, right: Matrix, out: Matrix, dtype: DType): void {
  checkProduct(left, right, out, dtype)
  if (out.rows === 0 || out.columns === 0 || left.columns === 0) return
  const width = itemSize(dtype)
  nativeMemory().use((memory) => {
    const [a, b, c] = [left, right, out].map((m) => memory.place(partOf(m, width)))
    const room = kindOf(dtype) === 'float' ? memory.reserve(ROOM) : 0
    memory.exports.matmul(
      typeNumber(dtype),
      a!,
      left.rowStride,
      left.columnStride,
      b!,
      right.rowStride,
      right.columnStride,
      c!,
      out.rowStride,
      left.rows,
      left.columns,
      right.columns,
      room,
    )
    memory.read(c!, partOf(out, width))
  })
}

function partOf(m: Matrix, width: number): NumberArray {
  const parts = width / m.data.BYTES_PER_ELEMENT
  return m.data.subarray(m.offset * parts, (m.offset + extentOf(m)) * parts)
}
