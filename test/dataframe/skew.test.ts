// One key has most of the rows: no partition gets most of the work, and the answers are those of one partition.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { config } from 'heddle'
import { count, max, mean, nunique, readParquet, sql, sum } from 'heddle/dataframe'
import { chooseExecutor } from '../../src/executor/index.js'
import { analyzed, planFor, withRows } from '../../src/dataframe/physical/distributed.js'
import { type Relation } from '../../src/dataframe/plan/relation.js'
import { TableParts } from '../../src/dataframe/physical/table-parts.js'
import { optimised } from '../../src/dataframe/rules/index.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-skew-'))
const file = (name: string) => join(folder, `${name}.parquet`)
const rows = 24_000

interface Fact {
  k: number | null
  v: number
}

interface Item {
  k: number | null
  name: string
}

// Nine rows of ten have the key 7, every fiftieth none.
const facts = `SELECT CASE WHEN i % 50 = 0 THEN NULL WHEN i % 10 = 0 THEN i % 3001 ELSE 7 END AS k, i AS v FROM range(${rows}) t(i)`
await sql(facts).toParquet(file('facts'))
await sql('SELECT CASE WHEN i % 500 = 0 THEN NULL ELSE i END AS k, $$name $$ || i AS name FROM range(2000) t(i)').toParquet(
  file('items'),
)
// Half of the rows have the key 7, which is hot on this side, too.
await sql('SELECT CASE WHEN i % 2 = 0 THEN 7 ELSE i END AS k, $$n$$ || i AS name FROM range(64) t(i)').toParquet(file('few'))

after(() => rmSync(folder, { recursive: true, force: true }))

const cut = <T>(work: () => Promise<T>) => config.with({ dataframe: { partitionRows: rows / 8, gatherRows: 0 } }, work)

/** How many rows each partition of the result has. */
function partitionsOf(frame: { readonly plan: Relation }): Promise<number[]> {
  return cut(async () => {
    const executor = chooseExecutor('inline')
    const { root } = planFor(optimised(frame.plan), executor)
    return (await new TableParts(root).compute({ executor })).map((table) => table.rows)
  })
}

/** The rows of a plan that is cut into partitions. */
function recordsOf({ plan }: { readonly plan: Relation }): Promise<object[]> {
  return cut(() =>
    withRows(optimised(plan), chooseExecutor('inline'), {}, async (db, select) => (await db.query(select)).records(new Set())),
  )
}

const sorted = (records: readonly object[]) => records.map((record) => JSON.stringify(record)).sort()

describe('one key has most of the rows', () => {
  const facts = readParquet<Fact>(file('facts'))
  const items = readParquet<Item>(file('items'))
  const few = readParquet<Item>(file('few'))

  for (const how of ['inner', 'left'] as const) {
    test(`a ${how} join is spread evenly`, async () => {
      const joined = facts.join(items, { on: 'k', how })
      const sizes = await partitionsOf(joined)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      assert.ok(sizes.length >= 8, `${sizes.length} partitions`)
      // All in one partition it would be eight times the mean.
      assert.ok(Math.max(...sizes) < (2 * total) / sizes.length, sizes.join())
      const totals = joined.groupBy('name').agg({ n: count(), v: (g) => sum(g.v) })
      assert.deepEqual(sorted(await recordsOf(totals)), sorted(await totals.toRecords()))
    })
  }

  test('a right join is spread by the rows of the right', async () => {
    const joined = items.join(facts, { on: 'k', how: 'right' })
    const sizes = await partitionsOf(joined)
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      rows,
    )
    assert.ok(Math.max(...sizes) < (2 * rows) / sizes.length, sizes.join())
  })

  test('a key that both sides have often', async () => {
    for (const how of ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const) {
      const totals = facts
        .limit(2000)
        .join(few, { on: 'k', how: how as 'inner' })
        .groupBy('k')
        .agg({ n: count(), v: (g) => sum(g.v) })
      assert.deepEqual(sorted(await recordsOf(totals)), sorted(await totals.toRecords()), how)
    }
  })

  test('a group is put together of what partitions made of it', async () => {
    const totals = facts.groupBy('k').agg({ n: count(), mean: (g) => mean(g.v), most: (g) => max(g.v) })
    assert.deepEqual(sorted(await recordsOf(totals)), sorted(await totals.toRecords()))
  })

  test('different values of a group are counted in several partitions', async () => {
    const counts = facts.groupBy('k').agg({ n: (g) => nunique(g.v) })
    const story = await cut(() => analyzed(optimised(counts.plan), chooseExecutor('inline'), {}))
    assert.match(story, /deal out: 8 partitions/)
    assert.deepEqual(sorted(await recordsOf(counts)), sorted(await counts.toRecords()))
    const all = facts.groupBy().agg({ n: (g) => nunique(g.v), keys: (g) => nunique(g.k) })
    assert.deepEqual(await recordsOf(all), await all.toRecords())
  })

  test('a sort by a column of mostly one value is spread', async () => {
    const ordered = facts.sort('k', { nulls: 'last' })
    const sizes = await partitionsOf(ordered)
    assert.ok(Math.max(...sizes) < (2 * rows) / sizes.length, sizes.join())
    const keys = (records: readonly object[]) => records.map((record) => (record as Fact).k)
    assert.deepEqual(keys(await recordsOf(ordered)), keys(await ordered.toRecords()))
  })
})
