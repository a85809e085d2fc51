// groupBy and join of more than fits in their buffers go through files, which are gone afterwards.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { config } from 'heddle'
import { ScatterWriter } from '../../src/bag/shuffle-write.js'
import { readGroups, readPairs } from '../../src/bag/shuffle-read.js'
import * as bag from '../../src/bag/index.js'
import { Scratch } from './data.js'

const scratch = new Scratch()

async function all<T>(batches: AsyncIterable<readonly unknown[]>): Promise<T[]> {
  const items: T[] = []
  for await (const batch of batches) items.push(...(batch as T[]))
  return items
}

test('a writer with little has no file', async () => {
  const writer = new ScatterWriter(3, () => assert.fail('no folder is needed'))
  for (let i = 0; i < 10; i++) writer.add(i % 4, { i })
  const part = writer.finish()
  assert.equal(part.path, undefined)
  const groups = new Map<number, { i: number }[]>()
  for (let output = 0; output < 3; output++) {
    for (const [key, items] of await all<[number, { i: number }[]]>(readGroups([part], output))) groups.set(key, items)
  }
  assert.deepEqual(
    [...groups].sort(([a], [b]) => a - b),
    [0, 1, 2, 3].map((key) => [key, Array.from({ length: 10 }, (_, i) => ({ i })).filter(({ i }) => i % 4 === key)]),
  )
})

test('a writer with much writes in pieces, and holds little', async () => {
  const writer = new ScatterWriter(4, () => scratch.folder)
  const text = 'x'.repeat(50_000)
  const count = 1200
  for (let i = 0; i < count; i++) {
    writer.add(`key ${i % 100}`, `${i}${text}`)
    // 50 MB pass through; the file grows while they do.
    if (i === count - 1)
      assert.ok(readdirSync(scratch.folder).some((name) => statSync(join(scratch.folder, name)).size > 2 ** 25))
  }
  const part = writer.finish()
  assert.ok(part.path?.startsWith(scratch.folder))
  assert.equal(statSync(part.path!).mode & 0o777, 0o600)
  assert.equal(part.bytes, undefined)
  let seen = 0
  for (let output = 0; output < 4; output++) {
    for (const [key, items] of await all<[string, string[]]>(readGroups([part], output))) {
      const first = Number(key.slice(4))
      assert.deepEqual(
        items.map((item) => Number.parseInt(item, 10)),
        Array.from({ length: count / 100 }, (_, n) => first + n * 100),
      )
      assert.ok(items.every((item) => item.endsWith(text)))
      seen += items.length
    }
    const pairs = await all<[string, string]>(readPairs([part], [part], output))
    assert.ok(pairs.every(([a, b]) => Number.parseInt(a, 10) % 100 === Number.parseInt(b, 10) % 100))
  }
  assert.equal(seen, count)
})

/** The files below the folder for temporary files; a process makes its own folder there once. */
const temporary = scratch.path('temporary')
mkdirSync(temporary)
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((e) => (e.isFile() ? [e.name] : []))

for (const executor of ['inline', 'threads', 'processes'] as const) {
  test(`groupBy and join through files, in ${executor}`, () =>
    config.with({ temporaryDirectory: temporary }, async () => {
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
        result.every(({ files }) => files === 3),
        'while the groups are read, there is a file for each partition',
      )
      const pairs = records
        .join(
          records.filter((r) => r.i < 7),
          { left: (r) => r.key, right: (r) => r.key },
        )
        .filter(([a, b]) => a.key === b.key && a.filler.length > 3000)
      assert.equal(await pairs.count().compute({ executor }), 6000)
      await assert.rejects(groups.map(() => assert.fail('on purpose')).compute({ executor }), /on purpose/)
      assert.deepEqual(filesIn(temporary), [])
    }))
}
