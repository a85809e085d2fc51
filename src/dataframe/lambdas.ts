import { ArgumentError, describe } from '../base/index.js'
import { LambdaError, type Tree, Untranslatable, markOf, placeOf, treeOf } from '../lambda/index.js'
import { readFunction, type SyntaxNode } from '../transfer/index.js'
import { DataFrameError } from './errors.js'
import { Expr } from './expr.js'
import type { Column } from './plan/relation.js'
import { type Scalar, cast, hasAggregate, someScalar } from './plan/scalar.js'
import { type Type, boolean, classOf, double, text, timestamp, bigint } from './plan/type.js'
import { rowFunction, valueFunction } from './translate/js-part.js'
import { Translator } from './translate/translator.js'

/** How functions that have no translation are run. */
export interface FunctionOptions {
  /**
   * What a function that runs as JavaScript gets where there is no value: null ('js'), or it is not called and gives null
   * ('skip'). Needed when it reads a column that holds nulls and does not ask for them.
   */
  readonly nulls?: 'js' | 'skip'
}

/** The types of values that functions give, for those that have no translation. */
export type TypeName = 'number' | 'string' | 'boolean' | 'Date' | 'bigint'

export const typesByName: Readonly<Record<TypeName, Type>> = { number: double, string: text, boolean, Date: timestamp, bigint }

type AnyFunction = (...args: never[]) => unknown

/** A condition of rows. */
export function conditionOf(given: unknown, columns: readonly Column[], where: string, options: FunctionOptions): Scalar {
  if (given instanceof Expr) return new Translator(columns, where).condition((given as Expr<never, unknown>).tree)
  const fn = needFunction(given, where)
  return translated(
    fn,
    where,
    (tree, place) => new Translator(columns, place).condition(tree),
    (why) => inJavaScript(fn, why, columns, boolean, where, options),
  )
}

/** A value of each row. @param type of what a function gives that has no translation */
export function valueOf(
  given: unknown,
  columns: readonly Column[],
  where: string,
  options: FunctionOptions,
  type?: TypeName,
): Scalar {
  const typed = (value: Scalar) =>
    type === undefined || classOf(value.type) !== 'null' ? concrete(value) : cast(value, typesByName[type])
  if (given instanceof Expr) return typed(new Translator(columns, where).value((given as Expr<never, unknown>).tree))
  const fn = needFunction(given, where)
  return translated(
    fn,
    where,
    (tree, place) => typed(new Translator(columns, place).value(tree)),
    (why) => {
      if (type === undefined) {
        throw new DataFrameError(
          `${where}${placeOf(fn)}: the function runs as JavaScript (${why}), so nobody knows the type of its column. ` +
            `Say it: { types: { NAME: 'number' | 'string' | 'boolean' | 'Date' | 'bigint' } }`,
        )
      }
      return inJavaScript(fn, why, columns, typesByName[type], where, options)
    },
  )
}

/** What a function gives of a value that is known already: of those of a column. @param type what it gives, if it has no translation */
export function valueOfValue(given: unknown, of: Tree, columns: readonly Column[], where: string, options: ValueOptions): Scalar {
  const fn = needFunction(given, where)
  const { type, nulls } = options
  const typed = (value: Scalar) =>
    type === undefined || classOf(value.type) !== 'null' ? concrete(value) : cast(value, typesByName[type])
  return translated(
    fn,
    where,
    (tree, place) => typed(new Translator(columns, place).value(substituted(tree, of))),
    (why) => {
      if (type === undefined) {
        throw new DataFrameError(
          `${where}${placeOf(fn)}: the function runs as JavaScript (${why}), so nobody knows the type of what it gives. ` +
            `Say it: { type: 'number' | 'string' | 'boolean' | 'Date' | 'bigint' }`,
        )
      }
      const value = new Translator(columns, where).value(of)
      return valueFunction(fn as (value: never) => unknown, why, value, typesByName[type], nulls === 'skip')
    },
  )
}

/** How a function of a value is run. */
export interface ValueOptions extends FunctionOptions {
  /** the type of what it gives, for one that has no translation */
  readonly type?: TypeName
}

/** The tree with another in the place of its parameter. */
function substituted(tree: Tree, by: Tree): Tree {
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change)
    if (typeof value !== 'object' || value === null) return value
    const part = value as Tree
    if (part.op === 'parameter') {
      if (part.index > 0) throw new Untranslatable('a second parameter is used')
      return by
    }
    if (part.op === undefined || part.op === 'literal') return value
    return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, change(each)]))
  }
  return change(tree) as Tree
}

/** A value of each group. @param keys the columns that have one value in a group; undefined where others may stand too */
export function aggregateOf(
  given: unknown,
  columns: readonly Column[],
  keys: ReadonlySet<string> | undefined,
  where: string,
): Scalar {
  let tree: Tree
  let place = where
  if (given instanceof Expr) ({ tree } = given as Expr<never, unknown>)
  else {
    const name = markOf(given)
    if (name !== undefined) {
      const own = name.replace('aggregate.', '')
      throw new LambdaError(`${where}: ${own} is not called. Write ${own === 'count' ? 'count()' : `(rows) => ${own}(rows.x)`}.`)
    }
    const fn = needFunction(given, where)
    place = `${where}${placeOf(fn)}`
    try {
      tree = treeOf(fn)
    } catch (error) {
      if (error instanceof Untranslatable)
        throw new LambdaError(`${where}: ${error.message}. Functions of agg() must be translatable.`)
      throw error
    }
  }
  let value: Scalar
  try {
    value = concrete(new Translator(columns, place, true).value(tree))
  } catch (error) {
    if (error instanceof Untranslatable)
      throw new LambdaError(`${place}: ${error.message}. Functions of agg() must be translatable.`)
    throw error
  }
  const loose = keys && looseColumn(value, keys)
  if (loose !== undefined) {
    throw new LambdaError(
      `${place}: "${loose}" has many values in a group. Give it to an aggregate: mean(f.${loose}), sum(f.${loose}), first(f.${loose}) …`,
    )
  }
  return value
}

/** A column that stands outside of aggregates and is no key. */
function looseColumn(scalar: Scalar, keys: ReadonlySet<string>): string | undefined {
  if (scalar.kind === 'aggregate') return undefined
  if (scalar.kind === 'column') return keys.has(scalar.name) ? undefined : scalar.name
  if (!hasAggregate(scalar) && !someScalar(scalar, (part) => part.kind === 'column')) return undefined
  const parts =
    scalar.kind === 'cast'
      ? [scalar.arg]
      : scalar.kind === 'case'
        ? [...scalar.branches.flat(), scalar.otherwise]
        : 'args' in scalar
          ? scalar.args
          : []
  for (const part of parts) {
    const found = looseColumn(part, keys)
    if (found !== undefined) return found
  }
  return undefined
}

function translated<T>(
  fn: AnyFunction,
  where: string,
  translate: (tree: Tree, place: string) => T,
  otherwise: (why: string) => T,
): T {
  try {
    return translate(treeOf(fn), `${where}${placeOf(fn)}`)
  } catch (error) {
    if (error instanceof Untranslatable) return otherwise(error.message)
    throw error
  }
}

/** A value whose type a column may have. */
function concrete(value: Scalar): Scalar {
  if (classOf(value.type) === 'null') return cast(value, double)
  return value.kind === 'literal' && classOf(value.type) === 'integer' ? cast(value, double) : value
}

function inJavaScript(
  fn: AnyFunction,
  why: string,
  columns: readonly Column[],
  type: Type,
  where: string,
  options: FunctionOptions,
): Scalar {
  const used = columnsRead(fn, columns)
  const unasked = used.find(({ column, asks }) => column.nullable === true && !asks)
  if (unasked !== undefined && options.nulls === undefined) {
    const { name } = unasked.column
    throw new LambdaError(
      `${where}${placeOf(fn)}: the function runs as JavaScript (${why}) and reads "${name}", which holds nulls, without asking for them. ` +
        `Write ${name} ?? …, or say what is meant: { nulls: 'js' } calls it with null, { nulls: 'skip' } gives null without a call.`,
    )
  }
  return rowFunction(
    fn as (row: never) => unknown,
    why,
    used.map(({ column }) => column),
    type,
    options.nulls === 'skip',
  )
}

/** The columns that a function reads, and whether it asks whether they are null: all when that cannot be seen. */
function columnsRead(fn: AnyFunction, columns: readonly Column[]): { column: Column; asks: boolean }[] {
  const { node } = readFunction(fn)
  const [parameter] = node['params'] as SyntaxNode[]
  const byName = new Map(columns.map((column) => [column.name, column]))
  const reads = new Map<string, boolean>()
  let all = false
  const visit = (at: SyntaxNode, parent: SyntaxNode | undefined): void => {
    if (at.type === 'MemberExpression' && isRow(at['object'] as SyntaxNode) && at['computed'] !== true) {
      const name = String((at['property'] as SyntaxNode)['name'])
      reads.set(name, (reads.get(name) ?? false) || asksForNull(at, parent))
      return
    }
    if (isRow(at)) all = true
    for (const key in at) {
      if (key === 'property' && at['computed'] !== true) continue
      if (key === 'key' && at.type === 'Property') continue
      for (const part of [at[key]].flat() as unknown[]) {
        if (typeof part === 'object' && part !== null && typeof (part as SyntaxNode).type === 'string')
          visit(part as SyntaxNode, at)
      }
    }
  }
  const isRow = (at: SyntaxNode): boolean =>
    at.type === 'Identifier' && parameter?.type === 'Identifier' && at['name'] === parameter['name']
  visit(node['body'] as SyntaxNode, undefined)
  if (parameter !== undefined && parameter.type !== 'Identifier') all = true
  if (all) return columns.map((column) => ({ column, asks: true }))
  return [...reads].flatMap(([name, asks]) => {
    const column = byName.get(name)
    return column === undefined ? [] : [{ column, asks }]
  })
}

function asksForNull(at: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.type === 'LogicalExpression' && parent['left'] === at) return true
  if (parent?.type === 'BinaryExpression' && /^[!=]==?$/.test(String(parent['operator']))) return true
  if (parent?.type === 'MemberExpression' && parent['optional'] === true) return true
  return (
    (parent?.type === 'ConditionalExpression' && parent['test'] === at) ||
    (parent?.type === 'UnaryExpression' && parent['operator'] === '!')
  )
}

function needFunction(given: unknown, where: string): AnyFunction {
  if (typeof given !== 'function') throw new ArgumentError(`${where}: a function of the row is expected, not ${describe(given)}`)
  return given as AnyFunction
}
