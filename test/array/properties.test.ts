// Chunked arrays are what the same arrays in one piece are: random shapes, chunks, types, slices and programs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as da from 'heddle/array'

const inline = { executor: 'inline' } as const
const runs = Number(process.env['TEST_PROPERTY_RUNS'] ?? 150)

const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 })

/** Cuts an axis of this length by chance. */
const cuts = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: Math.max(1, length) }), { minLength: length, maxLength: length }).map((parts) => {
    const result: number[] = []
    let left = length
    for (const part of parts) {
      if (left === 0) break
      result.push(Math.min(part, left))
      left -= result.at(-1)!
    }
    return result
  })

const chunkings = (shape: readonly number[]): fc.Arbitrary<number[][]> => fc.tuple(...shape.map(cuts))

const places = (length: number): fc.Arbitrary<number | string | number[] | boolean[]> => {
  const bound = fc.option(fc.integer({ min: -length - 2, max: length + 2 }), { nil: undefined })
  const step = fc.option(
    fc.integer({ min: -3, max: 3 }).filter((n) => n !== 0),
    { nil: undefined },
  )
  const slice = fc.tuple(bound, bound, step).map(([a, b, c]) => `${a ?? ''}:${b ?? ''}${c === undefined ? '' : `:${c}`}`)
  const place = fc.integer({ min: -length, max: length - 1 })
  return fc.oneof(
    { weight: 4, arbitrary: slice },
    { weight: 1, arbitrary: place },
    { weight: 1, arbitrary: fc.array(place, { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(fc.boolean(), { minLength: length, maxLength: length }) },
  )
}

/** What Python's slice objects do, step by step. */
function listOf(index: number | string | readonly number[] | readonly boolean[], length: number): number[] {
  if (typeof index === 'number') return [index < 0 ? index + length : index]
  if (typeof index !== 'string') {
    if (typeof index[0] === 'boolean') return index.flatMap((b, i) => (b ? [i] : []))
    return (index as readonly number[]).map((i) => (i < 0 ? i + length : i))
  }
  const [a, b, c] = index.split(':').map((p) => (p === '' ? undefined : Number(p)))
  const step = c ?? 1
  const clamp = (x: number, low: number, high: number): number => Math.max(low, Math.min(high, x < 0 ? x + length : x))
  let at = a === undefined ? (step > 0 ? 0 : length - 1) : step > 0 ? clamp(a, 0, length) : clamp(a, -1, length - 1)
  const stop = b === undefined ? (step > 0 ? length : -1) : step > 0 ? clamp(b, 0, length) : clamp(b, -1, length - 1)
  const result: number[] = []
  for (; step > 0 ? at < stop : at > stop; at += step) result.push(at)
  return result
}

function selected(
  x: da.NdArray,
  index: readonly (number | string | number[] | boolean[])[],
): { shape: number[]; values: unknown[] } {
  const lists = x.shape.map((n, axis) => listOf(index[axis]!, n))
  const shape = lists.flatMap((l, axis) => (typeof index[axis] === 'number' ? [] : [l.length]))
  let rows: number[][] = [[]]
  for (const list of lists) rows = rows.flatMap((row) => list.map((i) => [...row, i]))
  return { shape, values: rows.map((row) => x.get(...row)) }
}

const whole = (shape: readonly number[]): da.NdArray => {
  const size = shape.reduce((n, m) => n * m, 1)
  return new da.NdArray(
    'float64',
    shape,
    Float64Array.from({ length: size }, (_, i) => i * 1.5 - 7),
  )
}

const withIndex = shapes.chain((shape) => fc.tuple(fc.constant(shape), chunkings(shape), fc.tuple(...shape.map(places))))

test('slices', async () => {
  await fc.assert(
    fc.asyncProperty(withIndex, async ([shape, chunks, index]) => {
      const x = whole(shape)
      const result = await da
        .fromArray(x, { chunks })
        .slice(...(index as never[]))
        .compute(inline)
      const expected = selected(x, index)
      assert.deepEqual(result.shape, expected.shape)
      assert.deepEqual([...result.values()], expected.values)
    }),
    { numRuns: runs },
  )
})

test('slices of slices, of operations, of other chunks and of turned arrays, rewritten or not', async () => {
  const twice = withIndex.chain(([shape, chunks, index]) => {
    const lengths = shape.flatMap((n, axis) => (typeof index[axis] === 'number' ? [] : [listOf(index[axis]!, n).length]))
    const ok = lengths.length > 0 && lengths.every((n) => n > 0)
    return fc.tuple(
      fc.constant({ shape, chunks, index }),
      ok ? fc.tuple(...lengths.map(places)) : fc.constant(undefined),
      ok ? chunkings(lengths) : fc.constant(undefined),
      fc.boolean(),
    )
  })
  await fc.assert(
    fc.asyncProperty(twice, async ([{ shape, chunks, index }, again, cutsAgain, turned]) => {
      const x = whole(shape)
      const base = da.fromArray(x, { chunks })
      const row = da.fromArray(
        Float64Array.from({ length: shape.at(-1)! }, (_, i) => 100 * i),
        { chunks: 2 },
      )
      let y: da.ChunkedArray = base
        .multiply(2)
        .add(row)
        .slice(...(index as never[]))
      if (cutsAgain) y = y.rechunk(cutsAgain)
      y = y.subtract(1)
      if (again) y = y.slice(...(again as never[]))
      if (turned) y = y.transpose().add(y.transpose()).transpose()
      const [plain, rewritten] = [await y.compute({ ...inline, optimize: false }), await y.compute(inline)]
      assert.deepEqual(rewritten.shape, plain.shape)
      assert.deepEqual(rewritten.data, plain.data)
      const expected = selected(x, index)
      if (!again && !turned) {
        const columns = [...Array(x.size).keys()].map((i) => 100 * (i % shape.at(-1)!))
        const added = selected(new da.NdArray('float64', shape, Float64Array.from(columns)), index)
        assert.deepEqual(
          [...plain.values()],
          expected.values.map((v, i) => (v as number) * 2 + (added.values[i] as number) - 1),
        )
      }
    }),
    { numRuns: runs },
  )
})

test('shapes', async () => {
  const reshaped = shapes.chain((shape) => {
    const size = shape.reduce((n, m) => n * m, 1)
    const divisors = [...Array(size).keys()].map((i) => i + 1).filter((n) => size % n === 0)
    return fc.tuple(fc.constant(shape), chunkings(shape), fc.constantFrom(...divisors), fc.constantFrom(...divisors))
  })
  await fc.assert(
    fc.asyncProperty(reshaped, async ([shape, chunks, a, b]) => {
      const x = whole(shape)
      const to = (x.size / a) % b === 0 ? [a, b, x.size / a / b] : [a, x.size / a]
      const result = await da.fromArray(x, { chunks }).reshape(to).compute(inline)
      assert.deepEqual(result.shape, to)
      assert.deepEqual(result.data, x.data)
    }),
    { numRuns: runs },
  )
})

test('reductions and running sums', async () => {
  const reduced = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      chunkings(shape),
      fc.subarray(
        shape.map((_, i) => i),
        { minLength: 1 },
      ),
      fc.constantFrom('sum', 'min', 'max', 'mean', 'std', 'argmax', 'cumsum' as const),
      fc.integer({ min: 2, max: 4 }),
      fc.constantFrom('float64', 'int32', 'uint8', 'float32' as const),
    ),
  )
  await fc.assert(
    fc.asyncProperty(reduced, async ([shape, chunks, axes, operation, splitEvery, dtype]) => {
      const x = whole(shape)
      const of = (y: da.ChunkedArray): da.ChunkedArray => {
        if (operation === 'argmax' || operation === 'cumsum') return y[operation]({ axis: axes[0]! })
        return y[operation]({ axis: axes, splitEvery }) as da.ChunkedArray
      }
      const typed = (y: da.ChunkedArray): da.ChunkedArray => da.abs(y).remainder(100).astype(dtype)
      const [chunked, single] = [
        await of(typed(da.fromArray(x, { chunks }))).compute(inline),
        await of(typed(da.fromArray(x, { chunks: -1 }))).compute(inline),
      ]
      assert.equal(chunked.dtype, single.dtype)
      assert.deepEqual(chunked.shape, single.shape)
      const tolerance = dtype === 'float32' ? 1e-6 : 1e-14
      for (let i = 0; i < single.data.length; i++) {
        const [p, q] = [Number(chunked.data[i]), Number(single.data[i])]
        assert.ok(Math.abs(p - q) <= tolerance * Math.max(1, Math.abs(q)), `${operation}: ${p} in chunks, ${q} in one`)
      }
    }),
    { numRuns: runs },
  )
})
