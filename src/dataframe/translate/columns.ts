import { type Tree, Untranslatable } from '../../lambda/index.js'
import { ColumnError } from '../errors.js'
import { type Literal, type Scalar, call, cast, choose, conjunction, literal } from '../plan/scalar.js'
import { bigint, boolean, classOf, describeType, double, integer, isNumeric, text, timestamp } from '../plan/type.js'
import { builtin } from './js-part.js'
import { type Translator, asNumber, literalOf, textOf, unified, unifiedAll } from './translator.js'

type Call = (translator: Translator, args: readonly Tree[]) => Scalar

function known(tree: Tree | undefined): unknown {
  if (tree !== undefined && tree.op !== 'literal') throw new Untranslatable('an argument that is not known')
  return tree?.value
}

/** Above or below, where NaN is neither. */
function beyond(operator: '<' | '>', value: Scalar, limit: Scalar): Scalar {
  const test = call(operator, boolean, value, limit)
  return operator === '>' && classOf(value.type) === 'double'
    ? conjunction([test, call('NOT', boolean, call('isnan', boolean, value))])
    : test
}

const clip: Call = (t, [x, low, high]) => {
  let value = t.value(x!)
  for (const [operator, tree] of [
    ['<', low],
    ['>', high],
  ] as const) {
    const at = known(tree)
    if (at === undefined || at === null) continue
    const [of, limit] = unified(value, literalOf(at))
    value = choose(beyond(operator, of, limit), limit, of, of.type)
  }
  return value
}

/** Values for values; what is not named stays. */
const replace: Call = (t, [x, pairs]) => {
  const value = t.value(x!)
  const list = known(pairs) as readonly (readonly [unknown, unknown])[]
  const results = unifiedAll([value, ...list.map(([, to]) => literalOf(to))])
  const branches = list.map(([from], i) => {
    const [a, b] = unified(value, literalOf(from))
    return [call('IS NOT DISTINCT FROM', boolean, a, b), results[i + 1]!] as const
  })
  return { kind: 'case', branches, otherwise: results[0]!, type: results[0]!.type }
}

/** Values for values; what is not named has none. */
const lookup: Call = (t, [x, pairs]) => {
  const value = t.value(x!)
  const list = known(pairs) as readonly (readonly [unknown, unknown])[]
  if (list.length === 0) return literal(null, double)
  const results = unifiedAll(list.map(([, to]) => literalOf(to)))
  const branches = list.map(([from], i) => {
    const [a, b] = unified(value, literalOf(from))
    return [call('IS NOT DISTINCT FROM', boolean, a, b), results[i]!] as const
  })
  return { kind: 'case', branches, otherwise: literal(null, results[0]!.type), type: results[0]!.type }
}

/** Other types, where nothing is lost: what does not fit is an error when it is computed. */
const convert: Call = (t, [x, name]) => {
  const value = t.value(x!)
  const kind = classOf(value.type)
  const no = () =>
    new ColumnError(`asType: ${describeType(value.type)} cannot become ${String(known(name))}. Say how, with map() or assign().`)
  switch (known(name)) {
    case 'string':
      if (kind === 'date') return call('strftime', text, cast(value, timestamp), literal('%Y-%m-%d %H:%M:%S.%f', text))
      return kind === 'list' || kind === 'struct' || kind === 'long' || kind === 'other' ? cast(value, text) : textOf(value)
    case 'number':
      if (kind === 'string') return cast(value, double)
      if (kind === 'long') return call('js_number', double, value)
      if (kind === 'list' || kind === 'struct' || kind === 'other') throw no()
      return asNumber(value)
    case 'bigint':
      if (kind === 'double' || kind === 'decimal') return call('js_whole', bigint, value)
      if (isNumeric(value.type) || kind === 'string') return cast(value, bigint)
      if (kind === 'boolean') return cast(cast(value, integer), bigint)
      throw no()
    case 'integer':
      if (kind === 'double' || kind === 'decimal') return cast(call('js_whole', bigint, value), integer)
      if (isNumeric(value.type) || kind === 'string' || kind === 'boolean') return cast(value, integer)
      throw no()
    case 'boolean':
      if (kind === 'string') return cast(value, boolean)
      if (isNumeric(value.type)) return call('<>', boolean, value, literal(0, integer))
      if (kind === 'boolean') return value
      throw no()
    case 'Date':
      if (kind === 'date') return cast(value, timestamp)
      if (kind === 'string') return cast(value, timestamp)
      if (isNumeric(value.type))
        return call(
          'make_timestamp',
          timestamp,
          cast(call('*', double, asNumber(value), literal(1000, double)), { sql: 'BIGINT' }),
        )
      throw no()
    default:
      throw new ColumnError(
        `asType: ${JSON.stringify(known(name))} is no type: 'number', 'integer', 'bigint', 'string', 'boolean' or 'Date'`,
      )
  }
}

let mapped = 0

/** What can be done with the values of a column, for the methods of series. */
export const columnCalls: Readonly<Record<string, Call | undefined>> = {
  /** a value that is one already */
  'plan.scalar': (_, [given]) => known(given) as Scalar,
  'column.clip': clip,
  'column.replace': replace,
  'column.lookup': lookup,
  'column.type': convert,
  'column.round': (t, [x, digits]) => {
    const value = t.value(x!)
    const places = known(digits) as number
    if (classOf(value.type) === 'integer' && places >= 0) return value
    const scale = literal(10 ** Math.abs(places), double)
    const [up, down] = places < 0 ? ['/', '*'] : ['*', '/']
    return call(down, double, call('js_even', double, call(up, double, asNumber(value), scale)), scale)
  },
  'column.choose': (t, [test, yes, no]) => {
    const [a, b] = unified(t.value(yes!), t.value(no!))
    const condition = t.value(test!)
    return choose(call('coalesce', boolean, condition, literal(false, boolean)), a, b, a.type)
  },
  /** [values, codes of categories in their order] */
  'column.code': (t, [x, categories]) => {
    const value = t.value(x!)
    const list = known(categories) as readonly string[]
    const none = literal(-1, integer)
    if (list.length === 0) return none
    const position = call('list_position', integer, literal(list as Literal, { sql: 'VARCHAR[]' }), cast(value, text))
    return call('-', integer, call('coalesce', integer, position, literal(0, integer)), literal(1, integer))
  },
  /** about how many bytes a value takes: texts of up to 12 bytes are in their 16 bytes */
  'column.bytes': (t, [x]) => {
    const value = t.value(x!)
    const width = { boolean: 1, integer: 4, long: 8, double: 8, decimal: 16, date: 8 }[classOf(value.type) as string] ?? 16
    const fixed = literal(width, integer)
    if (classOf(value.type) !== 'string') return fixed
    const length = call('coalesce', integer, call('strlen', integer, cast(value, text)), literal(0, integer))
    const more = choose(call('>', boolean, length, literal(12, integer)), length, literal(0, integer), integer)
    return call('+', integer, fixed, more)
  },
  'column.datetime': (t, [x, format, lenient]) => {
    const value = t.value(x!)
    const kind = classOf(value.type)
    if (kind === 'date') return cast(value, timestamp)
    if (kind !== 'string') throw new ColumnError(`toDatetime: texts are expected, not ${describeType(value.type)}`)
    const how = known(format) as string | undefined
    if (how !== undefined)
      return cast(call(known(lenient) === true ? 'try_strptime' : 'strptime', timestamp, value, literal(how, text)), timestamp)
    return known(lenient) === true ? call('js_try_timestamp', timestamp, value) : cast(value, timestamp)
  },
  'column.numeric': (t, [x, lenient]) => {
    const value = t.value(x!)
    if (classOf(value.type) !== 'string') return asNumber(value)
    return known(lenient) === true ? call('js_try_double', double, value) : cast(value, double)
  },
  'column.apply': (t, [x, fn, type]) => {
    const value = t.value(x!)
    return builtin(
      `value_${++mapped}`,
      'a function of the program',
      [value],
      (known(type) as Scalar['type'] | undefined) ?? double,
      known(fn) as never,
    )
  },
  /** a number from 0 to 1 that only the row's place and the seed decide */
  'column.chance': (t, [place, seed]) =>
    call('js_chance', double, cast(t.value(place!), { sql: 'BIGINT' }), literal(known(seed) as number, { sql: 'BIGINT' })),
}
