import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, mock, test } from 'node:test'
import { readParquet } from '../../src/dataframe/index.js'
import { askOfFiles, describeFiles } from '../../src/duckdb/index.js'
import { plainSql } from './plain-sql.js'

let folder: string

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-asked-'))
})

after(() => {
  mock.timers.reset()
  rmSync(folder, { recursive: true, force: true })
})

test('what was asked of files is asked again when they are others, and not before', async () => {
  const file = join(folder, 'rows.parquet')
  const write = (select: string) => plainSql(`COPY (${select}) TO '${file}' (FORMAT parquet)`)
  const names = () => describeFiles(`SELECT * FROM '${file}'`, [file]).map(({ name, type }) => `${name} ${type}`)
  const ask = () => askOfFiles(`SELECT count(*) FROM '${file}'`, [file])
  const sum = () => readParquet<{ a: number }>(file).col('a').sum().compute()

  // A file that was just written may be written again within the same moment: nothing is kept.
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  await write('SELECT 1 AS a')
  assert.deepEqual(names(), ['a INTEGER'])
  assert.notEqual(ask(), ask())
  await write("SELECT 'x' AS b, 2 AS a")
  assert.deepEqual(names(), ['b VARCHAR', 'a INTEGER'])

  mock.timers.setTime(Date.now() + 60_000)
  const first = ask()
  assert.equal(ask(), first)
  assert.equal(await sum(), 2)
  await write('SELECT 5 AS a UNION ALL SELECT 7')
  assert.deepEqual(names(), ['a INTEGER'])
  assert.deepEqual([first, ask()], [[['1']], [['2']]])
  assert.equal(await sum(), 12)
})

test('of a file that is gone nothing is remembered', async () => {
  const file = join(folder, 'gone.parquet')
  await plainSql(`COPY (SELECT 1 AS a) TO '${file}' (FORMAT parquet)`)
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 })
  assert.equal(describeFiles(`SELECT * FROM '${file}'`, [file]).length, 1)
  rmSync(file)
  assert.throws(() => describeFiles(`SELECT * FROM '${file}'`, [file]), { name: 'QueryError' })
})
