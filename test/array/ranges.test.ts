import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as da from '../../src/array/index.js'

const values = async (x: da.ChunkedArray): Promise<ArrayLike<number | bigint>> => (await x.compute({ executor: 'inline' })).data

test('ranges are start + step · place, of every type, across the pieces that they are written in', async () => {
  const n = 10_001
  for (const dtype of ['float64', 'float32', 'int32', 'uint16', 'int64', 'uint64'] as const) {
    const wide = dtype === 'int64' || dtype === 'uint64'
    const x = await values(da.arange(3, 3 + 7 * n, 7, { chunks: 6000, dtype }))
    assert.equal(x.length, n)
    for (let i = 0; i < n; i++) {
      const exact = 3n + 7n * BigInt(i)
      const expected = wide ? exact : dtype === 'uint16' ? Number(BigInt.asUintN(16, exact)) : Number(exact)
      assert.equal(x[i], expected, `element ${i} of ${dtype}`)
    }
  }
  const down = await values(da.arange(5, -n, -1, { chunks: 5000, dtype: 'int64' }))
  for (let i = 0; i < down.length; i++) assert.equal(down[i], 5n - BigInt(i))
  const large = 2 ** 53 - 9000
  const far = await values(da.arange(-large, -large + n, { chunks: n, dtype: 'int64' }))
  for (let i = 0; i < n; i++) assert.equal(far[i], BigInt(-large) + BigInt(i))
  const complex = (await da.arange(n, { chunks: 5000, dtype: 'complex128' }).compute({ executor: 'inline' })).data as Float64Array
  for (let i = 0; i < n; i++) assert.deepEqual([complex[2 * i], complex[2 * i + 1]], [i, 0])
})

test('numbers at equal distances are place · step + start, the last one exactly the end', async () => {
  const n = 9001
  const x = await values(da.linspace(-1, 2.7, n, { chunks: 5000 }))
  const step = (2.7 + 1) / (n - 1)
  for (let i = 0; i < n; i++) assert.equal(x[i], i === n - 1 ? 2.7 : i * step - 1)
  const whole = await values(da.linspace(-5, 5000, n, { chunks: 5000, dtype: 'int64' }))
  for (let i = 0; i < n; i++) assert.equal(whole[i], BigInt(Math.floor(i === n - 1 ? 5000 : i * (5005 / (n - 1)) - 5)))
})

test('places along an axis', async () => {
  for (const axis of [0, 1, 2]) {
    const x = await values(da.indices([7, 5, 3], { chunks: [4, 5, 2], dtype: 'int64' })[axis]!)
    for (let i = 0; i < x.length; i++) assert.equal(x[i], BigInt([Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3][axis]!))
  }
})

test('squares, cubes and reciprocals are what powers are', async () => {
  const specials = [0, -0, 1, -1, 1.5, -2.25, 1e-170, -1e-110, 5e-324, 1e160, -1e300, Infinity, -Infinity, NaN]
  const x = da.fromArray(Float64Array.from(specials))
  for (const [exponent, of] of [
    [2, (v: number) => v * v],
    [3, (v: number) => v * v * v],
    [-1, (v: number) => 1 / v],
  ] as const)
    assert.deepEqual(Array.from(await values(x.power(exponent))), specials.map(of), `to the power of ${exponent}`)
  const whole = da.fromArray(Int32Array.of(-70_000, 3, 0, 46_341))
  assert.deepEqual(
    Array.from(await values(whole.power(2))),
    [70_000, 3, 0, 46_341].map((v) => Math.imul(v, v)),
  )
})
