import { randomInt } from 'node:crypto'
import { ColumnError } from '../errors.js'
import type { JsFunction } from '../../duckdb/index.js'
import { type Scalar, call, cast, rowNumber } from '../plan/scalar.js'
import { type Type, boolean, classOf, double, itemOf, text, timestamp } from '../plan/type.js'

const made = new Map<string, JsFunction>()
let lambdas = 0
/** Functions travel to databases that others have functions in. */
const process = randomInt(2 ** 40)

/** An argument in a form that functions of JavaScript take, and its type. */
export function argument(scalar: Scalar): Scalar {
  const { type } = scalar
  switch (classOf(type)) {
    case 'integer':
    case 'decimal':
    case 'double':
      return cast(scalar, double)
    case 'long':
      return type.bigint === true ? cast(scalar, { sql: 'HUGEINT', bigint: true }) : call('js_number', double, scalar)
    case 'string':
      return cast(scalar, text)
    case 'boolean':
      return scalar
    case 'date':
      return cast(scalar, timestamp)
    case 'null':
      return cast(scalar, double)
    case 'list': {
      const item = itemOf(type)
      if (classOf(item) === 'long')
        return type.bigint === true
          ? cast(scalar, { sql: 'HUGEINT[]', bigint: true })
          : call('js_numbers', { sql: 'DOUBLE[]' }, scalar)
      const as = isNumber(item)
        ? 'DOUBLE[]'
        : classOf(item) === 'string'
          ? 'VARCHAR[]'
          : classOf(item) === 'boolean'
            ? 'BOOLEAN[]'
            : classOf(item) === 'date'
              ? 'TIMESTAMP[]'
              : undefined
      if (as !== undefined) return cast(scalar, { sql: as })
      throw new ColumnError(`A list of ${item.sql} cannot be given to JavaScript yet`)
    }
    default:
      return cast(scalar, text)
  }
}

function isNumber(type: Type): boolean {
  return ['integer', 'long', 'double', 'decimal'].includes(classOf(type))
}

/**
 * A call of something pure of JavaScript, which gets non-null values only.
 * @param id names what runs: the same id and types are the same function
 */
export function builtin(
  id: string,
  why: string,
  args: readonly Scalar[],
  result: Type,
  run: (...args: never[]) => unknown,
): Scalar {
  const given = args.map(argument)
  const types = given.map(({ type }) => type.sql)
  const name = `js_${id}${types.map((type) => `_${type.replace('[]', 's').toLowerCase()}`).join('')}`
  let fn = made.get(name)
  if (fn === undefined) made.set(name, (fn = { name, parameters: types, result: result.sql, run, strict: true }))
  return { kind: 'js', fn, why, args: given, type: result }
}

/** Whether it is a function of the program; others are Heddle's own, called for the few values that SQL has no words for. */
export function isOfProgram({ name }: JsFunction): boolean {
  return /^js_(row|value|group)_/.test(name)
}

/** A call of a function of the program with a row. */
export function rowFunction(
  fn: (row: never) => unknown,
  why: string,
  columns: readonly { readonly name: string; readonly type: Type }[],
  result: Type,
  skipNulls: boolean,
): Scalar {
  const args = columns.map(({ name, type }) => argument({ kind: 'column', name, type }))
  const names = columns.map(({ name }) => name)
  const isBoolean = result.sql === boolean.sql
  const run = (...values: unknown[]): unknown => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < names.length; i++) row[names[i]!] = values[i]
    const value: unknown = fn(row as never)
    return value === undefined ? null : isBoolean && value !== null ? Boolean(value) : value
  }
  const label = fn.name.replace(/\W/g, '').toLowerCase() || 'lambda'
  return {
    kind: 'js',
    fn: {
      name: `js_row_${process}${String(++lambdas).padStart(6, '0')}_${label}`,
      parameters: args.map(({ type }) => type.sql),
      result: result.sql,
      run,
      strict: skipNulls,
    },
    why,
    args,
    type: result,
  }
}

/** A call of a function of the program with a value. */
export function valueFunction(
  fn: (value: never) => unknown,
  why: string,
  value: Scalar,
  result: Type,
  skipNulls: boolean,
): Scalar {
  const arg = argument(value)
  const isBoolean = result.sql === boolean.sql
  const run = (given: never): unknown => {
    const made: unknown = fn(given)
    return made === undefined ? null : isBoolean && made !== null ? Boolean(made) : made
  }
  const label = fn.name.replace(/\W/g, '').toLowerCase() || 'lambda'
  const name = `js_value_${process}${String(++lambdas).padStart(6, '0')}_${label}`
  return {
    kind: 'js',
    fn: { name, parameters: [arg.type.sql], result: result.sql, run, strict: skipNulls },
    why,
    args: [arg],
    type: result,
  }
}

/** A call of a function of the program with all rows of a group, in their order. */
export function groupFunction(
  fn: (rows: never[]) => unknown,
  columns: readonly { readonly name: string; readonly type: Type }[],
  result: Type,
): Scalar {
  const names = columns.map(({ name }) => name)
  const args = columns.map(({ name, type }) => {
    const value = argument({ kind: 'column', name, type })
    const list: Type = { sql: `${value.type.sql}[]` }
    return { kind: 'aggregate', name: 'js_list', args: [value, rowNumber], distinct: false, type: list } as const
  })
  const isBoolean = result.sql === boolean.sql
  const run = (...lists: unknown[][]): unknown => {
    const rows = lists[0]!.map((_, row) => {
      const record: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) record[names[i]!] = lists[i]![row]
      return record
    })
    const value: unknown = fn(rows as never)
    return value === undefined ? null : isBoolean && value !== null ? Boolean(value) : value
  }
  const types = args.map(({ type }) => type.sql)
  const name = `js_group_${process}${String(++lambdas).padStart(6, '0')}`
  return {
    kind: 'js',
    fn: { name, parameters: types, result: result.sql, run: run as never, strict: false },
    why: 'a function of whole groups',
    args,
    type: result,
  }
}

/** Functions that the macros call. */
export const macroFunctions: readonly JsFunction[] = [
  { name: 'js_text_of_number', parameters: ['DOUBLE'], result: 'VARCHAR', run: (x: number) => String(x), strict: true },
]
