// Columns as arrays: every two of all types against pandas and NumPy (test/oracle/dataframe-to-numpy.py), wherever it is computed.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Client, type ComputeOptions } from 'heddle'
import { type DataFrame, type Series, fromColumns, readParquet, sum } from 'heddle/dataframe'
import { plainSql } from './plain-sql.js'

const oracle = JSON.parse(readFileSync(new URL('../../../test/dataframe/fixtures/to-numpy.json', import.meta.url), 'utf8')) as {
  columns: Record<string, string[]>
  pairs: { columns: string[]; dtype: string; values: string[] }[]
}
const sqlTypes: Record<string, string> = {
  bool: 'BOOLEAN',
  int8: 'TINYINT',
  uint8: 'UTINYINT',
  int16: 'SMALLINT',
  uint16: 'USMALLINT',
  int32: 'INTEGER',
  uint32: 'UINTEGER',
  int64: 'BIGINT',
  uint64: 'UBIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
}
const rows = oracle.columns['bool']!.length

const folder = mkdtempSync(join(tmpdir(), 'heddle-to-array-'))
type Numbers = Record<string, number | null>
let frame: DataFrame<Numbers>
before(async () => {
  // Three partitions, and an empty one between them. NaN is what pandas has for null.
  const value = (name: string, text: string) => (text === 'nan' ? 'NULL' : `'${text}'::${sqlTypes[name]}`)
  for (const [part, [from, end]] of [
    [0, 17],
    [17, 17],
    [17, 18],
    [18, rows],
  ].entries()) {
    const lists = Object.entries(oracle.columns).map(
      ([name, texts]) => `unnest([${texts.map((text) => value(name, text)).join()}]) AS "${name}"`,
    )
    await plainSql(
      `COPY (SELECT * FROM (SELECT ${lists.join()}) LIMIT ${end! - from!} OFFSET ${from}) TO '${join(folder, `${part}.parquet`)}'`,
    )
  }
  frame = readParquet<Numbers>(folder) as DataFrame<Numbers>
})
after(() => rmSync(folder, { recursive: true }))

/** Elements as the oracle writes them, but for what floats it shows without a fraction. */
const written = (value: unknown): string =>
  typeof value === 'number' ? (Number.isNaN(value) ? 'nan' : Object.is(value, -0) ? '-0' : String(value)) : String(value)
const expected = (dtype: string, text: string): string =>
  dtype === 'bool' || dtype.includes('int') ? text : written(text === 'nan' ? NaN : Number(text))

for (const where of ['one process, inline', 'threads', 'a cluster'] as const) {
  describe(`in ${where}`, () => {
    let client: Client | undefined
    let on: ComputeOptions

    before(async () => {
      if (where === 'a cluster') client = await Client.connect({ workers: 2, threadsPerWorker: 1 })
      on = client ? { executor: client } : { executor: where === 'threads' ? 'threads' : 'inline' }
    })
    after(() => client?.close())

    test('every two columns have the type and the elements that NumPy gives them', async () => {
      for (const { columns, dtype, values } of oracle.pairs) {
        const array = frame.select(...columns).toArray()
        assert.equal(array.dtype, dtype, columns.join())
        assert.equal(array.ndim, 2)
        const computed = await array.compute(on)
        assert.deepEqual(computed.shape, [rows, columns.length])
        assert.deepEqual(
          [...computed.values()].map(written),
          values.map((text) => expected(dtype, text)),
          columns.join(),
        )
      }
    })

    test('computes on, with the lengths of partitions and without', async () => {
      const [asked] = await plainSql(`select avg(int16::double) m, sum(int32::double) s, count(*) n from '${folder}/*.parquet'`)
      const array = frame.select('int16', 'int32').toArray({ dtype: 'float64' })
      assert.deepEqual((await array.slice(':', 0).mean().compute(on)).item(), asked!['m'])
      assert.deepEqual((await array.slice(':', 1).sum().compute(on)).item(), asked!['s'])
      const known = await array.computeChunkSizes(on)
      assert.deepEqual(known.shape, [asked!['n'], 2])
      const told = frame.select('int16', 'int32').toArray({ dtype: 'float64', lengths: known.chunks[0] })
      assert.deepEqual(told.shape, known.shape)
      assert.deepEqual((await told.subtract(known).abs().max().compute(on)).item(), 0)
      assert.deepEqual(await told.toDataFrame(['a', 'b']).col('a').sum().compute(on), await frame.col('int16').sum().compute(on))
    })

    test('a column is an array of one axis', async () => {
      const array = frame.col('float32').fillNa(2).toArray()
      const [asked] = await plainSql(`select sum(coalesce(float32, 2)::double) s from '${folder}/*.parquet'`)
      const computed = await array.astype('float64').compute(on)
      assert.deepEqual(computed.shape, [rows])
      const total = (computed.toArray() as number[]).reduce((a, b) => a + b)
      assert.ok(Math.abs(total - (asked!['s'] as number)) <= 1e-9 * Math.abs(total))
    })
  })
}

test('what arrays do not hold is an error that says what to do', async () => {
  const mixed = fromColumns({ text: ['a'], when: [new Date(0)], half: [1.5], some: [1, null].slice(1), big: [2n ** 60n + 1n] })
  // @ts-expect-error texts
  assert.throws(() => mixed.toArray(), /"text" is string, and arrays are of numbers: select\(\)/)
  // @ts-expect-error the same of a column
  assert.throws(() => mixed.col('text').toArray(), /"text" is string/)
  // @ts-expect-error dates
  assert.throws(() => mixed.select('when').toArray(), /"when" is Date.*getTime\(\)/)
  // @ts-expect-error complex numbers
  assert.throws(() => mixed.select('half').toArray({ dtype: 'complex64' }), /no complex numbers/)
  const half = mixed.select('half')
  assert.throws(() => half.toArray({ lengths: [1, 2] }), /2 lengths for 1 partitions/)
  await assert.rejects(half.toArray({ lengths: [2] }).compute(), /1 elements.*\[2, 1\]/)
  await assert.rejects(half.toArray({ dtype: 'int32' }).compute(), /1\.5 is no integer/)
  await assert.rejects(
    half
      .assign({ half: () => 1000 })
      .toArray({ dtype: 'int8' })
      .compute(),
    /1000.*out of range.*INT8/,
  )
  await assert.rejects(
    mixed.select('some').toArray({ dtype: 'int32' }).compute(),
    /"some" has no value in row 0.*fillna\(\).*float64/,
  )
  await assert.rejects(mixed.select('big', 'half').toArray().compute(), /no float has the integer 1152921504606846977 exactly/)
  assert.deepEqual([...(await mixed.select('big').toArray().compute()).values()], [2n ** 60n + 1n])
})

test('totals of integers, decimals and nothing at all', async () => {
  const groups = fromColumns({ k: ['a', 'a', 'b'], n: [1, 2, 4] })
    .asType({ n: 'integer' })
    .groupBy('k')
    .agg({ n: (g) => sum(g.n) })
    .sort('k')
  const totals = (groups.col('n') as Series<number>).toArray()
  assert.equal(totals.dtype, 'int64')
  assert.deepEqual([...(await totals.compute()).values()], [3n, 4n])
  const nothing = fromColumns({ n: [null, null] }).toArray()
  assert.deepEqual([...(await nothing.compute()).values()], [NaN, NaN])
  const file = join(folder, 'decimal.parquet')
  await plainSql(`COPY (SELECT 1.25::DECIMAL(9, 2) AS d) TO '${file}'`)
  const decimals = readParquet<{ d: number }>(file).toArray()
  rmSync(file)
  assert.equal(decimals.dtype, 'float64')
})
