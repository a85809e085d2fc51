// Which values functions of the program are called with: those of the rows there are, whatever else a file has in its dictionaries.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { count, readParquet } from 'heddle/dataframe'
import { plainSql } from './plain-sql.js'

let folder: string
let file: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-called-'))
  file = join(folder, 'rows.parquet')
  const rows = `SELECT i, CASE WHEN i % 37 = 5 THEN NULL ELSE 'key ' || (i % 37) END AS name FROM range(50000) t(i)`
  await plainSql(`COPY (${rows}) TO '${file}' (FORMAT parquet)`)
  const [column] = await plainSql(`SELECT encodings FROM parquet_metadata('${file}') WHERE path_in_schema = 'name'`)
  assert.match(String(column!.encodings), /DICTIONARY/)
})

after(() => rmSync(folder, { recursive: true, force: true }))

/** Fails on what is filtered out; the loop has no translation. */
const numberOf = (name: string | null): number => {
  if (name === null) throw new TypeError('no name')
  if (name === 'key 7') throw new TypeError('a seven')
  let number = 0
  for (const digit of name.slice(4)) number = 10 * number + Number(digit)
  return number
}

test('functions of rows are not called with values of rows that were filtered out', async () => {
  const rows = readParquet<{ i: number; name: string | null }>(file)
    .filter((r) => r.name !== null && r.name !== 'key 7')
    .assign({ number: (r) => numberOf(r.name) }, { types: { number: 'number' } })
  const found = await rows.groupBy('number').agg({ n: count() }).sort('number').toRecords()
  const expected = await plainSql(
    `SELECT (i % 37)::DOUBLE AS number, count(*) AS n FROM '${file}' WHERE i % 37 NOT IN (5, 7) GROUP BY 1 ORDER BY 1`,
  )
  assert.deepEqual(found, expected)
})

test('nor are those of the values of a column', async () => {
  const rows = readParquet<{ i: number; name: string | null }>(file).filter((r) => r.name !== null && r.name !== 'key 7')
  const numbers = rows.col('name').map((name) => numberOf(name), { type: 'number' })
  const [expected] = await plainSql(`SELECT sum(i % 37)::DOUBLE AS all FROM '${file}' WHERE i % 37 NOT IN (5, 7)`)
  assert.equal(await numbers.sum().compute(), expected!.all)
})
