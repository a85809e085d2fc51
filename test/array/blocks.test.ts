// Overlapping blocks, functions of vectors, delayed blocks, lengths that are not known, pictures, and what goes wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TaskError, delayed } from 'heddle'
import * as da from 'heddle/array'

const inline = { executor: 'inline' } as const
const numbers = Float64Array.from({ length: 20 }, (_, i) => (i * 7) % 11)
const x = da.fromArray(numbers, { chunks: [6, 5, 9] })

const smooth = (block: da.NdArray<'float64'>): Float64Array =>
  block.data.map((v, i) => (block.data[i - 1] ?? v) + v + (block.data[i + 1] ?? v))

/** The same of all at once. */
const smoothed = (at: (i: number) => number): number[] => [...numbers].map((v, i) => at(i - 1) + v + at(i + 1))

test('functions of blocks with some elements of their neighbours', async () => {
  const run = (boundary: da.Boundary): Promise<unknown> =>
    da
      .mapOverlap(smooth, x, { depth: 1, boundary })
      .compute(inline)
      .then((r) => r.toArray())
  const n = numbers.length
  assert.deepEqual(
    await run('none'),
    smoothed((i) => numbers[Math.max(0, Math.min(n - 1, i))]!),
  )
  assert.deepEqual(
    await run('nearest'),
    smoothed((i) => numbers[Math.max(0, Math.min(n - 1, i))]!),
  )
  assert.deepEqual(
    await run('periodic'),
    smoothed((i) => numbers[(i + n) % n]!),
  )
  assert.deepEqual(
    await run('reflect'),
    smoothed((i) => numbers[i < 0 ? -i - 1 : i >= n ? 2 * n - 1 - i : i]!),
  )
  assert.deepEqual(
    await run(100),
    smoothed((i) => numbers[i] ?? 100),
  )
  const wide = da.overlap(x, { depth: 2, boundary: 0 })
  assert.deepEqual(wide.chunks, [[10, 9, 13]])
  assert.deepEqual((await da.trimInternal(wide, 2).compute(inline)).data, numbers)
  assert.deepEqual((await da.trimOverlap(da.overlap(x, { depth: 2 }), { depth: 2 }).compute(inline)).data, numbers)
  assert.throws(() => da.overlap(x.rechunk(1), { depth: 2 }), /a chunk of 1 elements along axis 0 has not the 2/)
})

test('functions of core axes', async () => {
  const t = x.reshape([4, 5]).rechunk([2, 2])
  const sums = da.applyGufunc((v: da.NdArray<never>) => (v.data as Float64Array).reduce((a, b) => a + b, 0), '(i)->()', [t], {
    vectorize: true,
    allowRechunk: true,
  })
  assert.deepEqual((await sums.compute(inline)).data, (await t.sum({ axis: 1 }).compute(inline)).data)
  assert.throws(() => da.applyGufunc((v) => v, '(i)->(i)', [t]), /the core axis 'i' is cut into 3 chunks/)
  assert.throws(() => da.applyGufunc((v) => v, 'i->i', [t]), /is no signature/)
  const reversed = await da.applyAlongAxis((v) => (v.data as Float64Array).toReversed(), 0, t, { size: 4 }).compute(inline)
  assert.deepEqual(reversed.toArray(), (await da.flip(t, 0).compute(inline)).toArray())
})

test('blocks that functions and delayed values make', async () => {
  const made = da.fromFunction(
    ({ offset, shape }) => Float64Array.from({ length: shape[0]! }, (_, i) => (offset[0]! + i) ** 2),
    10,
    { chunks: 4 },
  )
  assert.deepEqual((await made.compute({ executor: 'threads' })).toArray(), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
  const part = delayed((n: number) => Int32Array.from({ length: n }, (_, i) => n * 10 + i))
  const both = da.fromChunks([part(2), part(3)], { chunks: [[2, 3]], dtype: 'int32' })
  assert.deepEqual((await both.compute(inline)).toArray(), [20, 21, 30, 31, 32])
  const wrong = da.fromDelayed(part(2), { shape: 3, dtype: 'int32' })
  await assert.rejects(wrong.compute(inline), (e: TaskError) =>
    /gave 2 elements, but int32 of the shape \[3\] was declared/.test((e.cause as Error).message),
  )
  const chunks = da.toDelayed(x).map((d) => d.map((block) => block.size))
  assert.deepEqual(await Promise.all(chunks.map((c) => c.compute(inline))), [6, 5, 9])
  const whole = delayed((a: da.NdArray<'float64'>) => a.shape)(x.reshape([4, 5]).rechunk(2))
  assert.deepEqual(await whole.compute(inline), [4, 5])
})

test('lengths that are not known', async () => {
  const few = x.slice(x.greater(5))
  assert.ok(Number.isNaN(few.shape[0]))
  assert.throws(() => few.rechunk(2), /computeChunkSizes/)
  const known = await few.computeChunkSizes(inline)
  const expected = [...numbers].filter((v) => v > 5)
  assert.deepEqual(known.shape, [expected.length])
  assert.deepEqual((await known.slice('1:').compute(inline)).toArray(), expected.slice(1))
  assert.equal(
    (await few.add(1).sum().compute(inline)).item(),
    expected.reduce((a, b) => a + b + 1, 0),
  )
  assert.ok(Math.abs((await few.mean().compute(inline)).item() - expected.reduce((a, b) => a + b) / expected.length) < 1e-14)
})

test('persisted arrays are arrays', async () => {
  const held = x.multiply(2).persist(inline)
  assert.deepEqual(held.chunks, x.chunks)
  assert.deepEqual((await held.slice('::-1').compute(inline)).data, numbers.map((v) => v * 2).reverse())
})

test('pictures', () => {
  assert.match(x.toSVG(), /^<svg .*float64 \[20\], 3 chunks.*<\/svg>$/)
  assert.match(da.zeros([1000, 2000, 30], { chunks: 10 }).toSVG(), /60000 chunks/)
})

test('bad input', async () => {
  const f = da.ones([3, 4], { chunks: 2 })
  assert.throws(() => f.add(da.ones(3)), /shapes \[3, 4\] and \[3\] do not fit together: axis -1 is 4 in one and 3 in another/)
  assert.throws(
    () => da.ones(10, { chunks: [4, 4] }),
    /chunks of 4, 4 elements along axis 0 are 8 together, but the shape \[10\] has 10 there/,
  )
  assert.throws(() => f.slice(3), /index 3 is out of bounds for axis 0 with size 3/)
  assert.throws(() => f.slice(0, 0, 0), /too many indices: 3 for an array of 2 dimensions/)
  assert.throws(() => f.slice('1:2:0'), /a step of 0/)
  assert.throws(() => f.reshape([5, 5]), /has 12 elements/)
  assert.throws(() => da.fromArray(Uint8Array.of(1)).add(300), /300 is not a number of uint8 .*one of int16, uint16, int32/)
  assert.throws(() => da.fromArray(Int8Array.of(1)).add(200), /200 is not a number of int8 .*one of int16, int32, int64, float32/)
  assert.throws(() => da.fromArray([1, 2]).power(-1), /to the power of -1/)
  assert.throws(() => da.zeros([0, 3]).max({ axis: 0 }), /max of no values/)
  assert.throws(() => f.sum({ axis: 2 }), /there is no axis 2/)
  // A type that there is not, from JavaScript.
  const half = 'float16' as 'float32'
  for (const make of [
    () => da.ones(3, { dtype: half }),
    () => da.onesLike(f, { dtype: half }),
    () => da.arange(3, { dtype: half }),
    () => f.astype(half),
    () => f.sum({ dtype: half }),
    () => f.prod({ dtype: half }),
    () => f.mean({ dtype: half }),
    () => f.std({ dtype: half }),
    () => da.random.defaultRng(1).random({ size: 3, dtype: half }),
    () => new da.NdArray(half, [1], Float32Array.of(1)),
  ])
    assert.throws(make, /there is no dtype "float16": expected one of bool, int8/)
  await assert.rejects(da.fromArray([1.5, Number.NaN]).astype('int32').compute(inline), (e: TaskError) =>
    /a value of float64 is not a number of int32 \(element 1 of chunk/.test((e.cause as Error).message),
  )
  await assert.rejects(da.fromArray([1, 300]).astype('uint8').compute(inline), TaskError)
  assert.throws(() => da.fromArray([{ re: 1, im: 2 }]).astype('float64'), /loses its imaginary part/)
})

test('bad input of functions of elements and of blocks', async () => {
  const x = da.arange(6, { chunks: 3, dtype: 'float64' })
  const lazy = da.ones(6)
  assert.throws(() => da.map((v) => v + (lazy as unknown as number), x), /ones: float64 \[6\].* is not a number/)
  const nobody = new WeakMap<WeakKey, number>()
  const seen = da.map((v) => nobody.get(Object(v) as WeakKey) ?? v, x)
  await assert.rejects(seen.compute({ executor: 'threads' }), /variable "nobody" holds a WeakMap/)
  const short = da.mapBlocks(() => new da.NdArray('float64', [2], Float64Array.of(1, 2)), [x])
  await assert.rejects(short.compute(inline), (e: TaskError) =>
    /block \[0\]: the function gave float64 of the shape \[2\], but float64 of the shape \[3\] was declared/.test(
      (e.cause as Error).message,
    ),
  )
})

test('conversions that are not allowed', async () => {
  const x = da.fromArray([1.5, 2.5])
  assert.throws(() => x.astype('int32', { casting: 'safe' }), /casting 'safe' does not allow float64 to become int32/)
  assert.throws(() => x.astype('int32', { casting: 'same_kind' }), da.DTypeError)
  assert.throws(() => x.astype('float32', { casting: 'none' as never }), /there is no casting/)
  assert.deepEqual((await x.astype('float32', { casting: 'same_kind' }).compute(inline)).toArray(), [1.5, 2.5])
  assert.deepEqual((await x.astype('int32').compute(inline)).toArray(), [1, 2])
})

test('one pass for several reductions, and none for what is turned twice', () => {
  const y = x.add(1)
  const both = da.stack([y.mean(), y.std(), y.sum()])
  const shared = both.explain().split('after share reductions')[1]!.split('after fuse')[0]!
  assert.equal(
    new Set(shared.match(/.*along \[0\] of \[20\].*/g)?.map((line) => line.replace(' (see above)', '').trim())).size,
    1,
  )
  assert.doesNotMatch(x.reshape([4, 5]).transpose().transpose().explain().split('after push slices')[1]!, /axes \[/)
})
