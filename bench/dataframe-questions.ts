import {
  type DataFrame,
  corr,
  count,
  max,
  mean,
  median,
  min,
  nunique,
  quantile,
  readParquet,
  sql,
  std,
  sum,
} from '../src/dataframe/index.js'

/** A question about tables: for Heddle, and as the SQL that says the same. */
export interface Question {
  readonly name: string
  readonly set: 'group' | 'join' | 'flights'
  readonly ask: (folder: string) => Answer
  /** over views of the files of the folder, by their names */
  readonly sql: string
  /** a column of the answer whose sum is compared */
  readonly sum: string
}

/** What is needed of a dataframe, whatever its columns are. */
export type Answer = Pick<DataFrame<object>, 'plan'> & { persist(): unknown }

interface Row {
  id1: string
  id2: string
  id3: string
  id4: number
  id5: number
  id6: number
  v1: number
  v2: number
  v3: number
}

interface Flight {
  date: Date
  delay: number
  distance: number
  origin: string
  destination: string
}

/** The tables, as files of the folder. */
export const tables = ['x', 'left', 'small', 'medium', 'big', 'flights'] as const

const x = (folder: string) => readParquet<Row>(`${folder}/x.parquet`)
const flights = (folder: string) => readParquet<Flight>(`${folder}/flights.parquet`)
const left = (folder: string) => readParquet<Row>(`${folder}/left.parquet`)
const right = (folder: string, name: string) => readParquet<Row>(`${folder}/${name}.parquet`)

/**
 * The questions of the H2O benchmark (ten of groups, five of joins), and eight about real flights. Each says that it gives an
 * `Answer`: the compiler would compare the types of all these dataframes with each other otherwise, for ten seconds.
 */
export const questions: readonly Question[] = [
  {
    name: 'sum v1 by id1',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id1')
        .agg({ v1: (g) => sum(g.v1) }),
    sql: 'SELECT id1, sum(v1) AS v1 FROM x GROUP BY id1',
    sum: 'v1',
  },
  {
    name: 'sum v1 by id1, id2',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id1', 'id2')
        .agg({ v1: (g) => sum(g.v1) }),
    sql: 'SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY id1, id2',
    sum: 'v1',
  },
  {
    name: 'sum v1, mean v3 by id3',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id3')
        .agg({ v1: (g) => sum(g.v1), v3: (g) => mean(g.v3) }),
    sql: 'SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY id3',
    sum: 'v3',
  },
  {
    name: 'mean v1, v2, v3 by id4',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id4')
        .agg({ v1: (g) => mean(g.v1), v2: (g) => mean(g.v2), v3: (g) => mean(g.v3) }),
    sql: 'SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY id4',
    sum: 'v3',
  },
  {
    name: 'sum v1, v2, v3 by id6',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id6')
        .agg({ v1: (g) => sum(g.v1), v2: (g) => sum(g.v2), v3: (g) => sum(g.v3) }),
    sql: 'SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY id6',
    sum: 'v3',
  },
  {
    name: 'median, sd v3 by id4, id5',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id4', 'id5')
        .agg({ median: (g) => median(g.v3), sd: (g) => std(g.v3) }),
    sql: 'SELECT id4, id5, median(v3) AS median, stddev(v3) AS sd FROM x GROUP BY id4, id5',
    sum: 'median',
  },
  {
    name: 'max v1 - min v2 by id3',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id3')
        .agg({ range: (g) => max(g.v1) - min(g.v2) }),
    sql: 'SELECT id3, max(v1) - min(v2) AS range FROM x GROUP BY id3',
    sum: 'range',
  },
  {
    name: 'largest two v3 by id6',
    set: 'group',
    ask: (f): Answer =>
      sql<{ id6: number; v3: number }>(
        'SELECT id6, unnest(max(v3, 2)) AS v3 FROM (SELECT id6, v3 FROM x WHERE v3 IS NOT NULL) GROUP BY id6',
        { x: x(f) },
      ),
    // As the H2O benchmark asks DuckDB.
    sql: 'SELECT id6, unnest(max(v3, 2)) AS v3 FROM (SELECT id6, v3 FROM x WHERE v3 IS NOT NULL) GROUP BY id6',
    sum: 'v3',
  },
  {
    name: 'regression v1 v2 by id2, id4',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id2', 'id4')
        .agg({ r2: (g) => (corr(g.v1, g.v2) ?? 0) ** 2 }),
    sql: 'SELECT id2, id4, coalesce(corr(v1, v2), 0) ** 2 AS r2 FROM x GROUP BY id2, id4',
    sum: 'r2',
  },
  {
    name: 'sum v3, count by id1 … id6',
    set: 'group',
    ask: (f): Answer =>
      x(f)
        .groupBy('id1', 'id2', 'id3', 'id4', 'id5', 'id6')
        .agg({ v3: (g) => sum(g.v3), n: count() }),
    sql: 'SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS v3, count(*) AS n FROM x GROUP BY ALL',
    sum: 'v3',
  },
  {
    name: 'small inner on integer',
    set: 'join',
    ask: (f): Answer => left(f).join(right(f, 'small'), { on: 'id4' }),
    sql: 'SELECT l.*, r.* EXCLUDE id4 FROM left_ l JOIN small r USING (id4)',
    sum: 'v1',
  },
  {
    name: 'medium inner on integer',
    set: 'join',
    ask: (f): Answer => left(f).join(right(f, 'medium'), { on: 'id5' }),
    sql: 'SELECT l.*, r.* EXCLUDE id5 FROM left_ l JOIN medium r USING (id5)',
    sum: 'v1',
  },
  {
    name: 'medium outer on integer',
    set: 'join',
    ask: (f): Answer => left(f).join(right(f, 'medium'), { on: 'id5', how: 'left' }),
    sql: 'SELECT l.*, r.* EXCLUDE id5 FROM left_ l LEFT JOIN medium r USING (id5)',
    sum: 'v1',
  },
  {
    name: 'medium inner on text',
    set: 'join',
    ask: (f): Answer => left(f).join(right(f, 'medium'), { on: 'id2' }),
    sql: 'SELECT l.*, r.* EXCLUDE id2 FROM left_ l JOIN medium r USING (id2)',
    sum: 'v1',
  },
  {
    name: 'big inner on integer',
    set: 'join',
    ask: (f): Answer => left(f).join(right(f, 'big'), { on: 'id6' }),
    sql: 'SELECT l.*, r.* EXCLUDE id6 FROM left_ l JOIN big r USING (id6)',
    sum: 'v1',
  },
  {
    name: 'late flights by airport',
    set: 'flights',
    ask: (f): Answer =>
      flights(f)
        .filter((r) => r.delay > 60)
        .groupBy('origin')
        .agg({ n: count(), delay: (g) => mean(g.delay) }),
    sql: 'SELECT origin, count(*) AS n, avg(delay) AS delay FROM flights WHERE delay > 60 GROUP BY origin',
    sum: 'n',
  },
  {
    name: 'mean delay of each route',
    set: 'flights',
    ask: (f): Answer =>
      flights(f)
        .groupBy('origin', 'destination')
        .agg({ n: count(), delay: (g) => mean(g.delay) }),
    sql: 'SELECT origin, destination, count(*) AS n, avg(delay) AS delay FROM flights GROUP BY ALL',
    sum: 'n',
  },
  {
    name: '90th percentile by month',
    set: 'flights',
    ask: (f): Answer =>
      flights(f)
        .groupBy({ month: (r) => r.date.getUTCMonth() })
        .agg({ q: (g) => quantile(g.delay, 0.9) }),
    sql: 'SELECT month(date) - 1 AS month, quantile_cont(delay::DOUBLE, 0.9) AS q FROM flights GROUP BY ALL',
    sum: 'q',
  },
  {
    name: 'destinations of each airport',
    set: 'flights',
    ask: (f): Answer =>
      flights(f)
        .groupBy('origin')
        .agg({ n: (g) => nunique(g.destination) }),
    sql: 'SELECT origin, count(DISTINCT destination) AS n FROM flights GROUP BY origin',
    sum: 'n',
  },
  {
    name: 'sort by delay and distance',
    set: 'flights',
    ask: (f): Answer => flights(f).sort(['delay', 'distance'], { descending: [true, false] }),
    sql: 'SELECT * FROM flights ORDER BY delay DESC NULLS LAST, distance NULLS LAST',
    sum: 'distance',
  },
  {
    name: 'much later than usual at the airport',
    set: 'flights',
    ask: (f): Answer => {
      const usual = flights(f)
        .groupBy('origin')
        .agg({ mean: (g) => mean(g.delay), sd: (g) => std(g.delay) })
      return flights(f)
        .join(usual, { on: 'origin' })
        .filter((r) => r.delay > r.mean + 3 * r.sd!)
        .groupBy('origin')
        .agg({ n: count() })
    },
    sql: `WITH usual AS (SELECT origin, avg(delay) AS mean, stddev(delay) AS sd FROM flights GROUP BY origin)
      SELECT origin, count(*) AS n FROM flights JOIN usual USING (origin) WHERE delay > mean + 3 * sd GROUP BY origin`,
    sum: 'n',
  },
  {
    name: 'delay by hour',
    set: 'flights',
    ask: (f): Answer =>
      flights(f)
        .groupBy({ hour: (r) => r.date.getUTCHours() })
        .agg({ delay: (g) => mean(g.delay), n: count() }),
    sql: 'SELECT hour(date) AS hour, avg(delay) AS delay, count(*) AS n FROM flights GROUP BY ALL',
    sum: 'n',
  },
  {
    name: 'names of routes, the 20 most frequent',
    set: 'flights',
    ask: (f): Answer =>
      flights(f)
        .groupBy({ route: (r) => `${r.origin}-${r.destination.toLowerCase()}` })
        .agg({ n: count() })
        .sort(['n', 'route'], { descending: [true, false] })
        .limit(20),
    sql: "SELECT origin || '-' || lower(destination) AS route, count(*) AS n FROM flights GROUP BY ALL ORDER BY n DESC, route LIMIT 20",
    sum: 'n',
  },
]
