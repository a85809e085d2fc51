// Files of other formats, statements of SQL, demo data.
import assert from 'node:assert/strict'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as arrow from 'apache-arrow'
import avro from 'avsc'
import {
  ColumnError,
  DataFrame,
  QueryError,
  approxNunique,
  approxQuantile,
  count,
  fromArray,
  fromArrow,
  fromRecords,
  idxmax,
  mean,
  mode,
  readArrow,
  readAvro,
  readFwf,
  readParquet,
  readTable,
  readText,
  sem,
  sql,
  sum,
  timeseries,
} from 'heddle/dataframe'
import { plainSql, unordered } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const file = fileURLToPath(new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))

interface Flight {
  date: Date
  delay: number
  distance: number
  origin: string
  destination: string
}
const flights = readParquet<Flight>(file)

describe('Arrow', () => {
  const table = new arrow.Table({
    i8: arrow.vectorFromArray([1, null, -128], new arrow.Int8()),
    u32: arrow.vectorFromArray([4294967295, 0, null], new arrow.Uint32()),
    i64: arrow.vectorFromArray([9007199254740993n, -1n, null], new arrow.Int64()),
    f32: arrow.vectorFromArray([0.5, null, -1], new arrow.Float32()),
    text: arrow.vectorFromArray(['ß', '', null], new arrow.Utf8()),
    dictionary: arrow.vectorFromArray(['a', 'b', 'a'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())),
    flag: arrow.vectorFromArray([true, false, null], new arrow.Bool()),
    day: arrow.vectorFromArray([new Date('2024-02-29'), null, new Date('1969-12-31')], new arrow.DateDay()),
    micros: arrow.makeVector(
      arrow.makeData({
        type: new arrow.TimestampMicrosecond(),
        length: 3,
        nullCount: 0,
        data: new BigInt64Array([1n, -1n, 1709208000123456n]),
      }),
    ),
    list: arrow.vectorFromArray([['a', 'b'], [], null], new arrow.List(new arrow.Field('item', new arrow.Utf8(), true))),
  })

  test('every type, with nothing lost', async () => {
    const frame = fromArrow(table)
    assert.deepEqual(frame.columns, ['i8', 'u32', 'i64', 'f32', 'text', 'dictionary', 'flag', 'day', 'micros', 'list'])
    const rows = await frame.asType({ i64: 'string', micros: 'string' }).toRecords()
    assert.deepEqual(rows[0], {
      i8: 1,
      u32: 4294967295,
      i64: '9007199254740993',
      f32: 0.5,
      text: 'ß',
      dictionary: 'a',
      flag: true,
      day: new Date('2024-02-29'),
      micros: '1970-01-01 00:00:00.000001',
      list: ['a', 'b'],
    })
    assert.deepEqual(rows[2], {
      i8: -128,
      u32: null,
      i64: null,
      f32: -1,
      text: null,
      dictionary: 'a',
      flag: null,
      day: new Date('1969-12-31'),
      micros: '2024-02-29 12:00:00.123456',
      list: null,
    })
  })

  test('timestamps of every precision, with nothing lost', async () => {
    const moments = `SELECT '2024-02-29 12:34:56.123456789'::TIMESTAMP_NS AS ns, '1969-12-31 23:59:59.999999'::TIMESTAMP AS us,
      '2024-02-29 12:34:56.123456+00'::TIMESTAMPTZ AS zoned`
    await plainSql(`COPY (${moments}) TO '${at('moments.parquet')}'`)
    const computed = await readParquet<{ ns: Date; us: Date; zoned: Date }>(at('moments.parquet')).compute()
    const [expected] = await plainSql(
      `SELECT epoch_ns(ns)::VARCHAR AS ns, epoch_us(us)::VARCHAR AS us, epoch_us(zoned)::VARCHAR AS zoned FROM (${moments})`,
    )
    const values = (name: 'ns' | 'us' | 'zoned') => String(computed.getChild(name)!.data[0]!.values[0])
    assert.deepEqual({ ns: values('ns'), us: values('us'), zoned: values('zoned') }, expected)
    const again = await fromArrow(computed).asType({ us: 'string' }).compute()
    assert.equal(again.getChild('us')!.get(0), '1969-12-31 23:59:59.999999')
    assert.deepEqual(again.getChild('ns')!.data[0]!.values, computed.getChild('ns')!.data[0]!.values)
  })

  test('files that are written and read, also by apache-arrow itself', async () => {
    const some = flights.limit(12_345)
    const path = await some.toArrow(at('flights.arrow'))
    const [expected] = await plainSql(`SELECT sum(delay)::double d, count(*) n FROM (FROM '${file}' LIMIT 12345)`)
    const back = readArrow<Flight>(path)
    assert.equal(await back.col('delay').sum().compute(), expected!['d'])
    assert.equal(
      await readArrow([path, await back.toArrow(at('again.arrow'))])
        .count()
        .compute(),
      2 * 12_345,
    )
    writeFileSync(at('no.arrow'), 'nothing of the kind')
    assert.throws(() => readArrow(at('no.arrow')), /no\.arrow: this is no file of Arrow/)
  })

  test('types that have no counterpart', () => {
    const odd = new arrow.Table({ s: arrow.vectorFromArray([{ a: 1 }]) })
    assert.throws(
      () => fromArrow(odd),
      (error: Error) => error instanceof ColumnError && /"s" is Struct/.test(error.message),
    )
  })
})

describe('Avro', () => {
  test('files of others', async () => {
    const schema = {
      type: 'record',
      name: 'Event',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'name', type: ['null', 'string'] },
        { name: 'size', type: { type: 'enum', name: 'Size', symbols: ['S', 'M'] } },
        { name: 'when', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'day', type: { type: 'int', logicalType: 'date' } },
        { name: 'tags', type: { type: 'array', items: 'string' } },
        { name: 'x', type: 'double' },
      ],
    }
    const encoder = new avro.streams.BlockEncoder(schema as never, { codec: 'deflate' })
    const written = pipeline(encoder, createWriteStream(at('events.avro')))
    for (let id = 0; id < 3000; id++)
      encoder.write({
        id,
        name: id % 3 === 0 ? null : `n${id}`,
        size: 'M',
        when: 1709208000123456,
        day: 19782,
        tags: ['a', String(id)],
        x: id / 2,
      } as never)
    encoder.end()
    await written
    const events = await readAvro<{
      id: number
      name: string | null
      size: string
      when: Date
      day: Date
      tags: readonly string[]
      x: number
    }>(at('events.avro'))
    assert.deepEqual(
      { ...events.dtypes },
      { id: 'BIGINT', name: 'VARCHAR', size: 'VARCHAR', when: 'TIMESTAMP', day: 'DATE', tags: 'VARCHAR[]', x: 'DOUBLE' },
    )
    const [row] = await events.filter((e) => e.id === 7).toRecords()
    assert.deepEqual(row, {
      id: 7,
      name: 'n7',
      size: 'M',
      when: new Date(1709208000123),
      day: new Date('2024-02-29'),
      tags: ['a', '7'],
      x: 3.5,
    })
    assert.equal(await events.col('name').count().compute(), 2000)
    assert.equal(await events.col('x').sum().compute(), (3000 * 2999) / 4)
  })

  test('files that are written', async () => {
    const rows = [
      { id: 1, name: 'ß', when: new Date('2024-02-29T12:00:00.123Z'), ok: true },
      { id: 2, name: null, when: null, ok: false },
    ]
    const path = await fromRecords(rows).toAvro(at('rows.avro'), { codec: 'deflate' })
    assert.deepEqual(await (await readAvro(path)).toRecords(), rows)
    await assert.rejects(fromRecords([{ big: 2n ** 70n }]).toAvro(at('big.avro')), /"big" is HUGEINT, which Avro does not have/)
    await assert.rejects(readAvro([path, at('events.avro')]), /events\.avro: the schema is another/)
  })
})

describe('texts', () => {
  test('lines, also compressed ones', async () => {
    writeFileSync(at('a.log'), 'one\ntwo ERROR\nthree\n')
    writeFileSync(at('b.log.gz'), gzipSync('four ERROR\r\nfive'))
    const lines = readText([at('a.log'), at('b.log.gz')])
    assert.deepEqual(await lines.filter((r) => r.line.includes('ERROR')).toRecords(), [
      { line: 'two ERROR' },
      { line: 'four ERROR' },
    ])
    const paths = await readText(at('*.log'), { includePath: true }).toRecords()
    assert.deepEqual(paths[0], { line: 'one', path: at('a.log') })
  })

  test('fields of fixed width, and tables', async () => {
    writeFileSync(at('stations.txt'), 'ID     NAME       HEIGHT\n000001 Zürich     408\n000002 Säntis    2501\n000003\n')
    const stations = readFwf(at('stations.txt'), { id: [0, 6], name: [7, 17], height: [17, 22] }, { skip: 1 })
    assert.deepEqual(await stations.asType({ height: 'number' }).toRecords(), [
      { id: '000001', name: 'Zürich', height: 408 },
      { id: '000002', name: 'Säntis', height: 2501 },
      { id: '000003', name: null, height: null },
    ])
    writeFileSync(at('t.txt'), 'a\tb\n1\tx\n2\ty\n')
    assert.deepEqual(await readTable<{ a: number; b: string }>(at('t.txt')).toRecords(), [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ])
  })
})

describe('statements of SQL', () => {
  test('over dataframes by name, and gone on with', async () => {
    const late = flights.filter((f) => f.delay > 60)
    const airports = fromRecords([
      { code: 'SEA', city: 'Seattle' },
      { code: 'SFO', city: 'San Francisco' },
    ])
    const worst = sql<{ city: string; n: number }>(
      'SELECT city, count(*) AS n FROM late JOIN airports ON origin = code GROUP BY city',
      { late, airports },
    )
    assert.deepEqual(worst.columns, ['city', 'n'])
    const expected = await plainSql(
      `SELECT city, count(*) n FROM '${file}' JOIN (VALUES ('SEA', 'Seattle'), ('SFO', 'San Francisco')) a(code, city) ON origin = code WHERE delay > 60 GROUP BY city`,
    )
    assert.deepEqual(unordered(await worst.toRecords()), unordered(expected))
    assert.equal(
      await worst
        .filter((r) => r.city === 'Seattle')
        .count()
        .compute(),
      1,
    )
    assert.match(worst.explain(), /sql over late, airports/)
    assert.throws(() => sql('SELECT nothing FROM late', { late }), QueryError)
    assert.throws(() => sql('DROP TABLE x'), /only a statement that gives rows/)
    assert.deepEqual(await sql('SELECT 1 AS a, NULL AS b').toRecords(), [{ a: 1, b: null }])
  })

  test('conditions as text', async () => {
    const [expected] = await plainSql(`SELECT count(*) n FROM '${file}' WHERE delay > 60 AND origin LIKE 'S%'`)
    assert.equal(await flights.query("delay > 60 AND origin LIKE 'S%'").count().compute(), expected!['n'])
    assert.throws(() => flights.query(''), /condition of SQL/)
  })
})

test('samples and parts', async () => {
  const rows = fromRecords(Array.from({ length: 20_000 }, (_, i) => ({ i })))
  const some = await rows.sample(0.1, { seed: 3 }).col('i').compute()
  // Five standard deviations of a binomial count.
  assert.ok(Math.abs(some.length - 2000) < 5 * Math.sqrt(20_000 * 0.1 * 0.9), String(some.length))
  assert.deepEqual(await rows.sample(0.1, { seed: 3 }).col('i').compute(), some)
  assert.notDeepEqual(await rows.sample(0.1, { seed: 4 }).col('i').compute(), some)
  assert.deepEqual(
    [...some].sort((a, b) => a - b),
    some,
  )
  const parts = await Promise.all(rows.randomSplit([3, 1], { seed: 1 }).map(async (part) => part.col('i').compute()))
  assert.deepEqual(
    parts.flat().sort((a, b) => a - b),
    Array.from({ length: 20_000 }, (_, i) => i),
  )
  assert.ok(Math.abs(parts[0]!.length - 15_000) < 5 * Math.sqrt(20_000 * 0.75 * 0.25))
  const values = await Promise.all(
    rows
      .col('i')
      .randomSplit([1, 1], { seed: 1 })
      .map(async (part) => part.compute()),
  )
  assert.equal(values.flat().length, 20_000)
  assert.equal((await rows.col('i').sample(1).compute()).length, 20_000)
  assert.throws(() => rows.sample(2), /share from 0 to 1/)
})

test('approximate values are near, and totals that only aggregates have', async () => {
  const some = flights.limit(200_000)
  const rows = `(FROM '${file}' LIMIT 200000)`
  const [own] = await some
    .groupBy({ all: () => 1 })
    .agg({
      places: (f) => approxNunique(f.destination),
      middle: (f) => approxQuantile(f.distance, 0.5),
      most: (f) => mode(f.origin),
      error: (f) => sem(f.delay),
      far: (f) => idxmax(f.distance),
    })
    .toRecords()
  const [expected] = await plainSql(
    `SELECT count(DISTINCT destination) places, median(distance)::double middle, mode(origin) most, stddev_samp(delay) / sqrt(count(delay)) "error",
      (SELECT min(n) FROM (SELECT row_number() OVER () - 1 AS n, distance FROM ${rows}) WHERE distance = (SELECT max(distance) FROM ${rows})) far FROM ${rows}`,
  )
  const near = (a: unknown, b: unknown, share: number) =>
    assert.ok(Math.abs((a as number) / (b as number) - 1) < share, `${String(a)} ${String(b)}`)
  near(own!.places, expected!['places'], 0.2)
  near(own!.middle, expected!['middle'], 0.05)
  near(own!.error, expected!['error'], 1e-9)
  assert.equal(own!.most, expected!['most'])
  assert.equal(own!.far, expected!['far'])
  near(
    await some.col('origin').nuniqueApprox().compute(),
    (await plainSql(`SELECT count(DISTINCT origin) n FROM ${rows}`))[0]!['n'],
    0.2,
  )
  near(await some.col('distance').medianApproximate().compute(), expected!['middle'], 0.05)
  near((await some.select('distance').medianApproximate().toRecords())[0]!.distance, expected!['middle'], 0.05)
})

test('demo data, columns and rows without names', async () => {
  const demo = timeseries({ end: new Date(Date.UTC(2000, 0, 2)), frequency: '1min' })
  const rows = await demo.toRecords()
  assert.equal(rows.length, 1440)
  assert.deepEqual(rows[1]!.timestamp, new Date(Date.UTC(2000, 0, 1, 0, 1)))
  assert.deepEqual(await timeseries({ end: new Date(Date.UTC(2000, 0, 2)), frequency: '1min' }).toRecords(), rows)
  assert.ok(
    rows.every(({ x, y, id, name }) => Math.abs(x) <= 1 && Math.abs(y) <= 1 && Math.abs(id - 1000) < 300 && name.length > 1),
  )
  const [means] = await demo
    .groupBy({ all: () => 1 })
    .agg({ id: (r) => mean(r.id), x: (r) => mean(r.x), n: count() })
    .toRecords()
  assert.ok(Math.abs(means!.id - 1000) < 5 && Math.abs(means!.x) < 0.1 && means!.n === 1440)
  assert.deepEqual(await DataFrame.fromDict({ a: [1, null], b: ['x', 'y'] }).toRecords(), [
    { a: 1, b: 'x' },
    { a: null, b: 'y' },
  ])
  assert.throws(() => DataFrame.fromDict({ a: [1], b: [] }), /"a" has 1, "b" has 0/)
  assert.deepEqual(
    await fromArray(
      [
        [1, 2],
        [3, 4],
      ],
      ['a', 'b'],
    )
      .sum()
      .toRecords(),
    [{ a: 4, b: 6 }],
  )
  assert.throws(() => fromArray([[1]], ['a', 'b']), /row 0 .*an array of 2 values/)
})

test('what a column says of itself, and a dataframe of it alone', async () => {
  const select =
    "SELECT i::INTEGER AS i, i / 4 AS x, 'text ' || i AS s, TIMESTAMP '2024-01-01' + i * INTERVAL 1 HOUR AS t FROM range(3) r(i)"
  const frame = sql<{ i: number; x: number; s: string; t: Date }>(select)
  const types = await plainSql(`SELECT typeof(i) AS i, typeof(x) AS x, typeof(s) AS s, typeof(t) AS t FROM (${select}) LIMIT 1`)
  const said = { i: frame.col('i').dtype, x: frame.col('x').dtype, s: frame.col('s').dtype, t: frame.col('t').dtype }
  assert.deepEqual([said], types)
  assert.deepEqual(await frame.col('s').toFrame('named').toRecords(), await plainSql(`SELECT s AS named FROM (${select})`))
})

test('what a dataframe says of itself', async () => {
  const frame = fromRecords([{ a: 1, b: 'a text of more than twelve bytes', c: null as number | null }])
  assert.equal(
    frame.info(),
    'DataFrame of 3 columns\ncolumn  type    nulls\na       number  no\nb       string  no\nc       number  yes',
  )
  assert.match(String(frame), /^DataFrame\n {2}a: number/)
  assert.match(String(frame.col('a')), /Series \{ a: number \}/)
  assert.deepEqual(await frame.memoryUsage().toRecords(), [{ a: 8, b: 16 + 32, c: 8 }])
  assert.equal(await frame.col('b').memoryUsage().compute(), 48)
  const seen: number[] = []
  for await (const row of frame.iterrows()) seen.push(row.a)
  assert.deepEqual(seen, [1])
  const [popped, rest] = frame.pop('a')
  assert.deepEqual([await popped.compute(), rest.columns, frame.copy() === frame], [[1], ['b', 'c'], true])
  assert.deepEqual(frame.selectDtypes('number').columns, ['a', 'c'])
  assert.deepEqual(await frame.apply((r) => r.a + 1).compute(), [2])
  assert.deepEqual(await frame.sortValues('a').merge(frame, { on: 'a' }).dropDuplicates('a').count().compute(), 1)
})

test('values as other types: what would be lost is an error', async () => {
  const frame = fromRecords([{ x: 1.5, s: '7', t: 'x', d: new Date('2024-02-29T01:02:03.456Z'), b: true, big: 2n ** 60n }])
  assert.deepEqual(
    await frame.select('x', 's', 'd', 'b').asType({ x: 'string', s: 'number', d: 'string', b: 'number' }).toRecords(),
    [{ x: '1.5', s: 7, d: '2024-02-29 01:02:03.456000', b: 1 }],
  )
  await assert.rejects(frame.col('x').asType('integer').compute(), /1\.5 is no integer/)
  await assert.rejects(frame.col('t').asType('number').compute(), /Could not convert.*'x'/)
  await assert.rejects(frame.col('big').asType('number').compute(), /too large for a number/)
  assert.deepEqual(await frame.col('d').asType('number').asType('Date').compute(), [new Date('2024-02-29T01:02:03.456Z')])
  assert.throws(() => frame.asType({ x: 'float' as never }), /"float" is no type/)
  assert.equal(
    await fromRecords([{ v: 2 }])
      .col('v')
      .map((v) => v * 2)
      .apply((v) => `${v}`)
      .compute()
      .then((v) => v[0]),
    '4',
  )
  assert.equal(
    await frame
      .groupBy({ k: (r) => r.b })
      .agg({ x: (r) => sum(r.x) })
      .count()
      .compute(),
    1,
  )
})
