// A large result whose rows are too wide for the database that copies results is copied by that of the program. Those databases
// are a process's: this file has its own.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { config } from 'heddle'
import { readParquet } from 'heddle/dataframe'
import { database } from '../../src/dataframe/databases.js'
import { withRows } from '../../src/dataframe/physical/distributed.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import type { Database } from '../../src/duckdb/index.js'
import { chooseExecutor } from '../../src/executor/index.js'
import { plainSql } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-wide-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('rows that are too wide for little memory are copied with more', async () => {
  const file = join(folder, 'wide.parquet')
  // More rows than come at once; the three last take twice what the copying database may have.
  const rows = 2_100_000
  await plainSql(`COPY (SELECT i::INTEGER AS i, CASE WHEN i >= ${rows - 3} THEN repeat('wide', 4000000) || i ELSE '' END AS text
    FROM range(${rows}) t(i)) TO '${file}' (FORMAT parquet)`)
  const asked = readParquet<{ i: number; text: string }>(file)
  const target = join(folder, 'copy.parquet')
  const used: Database[] = []
  const copied = async (db: Database, select: string) => {
    used.push(db)
    await db.run(`COPY (${select}) TO '${target}' (FORMAT parquet)`)
  }
  // That of the program is open, with what it may take without the limit.
  const ofProgram = await database()
  await config.with({ memory: { limit: 40e6 }, dataframe: { partitionRows: 1_000_000 } }, () =>
    withRows(optimised(asked.plan), chooseExecutor('inline'), {}, copied),
  )
  assert.equal(used.length, 2)
  assert.notEqual(used[0], ofProgram)
  assert.equal(used[1], ofProgram)
  const sums = (of: string) =>
    `SELECT count(*) AS rows, sum(length(text)) AS characters, bit_xor(hash(i, text)) AS all FROM '${of}'`
  assert.deepEqual(await plainSql(sums(target)), await plainSql(sums(file)))
})
