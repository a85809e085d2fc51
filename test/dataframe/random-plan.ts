// Random dataframes over tables with hard values: nulls, NaN, -0, infinities, skewed keys, empty partitions, unicode, 128 bits.
import * as fc from 'fast-check'
import { DataFrame, count, every, max, mean, median, min, nunique, product, some, std, sum, variance } from 'heddle/dataframe'

/** The columns of the tables. */
export const columns = [
  { name: 'k', type: { sql: 'VARCHAR' } },
  { name: 'i', type: { sql: 'INTEGER' } },
  { name: 'l', type: { sql: 'BIGINT' } },
  { name: 'h', type: { sql: 'HUGEINT', bigint: true } },
  { name: 'd', type: { sql: 'DOUBLE' } },
  { name: 'm', type: { sql: 'DECIMAL(18,3)' } },
  { name: 'b', type: { sql: 'BOOLEAN' } },
  { name: 't', type: { sql: 'TIMESTAMP WITH TIME ZONE' } },
  { name: 'a', type: { sql: 'INTEGER[]' } },
] as const

export interface Row {
  k: string | null
  i: number | null
  l: number | null
  h: bigint | null
  d: number | null
  m: number | null
  b: boolean | null
  t: Date | null
  a: readonly number[] | null
}

const values: Readonly<Record<keyof Row, readonly string[]>> = {
  // One key has most of the rows.
  k: ['NULL', "'x'", "'x'", "'x'", "'x'", "''", "'ß'", "'👩‍👩‍👧'", "'É'", "'it''s'"],
  i: ['NULL', '0', '1', '1', '2', '-3', '2147483647', '-2147483648'],
  l: ['NULL', '0', '1', '-1', '9007199254740991', '4611686018427387904'],
  h: ['NULL', '0', '-1', '99999999999999999999999999999', '-99999999999999999999999999999'],
  d: ['NULL', "'NaN'", "'-0.0'", '0', '1', '2', '-3', '8.5', "'Infinity'"],
  m: ['NULL', '0', '0.001', '-1.5', '999999999999.999'],
  b: ['NULL', 'true', 'false'],
  t: ['NULL', "'2024-03-31 01:30:00+02'", "'2024-03-31 03:30:00.000001+02'", "'1969-12-31 23:59:59+00'"],
  a: ['NULL', '[]', '[1, NULL]', '[2]'],
}

const row = fc.tuple(...columns.map(({ name }) => fc.constantFrom(...values[name])))

/** The rows of a table, by partition: some have none. */
export const table: fc.Arbitrary<string[][]> = fc
  .array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 7 })
  .map((parts) =>
    parts.map((rows) =>
      rows.map((cells) => `(${cells.map((cell, i) => `CAST(${cell} AS ${columns[i]!.type.sql})`).join(', ')})`),
    ),
  )

/** Rows as SQL. */
export function rowsSql(rows: readonly string[]): string {
  const names = columns.map(({ name }) => name).join(', ')
  if (rows.length === 0)
    return `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${type.sql}) AS ${name}`).join(', ')} WHERE false`
  return `SELECT * FROM (VALUES ${rows.join(', ')}) AS rows(${names})`
}

type Frame = DataFrame<Row>

/** What is done to one dataframe, which keeps its columns; the other is for joins. */
export type Step = { readonly name: string; readonly apply: (frame: Frame, other: Frame) => Frame }

const step = (name: string, apply: Step['apply']): Step => ({ name, apply })

const steps: readonly Step[] = [
  step('filter i', (f) => f.filter((r) => (r.i ?? 0) > -1)),
  step('filter k', (f) => f.filter((r) => r.k?.startsWith('x') === true || r.b === null)),
  step('assign', (f) => f.assign({ i: (r) => r.i, d: (r) => (r.d ?? 0) * 2, k: (r) => `${r.k ?? 'none'}!` }).as<Row>()),
  step('distinct', (f) => f.distinct()),
  step('concat', (f, other) => f.concat(other)),
  step('dropNa', (f) => f.dropNa('k', 'i').as<Row>()),
  step('semi join', (f, other) => f.join(other, { on: 'k', how: 'semi' as 'inner' }).as<Row>()),
  step('anti join', (f, other) => f.join(other, { on: ['i', 'b'], how: 'anti' as 'inner' }).as<Row>()),
  step('sort by one', (f) => f.sort('i', { nulls: 'first' })),
  step('sort', (f) => f.sort(['k', 'd', 'i'], { descending: [true, false, true], nulls: 'first' })),
  step('top', (f) => f.sort(['k', 'i', 'l', 'h', 'd', 'm', 'b', 't', 'a']).limit(5)),
  step('offset', (f) => f.sort(['t', 'k', 'i', 'l', 'h', 'd', 'm', 'b', 'a'], { descending: true }).limit(4, 2)),
]

/** What is looked at of a dataframe, whatever its columns are. */
type Planned = Pick<DataFrame<object>, 'plan'>

type Last = { readonly name: string; readonly apply: (frame: Frame, other: Frame) => Planned }

const lasts: readonly Last[] = [
  { name: 'nothing', apply: (f) => f },
  ...(['inner', 'left', 'right', 'full'] as const).flatMap((how): Last[] => [
    { name: `${how} join on k`, apply: (f, other) => f.join(other, { on: 'k', how }) },
    { name: `${how} join on i = d`, apply: (f, other) => f.join(other, { leftOn: 'i', rightOn: 'd', how }) },
  ]),
  { name: 'join on t, h', apply: (f, other) => f.join(other, { on: ['t', 'h', 'm'] }) },
  {
    name: 'group by k',
    apply: (f) =>
      f.groupBy('k').agg({
        n: count(),
        known: (g) => count(g.d),
        i: (g) => sum(g.i),
        h: (g) => sum(g.h),
        m: (g) => sum(g.m),
        mean: (g) => mean(g.i),
        least: (g) => min(g.t),
        most: (g) => max(g.d),
        std: (g) => std(g.i),
        var: (g) => variance(g.i),
        some: (g) => some(g.b),
        every: (g) => every(g.b),
        text: (g) => max(g.k),
      }),
  },
  {
    name: 'group by two',
    apply: (f) => f.groupBy('b', 'i').agg({ n: count(), l: (g) => sum(g.l), mean: (g) => mean(g.m) }),
  },
  { name: 'group by number', apply: (f) => f.groupBy('d').agg({ n: count(), product: (g) => product(g.b) }) },
  { name: 'whole groups', apply: (f) => f.groupBy('k', 'b').agg({ u: (g) => nunique(g.i), m: (g) => median(g.i), n: count() }) },
  {
    name: 'function as key',
    apply: (f) => f.groupBy({ even: (r) => (r.i ?? 0) % 2 }).agg({ n: count(), u: (g) => nunique(g.k) }),
  },
  {
    name: 'groups of groups',
    apply: (f) =>
      f
        .groupBy('k', 'i')
        .agg({ n: count() })
        .groupBy('k')
        .agg({ n: (g) => sum(g.n), most: (g) => max(g.n) }),
  },
  { name: 'totals', apply: (f) => f.select('i', 'l', 'm', 'h').sum() },
  { name: 'totals of groups', apply: (f) => f.groupBy().agg({ n: count(), std: (g) => std(g.l), u: (g) => nunique(g.k) }) },
]

export interface RandomPlan {
  readonly names: string
  readonly build: (left: Frame, right: Frame) => Planned
}

export const plan: fc.Arbitrary<RandomPlan> = fc
  .tuple(fc.array(fc.constantFrom(...steps), { maxLength: 3 }), fc.constantFrom(...lasts))
  .map(([some, end]) => ({
    names: [...some, end].map(({ name }) => name).join(', '),
    build: (left, right) =>
      end.apply(
        some.reduce((frame, { apply }) => apply(frame, right), left),
        right,
      ),
  }))
