import { type Tree, Untranslatable } from '../../lambda/index.js'
import { type Scalar, call, cast, literal } from '../plan/scalar.js'
import { boolean, classOf, double, text, timestamp } from '../plan/type.js'
import { builtin } from './js-part.js'
import { columnCalls } from './columns.js'
import { dateCalls } from './dates.js'
import { textCalls } from './texts.js'
import { windowCalls } from './windows.js'
import { type Translator, asNumber, negated, textOf, truthy } from './translator.js'

type Call = (translator: Translator, args: readonly Tree[]) => Scalar

/** Functions of Math whose results are the same everywhere, as DuckDB calls them. */
const exact: Readonly<Record<string, string>> = {
  abs: 'abs',
  floor: 'floor',
  ceil: 'ceil',
  trunc: 'trunc',
  round: 'js_round',
  sqrt: 'js_sqrt',
  sign: 'js_sign',
}

/** Functions of Math that differ in the last digit from one library to the next: JavaScript's own are called. */
const inexact =
  'cbrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh fround clz32 atan2 pow hypot imul'.split(
    ' ',
  )

function one(args: readonly Tree[], name: string): Tree {
  if (args.length !== 1) throw new Untranslatable(`${name}() with ${args.length} arguments has no translation`)
  return args[0]!
}

/** What functions that go by their names are in SQL. */
export const calls: Readonly<Record<string, Call | undefined>> = {
  ...Object.fromEntries(
    Object.entries(exact).map(([name, sql]): [string, Call] => [
      `Math.${name}`,
      (t, args) => call(sql, double, t.number(one(args, `Math.${name}`))),
    ]),
  ),
  ...Object.fromEntries(
    inexact.map((name): [string, Call] => [
      `Math.${name}`,
      (t, args) => {
        if (args.length === 0) throw new Untranslatable(`Math.${name}() without arguments`)
        const run = Math[name as 'sin'] as (...args: never[]) => number
        return builtin(
          `math_${name}`,
          `Math.${name} of other libraries differs in the last digit`,
          args.map((arg) => t.number(arg)),
          double,
          (...x) => run(...x),
        )
      },
    ]),
  ),
  'Math.min': (t, args) => extreme(t, args, 'js_min', Infinity),
  'Math.max': (t, args) => extreme(t, args, 'js_max', -Infinity),
  'Number.isNaN': (t, args) => isNan(t.value(one(args, 'isNaN'))),
  isNaN: (t, args) => isNan(t.number(one(args, 'isNaN'))),
  'Number.isFinite': (t, args) => isFiniteNumber(t.value(one(args, 'isFinite'))),
  isFinite: (t, args) => isFiniteNumber(t.number(one(args, 'isFinite'))),
  'Number.isInteger': (t, args) => {
    const value = t.value(one(args, 'Number.isInteger'))
    if (classOf(value.type) === 'integer' || classOf(value.type) === 'long') return call('IS NOT NULL', boolean, value)
    const x = asNumber(value)
    const whole = call('AND', boolean, call('=', boolean, x, call('trunc', double, x)), call('isfinite', boolean, x))
    return call('coalesce', boolean, whole, literal(false, boolean))
  },
  Number: (t, args) => {
    const value = t.value(one(args, 'Number'))
    if (classOf(value.type) !== 'string') return call('coalesce', double, asNumber(value), literal(0, double))
    return call(
      'coalesce',
      double,
      builtin('number', 'texts are read as JavaScript reads them', [value], double, Number),
      literal(0, double),
    )
  },
  parseFloat: (t, args) =>
    builtin('parse_float', 'texts are read as JavaScript reads them', [t.string(one(args, 'parseFloat'))], double, parseFloat),
  parseInt: (t, args) => {
    const [value, base] = args
    if (value === undefined || args.length > 2) throw new Untranslatable('parseInt() with other arguments')
    const all = base === undefined ? [t.string(value)] : [t.string(value), t.number(base)]
    return builtin('parse_int', 'texts are read as JavaScript reads them', all, double, (s: string, n?: number) => parseInt(s, n))
  },
  'Number.parseFloat': (t, args) => calls['parseFloat']!(t, args),
  'Number.parseInt': (t, args) => calls['parseInt']!(t, args),
  String: (t, args) => t.text(one(args, 'String')),
  Boolean: (t, args) => negated(negated(truthy(t.value(one(args, 'Boolean'))))),
  BigInt: (t, args) => {
    const value = t.value(one(args, 'BigInt'))
    if (classOf(value.type) !== 'integer' && classOf(value.type) !== 'long')
      throw new Untranslatable('BigInt() of what is no integer')
    return cast(value, { sql: 'HUGEINT', bigint: true })
  },
  Date: (t, args) => {
    const value = t.value(one(args, 'new Date'))
    if (classOf(value.type) === 'date') return cast(value, timestamp)
    if (classOf(value.type) === 'string')
      return builtin('date', 'texts are read as JavaScript reads them', [value], timestamp, (s: string) => new Date(s))
    return builtin('date', 'moments are numbers of milliseconds', [value], timestamp, (n: number) => new Date(n))
  },
  'Date.parse': (t, args) =>
    builtin('date_parse', 'texts are read as JavaScript reads them', [t.string(one(args, 'Date.parse'))], double, (s: string) =>
      Date.parse(s),
    ),
  'Date.UTC': (t, args) =>
    builtin(
      'date_utc',
      'months and days may be out of range',
      args.map((arg) => t.number(arg)),
      double,
      (year: number, ...rest: number[]) => Date.UTC(year, ...rest),
    ),
  ...windowCalls,
  ...textCalls,
  ...dateCalls,
  ...columnCalls,
  /** what SQL calls by this name; the builders use it */
  'sql.text': (t, args) => textOf(t.value(one(args, 'text'))),
  'sql.lower': (t, args) => call('lower', text, t.string(one(args, 'lower'))),
  'sql.isNull': (t, args) => call('IS NULL', boolean, t.value(one(args, 'isNull'))),
}

function extreme(t: Translator, args: readonly Tree[], name: string, none: number): Scalar {
  if (args.length === 0) return literal(none, double)
  return args.map((arg) => t.number(arg)).reduce((a, b) => call(name, double, a, b))
}

function isNan(value: Scalar): Scalar {
  if (classOf(value.type) !== 'double') return literal(false, boolean)
  return call('coalesce', boolean, call('isnan', boolean, value), literal(false, boolean))
}

function isFiniteNumber(value: Scalar): Scalar {
  return call('coalesce', boolean, call('isfinite', boolean, asNumber(value)), literal(false, boolean))
}
