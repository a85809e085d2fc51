// Lines that are too long for one task: sorted, and their quantiles, as if they were in one chunk.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as da from '../../src/array/index.js'
import { config } from '../../src/config/index.js'

const runs = Number(process.env['TEST_PROPERTY_RUNS'] ?? 60)
const small = { executor: 'inline', array: { chunkSize: 16, rechunkLimit: '128 MiB' } } as const

const cuts = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: length }), { minLength: length, maxLength: length }).map((parts) => {
    const result: number[] = []
    for (let left = length, i = 0; left > 0; left -= result.at(-1)!) result.push(Math.min(left, parts[i++]!))
    return result
  })

/** Few different numbers, so that many are equal. */
const numbers = fc.integer({ min: 1, max: 120 }).chain((n) =>
  fc.tuple(
    fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -9, max: 9 }) }, { weight: 1, arbitrary: fc.constant(Number.NaN) }),
      {
        minLength: n,
        maxLength: n,
      },
    ),
    cuts(n),
  ),
)

const ascending = (a: number, b: number): number => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b)

test('sorted lines and places, with equal numbers and NaNs', () =>
  config.with(small, () =>
    fc.assert(
      fc.asyncProperty(numbers, async ([list, chunks]) => {
        const x = da.fromArray(Float64Array.from(list), { chunks: [chunks] })
        const sorted = da.sort(x)
        if (list.length > 2) assert.deepEqual(sorted.chunks, [chunks])
        assert.deepEqual([...(await sorted.compute()).data], [...list].sort(ascending))
        const places = [...list.keys()].sort((a, b) => ascending(list[a]!, list[b]!) || a - b)
        assert.deepEqual([...(await da.argsort(x).compute()).data], places.map(BigInt))
      }),
      { numRuns: runs },
    ),
  ))

test('quantiles of long lines are those of one chunk', () =>
  config.with(small, () =>
    fc.assert(
      fc.asyncProperty(
        numbers,
        fc.array(fc.constantFrom(0, 0.1, 0.25, 0.5, 0.77, 1), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('linear', 'lower', 'hazen', 'invertedCdf' as const),
        fc.boolean(),
        async ([list, chunks], q, method, keepdims) => {
          const data = Float64Array.from(list)
          const clean = data.filter((v) => !Number.isNaN(v))
          for (const values of [data, clean]) {
            if (values.length === 0) continue
            const own = values === data ? chunks : [Math.ceil(values.length / 2), Math.floor(values.length / 2)].filter(Boolean)
            const [cut, whole] = [da.fromArray(values, { chunks: [own] }), da.fromArray(values, { chunks: -1 })]
            for (const of of [da.quantile, da.nanquantile])
              assert.deepEqual(
                (await of(cut, q, { method, keepdims }).compute()).toArray(),
                (await of(whole, q, { method, keepdims }).compute()).toArray(),
              )
            assert.deepEqual((await da.median(cut).compute()).toArray(), (await da.median(whole).compute()).toArray())
          }
        },
      ),
      { numRuns: runs },
    ),
  ))

test('along axes of several', () =>
  config.with(small, async () => {
    const values = Int32Array.from({ length: 5 * 40 * 3 }, (_, i) => (i * 7919) % 101)
    const local = new da.NdArray('int32', [5, 40, 3], values)
    const [cut, whole] = [da.fromArray(local, { chunks: [2, 7, 2] }), da.fromArray(local, { chunks: -1 })]
    for (const axis of [0, 1, 2]) {
      assert.deepEqual((await da.sort(cut, { axis }).compute()).data, (await da.sort(whole, { axis }).compute()).data)
      assert.deepEqual((await da.argsort(cut, { axis }).compute()).data, (await da.argsort(whole, { axis }).compute()).data)
    }
    for (const axis of [0, 1, [0, 1], [1, 2], undefined] as const) {
      const options = { axis, keepdims: axis === 1 }
      const [a, b] = [
        await da.percentile(cut, [5, 60], options).compute(),
        await da.percentile(whole, [5, 60], options).compute(),
      ]
      assert.deepEqual([a.shape, a.data], [b.shape, b.data])
    }
  }))

test('in threads and processes, of all types of numbers', async () => {
  for (const executor of ['threads', 'processes'] as const)
    await config.with({ executor, threads: 2, array: { chunkSize: 1024 } }, async () => {
      for (const dtype of ['float32', 'uint8', 'int64', 'bool'] as const) {
        const x = da
          .arange(4000)
          .multiply(7919)
          .remainder(dtype === 'bool' ? 2 : 251)
          .astype(dtype)
          .rechunk(900)
        const list = [...(await x.compute()).data] as number[]
        const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)
        assert.deepEqual([...(await da.sort(x).compute()).data], [...list].sort(compare))
        const places = [...list.keys()].sort((a, b) => compare(list[a]!, list[b]!) || a - b)
        assert.deepEqual([...(await da.argsort(x).compute()).data], places.map(BigInt))
      }
    })
})
