import { nearest } from '../../base/index.js'
import { LambdaError, type Tree, Untranslatable } from '../../lambda/index.js'
import { type Scalar, call, cast, choose, literal } from '../plan/scalar.js'
import { type Type, boolean, classOf, describeType, double, itemOf, text, timestamp } from '../plan/type.js'
import { builtin } from './js-part.js'
import { asciiPattern } from './pattern.js'
import { type Translator, asNumber, concatenated, literalOf, textOf, unified, unifiedAll } from './translator.js'

type MethodTree = Tree & { op: 'method' }
type Method = (value: Scalar, args: readonly Tree[], t: Translator) => Scalar

export function methodOf(t: Translator, tree: MethodTree): Scalar {
  const { of, name, args } = tree
  if (of.op === 'literal') {
    const known = methodOfLiteral(t, of.value, name, args)
    if (known !== undefined) return known
  }
  const value = t.value(of)
  const kind = classOf(value.type)
  const table: Readonly<Record<string, Method | undefined>> =
    kind === 'string' ? texts : kind === 'date' ? dates : kind === 'list' ? lists : isNumber(kind) ? numbers : {}
  const method = Object.hasOwn(table, name) ? table[name] : undefined
  if (method !== undefined) return method(value, args, t)
  const prototypes = prototypesOf(kind)
  if (prototypes.length > 0 && !prototypes.some((prototype) => name in prototype)) {
    const near = nearest(name, prototypes.flatMap(Object.getOwnPropertyNames))
    const hint = near === undefined ? '' : ` Did you mean ${near}()?`
    throw new LambdaError(`${t.where}: .${name}() is no method of what the column is, ${describeType(value.type)}.${hint}`)
  }
  throw new Untranslatable(`.${name}() of ${describeType(value.type)} has no translation`)
}

/** What JavaScript's values of a class of types have their methods of. None: that is not known. */
function prototypesOf(kind: string): readonly object[] {
  if (kind === 'string') return [String.prototype]
  if (kind === 'date') return [Date.prototype]
  if (kind === 'list') return [Array.prototype]
  if (kind === 'boolean') return [Boolean.prototype]
  return isNumber(kind) ? [Number.prototype, BigInt.prototype] : []
}

const isNumber = (kind: string) => kind === 'double' || kind === 'integer' || kind === 'long' || kind === 'decimal'

/** Methods of captured values: of regular expressions, arrays and sets. */
function methodOfLiteral(t: Translator, of: unknown, name: string, args: readonly Tree[]): Scalar | undefined {
  if (of instanceof RegExp && name === 'test' && args.length === 1) return matches(of, t.string(args[0]!))
  const items =
    of instanceof Set && name === 'has' ? [...of] : Array.isArray(of) && name === 'includes' ? (of as unknown[]) : undefined
  if (items === undefined || args.length !== 1) return undefined
  const value = t.value(args[0]!)
  const wanted = items.filter((item) => item !== null && item !== undefined).map(literalOf)
  const hasNull = literal(wanted.length < items.length, boolean)
  const alike = wanted.filter((item) => isNumber(classOf(item.type)) === isNumber(classOf(value.type)))
  if (alike.length === 0) return call('AND', boolean, hasNull, call('IS NULL', boolean, value))
  const [first, ...rest] = unifiedAll([value, ...alike])
  return call('coalesce', boolean, { kind: 'call', name: 'IN', args: [first!, ...rest], type: boolean }, hasNull)
}

/** A pattern over ASCII texts is DuckDB's where both agree; over others it is JavaScript's. */
function matches(pattern: RegExp, value: Scalar): Scalar {
  if (pattern.global || pattern.sticky) throw new Untranslatable('a pattern with the flag g or y remembers where it was')
  const own = builtin(`test_${idOf(pattern)}`, 'patterns match UTF-16 units', [value], boolean, (s: string) => pattern.test(s))
  const sql = asciiPattern(pattern)
  if (sql === undefined) return own
  return choose(call('js_ascii', boolean, value), call('regexp_matches', boolean, value, literal(sql, text)), own, boolean)
}

const ids = new Map<string, number>()

function idOf(value: RegExp): number {
  const key = String(value)
  const id = ids.get(key) ?? ids.size + 1
  ids.set(key, id)
  return id
}

const spaces =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

/** Texts: DuckDB's function for texts of ASCII where there is one, JavaScript's for the others. */
function byUnits(name: string, result: Type, sql?: (value: Scalar, args: readonly Scalar[]) => Scalar | undefined): Method {
  return (value, args, t) => {
    const given = args.map((arg) => t.value(arg))
    const run = (s: string, ...more: never[]) => (s[name as 'slice'] as (...args: never[]) => unknown)(...more) ?? null
    const own = builtin(
      name.toLowerCase(),
      'texts are counted in UTF-16 units',
      [value, ...given.map(plainArgument)],
      result,
      run,
    )
    const fast = sql?.(cast(value, text), given)
    return fast === undefined ? own : choose(call('js_ascii', boolean, cast(value, text)), fast, own, result)
  }
}

/** Numbers and texts as JavaScript's methods take them. */
function plainArgument(value: Scalar): Scalar {
  const kind = classOf(value.type)
  if (kind === 'string') return value
  if (isNumber(kind)) return asNumber(value)
  throw new Untranslatable(`${describeType(value.type)} as an argument has no translation`)
}

function searching(sql: string): Method {
  return (value, args, t) => {
    if (args.length !== 1) throw new Untranslatable(`${sql} from a place on`)
    return call(sql, boolean, cast(value, text), t.string(args[0]!))
  }
}

const texts: Readonly<Record<string, Method | undefined>> = {
  startsWith: searching('starts_with'),
  endsWith: searching('suffix'),
  includes: searching('contains'),
  toUpperCase: byUnits('toUpperCase', text, (s) => call('upper', text, s)),
  toLowerCase: byUnits('toLowerCase', text, (s) => call('lower', text, s)),
  trim: (s: Scalar) => call('trim', text, cast(s, text), literal(spaces, text)),
  trimStart: (s: Scalar) => call('ltrim', text, cast(s, text), literal(spaces, text)),
  trimEnd: (s: Scalar) => call('rtrim', text, cast(s, text), literal(spaces, text)),
  slice: byUnits('slice', text, (s, [from, to]) => substring(s, from, to)),
  substring: byUnits('substring', text, (s, [from, to]) => substring(s, from, to)),
  indexOf: byUnits('indexOf', double, (s, args) =>
    args.length === 1 && classOf(args[0]!.type) === 'string'
      ? call('-', double, cast(call('strpos', { sql: 'BIGINT' }, s, args[0]!), double), literal(1, double))
      : undefined,
  ),
  lastIndexOf: byUnits('lastIndexOf', double),
  charAt: byUnits('charAt', text),
  charCodeAt: byUnits('charCodeAt', double),
  codePointAt: byUnits('codePointAt', double),
  at: byUnits('at', text),
  padStart: byUnits('padStart', text),
  padEnd: byUnits('padEnd', text),
  repeat: byUnits('repeat', text),
  normalize: byUnits('normalize', text),
  localeCompare: byUnits('localeCompare', double),
  concat: (s: Scalar, args: readonly Tree[], t: Translator) => concatenated([s, ...args.map((arg) => t.text(arg))]),
  toString: (s: Scalar) => s,
  valueOf: (s: Scalar) => s,
  split: byUnits('split', { sql: 'VARCHAR[]' }),
  replace: replacing('replace'),
  replaceAll: replacing('replaceAll'),
  match: () => {
    throw new Untranslatable('.match() gives an object')
  },
}

function replacing(name: 'replace' | 'replaceAll'): Method {
  return (value, args, t) => {
    const [what, by] = args
    if (what === undefined || by === undefined) throw new Untranslatable(`.${name}() with ${args.length} arguments`)
    if (what.op === 'literal' && what.value instanceof RegExp) {
      const pattern = what.value
      const run = (s: string, replacement: string) => s[name](pattern, replacement)
      return builtin(`${name.toLowerCase()}_${idOf(pattern)}`, 'patterns match UTF-16 units', [value, t.string(by)], text, run)
    }
    return builtin(
      name.toLowerCase(),
      '$ in the replacement means something',
      [value, t.string(what), t.string(by)],
      text,
      (s: string, a: string, b: string) => s[name](a, b),
    )
  }
}

/** The part between two places that are known; undefined for others. */
function substring(s: Scalar, from: Scalar | undefined, to: Scalar | undefined): Scalar | undefined {
  const place = (value: Scalar | undefined) =>
    value?.kind === 'literal' && Number.isInteger(value.value) && (value.value as number) >= 0
      ? (value.value as number)
      : undefined
  const start = place(from)
  if (start === undefined) return undefined
  const integer = (n: number) => literal(n, { sql: 'INTEGER' })
  if (to === undefined) return call('substring', text, s, integer(start + 1))
  const end = place(to)
  return end === undefined || end < start ? undefined : call('substring', text, s, integer(start + 1), integer(end - start))
}

const part = (name: string, less = 0): Method => {
  return (value) => {
    const of = call(name, { sql: 'BIGINT' }, cast(value, timestamp))
    return cast(less === 0 ? of : call('-', { sql: 'BIGINT' }, of, literal(less, { sql: 'INTEGER' })), double)
  }
}

const utc: Readonly<Record<string, Method>> = {
  FullYear: part('year'),
  Month: part('month', 1),
  Date: part('day'),
  Day: part('dayofweek'),
  Hours: part('hour'),
  Minutes: part('minute'),
  Seconds: part('second'),
  Milliseconds: (value) =>
    call('%', double, cast(call('millisecond', { sql: 'BIGINT' }, cast(value, timestamp)), double), literal(1000, double)),
}

/** The clock of this process: what it shows is DuckDB's business only where it is that of UTC. */
const local = (name: string): Method => {
  return (value, args, t) => {
    if (/^(UTC|Etc\/UTC|GMT)$/.test(Intl.DateTimeFormat().resolvedOptions().timeZone)) return utc[name]!(value, args, t)
    const run = (date: Date) => (date[`get${name}` as 'getDay'] as () => number).call(date)
    return builtin(`get${name.toLowerCase()}`, 'the clock is that of this process', [value], double, run)
  }
}

const dates: Readonly<Record<string, Method | undefined>> = {
  getTime: (value: Scalar) => call('js_time', double, cast(value, timestamp)),
  valueOf: (value: Scalar) => call('js_time', double, cast(value, timestamp)),
  toISOString: (value: Scalar) =>
    builtin('to_iso_string', 'years may have more digits', [value], text, (date: Date) => date.toISOString()),
  toJSON: (value: Scalar) =>
    builtin('to_iso_string', 'years may have more digits', [value], text, (date: Date) => date.toISOString()),
  ...Object.fromEntries(Object.entries(utc).map(([name, method]) => [`getUTC${name}`, method])),
  ...Object.fromEntries(Object.keys(utc).map((name) => [`get${name}`, local(name)])),
}

const numbers: Readonly<Record<string, Method | undefined>> = {
  toString: (value: Scalar, args: readonly Tree[], t: Translator) => {
    const [base] = args
    return base === undefined
      ? textOf(value)
      : builtin('to_string', 'digits of another base', [value, t.number(base)], text, (n: number, b: number) => n.toString(b))
  },
  valueOf: (value: Scalar) => value,
  toFixed: formatted('toFixed'),
  toPrecision: formatted('toPrecision'),
  toExponential: formatted('toExponential'),
}

function formatted(name: 'toFixed' | 'toPrecision' | 'toExponential'): Method {
  return (value, args, t) =>
    builtin(
      name.toLowerCase(),
      'digits are rounded as JavaScript rounds them',
      [value, ...args.map((arg) => t.number(arg))],
      text,
      (n: number, digits?: number) => n[name](digits),
    )
}

const lists: Readonly<Record<string, Method | undefined>> = {
  includes: (value: Scalar, args: readonly Tree[], t: Translator) => {
    if (args.length !== 1) throw new Untranslatable('.includes() from a place on')
    const [item] = unified(t.value(args[0]!), literal(null, itemOf(value.type)))
    return call('list_contains', boolean, value, item)
  },
  indexOf: listMethod('indexOf', double),
  join: listMethod('join', text),
}

function listMethod(name: 'indexOf' | 'join', result: Type): Method {
  return (value, args, t) =>
    builtin(
      `list_${name.toLowerCase()}`,
      'a list of JavaScript',
      [value, ...args.map((arg) => t.value(arg))],
      result,
      (list: unknown[], ...more: never[]) => (list[name] as (...args: never[]) => unknown)(...more),
    )
}
