import { type Tree, Untranslatable } from '../../lambda/index.js'
import { ColumnError } from '../errors.js'
import { type Scalar, call, cast, choose, conjunction, literal } from '../plan/scalar.js'
import { type Type, boolean, classOf, describeType, double, integer, text, timestamp } from '../plan/type.js'
import type { Translator } from './translator.js'

type Call = (translator: Translator, args: readonly Tree[]) => Scalar

const long: Type = { sql: 'BIGINT' }
const number = (name: string) => (at: Scalar) => call(name, long, at)
const whole = (n: number) => literal(n, integer)
const plus = (operator: string, a: Scalar, b: Scalar) => call(operator, long, a, b)
const is = (a: Scalar, b: Scalar) => call('=', boolean, a, b)
const lastDay = (at: Scalar) => call('last_day', { sql: 'DATE' }, at)
const inMonths = (at: Scalar, months: readonly number[]): Scalar => ({
  kind: 'call',
  name: 'IN',
  args: [call('month', long, at), ...months.map(whole)],
  type: boolean,
})
const first = (at: Scalar) => is(call('day', long, at), whole(1))
const last = (at: Scalar) => is(cast(at, { sql: 'DATE' }), lastDay(at))

/** What a clock shows, of a moment as that clock has it. */
const parts: Readonly<Record<string, (at: Scalar) => Scalar>> = {
  year: number('year'),
  quarter: number('quarter'),
  month: number('month'),
  week: number('week'),
  day: number('day'),
  // From Monday, 0.
  dayOfWeek: (at) => plus('-', call('isodow', long, at), whole(1)),
  weekday: (at) => plus('-', call('isodow', long, at), whole(1)),
  dayOfYear: number('dayofyear'),
  daysInMonth: (at) => call('day', long, lastDay(at)),
  hour: number('hour'),
  minute: number('minute'),
  second: number('second'),
  microsecond: (at) => plus('%', call('microsecond', long, at), whole(1_000_000)),
  isLeapYear: (at) => {
    const year = call('year', long, at)
    const divides = (n: number) => is(plus('%', year, whole(n)), whole(0))
    return call('OR', boolean, conjunction([divides(4), call('NOT', boolean, divides(100))]), divides(400))
  },
  isMonthStart: first,
  isMonthEnd: last,
  isQuarterStart: (at) => conjunction([first(at), inMonths(at, [1, 4, 7, 10])]),
  isQuarterEnd: (at) => conjunction([last(at), inMonths(at, [3, 6, 9, 12])]),
  isYearStart: (at) => conjunction([first(at), inMonths(at, [1])]),
  isYearEnd: (at) => conjunction([last(at), inMonths(at, [12])]),
  time: (at) => cast(cast(at, { sql: 'TIME' }), text),
  isocalendar: (at) =>
    call(
      'js_isocalendar',
      { sql: 'STRUCT("year" INTEGER, week INTEGER, "day" INTEGER)' },
      call('isoyear', long, at),
      call('week', long, at),
      call('isodow', long, at),
    ),
}

function known(tree: Tree | undefined): unknown {
  if (tree !== undefined && tree.op !== 'literal') throw new Untranslatable('an argument that is not known')
  return tree?.value
}

/** A moment as the clocks of a zone show it. @param zone undefined: UTC */
export function inZone(value: Scalar, zone: string | undefined): Scalar {
  const at = cast(value, timestamp)
  return zone === undefined ? at : call('timezone', timestamp, literal(zone, text), call('timezone', utcType, utc, at))
}

/** The first moment at which the clocks of a zone show something; of what they leave out, the moment at which they do. */
export function fromZone(local: Scalar, zone: string | undefined): Scalar {
  return zone === undefined ? local : call('js_moment', timestamp, cast(local, timestamp), literal(zone, text))
}

const dayMicros = 86_400e6
const utc = literal('UTC', text)
const utcType: Type = { sql: 'TIMESTAMP WITH TIME ZONE' }

function moment(t: Translator, tree: Tree, name: string): Scalar {
  const value = t.value(tree)
  if (classOf(value.type) !== 'date') throw new ColumnError(`dt.${name} is of dates, not of ${describeType(value.type)}`)
  return value
}

/** Moments on a grid of so many microseconds, by the clocks of a zone. */
const onGrid = (name: string): Call => {
  return (t, [x, zone, micros]) => {
    const clock = known(zone) as string | undefined
    const step = known(micros) as number
    const value = cast(moment(t, x!, name), timestamp)
    const local = inZone(value, clock)
    const us = call(`js_${name}_to`, long, call('epoch_us', long, local), literal(step, long))
    const at = call('make_timestamp', timestamp, us)
    if (clock === undefined || step % dayMicros === 0) return fromZone(at, clock)
    // What clocks show twice is the one of both that is as far away as it seems.
    const near = call('+', timestamp, value, call('-', { sql: 'INTERVAL' }, at, local))
    return choose(is(inZone(near, clock), at), near, fromZone(at, clock), timestamp)
  }
}

/** 'dt.year' and its like: [values, time zone, …] */
export const dateCalls: Readonly<Record<string, Call | undefined>> = {
  ...Object.fromEntries(
    Object.entries(parts).map(([name, part]): [string, Call] => [
      `dt.${name}`,
      (t, [x, zone]) => {
        const value = part(inZone(moment(t, x!, name), known(zone) as string | undefined))
        return classOf(value.type) === 'long' ? cast(value, double) : value
      },
    ]),
  ),
  'dt.nanosecond': (t, [x]) => {
    const value = moment(t, x!, 'nanosecond')
    if (value.type.sql !== 'TIMESTAMP_NS')
      return choose(call('IS NULL', boolean, value), literal(null, double), literal(0, double))
    return cast(plus('%', call('epoch_ns', long, value), whole(1000)), double)
  },
  'dt.date': (t, [x, zone]) => cast(inZone(moment(t, x!, 'date'), known(zone) as string | undefined), { sql: 'DATE' }),
  'dt.normalize': (t, [x, zone]) => {
    const clock = known(zone) as string | undefined
    const local = inZone(moment(t, x!, 'normalize'), clock)
    return fromZone(cast(call('date_trunc', timestamp, literal('day', text), local), timestamp), clock)
  },
  'dt.strftime': (t, [x, zone, format]) =>
    call(
      'strftime',
      text,
      inZone(moment(t, x!, 'strftime'), known(zone) as string | undefined),
      literal(known(format) as string, text),
    ),
  'dt.floor': onGrid('floor'),
  'dt.ceil': onGrid('ceil'),
  'dt.round': onGrid('round'),
}
