// A plan that needs more memory than there is says which of its steps does, and what to change. Its database is one with little
// memory, which is that of a process: this file has its own.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { config } from 'heddle'
import { count, readParquet, sql } from 'heddle/dataframe'
import { Database, QueryError } from '../../src/duckdb/index.js'
import { giveBackUnused } from '../../src/memory/index.js'
import { keepersOf } from '../../src/duckdb/out-of-memory.js'
import { plainSql } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-out-of-memory-'))
after(() => rmSync(folder, { recursive: true, force: true }))

config.set({ duckdb: { memoryLimit: 2 ** 26, threads: 1 } })
const rows = 1_500_000
const file = join(folder, 'rows.parquet')
await plainSql(
  `COPY (SELECT i AS id, (hash(i) % 1000)::INTEGER AS k, format('{:x}', hash(i + 1)) AS text FROM range(${rows}) t(i)) TO '${file}' (FORMAT parquet)`,
)

test('a plan that does not fit says which of its steps keeps rows, and what to change', async () => {
  const lists = sql<{ k: number; texts: string }>("SELECT k % 2 AS k, string_agg(text, ', ') AS texts FROM f GROUP BY k % 2", {
    f: readParquet(file),
  })
  await assert.rejects(
    lists.toRecords(),
    (error: Error) =>
      error instanceof QueryError &&
      /Out of Memory/.test(error.message) &&
      /duckdb\.memoryLimit/.test(error.message) &&
      /a grouping \(.*string_agg/.test(error.message),
  )
})

test('what does not fit into memory is sorted, joined and grouped on disk', async () => {
  const frame = readParquet<{ id: number; k: number; text: string }>(file)
  const target = await frame.sort('text').toParquet(join(folder, 'sorted.parquet'))
  const [sorted] = await plainSql(
    `SELECT count(*) AS rows, bool_and(coalesce(text >= before, true)) AS ordered FROM (SELECT text, lag(text) OVER () AS before FROM '${target}')`,
  )
  assert.deepEqual(sorted, { rows, ordered: true })
  assert.equal(await frame.groupBy('text').agg({ n: count() }).count().compute(), rows)
  assert.equal(
    await frame
      .join(frame.rename({ text: 'again' }), { on: 'id' })
      .filter((r) => r.text === r.again)
      .count()
      .compute(),
    rows,
  )
})

test('what does not fit with several threads is done with one, and those after it have all again', async () => {
  const duckdb = { memoryLimit: 67e6, threads: 8 }
  const db = await config.with({ duckdb }, () => Database.open('', []))
  const threads = async () => (await db.query("SELECT current_setting('threads')::INTEGER AS n")).values('n', true)
  const groups = `SELECT text, count(*)::INTEGER AS n FROM '${file}' GROUP BY text`
  const target = join(folder, 'groups.parquet')
  try {
    await assert.rejects(db.run(`COPY (${groups}) TO '${target}' (FORMAT parquet)`, { once: true }), /Out of Memory/)
    const found = await db.query(`SELECT count(*)::INTEGER AS n FROM (${groups})`)
    assert.deepEqual(found.values('n', true), [rows])
    assert.deepEqual(await threads(), [8])
    await db.run(`COPY (${groups}) TO '${target}' (FORMAT parquet)`)
    assert.deepEqual(await plainSql(`SELECT count(*) AS groups, sum(n)::INTEGER AS n FROM '${target}'`), [
      { groups: rows, n: rows },
    ])
    assert.deepEqual(await threads(), [8])
  } finally {
    db.close()
  }
})

test('steps that keep rows are told apart', async () => {
  const explained = async (statement: string) =>
    keepersOf(Object.values((await plainSql(`EXPLAIN (FORMAT json) ${statement}`))[0]!)[1] as string)
  const from = `'${file}'`
  assert.match(await explained(`SELECT * FROM ${from} ORDER BY text`), /^a sort \(.*text/)
  assert.match(await explained(`SELECT * FROM ${from} a JOIN ${from} b ON a.id = b.id`), /^a join \(id = id\)/)
  assert.match(await explained(`SELECT *, lag(k) OVER (PARTITION BY text ORDER BY id) FROM ${from}`), /^a window \(/)
  assert.equal(await explained(`SELECT id + 1 FROM ${from} WHERE k > 3`), '')
})

test('what large statements leave behind goes back to the system where a process is short of it', {
  skip: process.platform !== 'linux',
  timeout: 60_000,
}, async ({ signal }) => {
  const taken = () => Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
  const givesBack = async (): Promise<boolean> => {
    await readParquet<{ id: number; k: number; text: string }>(file).groupBy('text').agg({ n: count() }).count().compute()
    const before = taken()
    giveBackUnused()
    for (let turn = 0; turn < 1000 && taken() > before - 8e6; turn++) await new Promise((resolve) => setImmediate(resolve))
    return taken() <= before - 8e6
  }
  // On a busy machine seconds may pass before it is looked at, in which DuckDB gives it back by itself.
  while (!(await givesBack())) signal.throwIfAborted()
  // It goes on as before.
  assert.equal(await readParquet(file).count().compute(), rows)
})
