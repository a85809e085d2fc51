// Values of threads beyond the limit of memory: they go to disk, come back, and leave nothing there.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { config, delayed } from 'heddle'
import * as da from 'heddle/array'
import { PoolExecutor } from '../../src/executor/pool.js'

const LIMIT = 12 * 2 ** 20
/** of a value, 1 MiB */
const LENGTH = 2 ** 17

const make = delayed((n: number, start: number) => Float64Array.from({ length: n }, (_, i) => start + i))
const sum = delayed((...parts: Float64Array[]) => parts.reduce((all, part) => all + part.reduce((a, b) => a + b, 0), 0))
/** Of what `make` gives. */
const sumOf = (n: number, start: number): number => n * start + (n * (n - 1)) / 2

describe('threads whose values are more than memory', () => {
  let folder = ''
  before(() => (folder = mkdtempSync(join(tmpdir(), 'threads-spilling-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Does something with threads whose values may take 60 % of the limit; what the process takes does not matter. */
  const limited = (action: (pool: PoolExecutor) => Promise<void>): Promise<void> =>
    config.with(
      {
        memory: { limit: LIMIT, target: 0.6, spill: 'off', pause: 'off', localDirectory: folder },
        array: { chunkSize: '1 MiB', rechunkLimit: '2 MiB' },
      },
      async () => {
        const pool = new PoolExecutor('threads', 2)
        try {
          await action(pool)
        } finally {
          await pool.close()
        }
        assert.deepEqual(readdirSync(folder), [], 'what was on disk is gone')
      },
    )

  /** The files of values on disk. */
  const files = (): string[] =>
    readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((name) => name.endsWith('.value'))

  /** Waits until so many bytes at most are in memory. */
  const below = async (pool: PoolExecutor, bytes: number): Promise<void> => {
    while (pool.memory.values > bytes) await new Promise((resolve) => setImmediate(resolve))
  }

  test('results that are kept go to disk, and come back when tasks or the program need them', async () => {
    await limited(async (pool) => {
      const held = Array.from({ length: 24 }, (_, i) => make(LENGTH, i).persist({ executor: pool }))
      await Promise.all(held.map((value) => sum(value).compute({ executor: pool })))
      await below(pool, 0.6 * LIMIT)
      assert.ok(pool.memory.disk >= 24 * LENGTH * 8 - 0.6 * LIMIT, `${pool.memory.disk} bytes on disk`)
      assert.ok(files().length > 0)
      for (const [i, value] of held.entries()) {
        assert.equal(await sum(value, held[23 - i]!).compute({ executor: pool }), sumOf(LENGTH, i) + sumOf(LENGTH, 23 - i))
        assert.deepEqual(
          ((await value.compute({ executor: pool })) as Float64Array).subarray(0, 3),
          Float64Array.of(i, i + 1, i + 2),
        )
      }
      for (const { expression } of held) for (const value of (expression as unknown as Held).values) value.release()
      await sum(make(1, 1)).compute({ executor: pool })
      // Its result is freed a turn after it was given.
      await below(pool, 0)
      assert.deepEqual([pool.memory.values, pool.memory.disk], [0, 0])
    })
  })

  test('what is on disk and damaged is computed again', async () => {
    await limited(async (pool) => {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
      const held = Array.from({ length: 16 }, (_, i) => make(LENGTH, i).persist({ executor: pool }))
      await Promise.all(held.map((value) => sum(value).compute({ executor: pool })))
      await below(pool, 0.6 * LIMIT)
      for (const file of files()) writeFileSync(file, 'nothing of any use')
      for (const [i, value] of held.entries()) {
        if (i % 2 === 0) assert.equal(await sum(value).compute({ executor: pool }), sumOf(LENGTH, i))
        else assert.equal(((await value.compute({ executor: pool })) as Float64Array)[7], i + 7)
      }
      assert.match((await warned).message, /^threads: .* that had left memory cannot be read and must be computed again/)
    })
  })

  test('arrays larger than memory are kept, cut anew and sorted', async () => {
    await limited(async (pool) => {
      const executor = pool
      const [rows, columns] = [1024, 2048]
      const x = da.random
        .defaultRng(5)
        .integers({ high: 2 ** 30, size: [rows, columns], chunks: [64, columns] })
        .astype('float64')
      const y = x.add(1).persist({ executor })
      const whole = (await x.compute({ executor: 'inline' })).data as Float64Array
      const plusOne = whole.map((v) => v + 1)
      assert.ok(whole.byteLength > 2 * 0.6 * LIMIT)

      same((await y.compute({ executor })).data, plusOne)
      await below(pool, 0.6 * LIMIT)
      assert.ok(pool.memory.disk >= whole.byteLength - 0.6 * LIMIT, `${pool.memory.disk} bytes on disk`)

      const turned = y.rechunk([rows, 128])
      same((await turned.compute({ executor })).data, plusOne)
      const perColumn = new Float64Array(columns)
      for (let i = 0; i < plusOne.length; i++) perColumn[i % columns]! += plusOne[i]!
      assert.deepEqual((await turned.sum({ axis: 0 }).compute({ executor })).data, perColumn)

      const sorted = (await da.sort(y.reshape([rows * columns])).compute({ executor })).data
      same(sorted, plusOne.slice().sort())
    })
  })
})

/** Compares many numbers, which `deepEqual` takes long for. */
function same(got: unknown, expected: Float64Array): void {
  assert.ok(got instanceof Float64Array)
  assert.ok(got.length === expected.length && got.every((v, i) => v === expected[i]))
}

/** What a persisted value has inside. */
interface Held {
  readonly values: readonly { release(): void }[]
}
