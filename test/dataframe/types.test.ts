// Compile-time tests: that this file compiles is the test. What must fail carries @ts-expect-error.
import { test } from 'node:test'
import {
  type DataFrame,
  col,
  concat,
  count,
  first,
  fromRecords,
  max,
  mean,
  nunique,
  quantile,
  readParquet,
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
