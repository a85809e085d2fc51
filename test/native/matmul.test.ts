import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { config } from '../../src/config/index.js'
import { isComplex, kindOf } from '../../src/kernels/index.js'
import { type Matrix, OpenBlasError, denseMatrix, multiplyByWasm, multiplyMatrices, openBlas } from '../../src/native/index.js'
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

test('OpenBLAS gives the same results within rounding', { skip: openBlas() ? false : 'no OpenBLAS on this machine' }, () => {
  const [m, k, n] = [70, 90, 50]
  for (const dtype of ['float32', 'float64', 'complex64', 'complex128'] as const) {
    const parts = isComplex(dtype) ? 2 : 1
    const [a, b] = [room(dtype, m * k), room(dtype, k * n)]
    for (let i = 0; i < a.length; i++) a[i] = Math.sin(i)
    for (let i = 0; i < b.length; i++) b[i] = Math.cos(i)
    for (const left of [denseMatrix(a, m, k), turned(a, m, k, dtype)]) {
      for (const right of [denseMatrix(b, k, n), turned(b, k, n, dtype)]) {
        const [x, y] = [room(dtype, m * n), room(dtype, m * n)]
        assert.equal(openBlas()!.multiply(left, right, denseMatrix(x, m, n), dtype), true)
        multiplyByWasm(left, right, denseMatrix(y, m, n), dtype)
        for (let i = 0; i < m * n * parts; i++)
          assert.ok(Math.abs(Number(x[i]) - Number(y[i])) < (x.BYTES_PER_ELEMENT === 4 ? 1e-4 : 1e-12), `${dtype} ${i}`)
      }
    }
    // Strides that BLAS does not know: the native kernels do it.
    const spread = { ...denseMatrix(a, 10, 12), rowStride: 40, columnStride: 2 }
    const [x, y] = [room(dtype, 10 * 40), room(dtype, 10 * 40)]
    multiplyMatrices(spread, denseMatrix(b, 12, 40), denseMatrix(x, 10, 40), dtype)
    multiplyByWasm(spread, denseMatrix(b, 12, 40), denseMatrix(y, 10, 40), dtype)
    assert.deepEqual(x, y)
  }
})

test('a library that cannot be used is an error when the settings name it', async () => {
  await config.with({ array: { openblas: '/nowhere/libopenblas.so' } }, () => {
    assert.throws(
      () => openBlas(),
      (e: unknown) => e instanceof OpenBlasError && /nowhere/.test(e.message),
    )
  })
  await config.with({ array: { openblas: 'off' } }, () => assert.equal(openBlas(), undefined))
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
