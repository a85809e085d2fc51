// What partitions make of their own rows meets in a tree: the same groups as those of plain DuckDB, a few partitions at a time.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as fc from 'fast-check'
import { ArgumentError, Client, config } from 'heddle'
import {
  type AggOptions,
  DataFrame,
  corr,
  count,
  cov,
  every,
  first,
  fromColumns,
  idxmax,
  last,
  max,
  mean,
  median,
  min,
  product,
  readParquet,
  some,
  std,
  sum,
  variance,
} from 'heddle/dataframe'
import { withFolder, writeTable } from '../../src/duckdb/index.js'
import { database } from '../../src/dataframe/databases.js'
import { physicalLines, planFor, withRows } from '../../src/dataframe/physical/distributed.js'
import { Together } from '../../src/dataframe/physical/fragment.js'
import { GivenTable, partsSource } from '../../src/dataframe/physical/table-parts.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import { type Executor, chooseExecutor } from '../../src/executor/index.js'
import { lower } from '../../src/expr/index.js'
import { plainSql, unordered } from './plain-sql.js'
import { type Row, columns, rowsSql, table } from './random-plan.js'

type Planned = Pick<DataFrame<object>, 'plan'>

/** Rows in so many partitions, the later the more; where there are few rows, most have none. */
async function partitioned(rows: readonly string[], partitions: number): Promise<DataFrame<Row>> {
  const parts: string[][] = Array.from({ length: partitions }, () => [])
  rows.forEach((row, i) => parts[Math.floor(Math.sqrt(i / rows.length) * partitions)]!.push(row))
  const db = await database()
  const given = await Promise.all(
    parts.map((part) =>
      withFolder(undefined, async (folder) => {
        const target = join(folder, 'part')
        const written = await writeTable(db, { select: rowsSql(part), target })
        return new GivenTable({ ...written, parquet: readFileSync(target), seconds: 0 })
      }),
    ),
  )
  return new DataFrame<Row>({ kind: 'table', label: 'parts', source: partsSource(new Together(given)), columns })
}

/** Values as texts: of floating point the last digits differ, and so does the sign of zero. */
function shown(from: string, names: Readonly<Record<string, string>>): string {
  const list = Object.entries(names).map(([name, type]) =>
    // What is about zero has no digits that are sure.
    type === 'ABOUT'
      ? `format('{:.3f}', round("${name}"::DOUBLE, 3) + 0) AS "${name}"`
      : type === 'DOUBLE'
        ? `CASE WHEN "${name}" = 0 THEN '0' ELSE format('{:.9e}', "${name}"::DOUBLE) END AS "${name}"`
        : `CAST("${name}" AS VARCHAR) AS "${name}"`,
  )
  return `SELECT ${list.join(', ')} FROM (${from}) AS x`
}

async function computed({ plan }: Planned, executor: Executor, names: Readonly<Record<string, string>>): Promise<string[]> {
  return withRows(optimised(plan), executor, {}, async (db, sql) =>
    unordered(await (await db.query(shown(sql, names))).records(new Set())),
  )
}

/** Every aggregate that partial results are made of. */
const totalsOf = (frame: DataFrame<Row>, by: 'k' | undefined, options: AggOptions): Planned =>
  frame.groupBy(...((by === undefined ? [] : [by]) as ['k'])).agg(
    {
      n: count(),
      known: (g) => count(g.d),
      i: (g) => sum(g.i),
      l: (g) => sum(g.l),
      h: (g) => sum(g.h),
      m: (g) => sum(g.m),
      d: (g) => sum(g.d),
      meanOfI: (g) => mean(g.i),
      meanOfM: (g) => mean(g.m),
      meanOfD: (g) => mean(g.d),
      variance: (g) => variance(g.i),
      std: (g) => std(g.l),
      leastTime: (g) => min(g.t),
      leastHuge: (g) => min(g.h),
      mostDouble: (g) => max(g.d),
      mostText: (g) => max(g.k),
      some: (g) => some(g.b),
      every: (g) => every(g.b),
      product: (g) => product(g.b),
      first: (g) => first(g.t),
      last: (g) => last(g.d),
      corr: (g) => corr(g.b, g.i),
      cov: (g) => cov(g.i, g.b),
    },
    options,
  )

/** The same in SQL, with the type that each is compared as. */
const oracle: Readonly<Record<string, readonly [sql: string, type: string]>> = {
  n: ['count(*)', 'BIGINT'],
  known: ['count(d)', 'BIGINT'],
  i: ['coalesce(sum(i), 0)', 'HUGEINT'],
  l: ['coalesce(sum(l), 0)', 'HUGEINT'],
  h: ['coalesce(sum(h), 0)', 'HUGEINT'],
  m: ['coalesce(sum(m), 0)', 'DECIMAL'],
  d: ['coalesce(sum(d), 0)', 'DOUBLE'],
  meanOfI: ['avg(i)', 'DOUBLE'],
  meanOfM: ['avg(m)', 'DOUBLE'],
  meanOfD: ['avg(d)', 'DOUBLE'],
  variance: ['var_samp(i)', 'DOUBLE'],
  std: ['stddev_samp(l)', 'DOUBLE'],
  leastTime: ['min(t)', 'TIMESTAMPTZ'],
  leastHuge: ['min(h)', 'HUGEINT'],
  mostDouble: ['max(d)', 'DOUBLE'],
  mostText: ['max(k)', 'VARCHAR'],
  some: ['coalesce(bool_or(b), false)', 'BOOLEAN'],
  every: ['coalesce(bool_and(b), true)', 'BOOLEAN'],
  product: ['product(b::INTEGER)', 'DOUBLE'],
  first: ['first(t ORDER BY place) FILTER (t IS NOT NULL)', 'TIMESTAMPTZ'],
  last: ['last(d ORDER BY place) FILTER (d IS NOT NULL)', 'DOUBLE'],
  corr: ['corr(b::DOUBLE, i::DOUBLE)', 'ABOUT'],
  cov: ['covar_samp(i::DOUBLE, b::DOUBLE)', 'ABOUT'],
}

async function expected(rows: readonly string[], by: 'k' | undefined): Promise<string[]> {
  const list = Object.entries(oracle).map(([name, [sql]]) => `${sql} AS "${name}"`)
  const placed = `SELECT *, row_number() OVER () - 1 AS place FROM (${rowsSql(rows)}) AS rows`
  const key = by === undefined ? [] : [by]
  const sql = `SELECT ${[...key, ...list].join(', ')} FROM (${placed}) AS x ${by === undefined ? '' : `GROUP BY ${by}`}`
  return unordered(await plainSql(`SET TimeZone = 'UTC'; ${shown(sql, types(by))}`))
}

const types = (by: 'k' | undefined): Readonly<Record<string, string>> => ({
  ...(by !== undefined && { [by]: 'VARCHAR' }),
  ...Object.fromEntries(Object.entries(oracle).map(([name, [, type]]) => [name, type])),
})

/** `TEST_PROPERTY_RUNS` has more of them. */
const runs = Number(process.env['TEST_PROPERTY_RUNS'] ?? 12)

async function agree(executor: () => Executor, count: number, partitions: readonly number[]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom(...partitions),
      fc.constantFrom(2, 3, 8),
      fc.constantFrom('k' as const, undefined),
      async (parts, many, splitEvery, by) => {
        const rows = parts.flat()
        const frame = await partitioned(rows, many)
        const totals = totalsOf(frame, by, { splitEvery, splitOut: 1 })
        if (many > 1) assert.match(physicalLines(optimised(totals.plan), executor()), /groups by .*: a tree/)
        assert.deepEqual(await computed(totals, executor(), types(by)), await expected(rows, by))
      },
    ),
    { numRuns: count, includeErrorInReport: true },
  )
}

describe('groups that meet in a tree are those of plain DuckDB', () => {
  test('of one, seven and forty partitions, two, three and eight at a time', () =>
    agree(() => chooseExecutor('inline'), runs, [1, 7, 40]))

  describe('on a cluster of two processes', () => {
    let client: Client
    before(async () => {
      client = await Client.connect({ workers: 2, threadsPerWorker: 1 }, { setAsDefault: false })
    })
    after(() => client.close())

    test('of seven and forty partitions', () => agree(() => client, Math.ceil(runs / 3), [7, 40]))
  })
})

const folder = mkdtempSync(join(tmpdir(), 'heddle-tree-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('how groups meet', () => {
  const many = 40
  const file = join(folder, 'rows.parquet')
  interface Wide {
    id: number
    k: number
    text: string
    x: number
  }
  before(async () => {
    await plainSql(`COPY (SELECT i AS id, i % 10 AS k, 'text ' || i AS text, i::DOUBLE AS x FROM range(4000) t(i))
      TO '${file}' (FORMAT parquet)`)
  })

  const planned = <T>(gatherRows: number, work: () => T): T =>
    config.with({ dataframe: { partitionRows: 4000 / many, gatherRows } }, work)
  const lines = ({ plan }: Planned, gatherRows = 100) =>
    planned(gatherRows, () => physicalLines(optimised(plan), chooseExecutor('inline')))
  const headsOf = (text: string) => [...text.matchAll(/^\d+\. (.*)$/gm)].map(([, head]) => head!)

  test('no task needs more tables than splitEvery says', () => {
    const frame = readParquet<Wide>(file)
    for (const splitEvery of [2, 3, 8]) {
      const plans: Planned[] = [
        frame.groupBy('k').agg({ n: count(), x: (g) => mean(g.x) }, { splitEvery }),
        frame.groupBy().agg({ n: count() }, { splitEvery }),
        frame.groupBy('text').agg({ n: count() }, { splitEvery, splitOut: 1 }),
      ]
      for (const { plan } of plans) {
        const { root } = planned(100, () => planFor(optimised(plan), chooseExecutor('inline')))
        const { graph } = lower([root], false)
        const needs = Array.from({ length: graph.size }, (_, task) => graph.dependenciesOf(task).length)
        assert.equal(needs.filter((n) => n === 0).length, many)
        assert.equal(Math.max(...needs), splitEvery)
      }
    }
  })

  test('the setting says how many unless the program does; explain() tells the steps', () => {
    const totals = readParquet<Wide>(file).groupBy('k').agg({ n: count() })
    const heads = config.with({ dataframe: { splitEvery: 5 } }, () => headsOf(lines(totals)))
    assert.deepEqual(heads, [
      'aggregate: 40 partitions',
      'combine: 8 partitions, 5 at a time, of 1',
      'combine: 2 partitions, 5 at a time, of 2',
      'aggregate: 1 partition, of 3',
    ])
  })

  test('different rows, and the first rows of a sort, meet in a tree, too', async () => {
    const frame = readParquet<Wide>(file)
    const kinds = frame.select('k').distinct()
    assert.match(lines(kinds, 4000), /combine: 5 partitions, 8 at a time/)
    const top = frame.sort('x', { descending: true }).limit(3)
    assert.match(lines(top, 4000), /combine: 5 partitions, 8 at a time/)
    const rows = ({ plan }: Planned) =>
      planned(4000, () =>
        withRows(optimised(plan), chooseExecutor('inline'), {}, async (db, sql) => (await db.query(sql)).records(new Set())),
      )
    assert.deepEqual(unordered(await rows(kinds)), unordered(await plainSql(`SELECT DISTINCT k FROM '${file}'`)))
    assert.deepEqual(await rows(top), await plainSql(`SELECT * FROM '${file}' ORDER BY x DESC LIMIT 3`))
  })

  test('by hash where there may be many groups, as types and statistics of files say', () => {
    const frame = readParquet<Wide>(file)
    const by = (key: 'id' | 'k' | 'text') => lines(frame.groupBy(key).agg({ n: count() }))
    // Integers from 0 to 9, as the file says.
    assert.match(by('k'), /groups by \[k\]: a tree, 8 partitions at a time, of some 11 groups/)
    assert.match(by('id'), /groups by \[id\]: parts of groups, dealt out by hash, of some 400 groups/)
    assert.match(by('text'), /groups by \[text\]: parts of groups, dealt out by hash, of some 400 groups/)
    const odd = frame
      .filter((f) => f.x > 3)
      .groupBy({ odd: (f) => f.id % 2 === 1, k: (f) => f.k })
      .agg({ n: count() })
    assert.match(lines(odd), /groups by \[odd, k\]: a tree, 8 partitions at a time, of some 33 groups/)
    assert.match(
      lines(frame.groupBy('k').agg({ n: count() }, { splitOut: 6 })),
      /deal out: 40 partitions, dealt out by hash[^]*dealt out by hash, of some 11 groups/,
    )
    assert.match(lines(frame.groupBy('text').agg({ n: count() }, { splitOut: 1 })), /groups by \[text\]: a tree/)
  })

  test('what is not made of parts is told with its reason', () => {
    const groups = readParquet<Wide>(file)
      .groupBy('k')
      .agg({ m: (g) => median(g.x), n: count() })
    assert.match(lines(groups), /groups by \[k\]: all rows of a group in one partition: median needs all rows of a group/)
    const places = readParquet<Wide>(file)
      .groupBy('k')
      .agg({ most: (g) => idxmax(g.x) })
    assert.match(lines(places), /in one partition, which is the only one: the place of a row needs all rows of a group/)
    assert.match(lines(groups, 4000), /in one partition, which is the only one: median needs/)
  })

  test('the correlation with values that are all the same is none, as in one partition', async () => {
    const frame = readParquet<Wide>(file).assign({ same: (f) => Math.min(f.id, 0) + 0.1 })
    const made = frame.groupBy('k').agg({ r: (g) => corr(g.x, g.same), c: (g) => cov(g.x, g.id) })
    const rows = await planned(100, () =>
      withRows(optimised(made.plan), chooseExecutor('inline'), {}, async (db, sql) =>
        (await db.query(`SELECT k, r, round(c, 3) AS c FROM (${sql}) ORDER BY k`)).records(new Set()),
      ),
    )
    const wanted = `SELECT k, corr(x, 0.1::DOUBLE) AS r, round(covar_samp(x, id), 3) AS c FROM '${file}' GROUP BY k ORDER BY k`
    assert.deepEqual(rows, await plainSql(wanted))
    assert.match(lines(made), /groups by \[k\]: a tree/)
  })

  test('options that are none are errors', () => {
    const frame = fromColumns({ k: [1] })
    const groups = (options: AggOptions) => frame.groupBy('k').agg({ n: count() }, options)
    assert.throws(() => groups({ splitEvery: 1 }), ArgumentError)
    assert.throws(() => groups({ splitEvery: 2.5 }), /agg: splitEvery is 2.5: a whole number from 2 is expected/)
    assert.throws(() => groups({ splitOut: 0 }), /agg: splitOut is 0: a whole number from 1 is expected/)
    const byOther = frame.groupBy({ other: (f) => f.k + 1 })
    // @ts-expect-error a column that no aggregate took
    assert.throws(() => byOther.agg({ n: (g) => g.k }, { splitEvery: 2 }))
  })
})
