// Dataframes in partitions: on a cluster, next to bags and delayed values, and from and to them.
import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as bag from 'heddle/bag'
import { Client, type ComputeOptions, compute, config, delayed, persist } from 'heddle'
import {
  ColumnError,
  DataFrame,
  count,
  first,
  fromArrow,
  fromBag,
  fromDelayed,
  fromMap,
  fromRecords,
  last,
  mean,
  median,
  readCsv,
  readParquet,
  readText,
  sql,
  sum,
} from 'heddle/dataframe'
import { plainSql } from './plain-sql.js'

const file = fileURLToPath(new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))

interface Flight {
  date: Date
  delay: number
  distance: number
  origin: string
  destination: string
}

const people = fromRecords([
  { name: 'Ada', born: 1815, city: 'London' },
  { name: 'Grace', born: 1906, city: 'New York' },
  { name: 'Alan', born: 1912, city: 'London' },
])

const folder = mkdtempSync(join(tmpdir(), 'heddle-partitions-'))
const some = join(folder, 'some.parquet')
before(async () => void (await readParquet<Flight>(file).limit(100_000).toParquet(some)))
after(() => rmSync(folder, { recursive: true, force: true }))

for (const where of ['one process', 'a cluster'] as const) {
  describe(`in ${where}`, () => {
    let client: Client | undefined
    let on: ComputeOptions

    before(async () => {
      if (where === 'a cluster') client = await Client.connect({ workers: 2, threadsPerWorker: 1 })
      on = client ? { executor: client } : {}
    })

    after(async () => client?.close())

    test('questions about real flights', async () => {
      const flights = readParquet<Flight>(file)
      const worst = flights
        .filter((f) => f.delay > 60)
        .groupBy('origin')
        .agg({ flights: count(), delay: (f) => mean(f.delay) })
        .sort('delay', { descending: true })
      const expected = await plainSql(
        `select origin, count(*) flights, avg(delay) as delay from '${file}' where delay > 60 group by 1 order by 3 desc limit 10`,
      )
      const rows = await worst.head(10)
      assert.deepEqual(
        rows.map(({ origin, flights: n }) => [origin, n]),
        expected.map(({ origin, flights: n }) => [origin, n]),
      )
    })

    test('the first and last of a group go by the order of rows', async () => {
      const ordered = readParquet<Flight>(file)
        .groupBy('origin')
        .agg({ first: (f) => first(f.destination), last: (f) => last(f.destination) })
        .sort('origin')
      const expected = await plainSql(
        `select origin, arg_min(destination, n) "first", arg_max(destination, n) "last" from
         (select *, row_number() over () n from '${file}') group by 1 order by 1`,
      )
      assert.deepEqual(await ordered.toRecords(), expected)
    })

    test('a persisted dataframe is computed once, and stays', async () => {
      const cities = people.groupBy('city').agg({ n: count() }).persist()
      assert.deepEqual(await cities.sort('city').toRecords(), [
        { city: 'London', n: 2 },
        { city: 'New York', n: 1 },
      ])
      assert.equal(
        await cities
          .filter((c) => c.n > 1)
          .count()
          .compute(),
        1,
      )
    })

    test('together with bags and delayed values', async () => {
      const [table, items, value] = await compute(people.select('name'), bag.range(3), delayed(() => 5)())
      assert.deepEqual(
        table.toArray().map((row) => row.name),
        ['Ada', 'Grace', 'Alan'],
      )
      assert.deepEqual([items, value], [[0, 1, 2], 5])
      const { oldest } = await compute({ oldest: people.sort('born').limit(1) }, on)
      assert.equal(oldest.numRows, 1)
      const [kept, more] = persist(
        people.filter((p) => p.born > 1900),
        bag.range(2),
      )
      assert(kept instanceof DataFrame)
      assert.equal(await kept.count().compute(), 2)
      assert.deepEqual(await more.compute(), [0, 1])
    })

    test('functions that are not translated run in executor threads', async () => {
      const vowels = (text: string) => {
        let n = 0
        for (const letter of text) if ('aeiouAEIOU'.includes(letter)) n++
        return n
      }
      const frame = people.assign(
        {
          vowels: (p) => {
            let n = vowels(p.name)
            while (n > 10) n--
            return n
          },
        },
        { types: { vowels: 'number' } },
      )
      assert.deepEqual(
        (await frame.toRecords()).map((p) => p.vowels),
        [2, 2, 2],
      )
      assert.match(frame.explain(), /physical, on .*\n.*in executor threads/)
    })

    test('partitions as tables, as items of a bag, as delayed lists', async () => {
      const parts = people.repartition(3)
      const sizes = parts.mapPartitions((part) => [{ rows: part.numRows, first: part.get(0)?.name ?? null }], {
        schema: { rows: 'number', first: 'string?' },
      })
      assert.deepEqual(await sizes.toRecords(), [
        { rows: 1, first: 'Ada' },
        { rows: 1, first: 'Grace' },
        { rows: 1, first: 'Alan' },
      ])
      assert.deepEqual(
        await parts
          .toBag()
          .map((p) => p.name.length)
          .compute(),
        [3, 5, 4],
      )
      const lists = parts.toDelayed()
      assert.equal(lists.length, 3)
      assert.deepEqual(await lists[1]!.compute(), [{ name: 'Grace', born: 1906, city: 'New York' }])
      assert.deepEqual(
        (await people.repartition(2).toRecords()).map((p) => p.name),
        ['Ada', 'Grace', 'Alan'],
      )
    })

    test('from delayed lists, and from what a function gives', async () => {
      const squares = fromMap((n: number) => [{ n, square: n * n, odd: n % 2 === 1 }], [3, 1, 2], {
        schema: { n: 'number', square: 'number', odd: 'boolean' },
      })
      assert.deepEqual(await squares.toRecords(), [
        { n: 3, square: 9, odd: true },
        { n: 1, square: 1, odd: true },
        { n: 2, square: 4, odd: false },
      ])
      assert.deepEqual(
        await squares
          .groupBy('odd')
          .agg({ s: (g) => sum(g.square) })
          .sort('odd')
          .toRecords(),
        [
          { odd: false, s: 4 },
          { odd: true, s: 10 },
        ],
      )
      const parts = [delayed(() => [{ t: new Date(0), b: 2n ** 100n }])(), delayed((): { t: Date | null; b: bigint }[] => [])()]
      const frame = fromDelayed(parts, { schema: { t: 'Date?', b: 'bigint' } })
      assert.deepEqual(await frame.toRecords(), [{ t: new Date(0), b: 2n ** 100n }])
    })

    test('from a bag', async () => {
      const words = bag.fromSequence(['a', 'bb', 'cc', 'd'], { partitions: 2 }).map((word) => ({ word, length: word.length }))
      const frame = fromBag(words, { schema: { word: 'string', length: 'number' } })
      assert.deepEqual(await frame.groupBy('length').agg({ n: count() }).sort('length').toRecords(), [
        { length: 1, n: 2 },
        { length: 2, n: 2 },
      ])
      assert.deepEqual(
        (await frame.toRecords()).map((row) => row.word),
        ['a', 'bb', 'cc', 'd'],
      )
    })

    test('rows that only this process can read', async () => {
      const text = join(folder, `${where}.txt`)
      writeFileSync(text, 'a\nb\nc\n')
      assert.equal(await readText(text).count().compute(), 3)
      assert.deepEqual(
        await fromArrow(await people.select('name').compute())
          .limit(1)
          .toRecords(),
        [{ name: 'Ada' }],
      )
    })

    test('a value of another type than the schema says is an error with its row', async () => {
      const wrong = fromMap(() => [{ n: 1 }, { n: '2' as unknown as number }], [0], { schema: { n: 'number' } })
      await assert.rejects(wrong.toRecords(), (error: Error) => {
        assert.equal(error.cause instanceof ColumnError || error instanceof ColumnError, true)
        assert.match(`${error.message} ${(error.cause as Error).message}`, /"n" of row 1 is "2", and the schema says number/)
        return true
      })
    })

    test('sorted by a column, with divisions', async () => {
      const sorted = await config.with({ dataframe: { partitionRows: 20_000, gatherRows: 1000 } }, async () => {
        const days = readParquet<Flight>(some).select('date', 'delay').setIndex('date').persist()
        const divisions = await days.divisions('date')
        assert(divisions.length >= 2)
        assert.deepEqual(
          [...divisions].sort((a, b) => a.getTime() - b.getTime()),
          divisions,
        )
        return { days, divisions }
      })
      const [range] = await plainSql(`select min(date) a, max(date) b from '${some}'`)
      assert.deepEqual([sorted.divisions[0], sorted.divisions.at(-1)], [range!['a'], range!['b']])
      if (where === 'a cluster') assert(sorted.divisions.length > 4)
      const [asked] = await plainSql(`select count(*)::INTEGER n from '${some}'`)
      assert.equal(await sorted.days.count().compute(), asked!['n'])
    })

    test('what is written is read again: files of text, each a partition', async () => {
      const flights = readParquet<Flight>(file).select('origin', 'delay').limit(5000)
      await flights.limit(3000).toCsv(join(folder, 'a.csv'))
      await flights.limit(2000, 3000).toCsv(join(folder, 'b.csv'))
      const read = readCsv<{ origin: string; delay: number }>(join(folder, '*.csv'))
      const expected = await plainSql(
        `select origin, sum(delay)::INTEGER d from (select * from '${file}' limit 5000) group by 1 order by 1 limit 5`,
      )
      assert.deepEqual(
        await read
          .groupBy('origin')
          .agg({ d: (f) => sum(f.delay) })
          .sort('origin')
          .head(5)
          .then((rows) => [...rows]),
        expected,
      )
    })

    test('the first rows of many files are read of the first file', {
      skip: where !== 'a cluster' && 'DuckDB reads ahead',
    }, async () => {
      const many = mkdtempSync(join(folder, 'many-'))
      for (let i = 0; i < 5; i++) {
        const part = join(many, `part-${i}.parquet`)
        await readParquet<Flight>(some)
          .limit(1000, i * 1000)
          .toParquet(part)
        if (i === 0) continue
        // What reads its rows, and not only what they are, fails.
        const file = openSync(part, 'r+')
        writeSync(file, Buffer.alloc(2000, 255), 0, 2000, 4)
        closeSync(file)
      }
      await config.with({ dataframe: { partitionRows: 1000, gatherRows: 1000 } }, async () => {
        const flights = readParquet<Flight>(join(many, '*.parquet'))
        const expected = await plainSql(`select origin from '${some}' where delay > 10 limit 5`)
        const late = flights.filter((f) => f.delay > 10).select('origin')
        assert.deepEqual([...(await late.head(5))], expected)
        await assert.rejects(flights.filter((f) => f.delay * f.distance === -1).head(5))
      })
    })

    test('analyze says rows, bytes and seconds', async () => {
      const said = await people.groupBy('city').agg({ n: count() }).analyze()
      assert.match(
        said,
        where === 'a cluster' ? /aggregate: 1 partition.*: 2 rows, [\d.]+ \w+, [\d.]+ s\n +SELECT/ : /HASH_GROUP_BY[^]*2 rows/,
      )
    })

    for (const [partitionRows, how] of [
      [20_000, 'are dealt out'],
      [50_000, 'are read by all'],
    ] as const) {
      test(`rows that must meet ${how}: sort, join and group-by`, async () => {
        await config.with({ dataframe: { partitionRows, gatherRows: 1000 } }, async () => {
          const flights = readParquet<Flight>(some)
          const sorted = flights.sort(['distance', 'delay', 'date', 'origin', 'destination'])
          const expected = await plainSql(`select * from '${some}' order by distance, delay, date, origin, destination`)
          assert.deepEqual(await sorted.toRecords(), expected)
          const pairs = flights.groupBy('origin', 'destination').agg({ n: count() })
          const joined = flights.join(pairs, { on: ['origin', 'destination'] }).filter((f) => f.n < 30)
          const [few] = await plainSql(
            `select count(*)::INTEGER n from (select count(*) over (partition by origin, destination) n from '${some}') where n < 30`,
          )
          assert.equal(await joined.count().compute(), few!['n'])
        })
      })
    }

    test('files that several partitions read are read once for each row', async () => {
      await config.with({ dataframe: { partitionRows: 50_000, gatherRows: 1000 } }, async () => {
        const flights = readParquet<Flight>(some)
        if (where === 'a cluster') {
          const said = await flights
            .groupBy('origin')
            .agg({ m: (f) => median(f.delay) })
            .analyze()
          assert.match(said, /aggregate: 2 partitions/)
          assert.doesNotMatch(said, /dealt out/)
        }
        const byHour = flights
          .filter((f) => f.delay > 5)
          .groupBy({ hour: (f) => f.date.getUTCHours() })
          .agg({ m: (f) => median(f.delay), n: count() })
          .sort('hour')
        assert.deepEqual(
          await byHour.toRecords(),
          await plainSql(
            `select hour(date)::DOUBLE "hour", median(delay) m, count(*)::DOUBLE n from '${some}' where delay > 5 group by 1 order by 1`,
          ),
        )
        const same = flights.groupBy('date', 'delay', 'origin', 'destination').agg({ n: count() })
        const [groups] = await plainSql(
          `select count(*)::INTEGER many, sum(n * n)::DOUBLE n from (select count(*) n from '${some}' group by date, delay, origin, destination)`,
        )
        assert.equal(await same.count().compute(), groups!['many'])
        assert.equal(
          await same
            .assign({ nn: (f) => f.n ** 2 })
            .col('nn')
            .sum()
            .compute(),
          groups!['n'],
        )
        // Both sides are the same files: all of them here, some of their rows there.
        const late = flights.filter((f) => f.delay > 100)
        const met = flights.select('date', 'origin').join(late.select('date', 'origin', 'delay'), { on: ['date', 'origin'] })
        const [pairs] = await plainSql(
          `select count(*)::INTEGER n from '${some}' a join '${some}' b using (date, origin) where b.delay > 100`,
        )
        assert.equal(await met.count().compute(), pairs!['n'])
        const ranked = sql<{ n: number }>(
          'SELECT count(*) AS n FROM (SELECT origin FROM f QUALIFY row_number() OVER (PARTITION BY origin ORDER BY date) = 1)',
          { f: flights },
        )
        const [origins] = await plainSql(`select count(distinct origin)::INTEGER n from '${some}'`)
        assert.equal((await ranked.head(1))[0]!.n, origins!['n'])
      })
    })
  })
}
