// What `explain()` shows of rewritings, and what is computed less because of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaskError } from 'heddle'
import * as da from 'heddle/array'

const inline = { executor: 'inline' } as const

/** What a step of `explain()` has left, or undefined where it had nothing to do. */
const after = (x: da.ChunkedArray, step: string): string | undefined => x.explain().split(`after ${step}\n`)[1]?.split('\n\n')[0]

/** Of an array whose chunks count how often they are made. */
function counted(): { readonly x: da.ChunkedArray<'float64'>; readonly places: number[] } {
  const places: number[] = []
  const x = da.fromFunction(
    (block) => {
      places.push(block.offset[0]!)
      return Float64Array.from({ length: block.shape[0]! }, (_, i) => block.offset[0]! + i)
    },
    20,
    { chunks: 5 },
  )
  return { x, places }
}

test('chains of operations become one with the reduction behind them', () => {
  const x = da.arange(20, { chunks: 5, dtype: 'float64' })
  const steps = after(x.add(1).multiply(2).sum(), 'fuse')!.split('\n')
  assert.deepEqual(
    steps.map((line) => line.trim().split(':')[0]),
    ['sum', 'add-multiply-sum', 'arange'],
  )
  assert.match(x.add(1).multiply(2).sum().explain(), /^expression\n[^]*multiply: [^]*add: [^]*after fuse/)
})

test('slices go through operations to the chunks that they need: others are not made', async () => {
  const { x, places } = counted()
  const few = da.sqrt(x.add(1).multiply(2)).slice('6:9')
  assert.deepEqual(
    after(few, 'push slices')!
      .split('\n')
      .map((line) => line.trim()),
    [
      'sqrt: float64 [3] in 1 chunk',
      'multiply: float64 [3] in 1 chunk',
      'add: float64 [3] in 1 chunk',
      'slice: float64 [3] in 1 chunk',
      'fromFunction: float64 [20] in 4 chunks',
    ],
  )
  assert.deepEqual(
    (await few.compute(inline)).toArray(),
    [6, 7, 8].map((v) => Math.sqrt((v + 1) * 2)),
  )
  assert.deepEqual(places, [5])
})

test('several reductions of an array make it once', async () => {
  const { x, places } = counted()
  const y = x.add(1)
  const [sum, mean, std] = (await da.stack([y.sum(), y.mean(), y.std()]).compute(inline)).data as Float64Array
  assert.deepEqual([sum, mean], [210, 10.5])
  assert.ok(Math.abs(std! - Math.sqrt((20 ** 2 - 1) / 12)) < 1e-14)
  assert.deepEqual(
    places.toSorted((a, b) => a - b),
    [0, 5, 10, 15],
  )
})

test('rechunks in a row are one', () => {
  const { x } = counted()
  const both = x.add(1).rechunk(3).rechunk(7)
  assert.equal(
    both
      .explain()
      .split('\n\n')[0]!
      .match(/rechunk: /g)!.length,
    2,
  )
  assert.doesNotMatch(after(both, 'push slices')!, /float64 \[20\] in 7 chunks/)
  assert.deepEqual(both.chunks, [[7, 7, 6]])
})

test('arrays are no operands of the operators of JavaScript', async () => {
  const x = da.arange(4, { chunks: 2, dtype: 'float64' })
  const no = /ChunkedArray \{ .*arange.* \} is not a number: operators of JavaScript cannot compute with it/
  assert.throws(() => Number(x), no)
  assert.throws(() => (x as unknown as number) > 2, no)
  assert.throws(() => (x as unknown as number) + 1, no)
  assert.match(`${x as unknown as string}`, /^ChunkedArray \{ .*arange/)
  // In functions of elements and of blocks it would be NaN: what is compared with it false.
  assert.throws(() => da.map((a) => (a > (x as unknown as number) ? 1 : 0), x), no)
  await assert.rejects(
    da.mapBlocks((block) => block.data.map((v) => (v > (x as unknown as number) ? 1 : 0)), [x]).compute(inline),
    (error: TaskError) => no.test((error.cause as Error).message),
  )
})

test('functions that read what is not there, or give what was not declared', async () => {
  const x = da.arange(4, { chunks: 2, dtype: 'float64' })
  const name = 'text'
  assert.throws(() => da.map((a) => (a + name) as unknown as number, x), /map: the function gives "1text" for ones/)
  await assert.rejects(da.mapBlocks(() => Float64Array.of(1, 2, 3), [x]).compute(inline), (error: TaskError) =>
    /mapBlocks, block \[0\]: the function gave 3 elements, but float64 of the shape \[2\] was declared/.test(
      (error.cause as Error).message,
    ),
  )
  await assert.rejects(x.subtract(3).multiply(100).astype('uint8').compute(inline), (error: TaskError) =>
    /a value of float64 is not a number of uint8 \(element 0 of chunk .*:0, which has the shape \[2\]\)/.test(
      (error.cause as Error).message,
    ),
  )
})
