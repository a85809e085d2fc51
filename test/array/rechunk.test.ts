// Rechunks in steps and through shuffles: the same numbers, in chunks and pieces that are not larger than is said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as da from '../../src/array/index.js'
import { hasManyPieces, piecesBetween, planRechunk } from '../../src/array/rechunk-plan.js'
import { config } from '../../src/config/index.js'

const runs = Number(process.env['TEST_PROPERTY_RUNS'] ?? 100)

const cuts = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: length }), { minLength: length, maxLength: length }).map((parts) => {
    const result: number[] = []
    for (let left = length, i = 0; left > 0; left -= result.at(-1)!) result.push(Math.min(left, parts[i++]!))
    return result
  })

const rechunks = fc
  .array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(cuts)), fc.tuple(...shape.map(cuts))))

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

for (const rechunkMethod of ['tasks', 'shuffle'] as const) {
  test(`by ${rechunkMethod}, arrays are what they were`, () =>
    config.with({ executor: 'inline', array: { rechunkMethod, rechunkLimit: 1, rechunkThreshold: 1 } }, () =>
      fc.assert(
        fc.asyncProperty(
          rechunks,
          fc.constantFrom('float64', 'uint8', 'complex64' as const),
          async ([shape, from, to], dtype) => {
            const x = da.arange(product(shape)).remainder(200).reshape(shape).astype(dtype).rechunk(from)
            const whole = await x.compute()
            // Something between the two, so that they do not become one.
            const y = x.add(1).rechunk(to)
            assert.deepEqual(y.chunks, to)
            const got = await y
              .subtract(1)
              .mapBlocks((block) => block, { dtype })
              .compute()
            assert.deepEqual([got.shape, got.data], [whole.shape, whole.data])
          },
        ),
        { numRuns: runs },
      ),
    ))
}

test('plans keep to their bounds', () => {
  fc.assert(
    fc.property(
      rechunks,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 4 }),
      ([shape, from, to], blockLimit, threshold) => {
        const steps = planRechunk(from, to, { blockLimit, threshold })
        assert.deepEqual(steps.at(-1), to)
        const largest = (chunks: da.Chunks): number => product(chunks.map((own) => Math.max(...own)))
        const limit = Math.max(blockLimit, largest(from), largest(to))
        for (const step of steps) {
          assert.deepEqual(
            step.map((own) => own.reduce((a, b) => a + b, 0)),
            shape,
          )
          assert.ok(largest(step) <= limit)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a plan has fewer pieces than one step', () => {
  // Rows to columns of 4096 chunks of 8 MB each, which in one step are 16 million pieces.
  const rows = [new Array<number>(4096).fill(250), [4_194_304]]
  const columns = [[1_024_000], new Array<number>(4096).fill(1024)]
  const bounds = { blockLimit: 2 ** 24 * 250, threshold: 4 }
  const steps = planRechunk(rows, columns, bounds)
  assert.ok(steps.length > 1)
  let pieces = 0
  let before: da.Chunks = rows
  for (const step of steps) {
    pieces += piecesBetween(before, step)
    before = step
  }
  assert.ok(hasManyPieces(rows, columns, 4))
  assert.ok(pieces * 10 < piecesBetween(rows, columns), `${pieces} pieces`)
})

for (const rechunkMethod of ['tasks', 'shuffle'] as const) {
  test(`in threads and processes by ${rechunkMethod}`, async () => {
    for (const executor of ['threads', 'processes'] as const)
      await config.with({ executor, threads: 2, array: { rechunkMethod, rechunkLimit: 1 } }, () => rowsToColumns())
  })
}

async function rowsToColumns(): Promise<void> {
  const x = da.arange(60_000).reshape([200, 300]).rechunk([20, -1])
  const y = x
    .add(1)
    .rechunk([-1, 25])
    .mapBlocks((block) => block, { dtype: 'int64' })
  const got = await y.subtract(1).compute()
  assert.deepEqual(
    got.data,
    BigInt64Array.from({ length: 60_000 }, (_, i) => BigInt(i)),
  )
}
