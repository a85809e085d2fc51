// What the rules and the planner do to a plan, as it is told: each thing that they are for, and that the answer stays the same.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { config } from 'heddle'
import { count, readParquet, sql, sum } from 'heddle/dataframe'
import { analyzed, withRows } from '../../src/dataframe/physical/distributed.js'
import type { Relation } from '../../src/dataframe/plan/relation.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import { chooseExecutor } from '../../src/executor/index.js'
import { plainSql, unordered } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-plans-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const rows = 5000
const [wide, small] = [join(folder, 'wide.parquet'), join(folder, 'small.parquet')]
await sql(`SELECT i AS id, i % 1000 AS k, (i % 7)::DOUBLE AS x, i * 2 AS a, i * 3 AS b FROM range(${rows}) t(i)`).toParquet(wide)
await sql('SELECT i AS k, i * 5 AS w FROM range(50) t(i)').toParquet(small)

type Wide = { id: number; k: number; x: number; a: number; b: number }
const frame = readParquet<Wide>(wide)
const few = readParquet<{ k: number; w: number }>(small)

interface Frame {
  readonly plan: Relation
}

/** The steps of a plan that is cut into five partitions, as `analyze()` tells them: without figures. */
async function steps({ plan }: Frame, gatherRows = 0): Promise<string[]> {
  const story = await config.with({ dataframe: { partitionRows: rows / 5, gatherRows } }, () =>
    analyzed(optimised(plan), chooseExecutor('inline'), {}),
  )
  return [...story.matchAll(/^\d+\. ([\w ]+):/gm)].map(([, label]) => label!)
}

/** The rows of such a plan, in any order. */
async function cutRows({ plan }: Frame): Promise<string[]> {
  const records = await config.with({ dataframe: { partitionRows: rows / 5, gatherRows: 0 } }, () =>
    withRows(optimised(plan), chooseExecutor('inline'), {}, async (db, select) => (await db.query(select)).records(new Set())),
  )
  return unordered(records)
}

const section = (frame: { explain(): string }, name: string) =>
  frame
    .explain()
    .split(/\n\n(?=\w+\n)/)
    .find((part) => part.startsWith(name)) ?? ''

describe('rules', () => {
  test('conditions and columns go into files, constants are folded, what is always true is dropped', () => {
    const chosen = frame
      .filter((f) => f.a > 10 + 5 * 2)
      .select('id', 'k')
      .filter((f) => f.k < 3 && true)
    assert.equal(
      section(chosen, 'SQL').replaceAll(/\s+/g, ' ').replace(wide, 'FILE'),
      "SQL SELECT id, k FROM read_parquet('FILE', hive_partitioning = false) WHERE a > 20 AND k < 3",
    )
    assert.match(section(chosen, 'optimised'), /\[id, k, a\]/)
    assert.doesNotMatch(
      section(
        frame.filter(() => 1 + 1 === 2),
        'optimised',
      ),
      /filter/,
    )
  })

  test('conditions go below a sort, a limit below what makes columns', () => {
    const sorted = frame.sort('a').filter((f) => f.k === 2)
    assert.match(section(sorted, 'optimised'), /sort a\n\s+filter k = 2\n\s+parquet/)
    const first = frame.assign({ c: (f) => f.a + f.b }).limit(5)
    assert.match(section(first, 'optimised'), /project .*\n\s+limit 5\n\s+parquet/)
  })

  test('what is used twice is computed once', () => {
    const groups = frame.groupBy('k').agg({ n: count() })
    const doubled = groups.assign({ m: (f) => f.n * 2 }).select('k', 'm')
    const statement = section(groups.join(doubled, { on: 'k' }), 'SQL')
    assert.match(statement, /WITH shared_1 AS MATERIALIZED/)
    assert.equal(statement.match(/GROUP BY/g)?.length, 1)
  })
})

describe('partitions', () => {
  test('each makes groups of its own before they meet', async () => {
    const groups = frame.groupBy('k').agg({ n: count(), a: (g) => sum(g.a) })
    assert.deepEqual(await steps(groups), ['aggregate', 'deal out', 'aggregate'])
  })

  test('a small table goes to all of a large one; of two large ones rows are dealt out', async () => {
    assert.deepEqual(await steps(frame.join(few, { on: 'k' }), 100), ['join'])
    const others = frame.select('id', 'b')
    assert.deepEqual(await steps(frame.join(others, { on: 'id' })), ['sample', 'sample', 'deal out', 'deal out', 'join'])
  })

  test('rows that are in the right partitions stay there', async () => {
    const groups = frame.groupBy('k').agg({ n: count() })
    assert.deepEqual(await steps(groups.groupBy('k').agg({ m: (g) => sum(g.n) })), ['aggregate', 'deal out', 'aggregate'])
    assert.deepEqual(await steps(groups.distinct('k')), ['aggregate', 'deal out', 'distinct'])
  })

  test('two sides that were dealt out by the keys of a join are joined where they are', async () => {
    const groups = frame.groupBy('k').agg({ n: count() })
    const totals = frame.groupBy('k').agg({ a: (g) => sum(g.a) })
    const joined = groups.join(totals, { on: 'k' })
    assert.deepEqual(await steps(joined), ['aggregate', 'deal out', 'aggregate', 'deal out', 'join'])
    const expected = await plainSql(`SELECT k, count(*) AS n, sum(a)::BIGINT AS a FROM '${wide}' GROUP BY k`)
    assert.equal(expected.length, 1000)
    assert.deepEqual(await cutRows(joined), unordered(expected))
    for (const how of ['left', 'right', 'full', 'anti'] as const) {
      const some = totals.filter((f) => f.k % 3 === 0)
      const either = groups.filter((f) => f.k % 2 === 0).join(some, { on: 'k', how: how as 'inner' })
      assert.deepEqual(await cutRows(either), unordered(await either.toRecords()), how)
    }
    // The same rows on both sides.
    const again = groups.join(groups, { on: 'k' })
    assert.deepEqual(await cutRows(again), unordered(await again.toRecords()))
  })

  test('sides that were dealt out by values of other types, or by other columns, are dealt out again', async () => {
    const whole = frame.groupBy('k').agg({ n: count() })
    const broken = frame
      .assign({ k: (f) => f.k / 2 })
      .groupBy('k')
      .agg({ a: (g) => sum(g.a) })
    const mixed = whole.join(broken, { on: 'k' })
    assert.equal((await steps(mixed)).filter((step) => step === 'deal out').length, 4)
    assert.deepEqual(await cutRows(mixed), unordered(await mixed.toRecords()))
    const byOther = frame.groupBy('x').agg({ k: (g) => sum(g.k) })
    const crossed = whole.join(byOther, { on: 'k' })
    assert.deepEqual(await cutRows(crossed), unordered(await crossed.toRecords()))
  })
})
