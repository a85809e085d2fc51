// Columns in partitions, ranges and places: against the same rows of the program.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compute } from 'heddle'
import { ColumnError, DataFrameError, LambdaError, QueryError, fromRecords, mean, sum, timeseries } from 'heddle/dataframe'

const rows = Array.from({ length: 1000 }, (_, i) => ({ i, square: i * i, day: new Date(Date.UTC(2024, 0, 1 + (i % 31))) }))
const frame = fromRecords(rows)
const squares = frame.col('square')
const expected = rows.map((row) => row.square)

test('values in partitions', async () => {
  const parts = squares.repartition(4)
  assert.deepEqual(await parts.compute(), expected)
  const each = await Promise.all([0, 1, 2, 3].map(async (part) => parts.getPartition(part).values()))
  assert.deepEqual(each.flat(), expected)
  assert.ok(each.every((part) => part.length === 250))
  assert.deepEqual(await squares.persist().compute(), expected)
  assert.deepEqual(await parts.toBag().compute({ executor: 'inline' }), expected)
  assert.deepEqual((await compute(parts.toDelayed(), { executor: 'inline' })).flat(), expected)
  assert.match(await parts.visualize(), /^<\?xml|^<svg/)
  assert.match(await frame.repartition(2).visualize(), /<svg/)
  const four = frame.repartition(4)
  assert.equal(four.npartitions, four.partitions)
  assert.deepEqual(
    await four.getPartition(1).col('i').compute(),
    rows.slice(250, 500).map((row) => row.i),
  )
  assert.throws(() => four.getPartition(9), /from 0; .*9 is none/)
})

test('ranges and places', async () => {
  const from = new Date(Date.UTC(2024, 0, 3))
  const to = new Date(Date.UTC(2024, 0, 5))
  const between = rows.filter((row) => row.day >= from && row.day <= to)
  assert.deepEqual(await frame.loc('day', from, to).toRecords(), between)
  assert.deepEqual(
    await squares.loc(4, 100).compute(),
    expected.filter((value) => value >= 4 && value <= 100),
  )
  const late = await frame
    .filter((r) => r.i >= 990)
    .resetIndex('place')
    .select('place', 'i')
    .toRecords()
  assert.deepEqual(
    late,
    Array.from({ length: 10 }, (_, place) => ({ place, i: 990 + place })),
  )
  assert.deepEqual(await squares.resetIndex().tail(1), [{ index: 999, value: 999 * 999 }])
  assert.deepEqual(await frame.select('i', 'square').limit(2).values(), [
    [0, 0],
    [1, 1],
  ])
})

describe('what is wrong is said where it is made', () => {
  const mixed = fromRecords([{ a: 1, b: 'x', t: new Date(0), l: ['x'] }])
  const cases: readonly (readonly [name: string, make: () => unknown, kind: new (...args: never[]) => Error, says: RegExp])[] = [
    ['arithmetic of texts', () => mixed.add(1), ColumnError, /add: "b" is string.*select/],
    ['a window by texts', () => mixed.rolling('2h', { on: 'b' }), ColumnError, /"b" is VARCHAR, not a column of dates/],
    ['a window by nothing', () => mixed.rolling('2h'), Error, /goes by a column of dates/],
    ['a window of months', () => mixed.rolling('1mo', { on: 't' }), Error, /months are not equally long/],
    ['no length of time', () => mixed.resample('soon', { on: 't' }), Error, /'15min', '1h'/],
    ['no time zone', () => mixed.resample('1d', { on: 't', timeZone: 'Mars/Olympus' }), Error, /no time zone "Mars\/Olympus"/],
    ['no time zone of a clock', () => mixed.col('t').dt.inZone('Mars'), Error, /no time zone "Mars"/],
    [
      'times of a column that is not there',
      () => mixed.resample('1d', { on: 'tt' as never }),
      ColumnError,
      /"tt".*Did you mean "t"|There are/,
    ],
    [
      'melting texts with numbers',
      () => mixed.melt({ values: ['a', 'b'] }),
      ColumnError,
      /one column cannot hold "a" \(number\), "b" \(string\)/,
    ],
    ['columns that nobody knows', () => mixed.getDummies(['b']), DataFrameError, /name the values of "b".*categorize\('b'\)/],
    [
      'pivots that nobody knows',
      () => mixed.pivotTable({ index: 'a', columns: 'b', values: (r) => mean(r.a) }),
      DataFrameError,
      /name the values of "b"/,
    ],
    ['two columns of one name', () => fromRecords([{ column: 1 }]).corr(), ColumnError, /"column" of its own/],
    ['exploding what is no list', () => mixed.explode('a'), ColumnError, /"a" is number, not a column of lists/],
    ['correlations of texts', () => mixed.select('b').corr(), ColumnError, /no column of numbers/],
    ['nearest texts', () => mixed.mergeAsof(mixed, { on: 'b' as never }), ColumnError, /two columns of dates or of numbers/],
    ['nearest without a column', () => mixed.mergeAsof(mixed, {} as never), Error, /name the column/],
    [
      'near, as a number of dates',
      () => mixed.mergeAsof(mixed, { on: 't', tolerance: 5 }),
      Error,
      /length of time, such as '10min'/,
    ],
    ['columns of two dataframes', () => mixed.col('a').where(frame.col('i').gt(1) as never), ColumnError, /of another dataframe/],
    ['half a row', () => mixed.col('a').shift(1.5), Error, /whole number of rows/],
    ['a window of nothing', () => mixed.col('a').rolling(0), Error, /at least one row/],
    [
      'a strange rank',
      () => mixed.col('a').rank({ method: 'best' as never }),
      LambdaError,
      /min, max, average, first, dense, not "best"/,
    ],
    [
      'the texts of numbers',
      () => (mixed.col('a') as never as { str: { upper(): unknown } }).str.upper(),
      ColumnError,
      /str\.upper\(\) is of texts, not of number/,
    ],
    [
      'the clock of numbers',
      () => (mixed.col('a') as never as { dt: { hour: unknown } }).dt.hour,
      ColumnError,
      /dt\.hour is of dates/,
    ],
    ['a text as a pattern', () => mixed.col('b').str.match('x' as never), Error, /regular expression is expected/],
    ['seeds that are none', () => mixed.sample(0.5, { seed: 0.5 }), Error, /seed is a whole number/],
    ['shares that are none', () => mixed.randomSplit([]), Error, /shares/],
    ['a group with too few keys', () => mixed.groupBy('a', 'b').getGroup(1), Error, /1 values for the keys a, b/],
    ['demo data that goes backwards', () => timeseries({ end: new Date(0) }), Error, /end is not after the start/],
  ]
  for (const [name, make, kind, says] of cases) {
    test(name, () => {
      assert.throws(make, (error: Error) => {
        assert.ok(error instanceof kind, `${error.name}: ${error.message}`)
        assert.match(error.message, says)
        return true
      })
    })
  }

  test('when it is computed', async () => {
    assert.throws(() => mixed.query('nothing > 1'), QueryError)
    const big = fromRecords([{ x: 1e300 }, { x: 1e300 }])
    assert.deepEqual(await big.cumprod().col('x').compute(), [1e300, Infinity])
    assert.equal(
      await big
        .groupBy({ k: () => 1 })
        .agg({ x: (r) => sum(r.x) })
        .col('x')
        .compute()
        .then((v) => v[0]),
      2e300,
    )
  })
})
