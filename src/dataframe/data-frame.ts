import { inspect } from 'node:util'
import { ArgumentError, describe } from '../base/index.js'
import type { Collection, ComputeOptions, result } from '../expr/index.js'
import { ColumnError, missingColumn } from './errors.js'
import { database } from './databases.js'
import { execute, statementOf } from './execute.js'
import { Expr } from './expr.js'
import { GroupBy } from './group-by.js'
import { joined } from './joining.js'
import { type FunctionOptions, type TypeName, conditionOf, valueOf } from './lambdas.js'
import { javascriptIn, planLines } from './plan/describe.js'
import {
  type Column,
  type Named,
  type Relation,
  aggregated,
  filtered,
  identity,
  limited,
  projected,
  sorted,
} from './plan/relation.js'
import { type Scalar as ScalarNode, type SortKey, call, column, conjunction } from './plan/scalar.js'
import { boolean, classOf, describeType, isNumeric } from './plan/type.js'
import { optimised } from './rules/index.js'
import { Scalar, Series } from './series.js'
import { quoteText } from './sql/literal.js'
import { relationSql } from './sql/relation-sql.js'
import { textTable } from './text-table.js'
import { Translator } from './translate/translator.js'
import { type WriteCsvOptions, type WriteParquetOptions, forParquet, parquetFormat, write } from './writers.js'
import type {
  Assign,
  Cell,
  CommonNames,
  Drop,
  Filled,
  JoinHow,
  Joined,
  Maker,
  Name,
  Predicate,
  Present,
  Renamed,
  Select,
  Table,
} from './types.js'

/** How rows are ordered. */
export interface SortOptions {
  /** from the largest to the smallest: of all columns, or of each */
  readonly descending?: boolean | readonly boolean[]
  /** where nulls go; last unless told */
  readonly nulls?: 'first' | 'last'
}

/** How the values of `assign` are made. */
export interface AssignOptions<R> extends FunctionOptions {
  /** the types of what functions give that have no translation */
  readonly types?: { readonly [K in keyof R]?: TypeName }
}

/**
 * A table that is not computed yet: where its rows come from, and what is done with them. Immutable; each method gives another
 * dataframe. Functions of rows are translated to SQL, which DuckDB runs; `explain()` shows it.
 *
 * @example
 * const worst = readParquet<Flight>('flights.parquet')
 *   .filter((f) => f.delay > 60)
 *   .groupBy('origin').agg({ flights: count(), delay: (f) => mean(f.delay) })
 *   .sort('delay', { descending: true })
 * console.table(await worst.head(10))
 */
export class DataFrame<S extends object> implements Collection<Table<S>> {
  declare readonly [result]: Table<S>
  /** what computes it, as plain data */
  readonly plan: Relation

  /** Use `readParquet`, `fromRecords` and their like. */
  constructor(plan: Relation) {
    const names = new Map<string, string>()
    for (const { name } of plan.columns) {
      const same = names.get(name.toLowerCase())
      if (same !== undefined)
        throw new ColumnError(
          `There would be the columns "${same}" and "${name}", which differ in nothing that DuckDB looks at. Rename one.`,
        )
      names.set(name.toLowerCase(), name)
    }
    this.plan = plan
  }

  /** The names of its columns. */
  get columns(): readonly Name<S>[] {
    return this.plan.columns.map((each) => each.name) as Name<S>[]
  }

  /** The types of its columns, as DuckDB calls them. */
  get dtypes(): { readonly [K in Name<S>]: string } {
    return Object.fromEntries(this.plan.columns.map((each) => [each.name, each.type.sql])) as { [K in Name<S>]: string }
  }

  // ——— columns

  /** One of its columns. */
  col<const K extends Name<S>>(name: K): Series<S[K]> {
    this.#find(name, 'col')
    return new Series<S[K]>(this.plan, { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false }, name)
  }

  /** These columns, in this order. */
  select<const K extends Name<S>>(...names: K[]): DataFrame<Select<S, K>> {
    return new DataFrame(
      projected(
        this.plan,
        names.map((name) => this.#as(name, 'select')),
      ),
    )
  }

  /** All columns but these. */
  drop<const K extends Name<S>>(...names: K[]): DataFrame<Drop<S, K>> {
    for (const name of names) this.#find(name, 'drop')
    const kept = identity(this.plan).filter(([name]) => !names.includes(name as K))
    if (kept.length === 0) throw new ColumnError('drop: no column would be left')
    return new DataFrame(projected(this.plan, kept))
  }

  /** @example flights.rename({ origin: 'from', destination: 'to' }) */
  rename<const M extends { readonly [K in Name<S>]?: string }>(names: M): DataFrame<Renamed<S, M>> {
    const to = new Map(Object.entries(names as Record<string, string>))
    for (const name of to.keys()) this.#find(name, 'rename')
    const values = identity(this.plan).map(([name, value]): Named => [to.get(name) ?? name, value])
    return new DataFrame(projected(this.plan, values))
  }

  /**
   * More columns, or others in the place of those of the same name. All functions see the columns as they are before: chain
   * two `assign` where one builds on another.
   *
   * @throws LambdaError for side effects; DataFrameError where the type of a column cannot be known
   * @example flights.assign({ speed: (f) => f.distance / f.airTime, late: (f) => f.delay > 15 })
   */
  assign<R extends Record<string, Cell | undefined>>(
    columns: { [K in keyof R]: Maker<S, R[K]> },
    options: AssignOptions<R> = {},
  ): DataFrame<Assign<S, R>> {
    const made = new Map(
      Object.entries(columns).map(([name, maker]) => [
        name,
        this.#value(maker, `assign: ${name}`, options, options.types?.[name as keyof R]),
      ]),
    )
    const kept = identity(this.plan).map(([name, value]): Named => [name, made.get(name) ?? value])
    const fresh = [...made].filter(([name]) => !this.plan.columns.some((each) => each.name === name))
    return new DataFrame(projected(this.plan, [...kept, ...fresh]))
  }

  /** The same dataframe under another type; nothing is checked or computed. */
  as<T extends object>(): DataFrame<T> {
    return new DataFrame<T>(this.plan)
  }

  // ——— rows

  /**
   * The rows for which something is true.
   *
   * @example flights.filter((f) => f.delay > 60 && f.origin.startsWith('S'))
   */
  filter<U extends S>(predicate: (row: S) => row is U, options?: FunctionOptions): DataFrame<U>
  filter(predicate: Predicate<S>, options?: FunctionOptions): DataFrame<S>
  filter(predicate: Predicate<S>, options: FunctionOptions = {}): DataFrame<S> {
    if (predicate instanceof Series) {
      this.#own(predicate, 'filter')
      return new DataFrame(filtered(this.plan, new Translator(this.plan.columns, 'filter').condition(predicate.expr.tree)))
    }
    return new DataFrame(filtered(this.plan, conditionOf(predicate, this.plan.columns, 'filter', options)))
  }

  /**
   * The rows in order. Nulls come last unless told; NaN is larger than all numbers.
   *
   * @example flights.sort(['origin', 'delay'], { descending: [false, true] })
   */
  sort<const K extends Name<S>>(by: K | readonly K[], { descending = false, nulls = 'last' }: SortOptions = {}): DataFrame<S> {
    const names = typeof by === 'string' ? [by] : by
    if (names.length === 0) throw new ArgumentError('sort: name at least one column')
    const keys = names.map(
      (name, i): SortKey => ({
        by: this.#as(name, 'sort')[1],
        descending: typeof descending === 'boolean' ? descending : (descending[i] ?? false),
        nulls,
      }),
    )
    return new DataFrame(sorted(this.plan, keys))
  }

  /** The rows with the largest values of a column, from the largest down; those without a value are left out. */
  nlargest<const K extends Name<S>>(count: number, by: K): DataFrame<S> {
    return this.#ranked(count, by, true)
  }

  /** The rows with the smallest values of a column, from the smallest up; those without a value are left out. */
  nsmallest<const K extends Name<S>>(count: number, by: K): DataFrame<S> {
    return this.#ranked(count, by, false)
  }

  /** The first rows. */
  limit(count: number, offset = 0): DataFrame<S> {
    for (const n of [count, offset])
      if (!Number.isInteger(n) || n < 0)
        throw new ArgumentError(`limit: a whole number that is not negative is expected, not ${describe(n)}`)
    return new DataFrame(limited(this.plan, count, offset))
  }

  /** Rows that differ: of those that are equal in these columns (in all, when none is named) the first. */
  distinct<const K extends Name<S>>(...names: K[]): DataFrame<S> {
    for (const name of names) this.#find(name, 'distinct')
    return new DataFrame({
      kind: 'distinct',
      input: this.plan,
      on: names.length === 0 ? undefined : names,
      columns: this.plan.columns,
    })
  }

  /** The rows that have a value in each of these columns (in all, when none is named). */
  dropNa<const K extends Name<S> = Name<S>>(...names: K[]): DataFrame<Present<S, K>> {
    const wanted = names.length === 0 ? this.columns : names
    const parts = wanted.map((name) => call('IS NOT NULL', boolean, this.#as(name, 'dropNa')[1]))
    return new DataFrame(filtered(this.plan, conjunction(parts)))
  }

  /** Values in the place of nulls. @example flights.fillNa({ delay: 0, origin: 'unknown' }) */
  fillNa<const V extends { readonly [K in Name<S>]?: NonNullable<S[K]> & Cell }>(values: V): DataFrame<Filled<S, V>> {
    const given = values as Record<string, unknown>
    for (const name of Object.keys(given)) this.#find(name, 'fillNa')
    const columns = identity(this.plan).map(([name, value]): Named => {
      if (!Object.hasOwn(given, name)) return [name, value]
      const filled = new Expr({
        op: 'logical',
        operator: '??',
        left: { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false },
        right: { op: 'literal', value: given[name] },
      })
      return [name, valueOf(filled, this.plan.columns, `fillNa: ${name}`, {})]
    })
    return new DataFrame(projected(this.plan, columns))
  }

  /**
   * Rows of both that have equal keys. Keys of the same name are one column; other columns of the same name get suffixes.
   * Null keys equal nothing.
   *
   * @throws ColumnError for keys of different types
   * @example flights.join(airports, { leftOn: 'origin', rightOn: 'code', how: 'left' })
   */
  join<
    R extends object,
    const K extends CommonNames<S, R>,
    H extends JoinHow = 'inner',
    A extends string = '',
    B extends string = '_right',
  >(
    other: DataFrame<R>,
    options: { readonly on: K | readonly K[]; readonly how?: H; readonly suffixes?: readonly [A, B] },
  ): DataFrame<Joined<S, R, K, H, A, B>>
  join<
    R extends object,
    const L extends Name<S>,
    const K extends Name<R>,
    H extends JoinHow = 'inner',
    A extends string = '',
    B extends string = '_right',
  >(
    other: DataFrame<R>,
    options: {
      readonly leftOn: L | readonly L[]
      readonly rightOn: K | readonly K[]
      readonly how?: H
      readonly suffixes?: readonly [A, B]
    },
  ): DataFrame<Joined<S, R, L & K, H, A, B>>
  join(
    other: DataFrame<object>,
    {
      on,
      leftOn,
      rightOn,
      how = 'inner',
      suffixes = ['', '_right'],
    }: {
      readonly on?: string | readonly string[]
      readonly leftOn?: string | readonly string[]
      readonly rightOn?: string | readonly string[]
      readonly how?: JoinHow
      readonly suffixes?: readonly [string, string]
    },
  ): unknown {
    const names = (given: string | readonly string[] | undefined) => [given ?? []].flat() as string[]
    return new DataFrame(joined(this.plan, other.plan, { left: names(on ?? leftOn), right: names(on ?? rightOn), how, suffixes }))
  }

  /** The rows of this one, then those of others of the same columns. */
  concat(...others: DataFrame<S>[]): DataFrame<S> {
    const inputs = [this.plan, ...others.map((other) => aligned(other.plan, this.plan.columns))]
    return new DataFrame({ kind: 'union', inputs, columns: this.plan.columns })
  }

  // ——— groups and totals

  /**
   * Rows in groups of equal values of columns, or of what functions give.
   *
   * @example flights.groupBy({ month: (f) => f.date.getUTCMonth() }).agg({ delay: (f) => mean(f.delay) })
   */
  groupBy<R extends Record<string, Cell>>(
    keys: { [K in keyof R]: (row: S) => R[K] },
    options?: AssignOptions<R>,
  ): GroupBy<Assign<S, R>, keyof R & string>
  groupBy<const K extends Name<S>>(...keys: K[]): GroupBy<S, K>
  groupBy(...keys: unknown[]): unknown {
    const [first, options] = keys
    if (typeof first === 'object' && first !== null) {
      const makers = first as Record<string, (row: S) => Cell>
      const frame = this.assign(makers, (options ?? {}) as AssignOptions<object>)
      return new GroupBy(
        frame.plan,
        Object.keys(makers).map((name) => frame.#as(name, 'groupBy')),
      )
    }
    return new GroupBy(
      this.plan,
      keys.map((name) => this.#as(name as string, 'groupBy')),
    )
  }

  /** How many rows there are. */
  count(): Scalar<number> {
    return new Scalar(
      aggregated(
        this.plan,
        [],
        [['count', { kind: 'aggregate', name: 'count', args: [], distinct: false, type: { sql: 'BIGINT' } }]],
      ),
      'count',
    )
  }

  /** The sums of the columns of numbers, as one row. */
  sum(): DataFrame<Totals<S, number>> {
    return this.#totals('sum', true)
  }
  mean(): DataFrame<Totals<S, number | null>> {
    return this.#totals('mean', true)
  }
  std(): DataFrame<Totals<S, number | null>> {
    return this.#totals('std', true)
  }
  var(): DataFrame<Totals<S, number | null>> {
    return this.#totals('variance', true)
  }
  median(): DataFrame<Totals<S, number | null>> {
    return this.#totals('median', true)
  }
  /** @param q from 0 to 1 */
  quantile(q: number): DataFrame<Totals<S, number | null>> {
    return this.#totals('quantile', true, q)
  }
  min(): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return this.#totals('min', false)
  }
  max(): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return this.#totals('max', false)
  }
  nunique(): DataFrame<{ [K in keyof S]: number }> {
    return this.#totals('nunique', false)
  }

  // ——— results

  /** The rows as a table of apache-arrow. */
  async compute(options: ComputeOptions = {}): Promise<Table<S>> {
    return (await execute(this.plan, options, options.optimize)).arrow() as unknown as Table<S>
  }

  /**
   * The rows as objects: 64-bit integers as numbers (bigint where the schema asks for it), dates as Date.
   *
   * @throws UnsafeInteger for an integer that a number cannot hold
   */
  async toRecords(options: ComputeOptions = {}): Promise<S[]> {
    const rows = await execute(this.plan, options, options.optimize)
    const bigints = this.plan.columns.filter((each) => each.type.bigint === true).map((each) => each.name)
    return rows.records(new Set(bigints)) as S[]
  }

  /** The first rows as objects. They print as an aligned table. */
  async head(count = 5, options: ComputeOptions = {}): Promise<S[]> {
    const rows = await this.limit(count).toRecords(options)
    const { columns } = this
    Object.defineProperty(rows, inspect.custom, {
      value: () => textTable(columns, rows as Record<string, unknown>[]),
      enumerable: false,
    })
    return rows
  }

  /**
   * Writes the rows to a Parquet file, or into folders of the values of columns. Gives the path.
   *
   * @throws QueryError for integers of more than 38 digits
   * @example await flights.toParquet('flights', { partitionBy: ['origin'] })
   */
  async toParquet(path: string, options: WriteParquetOptions = {}): Promise<string> {
    return write(forParquet(this.plan), path, parquetFormat(this.plan, options), options)
  }

  /** Writes the rows to a CSV file. Gives the path. */
  async toCsv(path: string, options: WriteCsvOptions = {}): Promise<string> {
    const { delimiter = ',', header = true } = options
    return write(this.plan, path, ['FORMAT csv', `HEADER ${header}`, `DELIMITER ${quoteText(delimiter)}`], options)
  }

  /** Writes the rows to a file of JSON, an object a line. Gives the path. */
  async toJson(path: string, options: ComputeOptions = {}): Promise<string> {
    return write(this.plan, path, ['FORMAT json'], options)
  }

  /** Starts computing it, and gives the same dataframe over the rows, which stay in DuckDB. */
  persist(options: ComputeOptions = {}): this {
    const { plan } = this
    const source = { sql: async (db: Awaited<ReturnType<typeof database>>) => statementOf(optimised(plan), db, options) }
    // What goes wrong is told to who computes something of it.
    database()
      .then((db) => db.tableOf(source, options))
      .catch(() => undefined)
    return new DataFrame({ kind: 'table', label: 'persisted', source, columns: plan.columns }) as this
  }

  /** The plan as written, the plan as optimised, the SQL that runs, and what runs as JavaScript. */
  explain(): string {
    const best = optimised(this.plan)
    const parts = [
      `plan\n${indent(planLines(this.plan))}`,
      `optimised\n${indent(planLines(best))}`,
      `SQL\n${indent(relationSql(best, (relation) => relation.label))}`,
    ]
    const javascript = javascriptIn(best)
    if (javascript.length > 0) parts.push(`runs as JavaScript\n${indent(javascript.join('\n'))}`)
    return parts.join('\n\n')
  }

  /** Calls a function with it: for steps of one's own in a chain. */
  pipe<R>(fn: (frame: this) => R): R {
    return fn(this)
  }

  [inspect.custom](): string {
    const columns = this.plan.columns.map(({ name, type }) => `  ${name}: ${describeType(type)}`)
    return `DataFrame\n${columns.join('\n')}\n${indent(planLines(this.plan))}`
  }

  #ranked(count: number, by: Name<S>, descending: boolean): DataFrame<S> {
    const [, value] = this.#as(by, descending ? 'nlargest' : 'nsmallest')
    return new DataFrame<S>(filtered(this.plan, call('IS NOT NULL', boolean, value))).sort(by, { descending }).limit(count)
  }

  #find(name: string, where: string): Column {
    const found = this.plan.columns.find((each) => each.name === name)
    if (found === undefined) throw missingColumn(String(name), this.plan.columns, where)
    return found
  }

  #as(name: string, where: string): Named {
    return [name, column(name, this.#find(name, where).type)]
  }

  #value(maker: unknown, where: string, options: FunctionOptions, type: TypeName | undefined): ScalarNode {
    if (!(maker instanceof Series)) return valueOf(maker, this.plan.columns, where, options, type)
    this.#own(maker as Series<unknown>, where)
    return valueOf((maker as Series<unknown>).expr, this.plan.columns, where, options, type)
  }

  #own(series: Series<unknown>, where: string): void {
    if (series.plan !== this.plan)
      throw new ColumnError(
        `${where}: the column ${series.name} is of another dataframe. Take it of this one: df.col(...), or join them first.`,
      )
  }

  #totals<T extends object>(name: string, numbersOnly: boolean, q?: number): DataFrame<T> {
    const columns = this.plan.columns.filter(({ type }) => !numbersOnly || isNumeric(type) || classOf(type) === 'boolean')
    if (columns.length === 0) throw new ColumnError(`${name}: there is no column of numbers`)
    const t = new Translator(this.plan.columns, name, true)
    const values = columns.map((each): Named => {
      const field = { op: 'field', of: { op: 'parameter', index: 0 }, name: each.name, optional: false } as const
      const more = q === undefined ? [] : [{ op: 'literal', value: q } as const]
      return [each.name, t.value({ op: 'call', name: `aggregate.${name}`, args: [field, ...more] })]
    })
    return new DataFrame(aggregated(this.plan, [], values))
  }
}

/** One row: the columns of numbers, each with its total. */
export type Totals<S extends object, T> = {
  [K in keyof S as [NonNullable<S[K]>] extends [number | bigint | boolean] ? K : never]: T
}

function aligned(plan: Relation, columns: readonly Column[]): Relation {
  if (plan.columns.length !== columns.length)
    throw new ColumnError(`concat: ${plan.columns.length} columns where there are ${columns.length}`)
  const values = columns.map(({ name, type }): Named => {
    const found = plan.columns.find((each) => each.name === name)
    if (found === undefined) throw missingColumn(name, plan.columns, 'concat')
    if (found.type.sql !== type.sql) {
      const alike = classOf(found.type) === classOf(type)
      if (!alike)
        throw new ColumnError(`concat: "${name}" is ${describeType(type)} in one and ${describeType(found.type)} in another`)
    }
    return [name, column(name, found.type)]
  })
  return projected(plan, values)
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}

/** The rows of several dataframes of the same columns, one after the other. */
export function concat<S extends object>(first: DataFrame<S>, ...others: DataFrame<S>[]): DataFrame<S> {
  return first.concat(...others)
}
