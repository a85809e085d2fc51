// Files on servers: a real S3 server and an HTTP server.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readCsv, readJson, readParquet, readText, sum } from 'heddle/dataframe'
import { storeOf } from '../../src/filesystem/index.js'
import { Servers } from '../filesystem/servers.js'
import { plainSql, unordered } from './plain-sql.js'

let servers: Servers
const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
before(async () => {
  servers = await Servers.start()
})
after(async () => {
  await servers.stop()
  rmSync(folder, { recursive: true })
})

const packages = fileURLToPath(new URL('../../../node_modules/', import.meta.url))
const flights = join(packages, 'vega-datasets/data/flights-3m.parquet')
const stocks = join(packages, 'vega-datasets/data/stocks.csv')
const put = async (key: string, content: Uint8Array): Promise<string> => {
  await storeOf(`s3://looms/${key}`).write(`s3://looms/${key}`, [content])
  return `s3://looms/${key}`
}

test('Parquet of S3: only the columns that are needed come', async () => {
  const parts = join(folder, 'parts')
  await plainSql(
    `COPY (SELECT *, delay % 3 AS third FROM (FROM '${flights}' LIMIT 30000)) TO '${parts}' (FORMAT parquet, PARTITION_BY (third))`,
  )
  for (let third = -2; third <= 2; third++)
    await put(`f/third=${third}/data_0.parquet`, readFileSync(join(parts, `third=${third}/data_0.parquet`)))
  const all = readParquet<{ delay: number; origin: string; third: number }>('s3://looms/f/*/*.parquet')
  const expected = await plainSql(
    `SELECT origin, sum(delay)::double total FROM '${parts}/*/*.parquet' WHERE third = 1 GROUP BY 1`,
  )
  const totals = all
    .filter((f) => f.third === 1)
    .groupBy('origin')
    .agg({ total: (f) => sum(f.delay) })
  assert.deepEqual(unordered(await totals.toRecords()), unordered(expected))
  assert.match(totals.explain(), /s3:\/\/looms\/f\/third=1\/data_0\.parquet, 1 of 5 files/)
  // Columns that were left out the first time are fetched when they are wanted.
  const [count] = await plainSql(`SELECT count(DISTINCT destination) n FROM '${parts}/*/*.parquet' WHERE third = 1`)
  const places = all
    .as<{ destination: string; third: number }>()
    .filter((f) => f.third === 1)
    .col('destination')
    .nunique()
  assert.equal(await places.compute(), count!['n'])
})

test('Parquet, CSV and JSON of HTTP servers, with and without ranges', async () => {
  const [expected] = await plainSql(`SELECT sum(distance)::double total FROM '${flights}'`)
  const few = await plainSql(`SELECT sum(price)::double total FROM '${stocks}'`)
  const bytes = readFileSync(flights)
  const small = join(folder, 'small.parquet')
  await plainSql(`COPY (FROM '${flights}' LIMIT 1000) TO '${small}' (FORMAT parquet)`)
  const url = await servers.keep('/flights.parquet', bytes)
  assert.equal(await readParquet<{ distance: number }>(url).col('distance').sum().compute(), expected!['total'])
  const whole = await servers.keep('/small.parquet', readFileSync(small), false)
  assert.equal(await readParquet(whole).count().compute(), 1000)
  const csv = await servers.keep('/stocks.csv', readFileSync(stocks))
  assert.equal(await readCsv<{ price: number }>(csv).col('price').sum().compute(), few[0]!['total'])
  assert.equal(await readText(csv).count().compute(), (await readCsv(csv).count().compute()) + 1)
  const json = await servers.keep('/a.jsonl', Buffer.from('{"a":1}\n{"a":2}\n'))
  assert.equal(await readJson<{ a: number }>(json).col('a').sum().compute(), 3)
  const broken = await servers.keep('/broken.parquet', bytes.subarray(0, 1000))
  assert.throws(() => readParquet(broken), /broken\.parquet: the file is damaged/)
})

test('files that are written to S3', async () => {
  writeFileSync(join(folder, 'a.csv'), 'a,b\n1,x\n2,y\n')
  const rows = readCsv<{ a: number; b: string }>(join(folder, 'a.csv'))
  const path = await rows.toParquet('s3://looms/out/a.parquet')
  assert.equal(path, 's3://looms/out/a.parquet')
  assert.deepEqual(await readParquet(path).toRecords(), await rows.toRecords())
  await assert.rejects(rows.toParquet('s3://looms/out/parts', { partitionBy: ['b'] }), /this machine only/)
})

test('where other processes compute, this one reads, and what it read travels', async () => {
  const url = await servers.keep('/stocks-again.csv', readFileSync(stocks))
  const [expected] = await plainSql(`SELECT sum(price)::double total FROM '${stocks}'`)
  const prices = readCsv<{ price: number }>(url)
  assert.equal(await prices.col('price').sum().compute({ executor: 'processes' }), expected!['total'])
  assert.throws(() => prices.persist({ executor: 'processes' }), /are read by this process, before others compute/)
})
