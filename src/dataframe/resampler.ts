import { ArgumentError } from '../base/index.js'
import { DataFrame } from './data-frame.js'
import { ColumnError, missingColumn } from './errors.js'
import { type Frequency, frequencyOf } from './frequency.js'
import { aggregateOf } from './lambdas.js'
import { joined } from './joining.js'
import { type Named, type Relation, aggregated, filtered, identity, limited, projected, sorted } from './plan/relation.js'
import { type Scalar, call, cast, choose, column, conjunction, literal } from './plan/scalar.js'
import { staged } from './plan/staging.js'
import { type Type, boolean, classOf, isNumeric, timestamp } from './plan/type.js'
import { fromZone, inZone } from './translate/dates.js'
import { Translator } from './translate/translator.js'
import type { Agg, Assign, Group, LeftOver, Scalarish } from './types.js'

export interface ResampleOptions {
  /** the zone whose days, weeks and months are meant, such as 'Europe/Zurich'; UTC unless told */
  readonly timeZone?: string
}

const bin = '__bin'
const empty = '__empty'
const long: Type = { sql: 'BIGINT' }

/**
 * Rows in times of equal length, each named by its beginning. Times without rows are there too: their counts and sums are 0,
 * their means null. Weeks begin on Monday; days, weeks and months begin by the clocks of the time zone, hours and less are
 * counted from the first midnight.
 *
 * @example flights.resample('1d', { on: 'date' }).agg({ flights: count(), delay: (f) => mean(f.delay) })
 */
export class Resampler<S extends object, K extends string> {
  declare readonly row: S
  readonly #plan: Relation
  readonly #on: string
  readonly #frequency: Frequency
  readonly #zone: string | undefined

  /** Use `resample`. */
  constructor(frame: DataFrame<S>, rule: string, { on, timeZone }: ResampleOptions & { readonly on: K }) {
    const found = frame.plan.columns.find((each) => each.name === on)
    if (found === undefined) throw missingColumn(on, frame.plan.columns, 'resample')
    if (classOf(found.type) !== 'date') throw new ColumnError(`resample: "${on}" is ${found.type.sql}, not a column of dates`)
    if (timeZone !== undefined && !isZone(timeZone))
      throw new ArgumentError(`resample: there is no time zone ${JSON.stringify(timeZone)}`)
    this.#plan = frame.plan
    this.#on = on
    this.#frequency = frequencyOf(rule, 'resample')
    this.#zone = timeZone === 'UTC' ? undefined : timeZone
  }

  /** One row for each time: when it begins, and what the aggregates give. */
  agg<R extends Record<string, Scalarish>>(
    columns: { [P in keyof R]: Agg<R[P]> | ((rows: Group<S, never>) => R[P]) },
    ..._left: LeftOver<R>
  ): DataFrame<Assign<{ [P in K]: Date }, R>> {
    const values = Object.entries(columns).map(
      ([name, made]): Named => [name, aggregateOf(made, this.#plan.columns, new Set(), `agg: ${name}`)],
    )
    return this.#of(values)
  }

  /** How many values of each column are not null. */
  count(): DataFrame<{ [P in keyof S]: P extends K ? Date : number }> {
    return this.#all('count', false)
  }
  /** How many rows each time has. */
  size(): DataFrame<Assign<{ [P in K]: Date }, { size: number }>> {
    return this.#of([['size', { kind: 'aggregate', name: 'count', args: [], distinct: false, type: long }]])
  }
  /** How many different values each column has. */
  nunique(): DataFrame<{ [P in keyof S]: P extends K ? Date : number }> {
    return this.#all('nunique', false)
  }
  /** The first value of each column, in the order of rows. */
  first(): DataFrame<{ [P in keyof S]: P extends K ? Date : S[P] | null }> {
    return this.#all('first', false)
  }
  last(): DataFrame<{ [P in keyof S]: P extends K ? Date : S[P] | null }> {
    return this.#all('last', false)
  }
  min(): DataFrame<{ [P in keyof S]: P extends K ? Date : S[P] | null }> {
    return this.#all('min', false)
  }
  max(): DataFrame<{ [P in keyof S]: P extends K ? Date : S[P] | null }> {
    return this.#all('max', false)
  }
  sum(): DataFrame<TimeTotals<S, K, number>> {
    return this.#all('sum', true)
  }
  prod(): DataFrame<TimeTotals<S, K, number>> {
    return this.#all('product', true)
  }
  mean(): DataFrame<TimeTotals<S, K, number | null>> {
    return this.#all('mean', true)
  }
  median(): DataFrame<TimeTotals<S, K, number | null>> {
    return this.#all('median', true)
  }
  std(): DataFrame<TimeTotals<S, K, number | null>> {
    return this.#all('std', true)
  }
  var(): DataFrame<TimeTotals<S, K, number | null>> {
    return this.#all('variance', true)
  }
  /** The standard error of the mean. */
  sem(): DataFrame<TimeTotals<S, K, number | null>> {
    return this.#all('sem', true)
  }
  /** @param q from 0 to 1 */
  quantile(q: number): DataFrame<TimeTotals<S, K, number | null>> {
    return this.#all('quantile', true, q)
  }
  /** The first, highest, lowest and last value of a column, as traders want them. */
  ohlc<const C extends keyof S & string>(
    name: C,
  ): DataFrame<
    Assign<{ [P in K]: Date }, { open: number | null; high: number | null; low: number | null; close: number | null }>
  > {
    const found = this.#plan.columns.find((each) => each.name === name)
    if (found === undefined) throw missingColumn(name, this.#plan.columns, 'ohlc')
    if (!isNumeric(found.type)) throw new ColumnError(`ohlc: "${name}" is ${found.type.sql}, not a column of numbers`)
    const names = { open: 'first', high: 'max', low: 'min', close: 'last' }
    return this.#of(Object.entries(names).map(([as, aggregate]): Named => [as, this.#value(aggregate, name)]))
  }

  #value(aggregate: string, name: string, q?: number): Scalar {
    const field = { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false } as const
    const more = q === undefined ? [] : [{ op: 'literal', value: q } as const]
    const t = new Translator(this.#plan.columns, aggregate, true)
    return t.value({ op: 'call', name: `aggregate.${aggregate}`, args: [field, ...more] })
  }

  #all<T extends object>(aggregate: string, numbersOnly: boolean, q?: number): DataFrame<T> {
    const columns = this.#plan.columns.filter(
      ({ name, type }) => name !== this.#on && (!numbersOnly || isNumeric(type) || classOf(type) === 'boolean'),
    )
    return this.#of(columns.map(({ name }): Named => [name, this.#value(aggregate, name, q)]))
  }

  #of<T extends object>(values: readonly Named[]): DataFrame<T> {
    if (values.some(([name]) => name === this.#on))
      throw new ColumnError(`resample: "${this.#on}" is when a time begins; give the aggregate another name`)
    const { rows, step } = this.#binned()
    const at = column(bin, timestamp)
    const groups = aggregated(rows, [[bin, at]], values)
    const edges = (name: 'min' | 'max'): Scalar => ({ kind: 'aggregate', name, args: [at], distinct: false, type: timestamp })
    const series = call('generate_series', { sql: 'TIMESTAMP[]' }, edges('min'), edges('max'), step)
    const list = aggregated(rows, [], [[bin, series]])
    const all: Relation = { kind: 'explode', input: list, column: bin, columns: [{ name: bin, type: timestamp }] }
    const local = this.#zone !== undefined && (this.#frequency.kind === 'months' || this.#frequency.micros % 86_400e6 === 0)
    const begins = local ? fromZone(at, this.#zone) : at
    // A day that the clocks of a zone have left out does not begin.
    const end = call('+', timestamp, at, step)
    const shown = local ? [call('<', boolean, inZone(begins, this.#zone), end)] : []
    const bins = filtered(all, conjunction([call('IS NOT NULL', boolean, at), ...shown]))
    // What the aggregates give of no rows at all.
    const none = aggregated(limited(rows, 0), [], values)
    const filled = joined(
      projected(bins, identity(bins)),
      projected(groups, [...identity(groups), [empty, literal(false, boolean)]]),
      { left: [bin], right: [bin], how: 'left', suffixes: ['', '_right'] },
    )
    const renamed = projected(
      none,
      values.map(([name], i): Named => [`__none${i}`, column(name, none.columns[i]!.type)]),
    )
    const together = crossed(filled, renamed)
    const made = values.map(([name], i): Named => {
      const type = none.columns[i]!.type
      const has = call('IS NOT NULL', boolean, column(empty, boolean))
      return [name, choose(has, column(name, type), column(`__none${i}`, type), type)]
    })
    const result = projected(together, [[this.#on, cast(begins, timestamp)], ...made])
    return new DataFrame<T>(sorted(result, [{ by: column(this.#on, timestamp), descending: false, nulls: 'last' }]))
  }

  /** The rows with the beginnings of their times, and how long a time is. */
  #binned(): { rows: Relation; step: Scalar } {
    const plan = filtered(this.#plan, call('IS NOT NULL', boolean, column(this.#on, this.#type())))
    const when = cast(column(this.#on, this.#type()), timestamp)
    const local = inZone(when, this.#zone)
    const frequency = this.#frequency
    if (frequency.kind === 'months') {
      const step = call('to_months', { sql: 'INTERVAL' }, literal(frequency.months, { sql: 'INTEGER' }))
      const at = cast(call('time_bucket', timestamp, step, local), timestamp)
      return { rows: staged(plan, [...identity(plan), [bin, at]]), step }
    }
    const { micros } = frequency
    const days = micros % 86_400e6 === 0
    const step = call('to_microseconds', { sql: 'INTERVAL' }, literal(micros, long))
    const us = (value: Scalar) => call('epoch_us', long, value)
    const monday = literal(new Date(Date.UTC(2000, 0, 3)), timestamp)
    const lowest: Scalar = {
      kind: 'window',
      of: { kind: 'aggregate', name: 'min', args: [when], distinct: false, type: timestamp },
      by: [],
      order: [],
      rows: undefined,
      type: timestamp,
    }
    const midnight = (at: Scalar) => cast(call('date_trunc', timestamp, literal('day', { sql: 'VARCHAR' }), at), timestamp)
    const week = micros % (7 * 86_400e6) === 0
    // The clocks of the first day say where hours are counted from.
    const first = week ? monday : midnight(inZone(lowest, this.#zone))
    const origin = days ? first : fromZone(first, this.#zone)
    const from = days ? local : when
    const away = call('js_floor_to', long, call('-', long, us(from), us(origin)), literal(micros, long))
    const at = call('make_timestamp', timestamp, call('+', long, us(origin), away))
    return { rows: staged(plan, [...identity(plan), [bin, at]]), step }
  }

  #type(): Type {
    return this.#plan.columns.find((each) => each.name === this.#on)!.type
  }
}

/** The times, and the columns of numbers, each with its total. */
export type TimeTotals<S extends object, K, T> = {
  [P in keyof S as P extends K ? P : [NonNullable<S[P]>] extends [number | bigint | boolean] ? P : never]: P extends K ? Date : T
}

/** Every row of the left with the one of the right. */
function crossed(left: Relation, right: Relation): Relation {
  const take = (side: 'left' | 'right') => (each: { readonly name: string }) => ({ name: each.name, side, from: each.name })
  return {
    kind: 'join',
    left,
    right,
    how: 'cross',
    on: [],
    takes: [...left.columns.map(take('left')), ...right.columns.map(take('right'))],
    columns: [...left.columns, ...right.columns],
  }
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
