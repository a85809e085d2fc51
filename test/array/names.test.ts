// What NumPy has no counterpart of, and methods: against brute force on whole arrays.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as da from 'heddle/array'

const inline = { executor: 'inline' } as const
const list = async (x: da.ChunkedArray): Promise<unknown> => (await x.compute(inline)).toArray()

const rows = Array.from({ length: 7 }, (_, i) => Array.from({ length: 9 }, (_, j) => ((i * 31 + j * 17) % 23) - 6.5))
const x = da.fromArray(rows, { chunks: [3, 4] })

test('coarsen reduces neighbours, wherever chunks end', async () => {
  const expected = (by: readonly [number, number], fold: (v: readonly number[]) => number): number[][] =>
    Array.from({ length: Math.floor(7 / by[0]) }, (_, i) =>
      Array.from({ length: Math.floor(9 / by[1]) }, (_, j) =>
        fold(rows.slice(i * by[0], (i + 1) * by[0]).flatMap((row) => row.slice(j * by[1], (j + 1) * by[1]))),
      ),
    )
  const total = (v: readonly number[]): number => v.reduce((a, b) => a + b)
  assert.deepEqual(await list(da.coarsen(da.sum, x, { 1: 3 })), expected([1, 3], total))
  assert.deepEqual(
    await list(da.coarsen(da.max, x, { 0: 2, 1: 4 }, { trimExcess: true })),
    expected([2, 4], (v) => Math.max(...v)),
  )
  assert.deepEqual(
    await list(da.coarsen(da.min, x, { '-1': 9 })),
    expected([1, 9], (v) => Math.min(...v)),
  )
  assert.throws(() => da.coarsen(da.sum, x, { 0: 2 }), /2 elements at a time do not divide the 7 along axis 0/)
})

test('blocks are chunks, vindex is points', async () => {
  const [upper] = [x.blocks(0)]
  assert.deepEqual(upper.chunks, [[3], [4, 4, 1]])
  assert.deepEqual(await list(upper), rows.slice(0, 3))
  assert.deepEqual(await list(x.blocks('::-2', [2, 0])), [
    ...rows.slice(6).map((r) => [...r.slice(8), ...r.slice(0, 4)]),
    ...rows.slice(0, 3).map((r) => [...r.slice(8), ...r.slice(0, 4)]),
  ])
  assert.deepEqual(await list(x.partitions(-1, 1)), [rows[6]!.slice(4, 8)])
  const few = x.slice(x.slice(':', 0).greater(0))
  assert.deepEqual(
    await list(few.blocks(0)),
    rows.slice(0, 3).filter((r) => r[0]! > 0),
  )
  assert.throws(() => x.blocks(3), /index 3 is out of bounds/)

  const [a, b] = [
    [0, 6, -1, 3],
    [8, 0, 2, -4],
  ]
  assert.deepEqual(
    await list(x.vindex(a, b)),
    a.map((i, k) => rows.at(i)!.at(b[k]!)),
  )
  assert.deepEqual(
    await list(x.vindex([[0], [6]], [1, 2, 8])),
    [0, 6].map((i) => [1, 2, 8].map((j) => rows[i]![j])),
  )
  assert.deepEqual(
    await list(x.vindex([5, 5, 0], '::3')),
    [5, 5, 0].map((i) => rows[i]!.filter((_, j) => j % 3 === 0)),
  )
  assert.deepEqual(
    await list(x.vindex('1:', [8, 0])),
    [8, 0].map((j) => rows.slice(1).map((r) => r[j])),
  )
  assert.throws(() => x.vindex([7], [0]), /vindex: index 7 is out of bounds for axis 0 with size 7/)
})

test('reductions of functions, as trees', async () => {
  const sums = (block: da.NdArray<'float64'>, { axis }: { readonly axis: readonly number[] }): da.NdArray => {
    const [n, m] = block.shape as [number, number]
    const [along0, along1] = [axis.includes(0), axis.includes(1)]
    const result = new Float64Array((along0 ? 1 : n) * (along1 ? 1 : m))
    for (let i = 0; i < n; i++)
      for (let j = 0; j < m; j++) result[(along0 ? 0 : i) * (along1 ? 1 : m) + (along1 ? 0 : j)]! += block.data[i * m + j]!
    return new da.NdArray('float64', [along0 ? 1 : n, along1 ? 1 : m], result)
  }
  const last = (
    block: da.NdArray<'float64'>,
    options: { readonly axis: readonly number[]; readonly keepdims: boolean },
  ): da.NdArray => {
    const kept = sums(block, options) as da.NdArray<'float64'>
    const shape = kept.shape.filter((_, axis) => options.keepdims || !options.axis.includes(axis))
    return new da.NdArray('float64', shape, kept.data)
  }
  for (const axis of [undefined, 0, 1, [0, 1]] as const)
    for (const keepdims of [false, true]) {
      const options = { axis, keepdims, splitEvery: 2 }
      const own = da.reduction(x.rechunk(1), sums as never, last as never, options)
      assert.deepEqual(own.shape, x.sum(options).shape)
      assert.deepEqual(await list(own), await list(x.sum(options)))
    }
  await assert.rejects(list(da.reduction(x, (() => 5) as never, last as never, { axis: 0 })), /the function gave one number/)
})

test('chunks in another shape by themselves', async () => {
  const flat = da.reshapeBlockwise(x, [63])
  const [heights, widths] = [
    [3, 3, 1],
    [4, 4, 1],
  ]
  const expected: number[] = []
  let top = 0
  for (const h of heights) {
    let left = 0
    for (const w of widths) {
      for (const row of rows.slice(top, top + h)) expected.push(...row.slice(left, left + w))
      left += w
    }
    top += h
  }
  assert.deepEqual(await list(flat), expected)
  assert.deepEqual(await list(da.reshapeBlockwise(flat, [7, 9], { chunks: [3, 4] })), rows)
  assert.throws(() => da.reshapeBlockwise(flat, [7, 9]), /give the lengths of chunks/)
  assert.throws(() => da.reshapeBlockwise(flat, [7, 9], { chunks: [4, 4] }), /must be as many and as large/)
})

test('functions of places and of pieces', async () => {
  const table = da.fromfunction((i, j) => i.multiply(10).add(j), [3, 5], { chunks: 2 })
  assert.deepEqual(
    await list(table),
    [0, 1, 2].map((i) => [0, 1, 2, 3, 4].map((j) => 10 * i + j)),
  )
  assert.deepEqual(await list(da.fromfunction(() => 1.5, [2])), [1.5, 1.5])
  assert.throws(() => da.fromfunction((i) => i.sum(), [2]), /gave the shape \[\], not \[2\]/)
  const pieces = da.piecewise(x, [x.less(0), x.greater(10)], [(v) => v.negative(), 100, (v) => v.sqrt()])
  assert.deepEqual(
    await list(pieces),
    rows.map((r) => r.map((v) => (v > 10 ? 100 : v < 0 ? -v : Math.sqrt(v)))),
  )
  const whole = da.fromArray([-2n, 0n, 9007199254740993n])
  assert.deepEqual(await list(da.piecewise(whole, [whole.greater(0)], [(v) => v, (v) => v.add(1)])), [-1n, 1n, 9007199254740993n])
  assert.equal(da.resultType(x, 'int8', 3), 'float64')
  assert.equal(da.resultType('int8', 0.5), 'float64')
  assert.deepEqual(da.shape(x), [7, 9])
})

test('places that there are not', async () => {
  await assert.rejects(
    list(
      da.ravelMultiIndex(
        [
          [0, 5],
          [0, 0],
        ],
        [5, 2],
      ),
    ),
    /a place that an array of the shape \[5, 2\] has not/,
  )
  await assert.rejects(list(da.unravelIndex([3, 10], [5, 2])[0]!), /a place that an array of the shape/)
  assert.throws(() => da.delete(x, 9, { axis: 1 }), /index 9 is out of bounds for axis 1 with size 9/)
  assert.throws(() => da.insert(x, -8, 0, { axis: 0 }), /out of bounds for axis 0/)
  assert.throws(() => da.take(x, [9], { axis: 1 }), /out of bounds/)
  await assert.rejects(list(da.take(x, da.fromArray([9]), { axis: 1 })), /out of bounds/)
})

test('arrays of lengths that are not known, one after the other', async () => {
  const few = x.slice(x.greater(5))
  const positive = rows.flat().filter((v) => v > 5)
  const both = da.concatenate([few, da.fromArray([1, 2])], { allowUnknownChunksizes: true })
  assert.deepEqual(
    [...(await both.compute(inline)).values()].map(Number).sort((a, b) => a - b),
    [...positive, 1, 2].sort((a, b) => a - b),
  )
  const pairs = await da.stack([few, few.negative()], { axis: 1, allowUnknownChunksizes: true }).compute(inline)
  assert.deepEqual(pairs.shape, [positive.length, 2])
  assert.ok([...Array(positive.length).keys()].every((i) => pairs.get(i, 0) === -(pairs.get(i, 1) as number)))
  assert.throws(() => da.concatenate([few, few]), /computeChunkSizes/)
})

test('slices along the axes whose lengths are known', async () => {
  const columns = rows[0]!.length
  const table = da.fromArray(rows, { chunks: [2, 4] }).astype('float64')
  const mask = rows.map((row) => row[0]! > 0)
  const few = table.slice(da.fromArray(mask, { chunks: 2 }), ':')
  const left = rows.filter((_, i) => mask[i])
  assert.ok(Number.isNaN(few.shape[0]) && left.length > 0 && left.length < rows.length)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: columns }), fc.integer({ min: -3, max: 3 }), async (stop, step) => {
      const places = step === 0 ? [stop - 1] : Array.from({ length: stop }, (_, i) => i).filter((i) => i % Math.abs(step) === 0)
      if (step < 0) places.reverse()
      const index = step === 0 ? stop - 1 : places
      const pick = (row: readonly number[]) => places.map((i) => row[i]!)
      const expected = left.map((row) => (step === 0 ? pick(row)[0] : pick(row)))
      assert.deepEqual((await few.slice(':', index).compute(inline)).toArray(), expected)
      assert.deepEqual((await few.add(1).slice(':', index).add(-1).compute(inline)).toArray(), expected)
      assert.deepEqual((await few.transpose().slice(index, ':').compute(inline)).toArray(), transposed(expected))
      assert.equal(
        (await few.slice(':', index).sum().compute(inline)).item(),
        expected.flat().reduce<number>((a, b) => a + b!, 0),
      )
    }),
    { numRuns: 30 },
  )
  assert.throws(() => few.slice('1:', ':'), /computeChunkSizes/)
})

/** Columns as rows; a list of numbers is its own. */
function transposed(table: readonly unknown[]): readonly unknown[] {
  return Array.isArray(table[0]) ? table[0].map((_, i) => (table as unknown[][]).map((row) => row[i])) : table
}

test('methods are the functions of their names', async () => {
  const c = da.fromArray([
    { re: 1, im: -2 },
    { re: 0, im: 3 },
  ])
  const pairs: [da.ChunkedArray, da.ChunkedArray][] = [
    [x.clip(-1, 2), da.clip(x, -1, 2)],
    [x.round(0), da.round(x, 0)],
    [x.repeat(2, 1), da.repeat(x, 2, 1)],
    [x.slice(':1').squeeze(), da.squeeze(x.slice(':1'))],
    [x.swapaxes(0, 1), da.swapaxes(x, 0, 1)],
    [x.shuffle([[1, 0], [6]]), da.shuffle(x, [[1, 0], [6]])],
    [x.moment(3), da.moment(x, 3)],
    [x.nonzero()[1]!, da.nonzero(x)[1]!],
    [x.copy(), x],
    [c.conj(), da.conj(c)],
    [c.real(), da.real(c)],
    [c.imag(), da.imag(c)],
    [da.fromArray([1, 0]).choose([10, 20]), da.fromArray([20, 10])],
    [x.mapBlocks((block) => Float64Array.from(block.data as Float64Array, (v) => v * 2)), x.multiply(2)],
    [x.mapOverlap((block) => block, { depth: 1, boundary: 'reflect' }), x],
  ]
  for (const [i, [method, other]] of pairs.entries()) assert.deepEqual(await list(method), await list(other), `pair ${i}`)
  assert.deepEqual((await x.toDelayed()[1]!.compute(inline)).shape, [3, 4])
})

test('rows as a dataframe', async () => {
  const frame = x.slice(':', ':2').toDataFrame(['a', 'b'])
  assert.deepEqual(
    await frame.toRecords(),
    rows.map(([a, b]) => ({ a, b })),
  )
  assert.throws(() => x.toDataFrame(['a']), /1 names for 9 columns/)
  assert.deepEqual(await da.fromArray([5n, 6n], { chunks: 1 }).toDataFrame(['n']).toRecords(), [{ n: 5n }, { n: 6n }])
})
