// Where values live, and that they go when nobody needs them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { compute, config, delayed } from 'heddle'
import { PoolExecutor } from '../../src/executor/pool.js'
import { SEGMENT_BYTES, SegmentTable, SegmentWriter } from '../../src/lanes/segments.js'

const make = delayed((n: number, seed: number) => Float64Array.from({ length: n }, (_, i) => i * seed))
const total = delayed((...parts: Float64Array[]) => parts.reduce((sum, part) => sum + part.reduce((a, b) => a + b, 0), 0))
const expected = (n: number, seed: number) => ((n * (n - 1)) / 2) * seed

for (const kind of ['threads', 'processes'] as const) {
  describe(`a pool of ${kind}`, () => {
    test('holds nothing when everything is done, whatever the sizes', async () => {
      await using pool = new PoolExecutor(kind, 2)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 12 }), async (sizes) => {
          const sum = total(...sizes.map((n, i) => make(n, i + 1)))
          assert.equal(
            await sum.compute({ executor: pool }),
            sizes.reduce((s, n, i) => s + expected(n, i + 1), 0),
          )
        }),
        { numRuns: 25 },
      )
      await nextTurn()
      assert.equal(pool.memory.values, 0)
    })

    test('frees what a caller has its values of before anything else is run, and when it is closed', async () => {
      const pool = new PoolExecutor(kind, 1)
      for (let i = 0; i < 3; i++) {
        assert.equal((await make(50_000, i + 1).compute({ executor: pool })).length, 50_000)
        assert.ok(pool.memory.values < 2 * 400_000 + 10_000)
      }
      await pool.close()
      assert.equal(pool.memory.values, 0)
    })

    test('holds what is persisted until it is released', async () => {
      await using pool = new PoolExecutor(kind, 2)
      const held = make(50_000, 3).persist({ executor: pool })
      assert.equal(await total(held, held).compute({ executor: pool }), 2 * expected(50_000, 3))
      assert.ok(pool.memory.values >= 400_000)
      const values = (held.expression as unknown as { values: { release(): void }[] }).values
      for (const value of values) value.release()
      await total(make(1, 1)).compute({ executor: pool })
      await nextTurn()
      assert.equal(pool.memory.values, 0)
      await assert.rejects(held.compute({ executor: pool }), /released|nothing of it is needed/)
    })

    test('closing rejects what is under way', async () => {
      const pool = new PoolExecutor(kind, 1)
      const forever = delayed(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)))
      const running = forever().compute({ executor: pool })
      const persisted = make(10, 1).persist({ executor: pool })
      await persisted.compute({ executor: pool })
      const rejected = assert.rejects(running, /was closed while tasks were under way/)
      await pool.close()
      await rejected
      await assert.rejects(make(1, 1).compute({ executor: pool }), /is closed/)
    })
  })
}

describe('shared memory', () => {
  test('typed arrays are inputs without a copy, and segments are filled again', async () => {
    await using pool = new PoolExecutor('threads', 1)
    const isShared = delayed((x: Float64Array) => (x.buffer as unknown) instanceof SharedArrayBuffer)
    assert.equal(await isShared(make(100_000, 1)).compute({ executor: pool }), true)
    const { shared } = pool.memory
    for (let i = 0; i < 30; i++) assert.equal(await total(make(100_000, i)).compute({ executor: pool }), expected(100_000, i))
    assert.ok(pool.memory.shared <= shared * 3, `${pool.memory.shared} bytes after 31 runs, ${shared} after the first`)
  })

  test('a run of many results of all sizes gives the memory back', async () => {
    await config.with({ threads: 2 }, async () => {
      const text = delayed((n: number) => 'x'.repeat(n))
      const sizes = Array.from({ length: 400 }, (_, i) => (i * 7919) % 5000)
      const texts = await compute(sizes.map((n) => text(n)))
      assert.deepEqual(
        texts.map((t) => t.length),
        sizes,
      )
    })
  })

  test('a segment is given back when it is full and nothing in it is needed', () => {
    const writer = new SegmentWriter(1)
    const table = new SegmentTable()
    const places: { id: number; offset: number; length: number }[] = []
    const put = (length: number) => {
      const bytes = writer.allocate(length)
      bytes.fill(places.length & 255)
      for (const entry of writer.made) table.made(1, entry)
      places.push({ id: writer.segment, offset: writer.offset, length })
      table.hold(writer.segment)
      for (const id of writer.sealed) table.sealed(id)
      writer.made = []
      writer.sealed = []
    }
    for (let i = 0; i < 3000; i++) put((i * 131) % 4000)
    put(SEGMENT_BYTES)
    places.forEach(({ id, offset, length }, i) => {
      assert.equal(offset % 8, 0)
      assert.ok(table.view(id, offset, length).every((byte) => byte === (i & 255)))
    })
    assert.equal(table.sparesFor(1), undefined)
    for (const { id } of places) table.drop(id)
    const spares = table.sparesFor(1)!
    // All but the one that is being written into.
    assert.equal(spares.length, new Set(places.map((p) => p.id)).size - 1)
    for (const spare of spares) writer.addSpare(spare)
    put(SEGMENT_BYTES)
    assert.ok(spares.some(([id]) => id === writer.segment))
  })
})
