// What pandas defines, against pandas itself (test/oracle/dataframe-pandas.py).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  corr,
  count,
  cov,
  first,
  fromRecords,
  kurt,
  last,
  max,
  mean,
  median,
  min,
  nunique,
  product,
  quantile,
  skew,
  std,
  sum,
  variance,
} from 'heddle/dataframe'

interface Row {
  id: number
  key: string | null
  x: number | null
  n: number
}
type Record_ = Readonly<Record<string, string | number | null>>

const oracle = JSON.parse(readFileSync(new URL('../../../test/dataframe/fixtures/pandas.json', import.meta.url), 'utf8')) as {
  rows: Row[]
  other: { key: string; y: number; n: number }[]
  aggregated: Record_[]
  totals: Record<string, number>
  joins: Record<'inner' | 'left' | 'right' | 'full', Record_[]>
  distinct: Record_[]
  sorted: number[]
  filled: Record_[]
  dropped: Record_[]
}
const rows = fromRecords(oracle.rows)

/** The same rows, in any order, with numbers equal to twelve digits: sums are added in another order. */
function alike(actual: readonly object[], expected: readonly object[]): void {
  const round = (row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'number' ? Number(value.toPrecision(11)) : (value as unknown),
      ]),
    )
  const sorted = (list: readonly object[]) => list.map((row) => JSON.stringify(round(row), Object.keys(row).sort())).sort()
  assert.deepEqual(sorted(actual), sorted(expected))
}

test('groups', async () => {
  const groups = rows.groupBy('key').agg({
    size: count(),
    count: (r) => count(r.x),
    sum: (r) => sum(r.x),
    mean: (r) => mean(r.x),
    min: (r) => min(r.x),
    max: (r) => max(r.x),
    std: (r) => std(r.x),
    variance: (r) => variance(r.x),
    median: (r) => median(r.x),
    quarter: (r) => quantile(r.x, 0.25),
    nunique: (r) => nunique(r.n),
    first: (r) => first(r.x),
    last: (r) => last(r.x),
    skew: (r) => skew(r.x),
    kurt: (r) => kurt(r.x),
    product: (r) => product(r.n),
  })
  alike(await groups.toRecords(), oracle.aggregated)
})

test('totals of a column', async () => {
  const x = rows.col('x')
  const { totals } = oracle
  const own = {
    count: await x.count().compute(),
    sum: await x.sum().compute(),
    mean: await x.mean().compute(),
    min: await x.min().compute(),
    max: await x.max().compute(),
    std: await x.std().compute(),
    var: await x.var().compute(),
    median: await x.median().compute(),
    quantile: await x.quantile(0.9).compute(),
    nunique: await x.nunique().compute(),
    ...(
      await rows
        .groupBy({ all: () => 1 })
        .agg({ corr: (r) => corr(r.x, r.n), cov: (r) => cov(r.x, r.n) })
        .select('corr', 'cov')
        .toRecords()
    )[0],
  }
  alike([own], [totals])
})

for (const how of ['inner', 'left', 'right', 'full'] as const) {
  test(`${how} join`, async () => {
    const joined = rows.dropNa('key').join(fromRecords(oracle.other), { on: 'key', how })
    alike(await joined.toRecords(), oracle.joins[how])
  })
}

test('distinct, sort, fillNa, dropNa', async () => {
  alike(await rows.distinct('key', 'n').toRecords(), oracle.distinct)
  const sorted = rows.sort(['x', 'id'], { descending: [true, false], nulls: 'first' })
  assert.deepEqual(
    (await sorted.toRecords()).map((row) => row.id),
    oracle.sorted,
  )
  assert.deepEqual(await rows.fillNa({ x: 0, key: 'none' }).toRecords(), oracle.filled)
  assert.deepEqual(await rows.dropNa().toRecords(), oracle.dropped)
})
