// groupBy and join of more than fits in their buffers go through files, which are gone afterwards.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { config } from 'heddle'
import * as bag from '../../src/bag/index.js'
import { Scratch } from './data.js'

const scratch = new Scratch()

/** The files below the folder for temporary files; a process makes its own folder there once. */
const temporary = scratch.path('temporary')
mkdirSync(temporary)
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((e) => (e.isFile() ? [e.name] : []))

/** Files are removed in the background. */
async function noFiles(): Promise<void> {
  const deadline = performance.now() + 10_000
  while (filesIn(temporary).length > 0 && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(filesIn(temporary), [])
}

/** So little that everything goes to disk. */
const settings = { temporaryDirectory: temporary, shuffle: { memory: 0.000001 } }

for (const executor of ['inline', 'threads', 'processes'] as const) {
  test(`groupBy and join through files, in ${executor}`, () =>
    config.with(settings, async () => {
      const filler = 'x'.repeat(3000)
      const records = bag.range(6000, { partitions: 3 }).map((i) => ({ i, key: `k${i % 7}`, filler: `${filler}${i}` }))
      const groups = records
        .groupBy((r) => r.key)
        .map(([key, items]) => ({ key, items: items.map((r) => r.i), files: filesIn(temporary).length }))
      const result = await groups.compute({ executor })
      assert.deepEqual(
        result.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, items }) => [key, items]),
        Array.from({ length: 7 }, (_, k) => [`k${k}`, Array.from({ length: 6000 }, (_, i) => i).filter((i) => i % 7 === k)]),
      )
      assert.ok(
        result.every(({ files }) => files >= 1 && files <= 3),
        'while the groups are read, there is a file for each partition of the result at most',
      )
      const pairs = records
        .join(
          records.filter((r) => r.i < 7),
          { left: (r) => r.key, right: (r) => r.key },
        )
        .filter(([a, b]) => a.key === b.key && a.filler.length > 3000)
      assert.equal(await pairs.count().compute({ executor }), 6000)
      await assert.rejects(groups.map(() => assert.fail('on purpose')).compute({ executor }), /on purpose/)
      await noFiles()
    }))

  test(`what is different, in several partitions, in ${executor}`, async () => {
    const items = Array.from({ length: 500 }, (_, i) => ({ i, text: `t${(i * 7) % 40}` }))
    const all = bag.fromSequence(items, { partitions: 6 })
    const firsts = items.filter((a, i) => items.findIndex((b) => b.text === a.text) === i)
    const byKey = await all.distinct((x) => x.text, { partitions: 4 }).compute({ executor })
    assert.deepEqual(
      byKey.sort((a, b) => a.i - b.i),
      firsts,
    )
    const texts = all.pluck('text').distinct(undefined, { partitions: 3 })
    assert.equal(texts.partitions, 3)
    assert.deepEqual((await texts.compute({ executor })).sort(), firsts.map((x) => x.text).sort())
  })

  test(`items of every kind arrive as they were sent, in ${executor}`, () =>
    // Rows of plain values travel as columns, others through the codec, and both of them over disks.
    config.with(settings, async () => {
      interface Kind {
        readonly make: (i: number) => unknown
        readonly index: (item: never) => number
      }
      const kinds: readonly Kind[] = [
        { make: (i) => i - 0.5, index: (item: number) => item + 0.5 },
        { make: (i) => `${i} ß 漢`, index: (item: string) => Number.parseInt(item, 10) },
        {
          make: (i) => ({ i, text: i % 3 === 0 ? null : `t${i}`, half: i / 2, some: i % 2 === 0 ? undefined : -0 }),
          index: (item: { i: number }) => item.i,
        },
        { make: (i) => [i, `t${i}`, i % 2 === 0], index: ([i]: [number]) => i },
        { make: (i) => ({ i, nested: { list: [i, `${i}`] }, at: new Date(i) }), index: (item: { i: number }) => item.i },
        {
          make: (i) => (i % 5 === 0 ? { i } : { i, big: BigInt(i) ** 9n }),
          index: (item: { i: number }) => item.i,
        },
      ]
      for (const [kind, { make, index }] of kinds.entries()) {
        const all = Array.from({ length: 200 }, (_, i) => make(i))
        const groups = bag
          .fromSequence(all, { partitions: 3 })
          .groupBy((item) => `${index(item as never) % 11}`, { partitions: 4 })
        const items = (await groups.compute({ executor })).flatMap(([key, list]) =>
          list.map((item): [number, string, unknown] => [index(item as never), key, item]),
        )
        assert.deepStrictEqual(
          items.sort((x, y) => x[0] - y[0]),
          all.map((item, i) => [i, `${i % 11}`, item]),
          `kind ${kind}`,
        )
      }
      await noFiles()
    }))

  test(`items that become many at once, in ${executor}`, async () => {
    const groups = bag
      .fromSequence([1, 2, 3], { partitions: 2 })
      .flatMap((n) => Array.from({ length: 5000 }, (_, i) => n * i))
      .groupBy((i) => i % 3, { partitions: 2 })
    const counts = await groups.map(([key, items]) => [key, items.length]).compute({ executor })
    const all = [1, 2, 3].flatMap((n) => Array.from({ length: 5000 }, (_, i) => n * i))
    assert.deepEqual(
      new Map(counts as [number, number][]),
      new Map([0, 1, 2].map((k) => [k, all.filter((i) => i % 3 === k).length])),
    )
  })

  test(`as the partitioner says, in ${executor}`, async () => {
    const groups = bag.range(100, { partitions: 7 }).groupBy((i) => i % 10, { partitions: 4, partitioner: (key, n) => key % n })
    const byPartition = await groups.mapPartitions((items) => [items]).compute({ executor })
    assert.deepEqual(
      byPartition.map((items) => items.map(([key]) => key).sort((a, b) => a - b)),
      Array.from({ length: 4 }, (_, p) => Array.from({ length: 10 }, (_, key) => key).filter((key) => key % 4 === p)),
    )
    await assert.rejects(
      bag
        .range(100, { partitions: 5 })
        .groupBy((i) => i, { partitioner: (key) => (key === 47 ? -1 : 0) })
        .compute({ executor }),
      /item 7 of partition 2: the partitioner gave -1, and there are 5 partitions/,
    )
    await assert.rejects(
      bag
        .range(100, { partitions: 5 })
        .groupBy((i) => (i === 47 ? Symbol('x') : i))
        .compute({ executor }),
      /item 7 of partition 2: .*cannot be a key/,
    )
  })
}

// Last: what executors were given for shuffles at first they keep.
test('every record arrives exactly once, where the partitioner says, in the order of the bag', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.nat(), { minLength: 31, maxLength: 31 }),
      fc.constantFrom('inline' as const, 'threads' as const),
      async (keys, partitions, outputs, table, executor) => {
        const items = keys.map((key, place) => ({ key, place }))
        const placed = await bag
          .fromSequence(items, { partitions })
          .groupBy((item) => item.key, { partitions: outputs, partitioner: (key, n) => table[key]! % n })
          .mapPartitions((groups) => [groups])
          .compute({ executor })
        assert.equal(placed.length, outputs)
        placed.forEach((groups, output) => {
          const expected = new Map<number, typeof items>()
          for (const item of items) {
            if (table[item.key]! % outputs !== output) continue
            const group = expected.get(item.key)
            if (group) group.push(item)
            else expected.set(item.key, [item])
          }
          assert.deepEqual(groups, [...expected])
        })
      },
    ),
    { numRuns: 40 },
  )
})
