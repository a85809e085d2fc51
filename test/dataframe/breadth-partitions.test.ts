// What looks at other rows gives the same on one partition and on several, in the same order where there is one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { config } from 'heddle'
import { DataFrame, first, fromRecords, idxmax, last, max, mean, mode, readParquet, sql, sum } from 'heddle/dataframe'
import { database } from '../../src/dataframe/databases.js'
import { statementOf } from '../../src/dataframe/execute.js'
import { withRows } from '../../src/dataframe/physical/distributed.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import { chooseExecutor } from '../../src/executor/index.js'
import { plainSql } from './plain-sql.js'

interface Row {
  id: number
  k: string | null
  x: number | null
  t: Date
  l: readonly number[]
}

const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
let frame: DataFrame<Row>
before(async () => {
  for (let part = 0; part < 7; part++) {
    await plainSql(`COPY (SELECT i::INTEGER AS id, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'ß' END AS k,
      CASE WHEN i % 5 = 0 THEN NULL ELSE ((i * 37) % 23)::DOUBLE END AS x, timestamp '2024-03-30 20:00' + i * interval 37 minute AS t,
      range(i % 3) AS l FROM range(${part * 9}, ${part * 9 + 9}) AS r(i)) TO '${join(folder, `${part}.parquet`)}' (FORMAT parquet)`)
  }
  frame = readParquet<Row>(folder)
})
after(() => rmSync(folder, { recursive: true }))

const other = fromRecords(
  Array.from({ length: 9 }, (_, i) => ({ t: new Date(Date.UTC(2024, 2, 30, 18 + 5 * i)), k: i % 2 === 0 ? 'a' : 'b', q: i })),
)
type Made = DataFrame<object>
const any = (made: unknown) => made as Made

const ordered: Record<string, () => Made> = {
  windows: () =>
    any(
      frame
        .assign({ s: frame.col('x').shift(2), c: frame.col('x').cumsum(), f: frame.col('x').ffill(), r: frame.col('x').rank() })
        .drop('l'),
    ),
  'rolling rows': () => any(frame.select('id', 'x').rolling(3, { minPeriods: 1 }).mean()),
  'rolling time': () => any(frame.select('t', 'x').rolling('3h', { on: 't' }).sum()),
  'windows of windows': () => any(frame.assign({ s: frame.col('x').diff().rolling(2).sum() }).select('id', 's')),
  'filter by window': () => any(frame.filter(frame.col('x').gt(frame.col('x').shift(1))).select('id')),
  'group windows': () => any(frame.select('id', 'k', 'x').groupBy('k').cumsum()),
  'group rank': () => any(frame.select('id', 'k', 'x').groupBy('k').rank()),
  cumcount: () => any(frame.select('id', 'k').groupBy('k').cumcount()),
  resample: () =>
    any(frame.resample('6h', { on: 't', timeZone: 'Europe/Zurich' }).agg({ s: (r) => sum(r.x), l: (r) => last(r.id) })),
  places: () => any(frame.resetIndex().select('index', 'id')),
  tail: () => any(frame.sort('id', { descending: true }).select('id').limit(5)),
  explode: () => any(frame.explode('l').select('id', 'l')),
  sample: () => any(frame.sample(0.5, { seed: 3 }).select('id')),
  distinct: () => any(frame.select('k', 'id').distinct('k').sort('id')),
  describe: () => any(frame.select('x', 'id').describe()),
  corr: () => any(frame.select('x', 'id').corr()),
  modes: () => any(frame.select('k', 'x').mode()),
  idxmax: () => any(frame.select('id', 'x').idxmax()),
}
const unordered: Record<string, () => Made> = {
  'group places': () =>
    any(frame.groupBy('k').agg({ p: (r) => idxmax(r.x), m: (r) => mode(r.x), f: (r) => first(r.x), l: (r) => last(r.x) })),
  asof: () => any(frame.mergeAsof(other.drop('k'), { on: 't', direction: 'nearest' }).select('id', 'q')),
  'asof by': () => any(frame.mergeAsof(other, { on: 't', by: 'k' }).select('id', 'q')),
  sql: () => any(sql('SELECT k, sum(x) AS s, count(*) AS n FROM f GROUP BY k', { f: frame })),
  melt: () =>
    any(
      frame
        .select('id', 'x')
        .assign({ id: (r) => r.id + 0.5 })
        .melt({ id: 'id' }),
    ),
  pivot: () =>
    any(
      frame
        .assign({ odd: (r) => r.id % 2 })
        .pivotTable({ index: 'odd', columns: 'k', columnValues: ['a', 'b'], values: (r) => max(r.x) }),
    ),
  apply: () =>
    any(
      frame
        .select('id', 'k')
        .groupBy('k')
        .apply(
          (rows) => {
            let text = ''
            for (const row of rows) text += `${row.id} `
            return text
          },
          { type: 'string' },
        ),
    ),
  'value counts': () => any(frame.col('k').valueCounts({ normalize: true, dropNa: false })),
  matrix: () => any(frame.select('id', 'k', 'x').groupBy('k').corr()),
  transform: () =>
    any(
      frame
        .groupBy('k')
        .transform({ m: (r) => mean(r.x!) })
        .select('id', 'm'),
    ),
}

const texts = (rows: readonly object[]) =>
  rows.map((row) =>
    JSON.stringify(row, (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value)
        ? Number(value.toPrecision(10))
        : typeof value === 'bigint'
          ? Number(value)
          : value,
    ),
  )

for (const [kind, plans] of Object.entries({ ordered, unordered })) {
  for (const [name, make] of Object.entries(plans)) {
    test(`${name}, ${kind}`, async () => {
      const { plan } = make()
      const db = await database()
      const one = texts(await (await db.query(await statementOf(optimised(plan), db, {}))).records(new Set()))
      const many = await config.with({ dataframe: { partitionRows: 9, gatherRows: 0 } }, () =>
        withRows(optimised(plan), chooseExecutor('inline'), {}, async (here, text) =>
          texts(await (await here.query(text)).records(new Set())),
        ),
      )
      assert.ok(one.length > 0)
      assert.deepEqual(kind === 'ordered' ? many : many.sort(), kind === 'ordered' ? one : one.sort())
    })
  }
}
