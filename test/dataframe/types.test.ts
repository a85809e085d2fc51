// Compile-time tests: that this file compiles is the test. What must fail carries @ts-expect-error.
import { test } from 'node:test'
import {
  type DataFrame,
  type Series,
  col,
  concat,
  count,
  first,
  fromArray,
  fromColumns,
  fromRecords,
  max,
  mean,
  nunique,
  quantile,
  readParquet,
  sql,
  sum,
} from 'heddle/dataframe'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<T extends true>(): T | undefined {
  return undefined
}

interface Flight {
  date: Date
  delay: number
  distance: number
  airTime: number | null
  origin: string
  destination: string
  kind: 'a' | 'b'
  id: bigint
  seat?: string
}

type RowOf<F> = F extends DataFrame<infer S> ? S : never
type ValueOf<F> = F extends Series<infer T> ? T : never

test('the types of what is right', () => {
  const right = () => {
    const flights = readParquet<Flight>('flights.parquet')
    is<Equal<RowOf<typeof flights>['seat'], string | null>>()
    const late = flights.filter((f) => f.delay > 60 && f.origin.startsWith('S'))
    is<Equal<typeof late, typeof flights>>()
    const fast = flights.assign({
      speed: (f) => f.distance / (f.airTime ?? 1),
      late: (f) => f.delay > 15,
      status: (f) => (f.delay > 15 ? 'late' : 'ontime'),
    })
    is<Equal<RowOf<typeof fast>['speed'], number>>()
    is<Equal<RowOf<typeof fast>['late'], boolean>>()
    is<Equal<RowOf<typeof fast>['status'], 'late' | 'ontime'>>()
    const some = flights.select('origin', 'delay')
    is<Equal<RowOf<typeof some>, { origin: string; delay: number }>>()
    const without = some.drop('delay')
    is<Equal<RowOf<typeof without>, { origin: string }>>()
    const renamed = some.rename({ origin: 'from' })
    is<Equal<RowOf<typeof renamed>, { from: string; delay: number }>>()
    const groups = flights.groupBy('origin').agg({
      flights: count(),
      delay: (f) => mean(f.delay),
      far: (f) => max(f.distance),
      air: (f) => mean(f.airTime),
      total: (f) => sum(f.id),
    })
    is<
      Equal<
        RowOf<typeof groups>,
        { origin: string; flights: number; delay: number; far: number; air: number | null; total: bigint }
      >
    >()
    const months = flights.groupBy({ month: (f) => f.date.getUTCMonth() }).agg({
      n: count(),
      first: (f) => first(f.origin),
      days: (f) => nunique(f.date),
      q: (f) => quantile(f.delay, 0.9) - f.month,
    })
    is<Equal<RowOf<typeof months>['month'], number>>()
    const airports = fromRecords([{ code: 'BRN', city: 'Bern', delay: 1 }])
    const joined = flights.select('origin', 'delay').join(airports, { leftOn: 'origin', rightOn: 'code', how: 'left' })
    is<Equal<RowOf<typeof joined>['city'], string | null>>()
    is<Equal<RowOf<typeof joined>['delay_right'], number | null>>()
    const same = flights.select('origin', 'delay').join(airports, { on: 'delay' })
    is<Equal<RowOf<typeof same>, { origin: string; delay: number; code: string; city: string }>>()
    const there = flights.dropNa('airTime').filter((f) => f.airTime > 3)
    is<Equal<RowOf<typeof there>['airTime'], number>>()
    const filled = flights.fillNa({ airTime: 0 })
    is<Equal<RowOf<typeof filled>['airTime'], number>>()
    const typed = readParquet('x', { schema: { delay: 'number', origin: 'string?' } })
    is<Equal<RowOf<typeof typed>, { delay: number; origin: string | null }>>()
    const generic = <S extends { delay: number }>(frame: DataFrame<S>) => frame.filter((f) => f.delay > 60)
    generic(flights)
    const together = fromRecords([{ x: 1 }, { x: null }]).concat(fromRecords([{ x: 2 }]))
    is<Equal<RowOf<typeof together>, { x: number | null }>>()
    const built = flights.filter(col('delay').gt(60).and(col('origin').startsWith('S')))
    is<Equal<typeof built, typeof flights>>()
    const byColumn = flights.filter(flights.col('delay').gt(60)).assign({ half: flights.col('delay').div(2) })
    is<Equal<RowOf<typeof byColumn>['half'], number>>()
    const all = concat(some, some)
    is<Equal<typeof all, typeof some>>()
    const named = fast.as<{ speed: number }>()
    is<Equal<RowOf<typeof named>, { speed: number }>>()
    const records: Promise<{ origin: string }[]> = without.toRecords()
    const delays = flights.col('delay').mean().compute()
    is<Equal<typeof delays, Promise<number | null>>>()
    return records
  }
  void right
})

test('what must not compile', () => {
  const wrong = () => {
    const flights = readParquet<Flight>('flights.parquet')
    // @ts-expect-error no such column
    flights.filter((f) => f.delya > 60)
    // @ts-expect-error nor as a key
    flights.groupBy('origni')
    // @ts-expect-error the column of a group has many values
    flights.groupBy('origin').agg({ d: (f) => f.delay })
    // @ts-expect-error also where there are no keys
    flights.groupBy().agg({ d: (f) => f.delay })
    // @ts-expect-error which are no columns of all rows together
    flights.groupBy().agg({ n: count() }).select('origin')
    // @ts-expect-error the mean of texts
    flights.groupBy('origin').agg({ d: (f) => mean(f.origin) })
    // @ts-expect-error may be null
    flights.filter((f) => f.airTime > 3)
    // @ts-expect-error a promise is no value of a column
    flights.assign({ x: async () => 1 })
    // @ts-expect-error the mean of a column of texts
    flights.col('origin').mean()
    // @ts-expect-error the keys have different types
    flights.join(fromRecords([{ origin: 1 }]), { on: 'origin' })
    // @ts-expect-error never true
    flights.filter((f) => f.kind === 'c')
    // @ts-expect-error a date and a text
    flights.filter((f) => f.date > '2020')
    // @ts-expect-error no such column to rename
    flights.rename({ orign: 'x' })
    // @ts-expect-error nor to select
    flights.select('orign')
    // @ts-expect-error nor to sort by
    flights.sort('orign')
    // @ts-expect-error bigint and number
    flights.assign({ x: (f) => f.id + 3 })
    // @ts-expect-error no such column in a builder
    flights.filter(col('delya').gt(60))
  }
  void wrong
})

test('the types of the breadth', () => {
  const right = () => {
    const flights = readParquet<Flight>('flights.parquet')
    is<Equal<ValueOf<ReturnType<typeof flights.col<'airTime'>>>, number | null>>()
    const delay = flights.col('delay')
    is<Equal<ValueOf<ReturnType<typeof delay.shift>>, number | null>>()
    const rounded = flights.col('airTime').round(1)
    is<Equal<ValueOf<typeof rounded>, number | null>>()
    const upper = flights.col('origin').str.upper()
    is<Equal<ValueOf<typeof upper>, string>>()
    const seats = flights.col('seat').str.len()
    is<Equal<ValueOf<typeof seats>, number | null>>()
    const parts = flights.col('origin').str.split('-')
    is<Equal<ValueOf<typeof parts>, readonly string[]>>()
    const part = parts.str.get(0)
    is<Equal<ValueOf<typeof part>, string | null>>()
    const hours = flights.col('date').dt.inZone('Europe/Zurich').hour
    is<Equal<ValueOf<typeof hours>, number>>()
    const codes = flights.col('kind').cat.codes
    is<Equal<ValueOf<typeof codes>, number>>()
    const texts = delay.map((d) => String(d))
    is<Equal<ValueOf<typeof texts>, string>>()
    const named = flights.col('kind').map(new Map([['a', 1]] as const))
    is<Equal<ValueOf<typeof named>, number | null>>()
    const whole = delay.asType('string')
    is<Equal<ValueOf<typeof whole>, string>>()
    const mean7 = delay.rolling(7).mean()
    is<Equal<ValueOf<typeof mean7>, number | null>>()
    const windows = flights.select('date', 'delay', 'origin').rolling('2h', { on: 'date' }).mean()
    is<Equal<RowOf<typeof windows>, { date: Date; delay: number | null }>>()
    const monthly = flights.resample('1mo', { on: 'date' }).agg({ n: count(), delay: (f) => mean(f.delay) })
    is<Equal<RowOf<typeof monthly>, { date: Date; n: number; delay: number }>>()
    const melted = flights.melt({ id: 'origin', values: ['delay', 'distance'] })
    is<Equal<RowOf<typeof melted>, { origin: string; variable: 'delay' | 'distance'; value: number }>>()
    const pivot = flights.pivotTable({ index: 'origin', columns: 'kind', columnValues: ['a', 'b'], values: (f) => mean(f.delay) })
    is<Equal<RowOf<typeof pivot>, { origin: string; a: number | null; b: number | null }>>()
    const dummies = flights.select('delay', 'kind').getDummies({ kind: ['a', 'b'] })
    is<Equal<RowOf<typeof dummies>, { delay: number; kind_a: boolean; kind_b: boolean }>>()
    const numbers = flights.select('delay', 'airTime').add(1)
    is<Equal<RowOf<typeof numbers>, { delay: number; airTime: number | null }>>()
    const typed = flights.select('delay', 'airTime').asType({ airTime: 'string' })
    is<Equal<RowOf<typeof typed>, { delay: number; airTime: string | null }>>()
    const only = flights.selectDtypes('number')
    is<Equal<RowOf<typeof only>, { delay: number; distance: number; airTime: number | null }>>()
    const quotes = fromRecords([{ date: new Date(), price: 1 }])
    const nearest = flights.select('date', 'origin').mergeAsof(quotes, { on: 'date', direction: 'nearest' })
    is<Equal<RowOf<typeof nearest>, { date: Date; origin: string; price: number | null }>>()
    const counts = flights.col('kind').valueCounts()
    is<Equal<RowOf<typeof counts>, { value: 'a' | 'b'; count: number }>>()
    const sums = flights.groupBy('origin').cumsum()
    is<Equal<RowOf<typeof sums>['delay'], number | null>>()
    const lists = fromRecords([{ id: 1, tags: ['a', 'b'] }]).explode('tags')
    is<Equal<RowOf<typeof lists>, { id: number; tags: string | null }>>()
    const columns = fromColumns({ a: [1, null], b: ['x', 'y'] })
    is<Equal<RowOf<typeof columns>, { a: number | null; b: string }>>()
    const rows = fromArray([[1, 2]], ['x', 'y'])
    is<Equal<RowOf<typeof rows>, { x: number; y: number }>>()
    const query = sql<{ n: number }>('SELECT count(*) AS n FROM f', { f: flights })
    is<Equal<RowOf<typeof query>, { n: number }>>()
  }
  void right
})

test('what of the breadth must not compile', () => {
  const wrong = () => {
    const flights = readParquet<Flight>('flights.parquet')
    // @ts-expect-error texts of a column of numbers
    flights.col('delay').str.upper()
    // @ts-expect-error the clock of a column of texts
    void flights.col('origin').dt.hour
    // @ts-expect-error categories of numbers
    void flights.col('delay').cat.codes
    // @ts-expect-error windows over texts
    flights.col('origin').rolling(3)
    // @ts-expect-error a sum of texts up to each row
    flights.col('origin').cumsum()
    // @ts-expect-error no such column to go by
    flights.resample('1d', { on: 'dat' })
    // @ts-expect-error no such column to melt
    flights.melt({ id: 'origni' })
    // @ts-expect-error no such value of the column
    flights.pivotTable({ index: 'origin', columns: 'kind', columnValues: ['c'], values: (f) => mean(f.delay) })
    // @ts-expect-error a column of the group that no aggregate took
    flights.resample('1d', { on: 'date' }).agg({ d: (f) => f.delay })
    // @ts-expect-error no such type
    flights.asType({ delay: 'float' })
    // @ts-expect-error keys of different types
    flights.mergeAsof(fromRecords([{ date: 1 }]), { on: 'date' })
    // @ts-expect-error a text among numbers
    flights.col('delay').clip('a')
    // @ts-expect-error the function wants a number
    flights.col('origin').map((delay: number) => delay + 1)
    // Dataframes of other columns are other types. The compiler must not compare all methods for that: it took minutes.
    const known = fromRecords([{ x: 1 }])
    const unsure = fromRecords([{ x: 1 }, { x: null }])
    // @ts-expect-error a column without nulls for one with nulls: what takes both is generic
    const wider: typeof unsure = known
    // @ts-expect-error a column with nulls for one without
    const narrower: typeof known = unsure
    // @ts-expect-error rows with nulls among those without
    known.concat(unsure)
    void [wider, narrower]
  }
  void wrong
})
