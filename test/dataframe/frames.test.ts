// Whole pipelines over real flights, against plain DuckDB SQL.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  type DataFrame,
  col,
  concat,
  count,
  first,
  fromRecords,
  last,
  max,
  mean,
  median,
  min,
  nunique,
  quantile,
  readCsv,
  readJson,
  readParquet,
  std,
  sum,
  variance,
} from 'heddle/dataframe'
import { plainSql, unordered } from './plain-sql.js'

const file = fileURLToPath(new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))
const table = `'${file}'`

interface Flight {
  date: Date
  delay: number
  distance: number
  origin: string
  destination: string
}
const flights = readParquet<Flight>(file)

describe('pipelines give what plain SQL gives', () => {
  test('filter, group, aggregate, sort, head', async () => {
    const limit = 60
    const worst = flights
      .filter((f) => f.delay > limit && f.origin.startsWith('S'))
      .groupBy('origin')
      .agg({ flights: count(), delay: (f) => mean(f.delay) })
      .sort('delay', { descending: true })
    const expected = await plainSql(
      `select origin, count(*) flights, avg(delay) as delay from ${table} where delay > 60 and origin like 'S%' group by 1 order by 3 desc limit 10`,
    )
    assert.deepEqual([...(await worst.head(10))], expected)
  })

  test('every aggregate', async () => {
    const all = flights.groupBy('origin').agg({
      n: count(),
      total: (f) => sum(f.delay),
      mean: (f) => mean(f.delay),
      low: (f) => min(f.delay),
      high: (f) => max(f.delay),
      middle: (f) => median(f.delay),
      tenth: (f) => quantile(f.delay, 0.1),
      places: (f) => nunique(f.destination),
      range: (f) => max(f.delay) - min(f.delay),
    })
    const expected =
      await plainSql(`select origin, count(*) n, sum(delay)::double total, avg(delay) mean, min(delay) low, max(delay) high, median(delay) middle,
      quantile_cont(delay::double, 0.1) tenth, count(distinct destination) places, (max(delay) - min(delay))::double "range" from ${table} group by 1`)
    assert.deepEqual(unordered(await all.toRecords()), unordered(expected))
  })

  test('spread, to the precision that sums of doubles have', async () => {
    const [own] = await flights
      .groupBy({ all: () => 1 })
      .agg({ std: (f) => std(f.delay), variance: (f) => variance(f.delay) })
      .toRecords()
    const [expected] = await plainSql(`select stddev_samp(delay) std, var_samp(delay) variance from ${table}`)
    assert.ok(Math.abs(own!.std! / (expected!['std'] as number) - 1) < 1e-9)
    assert.ok(Math.abs(own!.variance! / (expected!['variance'] as number) - 1) < 1e-9)
  })

  test('keys that are calculated, and joins of two groupings', async () => {
    const byMonth = flights.groupBy({ month: (f) => f.date.getUTCMonth() + 1, origin: (f) => f.origin }).agg({ n: count() })
    const airports = flights.groupBy('origin').agg({ total: count() })
    const share = byMonth
      .join(airports, { on: 'origin' })
      .filter((f) => f.month === 2)
      .select('origin', 'n', 'total')
    const expected =
      await plainSql(`with m as (select month(date) as m, origin, count(*) n from ${table} group by 1, 2), a as (select origin, count(*) total from ${table} group by 1)
      select origin, n, total from m join a using (origin) where m = 2`)
    assert.deepEqual(unordered(await share.toRecords()), unordered(expected))
  })

  test('assign, select, limit keep the order of the file', async () => {
    const some = flights
      .assign({ km: (f) => Math.round(f.distance * 1.609), name: (f) => `${f.origin}-${f.destination}` })
      .select('name', 'km')
      .limit(20, 5)
    const expected = await plainSql(
      `select origin || '-' || destination as name, round(distance * 1.609)::double km from ${table} limit 20 offset 5`,
    )
    assert.deepEqual(await some.toRecords(), expected)
  })

  test('distinct, count, columns', async () => {
    const [expected] = await plainSql(`select count(*) n from (select distinct origin, destination from ${table})`)
    assert.equal(await flights.select('origin', 'destination').distinct().count().compute(), expected!['n'])
    const [totals] = await plainSql(`select avg(delay) mean, sum(distance)::double sum, count(distinct origin) n from ${table}`)
    assert.equal(await flights.col('delay').mean().compute(), totals!['mean'])
    assert.equal(await flights.col('distance').sum().compute(), totals!['sum'])
    assert.equal(await flights.col('origin').nunique().compute(), totals!['n'])
  })

  test('builders and columns say what functions say', async () => {
    const expected = await flights
      .filter((f) => f.delay > 60 && (f.origin === 'SEA' || f.distance <= 200))
      .count()
      .compute()
    const built = flights.filter(
      col('delay')
        .gt(60)
        .and(col('origin').eq('SEA').or(col('distance').le(200))),
    )
    assert.equal(await built.count().compute(), expected)
    const byColumn = flights.filter(flights.col('delay').gt(60)).filter((f) => f.origin === 'SEA' || f.distance <= 200)
    assert.equal(await byColumn.count().compute(), expected)
  })
})

describe('groups as wholes', () => {
  test('transform', async () => {
    const share = flights
      .groupBy('origin')
      .transform({ share: (f) => f.distance / sum(f.distance), far: (f) => f.distance === max(f.distance) })
      .filter((f) => f.far && f.delay > 100)
      .select('origin', 'delay', 'share')
    const expected =
      await plainSql(`select origin, delay, share from (select *, distance / sum(distance) over (partition by origin) as share,
      max(distance) over (partition by origin) as far from ${table}) where far = distance and delay > 100`)
    assert.deepEqual(unordered(await share.toRecords()), unordered(expected))
  })

  test('all columns at once', async () => {
    const means = await flights.select('origin', 'delay', 'distance').groupBy('origin').mean().toRecords()
    const expected = await plainSql(`select origin, avg(delay) as delay, avg(distance) as distance from ${table} group by 1`)
    assert.deepEqual(unordered(means), unordered(expected))
    const most = await flights.groupBy('origin').nunique().select('origin', 'destination').nlargest(1, 'destination').toRecords()
    assert.deepEqual(
      most,
      await plainSql(`select origin, count(distinct destination) destination from ${table} group by 1 order by 2 desc limit 1`),
    )
  })
})

describe('files that are written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  after(() => rmSync(folder, { recursive: true }))
  const rows = [
    { id: 2n ** 70n, name: 'a,"b"\nß', when: new Date('2024-02-29T12:00:00.123Z'), x: 0.1, year: '2023' },
    { id: -1n, name: null, when: null, x: null, year: '2024' },
  ]

  test('Parquet gives back what was written, also from folders', async () => {
    const path = await fromRecords(rows).toParquet(join(folder, 'new/one.parquet'))
    const back = readParquet(path, { schema: { name: 'string?', when: 'Date?', x: 'number?', year: 'string' } })
    assert.deepEqual(
      await back.toRecords(),
      rows.map(({ id: _, ...rest }) => rest),
    )
    assert.deepEqual(await plainSql(`select id::varchar id from '${path}'`), [{ id: String(2n ** 70n) }, { id: '-1' }])
    const parts = await fromRecords(rows)
      .drop('id')
      .toParquet(join(folder, 'parts'), { partitionBy: ['year'] })
    const [only] = await readParquet<{ year: number; x: number | null }>(parts)
      .filter((f) => f.year === 2023)
      .toRecords()
    assert.equal(only!.x, 0.1)
  })

  test('CSV and JSON', async () => {
    const frame = fromRecords(rows).select('name', 'x', 'year')
    const csv = readCsv<{ name: string | null }>(await frame.toCsv(join(folder, 'a.csv'), { delimiter: ';' }), { delimiter: ';' })
    assert.deepEqual(
      (await csv.toRecords()).map((row) => row.name),
      ['a,"b"\nß', null],
    )
    const json = readJson(await frame.toJson(join(folder, 'a.json')), { schema: { name: 'string?', x: 'number?' } })
    assert.deepEqual(
      await json.toRecords(),
      rows.map(({ name, x }) => ({ name, x })),
    )
  })
})

describe('rows of the program', () => {
  const cities = fromRecords([
    { city: 'Bern', people: 134_000, canton: 'BE' },
    { city: 'Basel', people: null, canton: 'BS' },
    { city: 'Biel', people: 55_000, canton: 'BE' },
    { city: 'Zürich', people: 434_000, canton: 'ZH' },
  ])

  test('what nulls do', async () => {
    const names = async <S extends { city: string }>(frame: DataFrame<S>) => (await frame.toRecords()).map((row) => row.city)
    assert.deepEqual(await names(cities.filter((c) => c.people === null)), ['Basel'])
    assert.deepEqual(await names(cities.filter((c) => c.people !== 55_000)), ['Bern', 'Basel', 'Zürich'])
    assert.deepEqual(await names(cities.filter((c) => !c.people)), ['Basel'])
    assert.deepEqual(await names(cities.filter((c) => c.people! > 100_000)), ['Bern', 'Zürich'])
    assert.deepEqual(await names(cities.filter((c) => (c.people ?? 0) < 100_000)), ['Basel', 'Biel'])
    assert.deepEqual(await names(cities.dropNa('people')), ['Bern', 'Biel', 'Zürich'])
    const texts = await cities.assign({ text: (c) => `${c.people}`, filled: (c) => c.people ?? -1 }).toRecords()
    assert.deepEqual(
      texts.map((row) => [row.text, row.filled]),
      [
        ['134000', 134_000],
        ['null', -1],
        ['55000', 55_000],
        ['434000', 434_000],
      ],
    )
  })

  test('first, last, distinct go by the order of rows', async () => {
    const cantons = cities
      .groupBy('canton')
      .agg({ first: (c) => first(c.city), last: (c) => last(c.city) })
      .sort('canton')
    assert.deepEqual(await cantons.toRecords(), [
      { canton: 'BE', first: 'Bern', last: 'Biel' },
      { canton: 'BS', first: 'Basel', last: 'Basel' },
      { canton: 'ZH', first: 'Zürich', last: 'Zürich' },
    ])
    assert.deepEqual(
      (await cities.distinct('canton').sort('city').toRecords()).map((row) => row.city),
      ['Basel', 'Bern', 'Zürich'],
    )
  })

  test('joins of all kinds', async () => {
    const cantons = fromRecords([
      { canton: 'BE', name: 'Bern' },
      { canton: 'GE', name: 'Genève' },
    ])
    const counts = await Promise.all(
      (['inner', 'left', 'right', 'full'] as const).map(async (how) =>
        cities.join(cantons, { on: 'canton', how }).count().compute(),
      ),
    )
    assert.deepEqual(counts, [2, 4, 3, 5])
    const full = await cities.join(cantons, { on: 'canton', how: 'full' }).toRecords()
    assert.deepEqual(full.map((row) => row.canton).sort(), ['BE', 'BE', 'BS', 'GE', 'ZH'])
    const suffixed = cities.join(cities, { leftOn: 'city', rightOn: 'city' })
    assert.deepEqual(suffixed.columns, ['city', 'people', 'canton', 'people_right', 'canton_right'])
  })

  test('every type comes back as it went in', async () => {
    const rows = [
      {
        number: -0.5,
        text: "it's ß 👍\0",
        flag: true,
        big: 2n ** 80n,
        date: new Date('1969-12-31T23:59:59.999Z'),
        list: ['a', 'b'],
        bytes: new Uint8Array([0, 255]),
      },
      { number: NaN, text: '', flag: false, big: -1n, date: new Date(0), list: [], bytes: new Uint8Array() },
      { number: null, text: null, flag: null, big: null, date: null, list: null, bytes: null },
    ]
    assert.deepEqual(await fromRecords(rows).toRecords(), rows)
    const table = await fromRecords(rows).compute()
    assert.equal(table.numRows, 3)
    assert.deepEqual(
      [...table.getChild('text')!],
      rows.map((row) => row.text),
    )
    assert.deepEqual(
      [...table.getChild('number')!],
      rows.map((row) => row.number),
    )
    assert.deepEqual(
      [...table.getChild('flag')!],
      rows.map((row) => row.flag),
    )
  })

  test('functions without a translation run as JavaScript, and explain() says why', async () => {
    const vowels = cities.assign(
      {
        vowels: (c) => {
          let n = 0
          for (const letter of c.city) if ('aeiouü'.includes(letter)) n++
          return n
        },
      },
      { types: { vowels: 'number' } },
    )
    assert.deepEqual(
      (await vowels.toRecords()).map((row) => row.vowels),
      [1, 2, 2, 2],
    )
    assert.match(vowels.explain(), /runs as JavaScript\n.*js_row_\d+_vowels: .*has a ForOfStatement/)
  })

  test('helpers of the program are written out', async () => {
    const base = 1000
    const thousands = (n: number) => n / base
    const frame = cities.assign({ k: (c) => thousands(c.people ?? 0) })
    assert.deepEqual(
      (await frame.toRecords()).map((row) => row.k),
      [134, 0, 55, 434],
    )
    assert.doesNotMatch(frame.explain(), /JavaScript/)
  })

  test('persisted rows, concatenation, and what a head looks like', async () => {
    const kept = cities.filter((c) => c.canton === 'BE').persist()
    assert.deepEqual(
      (await concat(kept, kept).sort('city').toRecords()).map((row) => row.city),
      ['Bern', 'Bern', 'Biel', 'Biel'],
    )
    const { inspect } = await import('node:util')
    assert.equal(inspect(await cities.head(2)), 'city   people  canton\nBern   134000  BE\nBasel    null  BS')
  })
})
