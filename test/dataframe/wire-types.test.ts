// Every type of DuckDB comes back as it was, through the files that tables are on their way and on disk.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { Database, UntransferableType, filesSql, writeTable } from '../../src/duckdb/index.js'

let db: Database
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-wire-'))
  db = await Database.open('SELECT 1', [])
})

after(() => {
  db.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Types with SQL of values that are hard for them. */
const leaves: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ['true', 'false'],
  TINYINT: ['-128', '127'],
  SMALLINT: ['-32768', '32767'],
  INTEGER: ['-2147483648', '2147483647'],
  BIGINT: ['-9223372036854775808', '9223372036854775807', '9007199254740993'],
  UTINYINT: ['255', '0'],
  USMALLINT: ['65535'],
  UINTEGER: ['4294967295'],
  UBIGINT: ['18446744073709551615', '9223372036854775808'],
  HUGEINT: ['-170141183460469231731687303715884105728', '170141183460469231731687303715884105727', '-1'],
  UHUGEINT: ['340282366920938463463374607431768211455'],
  BIGNUM: ["'123456789012345678901234567890123456789012345678901234567890'", "'-5'"],
  FLOAT: ["'NaN'", "'-0.0'", "'Infinity'", "'3.4028235e38'", "'1e-45'"],
  DOUBLE: ["'NaN'", "'-0.0'", "'-Infinity'", "'1.7976931348623157e308'", "'5e-324'", "'0.1'"],
  'DECIMAL(4,1)': ["'-999.9'", "'0.1'"],
  'DECIMAL(18,3)': ["'999999999999999.999'"],
  'DECIMAL(38,10)': ["'-9999999999999999999999999999.9999999999'"],
  VARCHAR: ["''", "'👩‍👩‍👧 ß é'", "'it''s'", "'a' || chr(0) || 'b'"],
  BLOB: ["''", "'\\x00\\xFF'"],
  BIT: ["'010101110'", "'1'"],
  DATE: ["'infinity'", "'-infinity'", "'0044-03-15 (BC)'", "'2024-02-29'"],
  TIME: ["'23:59:59.999999'", "'24:00:00'"],
  TIME_NS: ["'12:34:56.789012345'"],
  'TIME WITH TIME ZONE': ["'12:34:56+05:30'", "'00:00:00-15:59:59'"],
  TIMESTAMP: ["'infinity'", "'1969-12-31 23:59:59.999999'"],
  TIMESTAMP_S: ["'2020-01-01 00:00:01'", "'1900-01-01'"],
  TIMESTAMP_MS: ["'2020-01-01 00:00:00.123'", "'1969-12-31 23:59:59.999'"],
  TIMESTAMP_NS: ["'2020-01-01 00:00:00.123456789'"],
  'TIMESTAMP WITH TIME ZONE': ["'2020-03-29 02:30:00+02'", "'infinity'"],
  INTERVAL: ["'1 month 00:00:00.000001'", "'-13 months'", "'-1 day 00:00:01'", "'400 days -3 hours'"],
  UUID: ["'12345678-1234-1234-1234-123456789012'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
  "ENUM('b', 'a', 'it''s, (so)')": ["'b'", "'it''s, (so)'"],
  JSON: [`'{"a": [1, null]}'`],
}

const anyLeaf = fc.constantFrom(...Object.keys(leaves))

/** A type, and SQL of a value of it. */
interface Typed {
  readonly type: string
  readonly value: string
}

const leaf: fc.Arbitrary<Typed> = anyLeaf.chain((type) =>
  fc.constantFrom('NULL', ...leaves[type]!).map((sql) => ({ type, value: `CAST(${sql} AS ${type})` })),
)

const nested: fc.Arbitrary<Typed> = fc.letrec<{ any: Typed; list: Typed; array: Typed; struct: Typed; map: Typed }>((tie) => ({
  any: fc.oneof({ maxDepth: 2, withCrossShrink: true }, leaf, tie('list'), tie('array'), tie('struct'), tie('map')),
  list: fc.tuple(tie('any'), fc.boolean()).map(([{ type, value }, empty]) => ({
    type: `${type}[]`,
    value: empty ? `CAST([] AS ${type}[])` : `[${value}, NULL, ${value}]`,
  })),
  array: tie('any').map(({ type, value }) => ({ type: `${type}[2]`, value: `CAST([${value}, NULL] AS ${type}[2])` })),
  struct: fc
    .tuple(tie('any'), tie('any'))
    .map(([a, b]) => ({ type: `STRUCT("a b" ${a.type}, c ${b.type})`, value: `{'a b': ${a.value}, 'c': ${b.value}}` })),
  map: tie('any').map(({ type, value }) => ({ type: `MAP(VARCHAR, ${type})`, value: `MAP {'k': ${value}, '': NULL}` })),
})).any

async function same(columns: readonly Typed[]): Promise<void> {
  const list = columns.map(({ type, value }, i) => `CAST(${value} AS ${type}) AS "column ${i}"`).join(', ')
  const nulls = columns.map(({ type }, i) => `CAST(NULL AS ${type}) AS "column ${i}"`).join(', ')
  const select = `SELECT ${list} UNION ALL SELECT ${nulls}`
  const target = join(folder, `table-${Math.random()}.parquet`)
  const { columns: described, rows } = await writeTable(db, { select, target })
  assert.equal(rows, 2)
  const shown = columns.map((_, i) => `typeof("column ${i}") AS t${i}, CAST("column ${i}" AS VARCHAR) AS v${i}`).join(', ')
  const read = async (from: string) => (await db.query(`SELECT ${shown} FROM ${from} AS x`)).records(new Set())
  assert.deepEqual(await read(filesSql([target], described)), await read(`(${select})`))
  // A partition that got no file has the same columns.
  assert.equal((await read(filesSql([], described))).length, 0)
}

describe('tables as files', () => {
  test('every type', async () => {
    for (const [type, values] of Object.entries(leaves))
      for (const value of values) await same([{ type, value: `CAST(${value} AS ${type})` }])
  })

  test('types inside of types', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nested, { minLength: 1, maxLength: 3 }), async (columns) => same(columns)),
      { numRuns: 40 },
    )
  })

  test('unions keep which of their types a value has', async () => {
    const type = 'UNION(num HUGEINT, "a text" VARCHAR, other DOUBLE)'
    for (const value of [
      'union_value(num := 5::HUGEINT)',
      `union_value("a text" := '5')`,
      'union_value(other := NULL::DOUBLE)',
    ]) {
      const target = join(folder, 'union.parquet')
      const select = `SELECT CAST(${value} AS ${type}) AS x UNION ALL SELECT NULL`
      const { columns } = await writeTable(db, { select, target })
      const read = async (from: string) =>
        (await db.query(`SELECT typeof(x) AS t, union_tag(x)::VARCHAR AS tag, x::VARCHAR AS v FROM ${from} AS s`)).records(
          new Set(),
        )
      assert.deepEqual(await read(filesSql([target], columns)), await read(`(${select})`))
    }
  })

  test('a type that has no lossless form is an error that names it', async () => {
    const select = 'SELECT [CAST(union_value(num := 5) AS UNION(num INTEGER))] AS x'
    await assert.rejects(writeTable(db, { select, target: join(folder, 'no.parquet') }), (error: Error) => {
      assert(error instanceof UntransferableType)
      assert.match(error.message, /UNION\(num INTEGER\)\[\].*union inside of another type/)
      return true
    })
  })
})
