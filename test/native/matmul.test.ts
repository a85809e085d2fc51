import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { isComplex, kindOf } from '../../src/kernels/index.js'
import { type Matrix, denseMatrix, multiplyByWasm } from '../../src/native/index.js'
import { fixtures, numbers, plain, room } from './fixture.js'

test('products are those of NumPy, for every type and stride', () => {
  for (const { dtype, m, k, n, a, b, product } of fixtures.matrices) {
    const [left, right, expected] = [numbers(a, dtype), numbers(b, dtype), numbers(product, dtype)]
    for (const [l, r] of [
      [denseMatrix(left, m, k), denseMatrix(right, k, n)],
      [turned(left, m, k, dtype), turned(right, k, n, dtype)],
    ]) {
      const out = room(dtype, m * n)
      multiplyByWasm(l!, r!, denseMatrix(out, m, n), dtype)
      const label = `${dtype}, ${m} × ${k} × ${n}`
      if (kindOf(dtype) !== 'float' && !isComplex(dtype)) assert.deepEqual(plain(out), plain(expected), label)
      else {
        const tolerance = (expected.BYTES_PER_ELEMENT === 4 ? 1e-6 : 1e-14) * k
        for (let i = 0; i < out.length; i++) {
          assert.ok(Math.abs(Number(out[i]) - Number(expected[i])) <= tolerance, `${label}: ${out[i]}, expected ${expected[i]}`)
        }
      }
    }
  }
})

test('blocks larger than the panels, and adding to what is there', () => {
  const [m, k, n] = [130, 600, 530]
  const a = Float64Array.from({ length: m * k }, (_, i) => (i * 7919) % 13)
  const b = Float64Array.from({ length: k * n }, (_, i) => (i * 104729) % 11)
  const out = new Float64Array(m * n).fill(1)
  multiplyByWasm(denseMatrix(a, m, k), denseMatrix(b, k, n), denseMatrix(out, m, n), 'float64')
  for (const [i, j] of [
    [0, 0],
    [129, 529],
    [64, 511],
    [63, 512],
    [100, 300],
  ] as const) {
    let sum = 1
    for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!
    assert.equal(out[i * n + j], sum)
  }
})

test('matrices that do not fit are errors', () => {
  const data = new Float64Array(6)
  assert.throws(
    () => multiplyByWasm(denseMatrix(data, 2, 3), denseMatrix(data, 2, 3), denseMatrix(data, 2, 3), 'float64'),
    ArgumentError,
  )
  assert.throws(
    () => multiplyByWasm(denseMatrix(data, 3, 3), denseMatrix(data, 3, 2), denseMatrix(data, 3, 2), 'float64'),
    ArgumentError,
  )
})

/** The same matrix, its columns one after the other. */
function turned(data: ReturnType<typeof room>, rows: number, columns: number, dtype: Parameters<typeof room>[0]): Matrix {
  const other = room(dtype, rows * columns)
  const parts = isComplex(dtype) ? 2 : 1
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let p = 0; p < parts; p++) other[(j * rows + i) * parts + p] = data[(i * columns + j) * parts + p] as never
  return { data: other, rows, columns, offset: 0, rowStride: 1, columnStride: rows }
}
