import { LambdaError, type Tree, Untranslatable } from '../../lambda/index.js'
import { missingColumn } from '../errors.js'
import type { Column } from '../plan/relation.js'
import { type Literal, type Scalar, call, cast, choose, column, conjunction, literal, someScalar } from '../plan/scalar.js'
import {
  type Type,
  bigint,
  boolean,
  classOf,
  describeType,
  double,
  integer,
  isNumeric,
  itemOf,
  nothing,
  plainType,
  text,
  timestamp,
} from '../plan/type.js'
import { aggregateCall } from './aggregates.js'
import { calls } from './calls.js'
import { builtin } from './js-part.js'
import { methodOf } from './methods.js'

/*
 * From the tree of a function to SQL that gives what JavaScript would give. Null stands for undefined too, which columns
 * cannot hold. Where a value may be null and the program says nothing about it (which compiles only with `!`), null goes through,
 * as in SQL.
 */
export class Translator {
  readonly #columns: ReadonlyMap<string, Column>
  readonly #all: readonly Column[]
  /** the place of the function, for messages */
  readonly where: string
  /** inside agg(): values are of groups */
  readonly aggregates: boolean

  constructor(columns: readonly Column[], where: string, aggregates = false) {
    this.#all = columns
    this.#columns = new Map(columns.map((c) => [c.name, c]))
    this.where = where
    this.aggregates = aggregates
  }

  /** A condition in whose place null is as good as false: what rows are chosen by. */
  condition(tree: Tree): Scalar {
    switch (tree.op) {
      case 'logical':
        if (tree.operator === '??') break
        return call(tree.operator === '&&' ? 'AND' : 'OR', boolean, this.condition(tree.left), this.condition(tree.right))
      case 'unary':
        if (tree.operator === '!') return negated(this.condition(tree.of))
        break
      case 'binary':
        if (tree.operator === '===' || tree.operator === '==') return this.equal(tree.left, tree.right, true)
        break
      default:
    }
    return truthy(this.value(tree))
  }

  value(tree: Tree): Scalar {
    switch (tree.op) {
      case 'literal':
        return literalOf(tree.value)
      case 'parameter':
        throw new Untranslatable('the row is used as a whole')
      case 'field':
        return this.#field(tree)
      case 'item':
        return this.#item(tree)
      case 'unary':
        return this.#unary(tree)
      case 'binary':
        return this.#binary(tree.operator, tree.left, tree.right)
      case 'logical':
        return this.#logical(tree)
      case 'choose': {
        const [yes, no] = unified(this.value(tree.yes), this.value(tree.no))
        return choose(this.condition(tree.test), yes, no, yes.type)
      }
      case 'template':
        return concatenated(tree.parts.map((part) => this.text(part)))
      case 'call':
        return this.#call(tree)
      case 'method':
        return methodOf(this, tree)
      case 'list': {
        if (tree.items.length === 0) throw new Untranslatable('an empty list has no type')
        const items = unifiedAll(tree.items.map((item) => this.value(item)))
        return { kind: 'call', name: 'list_value', args: items, type: { sql: `${items[0]!.type.sql}[]` } }
      }
      case 'record':
        throw new Untranslatable('an object is made')
    }
  }

  /** As a number of JavaScript. */
  number(tree: Tree): Scalar {
    return asNumber(this.value(tree))
  }

  string(tree: Tree): Scalar {
    const value = this.value(tree)
    if (classOf(value.type) !== 'string')
      throw new Untranslatable(`a text is expected where there is ${describeType(value.type)}`)
    return cast(value, text)
  }

  /** As text, the way `+` and templates make it: of null it is 'null'. */
  text(tree: Tree): Scalar {
    if (mayBeUndefined(tree)) throw new Untranslatable('what `?.` gives is put into a text, where undefined and null differ')
    const value = this.value(tree)
    if (value.kind === 'literal') return literal(String(value.value), text)
    return isNeverNull(value) ? textOf(value) : call('coalesce', text, textOf(value), literal('null', text))
  }

  /** `===`. @param loose null is as good as false here */
  equal(left: Tree, right: Tree, loose: boolean): Scalar {
    const a = this.value(left)
    const b = this.value(right)
    const classes = [classOf(a.type), classOf(b.type)]
    if (classes.includes('null')) return call('IS NULL', boolean, classes[0] === 'null' ? b : a)
    if (classes[0] === 'date' && classes[1] === 'date') {
      throw new LambdaError(
        `${this.where}: === between Dates compares identities, which is never what is meant. Compare a.getTime() === b.getTime().`,
      )
    }
    const [x, y] = this.#comparable('===', a, b)
    const known = isConstant(x) || isConstant(y)
    const same = call(known && loose ? '=' : 'IS NOT DISTINCT FROM', boolean, x, y)
    // NaN equals nothing, also not itself; DuckDB thinks otherwise.
    if (isDouble(x) && isDouble(y)) {
      const either = isConstant(x) ? x : y
      if (either.kind === 'literal') return Number.isNaN(either.value) ? literal(false, boolean) : same
      return conjunction([
        same,
        call('NOT', boolean, call('coalesce', boolean, call('isnan', boolean, x), literal(false, boolean))),
      ])
    }
    return same
  }

  #field({ of, name }: Tree & { op: 'field' }): Scalar {
    if (of.op === 'parameter') {
      if (of.index > 0) throw new Untranslatable('a second parameter is used')
      const found = this.#columns.get(name)
      if (found === undefined) throw missingColumn(name, this.#all, this.where)
      return column(name, plainType(found.type))
    }
    const value = this.value(of)
    const { type } = value
    if (name === 'length' && classOf(type) === 'string') {
      const count = builtin('length', 'length counts UTF-16 units', [value], double, (s: string) => s.length)
      return choose(
        call('js_ascii', boolean, cast(value, text)),
        cast(call('length', { sql: 'BIGINT' }, cast(value, text)), integer),
        cast(count, integer),
      )
    }
    if (name === 'length' && classOf(type) === 'list') return cast(call('len', { sql: 'BIGINT' }, value), integer)
    throw new Untranslatable(`.${name} of ${describeType(type)} has no translation`)
  }

  #item({ of, index }: Tree & { op: 'item' }): Scalar {
    if (of.op === 'parameter') throw new Untranslatable('a column is named by a value')
    const list = this.value(of)
    if (index.op !== 'literal' || !Number.isInteger(index.value) || (index.value as number) < 0)
      throw new Untranslatable('an index that is not known')
    if (classOf(list.type) === 'list')
      return call('list_extract', itemOf(list.type), list, literal((index.value as number) + 1, integer))
    if (classOf(list.type) === 'string') {
      const args = [list, literal(index.value as number, double)]
      return builtin('item', 'texts are indexed by UTF-16 units', args, text, (s: string, i: number) => s[i] ?? null)
    }
    throw new Untranslatable(`an index into ${describeType(list.type)}`)
  }

  #unary({ operator, of }: Tree & { op: 'unary' }): Scalar {
    switch (operator) {
      case '!':
        return negated(this.condition(of))
      case '-': {
        const value = this.value(of)
        if (value.type.bigint === true) return call('negate', bigint, cast(value, bigint))
        return call('negate', double, asNumber(value))
      }
      case '+':
        return this.number(of)
      case '~':
        return builtin('not', 'bits are those of 32-bit integers', [this.number(of)], double, (x: number) => ~x)
      default:
        throw new Untranslatable(`the operator ${operator} has no translation`)
    }
  }

  #binary(operator: string, left: Tree, right: Tree): Scalar {
    switch (operator) {
      case '===':
      case '==':
        return this.equal(left, right, false)
      case '!==':
      case '!=':
        return negated(this.equal(left, right, false))
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#compare(operator, this.value(left), this.value(right))
      case '+': {
        const a = this.value(left)
        const b = this.value(right)
        const isText = (value: Scalar) => classOf(value.type) === 'string'
        if (isText(a) || isText(b)) return concatenated([this.text(left), this.text(right)])
        return arithmetic('+', a, b)
      }
      case '-':
      case '*':
      case '/':
      case '%':
        return arithmetic(operator, this.value(left), this.value(right))
      case '**': {
        // The square is the one power that engines compute as a product, exactly.
        if (right.op === 'literal' && right.value === 2) {
          const base = this.number(left)
          if (isSmall(base)) return call('*', double, base, base)
        }
        return builtin(
          'power',
          'powers differ in the last digit',
          [this.number(left), this.number(right)],
          double,
          (a: number, b: number) => a ** b,
        )
      }
      case '&':
      case '|':
      case '^':
      case '<<':
      case '>>':
      case '>>>': {
        const { id, run } = bits[operator]
        return builtin(id, 'bits are those of 32-bit integers', [this.number(left), this.number(right)], double, run)
      }
      default:
        throw new Untranslatable(`the operator ${operator} has no translation`)
    }
  }

  #compare(operator: '<' | '<=' | '>' | '>=', left: Scalar, right: Scalar): Scalar {
    const [a, b] = this.#comparable(operator, left, right)
    const kind = classOf(a.type)
    if (kind === 'string') return compareTexts(operator, a, b)
    if (kind === 'date') return compareDates(operator, a, b)
    const result = call(operator, boolean, a, b)
    // NaN is the largest to DuckDB, and neither more nor less than anything to JavaScript.
    const large = operator.startsWith('>') ? a : b
    const small = operator.startsWith('>') ? b : a
    if (isDouble(large) && large.kind !== 'literal' && !isOfInteger(large)) {
      return small.kind === 'literal' && Number.isFinite(small.value)
        ? conjunction([result, call('<=', boolean, large, literal(Infinity, double))])
        : conjunction([result, call('NOT', boolean, call('isnan', boolean, large))])
    }
    if (large.kind === 'literal' && Number.isNaN(large.value)) return literal(false, boolean)
    return result
  }

  /** Two values that can be compared, in types that DuckDB compares as JavaScript does. */
  #comparable(operator: string, a: Scalar, b: Scalar): [Scalar, Scalar] {
    if (isNumeric(a.type) && isNumeric(b.type)) {
      const whole = (value: Scalar) => classOf(value.type) === 'integer' || classOf(value.type) === 'long'
      if (whole(a) && whole(b)) return [a, b]
      return [asDouble(a), asDouble(b)]
    }
    const [x, y] = [classOf(a.type), classOf(b.type)]
    if (x === y && (x === 'string' || x === 'date'))
      return [x === 'string' ? cast(a, text) : a, x === 'string' ? cast(b, text) : b]
    if (x === y && x === 'boolean') return [a, b]
    throw new Untranslatable(`${describeType(a.type)} ${operator} ${describeType(b.type)} has no translation`)
  }

  #logical({ operator, left, right }: Tree & { op: 'logical' }): Scalar {
    if (operator === '??') {
      const [a, b] = unified(this.value(left), this.value(right))
      return call('coalesce', a.type, a, b)
    }
    const a = this.value(left)
    const b = this.value(right)
    if (classOf(a.type) === 'boolean' && classOf(b.type) === 'boolean' && isNeverNull(a))
      return call(operator === '&&' ? 'AND' : 'OR', boolean, a, b)
    const [x, y] = unified(a, b)
    return operator === '&&' ? choose(truthy(a), y, x, x.type) : choose(truthy(a), x, y, x.type)
  }

  #call({ name, args }: Tree & { op: 'call' }): Scalar {
    const aggregate = aggregateCall(this, name, args, this.where)
    if (aggregate !== undefined) return aggregate
    const known = calls[name]
    if (known === undefined) throw new Untranslatable(`${name}() has no translation`)
    return known(this, args)
  }
}

/** True if what a tree gives may be undefined where a column is null. */
function mayBeUndefined(tree: Tree): boolean {
  switch (tree.op) {
    case 'field':
    case 'item':
    case 'method':
      return tree.optional || mayBeUndefined(tree.of)
    case 'logical':
      return mayBeUndefined(tree.right) || (tree.operator === '&&' && mayBeUndefined(tree.left))
    case 'choose':
      return mayBeUndefined(tree.yes) || mayBeUndefined(tree.no)
    default:
      return false
  }
}

const bits = {
  '&': { id: 'and', run: (a: number, b: number) => a & b },
  '|': { id: 'or', run: (a: number, b: number) => a | b },
  '^': { id: 'xor', run: (a: number, b: number) => a ^ b },
  '<<': { id: 'shl', run: (a: number, b: number) => a << b },
  '>>': { id: 'shr', run: (a: number, b: number) => a >> b },
  '>>>': { id: 'ushr', run: (a: number, b: number) => a >>> b },
} as const

export function literalOf(value: unknown): Scalar {
  switch (typeof value) {
    case 'undefined':
      return literal(null, nothing)
    case 'boolean':
      return literal(value, boolean)
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? literal(value, Math.abs(value) < 2 ** 31 ? integer : { sql: 'BIGINT' })
        : literal(value, double)
    case 'bigint':
      return literal(value, bigint)
    case 'string':
      if (/\p{Cs}/u.test(value)) throw new Untranslatable('a text with half a character has no translation')
      return literal(value, text)
    case 'object': {
      if (value === null) return literal(null, nothing)
      if (value instanceof Date && !Number.isNaN(value.getTime())) return literal(value, timestamp)
      if (Array.isArray(value) && value.length > 0) {
        const items = unifiedAll(value.map(literalOf))
        if (items.every((item) => item.kind === 'literal'))
          return literal(
            items.map((item) => (item as { value: Literal }).value),
            { sql: `${items[0]!.type.sql}[]` },
          )
      }
      throw new Untranslatable('an object is used')
    }
    default:
      throw new Untranslatable(`a ${typeof value} is used as a value`)
  }
}

/** A number of JavaScript; integers that may be too large are checked when they are read. */
export function asNumber(value: Scalar): Scalar {
  const { type } = value
  switch (classOf(type)) {
    case 'double':
    case 'integer':
    case 'decimal':
      return asDouble(value)
    case 'long':
      if (type.bigint === true) throw new Untranslatable('a bigint is mixed with numbers')
      return asDouble(value)
    case 'boolean':
      return cast(cast(value, integer), double)
    case 'date':
      return call('js_time', double, cast(value, timestamp))
    default:
      throw new Untranslatable(`a number is expected where there is ${describeType(type)}`)
  }
}

function asDouble(value: Scalar): Scalar {
  if (value.kind === 'literal' && typeof value.value === 'number') return literal(value.value, double)
  if (classOf(value.type) === 'long' && value.kind !== 'literal') return call('js_number', double, value)
  return cast(value, double)
}

function arithmetic(operator: string, a: Scalar, b: Scalar): Scalar {
  if (a.type.bigint === true && b.type.bigint === true) {
    if (!'+-*'.includes(operator)) throw new Untranslatable(`${operator} of bigints has no translation`)
    return call(operator, bigint, cast(a, bigint), cast(b, bigint))
  }
  const x = asNumber(a)
  const y = asNumber(b)
  return call(operator, double, x, y)
}

/** True as JavaScript sees it. Null is as good as false. */
export function truthy(value: Scalar): Scalar {
  switch (classOf(value.type)) {
    case 'boolean':
      return value
    case 'integer':
    case 'long':
    case 'decimal':
      return call('<>', boolean, value, literal(0, integer))
    case 'double':
      return conjunction([call('<>', boolean, value, literal(0, double)), call('NOT', boolean, call('isnan', boolean, value))])
    case 'string':
      return call('<>', boolean, value, literal('', text))
    case 'null':
      return literal(false, boolean)
    default:
      return call('IS NOT NULL', boolean, value)
  }
}

/** `!`: of null it is true. */
export function negated(condition: Scalar): Scalar {
  if (condition.kind === 'call' && condition.name === 'IS NULL') return call('IS NOT NULL', boolean, ...condition.args)
  if (condition.kind === 'call' && condition.name === 'IS NOT DISTINCT FROM')
    return call('IS DISTINCT FROM', boolean, ...condition.args)
  return call('NOT', boolean, isNeverNull(condition) ? condition : call('coalesce', boolean, condition, literal(false, boolean)))
}

function isNeverNull(scalar: Scalar): boolean {
  if (scalar.kind === 'literal') return scalar.value !== null
  if (scalar.kind !== 'call') return false
  if (scalar.name.startsWith('IS ')) return true
  if (scalar.name === 'coalesce') return scalar.args.some(isNeverNull)
  return ['AND', 'OR', 'NOT', '||'].includes(scalar.name) && scalar.args.every(isNeverNull)
}

function isConstant(scalar: Scalar): boolean {
  return scalar.kind === 'literal'
}

/** An integer as a number: never NaN. */
function isOfInteger(scalar: Scalar): boolean {
  if (scalar.kind === 'call' && scalar.name === 'js_number') return true
  return scalar.kind === 'cast' && classOf(scalar.arg.type) === 'integer'
}

/** Whether a value may be written twice. */
function isSmall(scalar: Scalar): boolean {
  let parts = 0
  return !someScalar(scalar, (part) => part.kind === 'js' || part.kind === 'window' || ++parts > 16)
}

function isDouble(scalar: Scalar): boolean {
  return classOf(scalar.type) === 'double'
}

/** The same type for both: numbers of two kinds become numbers of JavaScript, null takes the other's. */
export function unified(a: Scalar, b: Scalar): [Scalar, Scalar] {
  const [x, y] = unifiedAll([a, b])
  return [x!, y!]
}

export function unifiedAll(values: readonly Scalar[]): Scalar[] {
  const known = values.filter((value) => classOf(value.type) !== 'null')
  const [first] = known
  if (first === undefined) return values.map((value) => value)
  if (known.every((value) => value.type.sql === first.type.sql && value.type.bigint === first.type.bigint))
    return values.map((value) => typed(value, first.type))
  if (known.every((value) => isNumeric(value.type) && value.type.bigint !== true)) {
    const whole = known.every((value) => classOf(value.type) === 'integer')
    return values
      .map((value) => (classOf(value.type) === 'null' ? typed(value, double) : whole ? cast(value, integer) : asDouble(value)))
      .map((value) => (whole && value.type.sql !== 'INTEGER' ? cast(value, integer) : value))
  }
  if (known.every((value) => value.type.bigint === true)) return values.map((value) => typed(value, bigint))
  const kind = classOf(first.type)
  if (kind === 'string' && known.every((value) => classOf(value.type) === kind)) return values.map((value) => typed(value, text))
  if (kind === 'date' && known.every((value) => classOf(value.type) === kind))
    return values.map((value) => typed(value, timestamp))
  throw new Untranslatable(`${known.map((value) => describeType(value.type)).join(' or ')} in one place has no translation`)
}

function typed(value: Scalar, type: Type): Scalar {
  return value.kind === 'literal' && value.value === null ? literal(null, type) : cast(value, type)
}

/** The text of a value that is not null. */
export function textOf(value: Scalar): Scalar {
  switch (classOf(value.type)) {
    case 'string':
      return cast(value, text)
    case 'integer':
      return cast(value, text)
    case 'long':
      return value.type.bigint === true ? cast(value, text) : cast(cast(asDouble(value), { sql: 'BIGINT' }), text)
    case 'boolean':
      return cast(value, text)
    case 'double':
    case 'decimal':
      return call('js_number_text', text, cast(value, double))
    default:
      throw new Untranslatable(`${describeType(value.type)} as text has no translation`)
  }
}

export function concatenated(parts: readonly Scalar[]): Scalar {
  if (parts.length === 0) return literal('', text)
  const flat = parts.flatMap((part) => (part.kind === 'call' && part.name === '||' ? part.args : [part]))
  return flat.length === 1 ? flat[0]! : { kind: 'call', name: '||', args: flat, type: text }
}

/** Texts are compared by UTF-16 units there, by bytes here: that differs only where neither is simple. */
function compareTexts(operator: '<' | '<=' | '>' | '>=', a: Scalar, b: Scalar): Scalar {
  const sql = call(operator, boolean, a, b)
  const simple = (value: Scalar) => value.kind === 'literal' && /^[\0-\ud7ff]*$/.test(String(value.value))
  if (simple(a) || simple(b)) return sql
  const run = {
    '<': (x: string, y: string) => x < y,
    '<=': (x: string, y: string) => x <= y,
    '>': (x: string, y: string) => x > y,
    '>=': (x: string, y: string) => x >= y,
  }[operator]
  const id = { '<': 'less', '<=': 'at_most', '>': 'more', '>=': 'at_least' }[operator]
  const ascii = (value: Scalar) => call('js_ascii', boolean, value)
  return choose(
    call('OR', boolean, ascii(a), ascii(b)),
    sql,
    builtin(id, 'texts are compared by UTF-16 units', [a, b], boolean, run),
    boolean,
  )
}

/** Dates have whole milliseconds there: a microsecond more is the same moment. */
function compareDates(operator: '<' | '<=' | '>' | '>=', a: Scalar, b: Scalar): Scalar {
  if (b.kind === 'literal' && b.value instanceof Date) {
    const next = literal(new Date(b.value.getTime() + 1), timestamp)
    if (operator === '>') return call('>=', boolean, a, next)
    if (operator === '<=') return call('<', boolean, a, next)
    return call(operator, boolean, a, b)
  }
  const time = (value: Scalar) => call('js_time', double, cast(value, timestamp))
  return call(operator, boolean, time(a), time(b))
}
