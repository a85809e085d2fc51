// Any plan gives the same on one partition (one statement of DuckDB), on seven, and on a cluster of two processes.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as fc from 'fast-check'
import { Client, config } from 'heddle'
import { DataFrame } from 'heddle/dataframe'
import { type Executor, chooseExecutor } from '../../src/executor/index.js'
import { withFolder, writeTable } from '../../src/duckdb/index.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { database } from '../../src/dataframe/databases.js'
import { statementOf } from '../../src/dataframe/execute.js'
import { withRows } from '../../src/dataframe/physical/distributed.js'
import { Together } from '../../src/dataframe/physical/fragment.js'
import { GivenTable, partsSource } from '../../src/dataframe/physical/table-parts.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import type { Relation } from '../../src/dataframe/plan/relation.js'
import { type Row, columns, plan, rowsSql, table } from './random-plan.js'

let client: Client

before(async () => {
  client = await Client.connect({ workers: 2, threadsPerWorker: 1 }, { setAsDefault: false })
})

after(() => client.close())

/** A table in one piece, in this process, and the same in partitions. */
async function frames(parts: readonly string[][]): Promise<{ whole: DataFrame<Row>; cut: DataFrame<Row> }> {
  const db = await database()
  const given = await Promise.all(
    parts.map((rows) =>
      withFolder(undefined, async (folder) => {
        const target = join(folder, 'part')
        const written = await writeTable(db, { select: rowsSql(rows), target })
        return new GivenTable({ ...written, parquet: readFileSync(target), seconds: 0 })
      }),
    ),
  )
  const whole: Relation = { kind: 'table', label: 'whole', source: { sql: async () => rowsSql(parts.flat()) }, columns }
  const cut: Relation = { kind: 'table', label: 'cut', source: partsSource(new Together(given)), columns }
  return { whole: new DataFrame<Row>(whole), cut: new DataFrame<Row>(cut) }
}

/** Rows as texts, of which -0 and 0 are the same; of sums of floating point the last digits are not. */
function shown({ columns: all }: Relation, from: string): string {
  const list = all.map(({ name, type }) => {
    const column = `"${name}"`
    return type.sql === 'DOUBLE'
      ? `CASE WHEN ${column} = 0 THEN '0' ELSE format('{:.10e}', ${column}) END AS "${name}"`
      : `CAST(${column} AS VARCHAR) AS "${name}"`
  })
  return `SELECT ${list.join(', ')} FROM (${from}) AS x`
}

async function onePartition(relation: Relation): Promise<string[]> {
  const db = await database()
  const sql = await statementOf(optimised(relation), db, {})
  return texts(await (await db.query(shown(relation, sql))).records(new Set()))
}

async function partitions(relation: Relation, executor: Executor): Promise<string[]> {
  return withRows(optimised(relation), executor, {}, async (db, sql) =>
    texts(await (await db.query(shown(relation, sql))).records(new Set())),
  )
}

function texts(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row))
}

async function agree(executor: () => Executor, runs: number, gatherRows: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(table, table, plan, async (a, b, { names, build }) => {
      const left = await frames(a)
      const right = await frames(b)
      const expected = build(left.whole, right.whole).plan
      const actual = build(left.cut, right.cut).plan
      const one = await onePartition(expected)
      const many = await config.with({ dataframe: { partitionRows: 4, gatherRows } }, () => partitions(actual, executor()))
      assert.deepEqual([...many].sort(), [...one].sort(), names)
    }),
    { numRuns: runs },
  )
}

/** `TEST_PROPERTY_RUNS` has more of them. */
const runs = Number(process.env['TEST_PROPERTY_RUNS'] ?? 20)

describe('any plan gives the same', () => {
  test('on one partition and on several, of which rows are dealt out', () => agree(() => chooseExecutor('inline'), runs, 0))

  test('on one partition and on several, of which small ones are put together', () =>
    agree(() => chooseExecutor('inline'), Math.ceil(runs / 2), 8))

  test('on one partition and on a cluster of two processes', () => agree(() => client, Math.ceil(runs / 2), 0))
})
