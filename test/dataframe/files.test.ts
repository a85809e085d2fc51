// Which files are read, and what files may differ in.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ColumnError, QueryError, readParquet } from 'heddle/dataframe'
import { plainSql, unordered } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

async function parquet(name: string, select: string): Promise<string> {
  await plainSql(`copy (${select}) to '${at(name)}' (format parquet)`)
  return at(name)
}

test('a head of many files opens the first, a condition only files whose statistics allow it', async () => {
  mkdirSync(at('many'))
  for (let i = 0; i < 20; i++)
    await parquet(
      `many/${String(i).padStart(2, '0')}.parquet`,
      `select range + ${i * 100} as id, timestamp '2024-01-01' + interval (range + ${i * 100}) minute as t, CASE WHEN range % 7 = 0 THEN NULL ELSE range + ${i * 100} END AS maybe from range(100)`,
    )
  const all = readParquet<{ id: number; t: Date; maybe: number | null }>(at('many'))
  const read = (frame: { explain(): string }) => Number(/optimised\n[\s\S]*?, (\d+) of 20 files/.exec(frame.explain())?.[1] ?? 20)
  assert.equal(read(all.limit(5)), 1)
  assert.deepEqual(await all.select('id').head(3), [{ id: 0 }, { id: 1 }, { id: 2 }])
  assert.equal(read(all.limit(100, 150)), 3)
  assert.deepEqual(
    (await all.limit(2, 1234).toRecords()).map((row) => row.id),
    [1234, 1235],
  )
  const conditions = [
    { frame: all.filter((r) => r.id === 1234), sql: 'id = 1234', files: 1 },
    { frame: all.filter((r) => r.id > 1850), sql: 'id > 1850', files: 2 },
    { frame: all.filter((r) => r.id <= 100), sql: 'id <= 100', files: 2 },
    { frame: all.filter((r) => r.id >= 5000), sql: 'id >= 5000', files: 1 },
    { frame: all.filter((r) => r.t < new Date('2024-01-01T03:00:00Z')), sql: "t < timestamp '2024-01-01 03:00'", files: 2 },
    { frame: all.filter((r) => r.maybe! > 1950 && r.id < 1990), sql: 'maybe > 1950 and id < 1990', files: 1 },
  ]
  for (const { frame, sql, files } of conditions) {
    assert.equal(read(frame), files, sql)
    const expected = await plainSql(`select id from '${at('many')}/*.parquet' where ${sql}`)
    assert.deepEqual(unordered(await frame.select('id').toRecords()), unordered(expected))
  }
})

/** Makes nonsense of a file's rows from a row group on; what it says of itself at its end stays. */
async function damage(file: string, from: number): Promise<void> {
  const groups = await plainSql(
    `SELECT min(coalesce(dictionary_page_offset, data_page_offset)) AS start FROM parquet_metadata('${file}') GROUP BY row_group_id ORDER BY row_group_id`,
  )
  const bytes = readFileSync(file)
  const end = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  writeFileSync(file, bytes.fill(7, groups[from]!['start'] as number, end))
}

test('a head of a hundred files reads one row group', async () => {
  mkdirSync(at('hundred'))
  const select = `select range as id, 'text ' || range as text from range(5000)`
  const [first, other] = [at('hundred/000.parquet'), at('hundred/001.parquet')]
  for (const file of [first, other]) await plainSql(`copy (${select}) to '${file}' (format parquet, row_group_size 2048)`)
  await damage(first, 1)
  await damage(other, 0)
  for (let i = 2; i < 100; i++) copyFileSync(other, at(`hundred/${String(i).padStart(3, '0')}.parquet`))
  const all = readParquet<{ id: number; text: string }>(at('hundred'))
  const expected = await plainSql(`${select} limit 200`)
  // What reads more fails.
  for (const n of [1, 5, 100]) assert.deepEqual(await all.head(n), expected.slice(0, n))
  assert.deepEqual(await all.limit(20, 100).toRecords(), expected.slice(100, 120))
  await assert.rejects(all.limit(2049).toRecords(), QueryError)
})

test('files of several schemas are an error, or a union on request', async () => {
  const files = [
    await parquet('1.parquet', "select 1::integer a, 'x' b"),
    await parquet('2.parquet', 'select 3000000000::bigint a, true c'),
    await parquet('3.parquet', 'select 7::integer a'),
  ]
  assert.throws(() => readParquet(files), ColumnError)
  const all = readParquet<{ a: number; b: string | null; c: boolean | null }>(files, { schemas: 'union' })
  assert.deepEqual(await all.sort('a').toRecords(), [
    { a: 1, b: 'x', c: null },
    { a: 7, b: null, c: null },
    { a: 3_000_000_000, b: null, c: true },
  ])
  const odd = await parquet('odd.parquet', "select 'one' a")
  assert.throws(
    () => readParquet([...files, odd], { schemas: 'union' }),
    (error: Error) => error instanceof ColumnError && /odd\.parquet: "a" is BYTE_ARRAY.*2\.parquet/s.test(error.message),
  )
})
