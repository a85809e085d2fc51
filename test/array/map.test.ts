// Functions of the user: of elements, as kernels and as JavaScript, and of blocks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TaskError } from 'heddle'
import * as da from 'heddle/array'

const inline = { executor: 'inline' } as const
const specials = [0, -0, 1, -1, 0.5, -0.5, 2.5, -2.5, 1e308, -1e308, 5e-324, Infinity, -Infinity, Number.NaN, 3, -7, 0.1, 1e16]
const left = specials.flatMap((a) => specials.map(() => a))
const right = specials.flatMap(() => specials)
const x = da.fromArray(Float64Array.from(left), { chunks: 50 })
const y = da.fromArray(Float64Array.from(right), { chunks: 70 })
const captured = 2.5

/** Exactly as JavaScript. */
const exact: Record<string, (a: number, b: number) => number | boolean> = {
  arithmetic: (a, b) => (a + b) * captured - a / b,
  remainder: (a, b) => a % b,
  roots: (a, b) => Math.sqrt(a) + Math.abs(b) - -a,
  rounding: (a, b) => Math.round(a) + Math.floor(b) * 2 - Math.ceil(a) + Math.trunc(b),
  round: (a) => Math.round(a),
  sign: (a) => Math.sign(a),
  least: (a, b) => Math.min(a, b),
  greatest: (a, b) => Math.max(a, b, 0.25),
  single: (a) => Math.fround(a),
  choice: (a, b) => (a > b ? a : b < 0 ? -1 : b),
  statements: (a, b) => {
    if (a < b) return a
    const both = a * b
    return both - 1
  },
  comparison: (a, b) => a < b || (a === b && !(a >= 1)),
  different: (a, b) => a !== b,
  truth: (a, b) => (a && b) || 3,
  integer: (a, b) => Number.isInteger(a) && !Number.isNaN(b) && Number.isFinite(b),
  booleans: (a, b) => Number(a > b) + (b > a ? 2 : 0),
}

for (const [name, fn] of Object.entries(exact)) {
  test(`${name}: a kernel that gives what JavaScript gives`, async () => {
    const array = da.map(fn, x, y)
    assert.match(array.explain(), /as a kernel/)
    const result = await array.compute(inline)
    const actual = [...result.values()]
    left.forEach((a, i) =>
      assert.ok(
        Object.is(actual[i], fn(a, right[i]!)),
        `${name}(${a}, ${right[i]}) is ${String(actual[i])}, JavaScript has ${String(fn(a, right[i]!))}`,
      ),
    )
  })
}

const near: Record<string, (a: number, b: number) => number> = {
  powers: (a, b) => a ** b,
  exponentials: (a, b) => Math.exp(a) + Math.log(Math.abs(b)),
  angles: (a, b) => Math.atan2(a, b),
  lengths: (a, b) => Math.hypot(a, b) + Math.abs(Math.tanh(a)),
}

for (const [name, fn] of Object.entries(near)) {
  test(`${name}: within some units in the last place`, async () => {
    const result = await da.map(fn, x, y).compute(inline)
    left.forEach((a, i) => {
      const [actual, expected] = [result.data[i]!, fn(a, right[i]!)]
      const close =
        Object.is(actual, expected) ||
        Math.abs(actual - expected) <= 8 * 2 ** -52 * Math.abs(expected) ||
        (Math.abs(expected) < 1e-300 && Math.abs(actual) < 1e-300)
      assert.ok(close, `${name}(${a}, ${right[i]}) is ${actual}, JavaScript has ${expected}`)
    })
  })
}

test('what cannot be translated runs as JavaScript, and explain says why', async () => {
  const counted = da.map(
    (a) => {
      let n = 0
      for (let i = 0; i < 3; i++) n += a
      return n
    },
    da.arange(10, { chunks: 3, dtype: 'float64' }),
  )
  assert.match(counted.explain(), /as JavaScript, because .*no translation/)
  assert.deepEqual(
    (await counted.compute(inline)).toArray(),
    Array.from({ length: 10 }, (_, i) => 3 * i),
  )
  const wide = da.map((a: bigint) => a * 2n, da.fromArray(BigInt64Array.of(1n, 2n)))
  assert.equal(wide.dtype, 'int64')
  assert.deepEqual((await wide.compute(inline)).toArray(), [2n, 4n])
})

test('elements are stretched to one another', async () => {
  const table = da.map(
    (a, b) => 10 * a + b,
    da.fromArray([[1], [2]], { chunks: 1 }).astype('float64'),
    da.fromArray(Float64Array.of(1, 2, 3), { chunks: 2 }),
  )
  assert.deepEqual((await table.compute(inline)).toArray(), [
    [11, 12, 13],
    [21, 22, 23],
  ])
})

test('a function of elements that gives another type than for ones', async () => {
  const odd = da.map((a) => [a, 'text'][a === 2 ? 1 : 0] as number, da.arange(4, { chunks: 2, dtype: 'float64' }))
  await assert.rejects(odd.compute(inline), (error: TaskError) =>
    /chunk .*element \[0\].*"text".*float64/.test((error.cause as Error).message),
  )
})

test('blocks: shapes, types and places', async () => {
  const z = da.arange(6, { chunks: 2, dtype: 'float64' }).reshape([2, 3]).rechunk([1, 2])
  const seen = await da
    .mapBlocks(
      (block, info) =>
        new da.NdArray(
          'int32',
          block.shape,
          Int32Array.from(block.data, () => info.place[0]! * 10 + info.place[1]!),
        ),
      [z],
      { dtype: 'int32' },
    )
    .compute(inline)
  assert.deepEqual(seen.toArray(), [
    [0, 0, 1],
    [10, 10, 11],
  ])
  const longer = await da
    .mapBlocks((block) => Float64Array.of(...block.data, -1), [da.arange(4, { chunks: 2, dtype: 'float64' })], { chunks: [3] })
    .compute(inline)
  assert.deepEqual(longer.toArray(), [0, 1, -1, 2, 3, -1])
  const rows = await da
    .mapBlocks((block) => Float64Array.from({ length: block.shape[0]! }, (_, i) => block.get(i, 0) + block.get(i, 2)), [z], {
      dropAxis: 1,
    })
    .compute(inline)
  assert.deepEqual(rows.toArray(), [2, 8])
  await assert.rejects(
    da.mapBlocks((block) => new da.NdArray('float32', block.shape, Float32Array.from(block.data)), [z]).compute(inline),
    (error: TaskError) =>
      /block \[0, 0\]: the function gave float32 of the shape \[1, 2\], but float64 of the shape \[1, 2\] was declared/.test(
        (error.cause as Error).message,
      ),
  )
})

test('blockwise: axes by letters, with all blocks of those that the result has not', async () => {
  const a = da.arange(12, { dtype: 'float64' }).reshape([3, 4]).rechunk([2, 2])
  const b = da.arange(8, { dtype: 'float64' }).reshape([4, 2]).rechunk([3, 1])
  const product = da.blockwise(
    (p: da.NdArray<'float64'>, q: da.NdArray<'float64'>) => {
      const [n, m, k] = [p.shape[0]!, q.shape[1]!, p.shape[1]!]
      const out = new Float64Array(n * m)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < m; j++) for (let l = 0; l < k; l++) out[i * m + j]! += p.get(i, l) * q.get(l, j)
      return new da.NdArray('float64', [n, m], out)
    },
    'ij',
    [
      [a, 'ik'],
      [b, 'kj'],
    ],
    { concatenate: true },
  )
  const expected = Array.from({ length: 3 }, (_, i) =>
    Array.from({ length: 2 }, (_, j) =>
      Array.from({ length: 4 }, (_, k) => (4 * i + k) * (2 * k + j)).reduce((s, v) => s + v, 0),
    ),
  )
  assert.deepEqual((await product.compute(inline)).toArray(), expected)
})

test('functions of users run in threads', async () => {
  const z = da.arange(10, { chunks: 3, dtype: 'float64' })
  assert.deepEqual(
    (await da.mapBlocks((block) => block.data.map((v) => v * captured), [z]).compute({ executor: 'threads' })).toArray(),
    Array.from({ length: 10 }, (_, i) => i * captured),
  )
})
