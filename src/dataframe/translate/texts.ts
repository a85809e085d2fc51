import { type Tree, Untranslatable } from '../../lambda/index.js'
import { type Scalar, call, cast, choose, literal } from '../plan/scalar.js'
import { type Type, boolean, classOf, describeType, double, integer, text } from '../plan/type.js'
import { ColumnError } from '../errors.js'
import { builtin } from './js-part.js'
import { asciiPattern } from './pattern.js'
import { type TextFunction, spaces, textFunctions } from './text-functions.js'
import { type Translator, literalOf } from './translator.js'

type Call = (translator: Translator, args: readonly Tree[]) => Scalar

const types: Readonly<Record<TextFunction['gives'], Type>> = {
  text,
  number: double,
  boolean,
  texts: { sql: 'VARCHAR[]' },
  bytes: { sql: 'BLOB' },
}

/** DuckDB's own way to say the same, where it has one for these arguments. */
const fast: Readonly<Record<string, ((s: Scalar, args: readonly unknown[]) => Scalar | undefined) | undefined>> = {
  len: (s) => cast(call('length', { sql: 'BIGINT' }, s), double),
  lower: (s) => call('lower', text, s),
  upper: (s) => call('upper', text, s),
  strip: (s, [chars]) => call('trim', text, s, literal((chars as string | undefined) ?? spaces, text)),
  lstrip: (s, [chars]) => call('ltrim', text, s, literal((chars as string | undefined) ?? spaces, text)),
  rstrip: (s, [chars]) => call('rtrim', text, s, literal((chars as string | undefined) ?? spaces, text)),
  startswith: (s, what) => (what.length === 1 ? call('starts_with', boolean, s, literalOf(what[0])) : undefined),
  endswith: (s, what) => (what.length === 1 ? call('suffix', boolean, s, literalOf(what[0])) : undefined),
  contains: (s, [what]) => {
    if (typeof what === 'string') return call('contains', boolean, s, literalOf(what))
    const sql = asciiPattern(what as RegExp)
    return sql === undefined ? undefined : call('regexp_matches', boolean, s, literal(sql, text))
  },
  replace: (s, [what, by, most]) =>
    typeof what === 'string' && what !== '' && most === undefined
      ? call('replace', text, s, literalOf(what), literalOf(by))
      : undefined,
  slice: (s, [start = 0, stop, step = 1]) => {
    if (step !== 1 || (start as number) < 0 || (stop !== undefined && (stop as number) < 0)) return undefined
    const from = literal((start as number) + 1, integer)
    if (stop === undefined) return call('substring', text, s, from)
    return call('substring', text, s, from, literal(Math.max(0, (stop as number) - (start as number)), integer))
  },
  repeat: (s, [times]) => call('repeat', text, s, literal(Math.max(0, times as number), integer)),
}

/** Those of DuckDB's that mean the same for texts of ASCII only. */
const asciiOnly = new Set(['lower', 'upper', 'contains'])

const ids = new Map<string, number>()

/** A number for a function with its arguments: equal ones are one function. */
export function idOf(name: string, args: readonly unknown[]): number {
  const key = `${name} ${JSON.stringify(args, (_, value: unknown) => (value instanceof RegExp ? `/ ${String(value)}` : value === Infinity ? 'all' : (value ?? null)))}`
  let id = ids.get(key)
  if (id === undefined) ids.set(key, (id = ids.size + 1))
  return id
}

function known(tree: Tree): unknown {
  if (tree.op !== 'literal') throw new Untranslatable('an argument that is not known')
  return tree.value
}

const textCall = (name: string, { gives, run }: TextFunction): Call => {
  return (t, [x, ...more]) => {
    const value = t.value(x!)
    const args = more.map(known)
    const kind = classOf(value.type)
    if (kind === 'list' && name === 'join') return call('array_to_string', text, value, literalOf(args[0]))
    if (kind === 'list' && (name === 'len' || name === 'get')) {
      if (name === 'len') return cast(call('len', { sql: 'BIGINT' }, value), double)
      const at = args[0] as number
      return call('list_extract', { sql: value.type.sql.slice(0, -2) }, value, literal(at < 0 ? at : at + 1, integer))
    }
    if (kind !== 'string') throw new ColumnError(`str.${name}() is of texts, not of ${describeType(value.type)}`)
    const s = cast(value, text)
    const type = types[gives]
    const sql = fast[name]?.(s, args)
    const ascii = asciiOnly.has(name) && !(name === 'contains' && typeof args[0] === 'string')
    if (sql !== undefined && !ascii) return sql
    const id = args.length === 0 ? name : `${name}_${idOf(name, args)}`
    const all = run as (s: string, ...rest: unknown[]) => unknown
    const own = builtin(`str_${id}`, 'texts as Python has them', [s], type, (each: string) => all(each, ...args))
    return sql === undefined ? own : choose(call('js_ascii', boolean, s), sql, own, type)
  }
}

/** 'str.upper' and its like: what the accessors of columns of texts say. */
export const textCalls: Readonly<Record<string, Call | undefined>> = {
  ...Object.fromEntries(Object.entries(textFunctions).map(([name, fn]) => [`str.${name}`, textCall(name, fn)])),
  'str.cat': (t, [x, other, separator, missing]) => {
    const none = known(missing!) as string | undefined
    const part = (tree: Tree) => {
      const value = t.string(tree)
      return none === undefined ? value : call('coalesce', text, value, literal(none, text))
    }
    return { kind: 'call', name: '||', args: [part(x!), t.string(separator!), part(other!)], type: text }
  },
  'str.decode': (t, [x]) => {
    const value = t.value(x!)
    if (value.type.sql !== 'BLOB') throw new ColumnError(`str.decode() is of bytes, not of ${describeType(value.type)}`)
    return call('decode', text, value)
  },
}
