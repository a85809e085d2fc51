import { inspect } from 'node:util'
import { ArgumentError, describe } from '../base/index.js'
import type { Bag } from '../bag/index.js'
import type { Delayed } from '../delayed/index.js'
import type { ExecutorChoice } from '../executor/index.js'
import { type Collection, type ComputeOptions, asCollection, type result } from '../expr/index.js'
import type { RealDType } from '../kernels/index.js'
import type { Tree } from '../lambda/index.js'
import type { ArrowTable } from '../duckdb/index.js'
import type { Connection } from '../drivers/index.js'
import { writeArrow } from './arrow.js'
import { type WriteAvroFileOptions, writeAvroFile } from './avro.js'
import { type WriteSqlOptions, writeSql } from './sql-databases.js'
import { type AsOfOptions, asOfJoined } from './as-of.js'
import { described } from './describing.js'
import { ColumnError, missingColumn } from './errors.js'
import { analyzePlan, execute, persisted } from './execute.js'
import { Expr } from './expr.js'
import { fromColumns } from './from-records.js'
import { GroupBy } from './group-by.js'
import { joined } from './joining.js'
import { type FunctionOptions, type TypeName, type ValueOptions, aggregateOf, conditionOf, valueOf } from './lambdas.js'
import type {
  BooleanTotals,
  Converted,
  DummyColumns,
  Flags,
  Numbers,
  OfNumbers,
  RollingColumns,
  Totals,
  ValueOfKind,
} from './made-columns.js'
import { matrix } from './matrix.js'
import { partOf, FrameCollection, bagOf, delayedOf, divisionsOf, mappedPartitions, repartitioned } from './partitions.js'
import { physicalLines, planExecutor, planFor } from './physical/distributed.js'
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
import { type Scalar as ScalarNode, type SortKey, call, column, conjunction, literal } from './plan/scalar.js'
import { filteredBy, staged } from './plan/staging.js'
import { type Type, boolean, classOf, describeType, double, isNumeric, itemOf } from './plan/type.js'
import type { RowOf, Schema } from './readers.js'
import { chosen, dummies, melted, pivoted, valuesOf } from './reshaping.js'
import { type ResampleOptions, Resampler } from './resampler.js'
import { type ExpandingOptions, Rolling, type RollingOptions, windowSpec } from './rolling.js'
import { optimised } from './rules/index.js'
import { type RankOptions, Scalar, Series, mostFrequent } from './series.js'
import { quoteText } from './sql/literal.js'
import { relationSql } from './sql/relation-sql.js'
import { statementOver } from './statement.js'
import { textTable } from './text-table.js'
import { type ChunkedArray, type ToArrayOptions, arrayOf } from './to-array.js'
import { Translator } from './translate/translator.js'
import { treeOfScalar } from './translate/windows.js'
import { type WriteCsvOptions, type WriteParquetOptions, forParquet, parquetFormat, write } from './writers.js'
import type {
  Agg,
  Assign,
  Cell,
  CommonNames,
  Drop,
  Filled,
  Group,
  JoinHow,
  Joined,
  Maker,
  Name,
  Predicate,
  Present,
  Renamed,
  Scalarish,
  Select,
  Table,
  Widen,
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

/** How `getDummies` names its columns. */
export interface DummyOptions {
  /** what stands between the name of a column and a value; '_' unless told */
  readonly separator?: string
  /** no column for the first value, which is true where the others are not */
  readonly dropFirst?: boolean
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
// `in out`: that a dataframe of other columns is another type is said, for the compiler to find it out it would have to compare
// all methods with all that they give, which takes minutes. What takes dataframes of several types is generic.
export class DataFrame<in out S extends object> implements Collection<Table<S>> {
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

  /** A dataframe of columns: the same as `fromColumns`. */
  static fromDict<C extends Readonly<Record<string, readonly Cell[]>>>(
    columns: C,
  ): DataFrame<{ [K in keyof C & string]: Widen<C[K][number]> }> {
    return fromColumns(columns)
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
    const { categories } = this.#find(name, 'col').type
    return new Series<S[K]>(
      this.plan,
      { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false },
      name,
      categories,
    )
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
    return new DataFrame(staged(this.plan, [...kept, ...fresh]))
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
      return new DataFrame(filteredBy(this.plan, new Translator(this.plan.columns, 'filter').condition(predicate.expr.tree)))
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
        by: sortValue(this.#find(name, 'sort')),
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
    } = {},
  ): unknown {
    const names = (given: string | readonly string[] | undefined) => [given ?? []].flat() as string[]
    return new DataFrame(joined(this.plan, other.plan, { left: names(on ?? leftOn), right: names(on ?? rightOn), how, suffixes }))
  }

  /** The rows of this one, then those of others of the same columns. */
  concat<T extends S>(...others: DataFrame<T>[]): DataFrame<S> {
    const inputs = [this.plan, ...others.map((other) => aligned(other.plan, this.plan.columns))]
    return new DataFrame({ kind: 'union', inputs, columns: this.plan.columns })
  }

  /** The same as `join`. */
  get merge(): DataFrame<S>['join'] {
    return this.join.bind(this) as DataFrame<S>['join']
  }

  /**
   * Every row, with the row of another that is nearest in a column of dates or numbers: the last one before, unless told. Rows
   * that find none get nulls. Rows come in no order.
   *
   * @throws ColumnError for columns that cannot be compared
   * @example trades.mergeAsof(quotes, { on: 'time', by: 'ticker', tolerance: '10ms' })
   */
  mergeAsof<
    R extends object,
    const N extends CommonNames<S, R>,
    const K extends CommonNames<S, R> = never,
    A extends string = '',
    B extends string = '_right',
  >(
    other: DataFrame<R>,
    options: AsOfOptions & { readonly on: N; readonly by?: K | readonly K[]; readonly suffixes?: readonly [A, B] },
  ): DataFrame<Joined<S, R, N | K, 'left', A, B>>
  mergeAsof<
    R extends object,
    const L extends Name<S>,
    const N extends Name<R>,
    const K extends CommonNames<S, R> = never,
    A extends string = '',
    B extends string = '_right',
  >(
    other: DataFrame<R>,
    options: AsOfOptions & {
      readonly leftOn: L
      readonly rightOn: N
      readonly by?: K | readonly K[]
      readonly suffixes?: readonly [A, B]
    },
  ): DataFrame<Joined<S, R, (L & N) | K, 'left', A, B>>
  mergeAsof(
    other: DataFrame<object>,
    options: AsOfOptions & { readonly on?: string; readonly leftOn?: string; readonly rightOn?: string },
  ): unknown {
    const { on, leftOn = on, rightOn = on } = options
    if (leftOn === undefined || rightOn === undefined)
      throw new ArgumentError('mergeAsof: name the column that is to be near: { on }, or { leftOn, rightOn }')
    return new DataFrame(asOfJoined(this.plan, other.plan, [leftOn, rightOn], options))
  }

  // ——— other forms

  /** A row for each item of the lists in a column; of an empty list, and of none, one with null. */
  explode<const K extends Name<S>>(
    name: K,
  ): DataFrame<{ [P in keyof S]: P extends K ? (S[P] extends readonly (infer I)[] | null ? I | null : S[P]) : S[P] }> {
    const { type } = this.#find(name, 'explode')
    if (classOf(type) !== 'list') throw new ColumnError(`explode: "${name}" is ${describeType(type)}, not a column of lists`)
    const columns = this.plan.columns.map((each) => (each.name === name ? { name, type: itemOf(type) } : each))
    return new DataFrame({ kind: 'explode', input: this.plan, column: name, columns })
  }

  /**
   * A row for each of some columns of each row: the names of those columns as `variable`, their values as `value`.
   *
   * @throws ColumnError for columns whose values are of different kinds
   * @example temperatures.melt({ id: 'city', values: ['january', 'july'] })
   */
  melt<
    const I extends Name<S> = never,
    const V extends Name<S> = Exclude<Name<S>, I>,
    const A extends string = 'variable',
    const B extends string = 'value',
  >(
    options: {
      readonly id?: I | readonly I[]
      readonly values?: readonly V[]
      readonly variableName?: A
      readonly valueName?: B
    } = {},
  ): DataFrame<{ [P in I | A | B]: P extends I ? S[P & keyof S] : P extends A ? V : S[V] }> {
    const { id = [], values, variableName = 'variable', valueName = 'value' } = options
    return new DataFrame(melted(this.plan, [id].flat() as string[], values, { variable: variableName, value: valueName }))
  }

  /**
   * Groups by some columns, with a column for each value of another one: what an aggregate gives of those rows, null where
   * there are none. The values must be known: given, or the categories of the column.
   *
   * @throws DataFrameError where nobody knows the values
   * @example flights.pivotTable({ index: 'origin', columns: 'year', columnValues: [2000, 2001], values: (f) => mean(f.delay) })
   */
  pivotTable<
    const I extends Name<S>,
    const C extends Name<S>,
    R extends Scalarish,
    const V extends S[C] & (string | number | boolean) = never,
  >(options: {
    readonly index: I | readonly I[]
    readonly columns: C
    readonly columnValues?: readonly V[]
    readonly values: Agg<R> | ((rows: Group<S, never>) => R)
  }): DataFrame<
    Assign<
      { [P in I]: S[P] },
      [V] extends [never] ? { [name: string]: Widen<R> | null } : { [P in V as `${P}`]: Widen<R> | null }
    >
  > {
    const { index, columns, columnValues, values } = options
    const list = valuesOf(this.plan, columns, columnValues, 'pivotTable: columns')
    const value = aggregateOf(values, this.plan.columns, new Set(), 'pivotTable: values')
    return new DataFrame(pivoted(this.plan, [index].flat() as string[], columns, list, value))
  }

  /**
   * In the place of columns, one for each of their values, true where a row has it. The values must be known: given, or the
   * categories of the column.
   *
   * @example flights.getDummies({ origin: ['SEA', 'SFO'] })
   */
  getDummies<const V extends { readonly [K in Name<S>]?: readonly (string | number | boolean)[] }>(
    columns: V,
    options?: DummyOptions,
  ): DataFrame<Assign<Drop<S, keyof V>, DummyColumns<V>>>
  getDummies<const K extends Name<S>>(
    columns: readonly K[],
    options?: DummyOptions,
  ): DataFrame<Assign<Drop<S, K>, { [name: string]: boolean }>>
  getDummies(columns: object, { separator = '_', dropFirst = false }: DummyOptions = {}): unknown {
    const entries: [string, readonly unknown[] | undefined][] = Array.isArray(columns)
      ? columns.map((name) => [name as string, undefined])
      : Object.entries(columns as Record<string, readonly unknown[]>)
    const known = entries.map(([name, values]) => [name, valuesOf(this.plan, name, values, 'getDummies')] as const)
    return new DataFrame(dummies(this.plan, known, { separator, dropFirst }))
  }

  /** Finds the categories of columns of texts, which then belong to their types. Computes them. */
  async categorize<const K extends Name<S>>(...names: K[]): Promise<DataFrame<S>> {
    const values = new Map<string, readonly string[]>()
    for (const name of names) {
      const known = await (this.col(name) as unknown as Series<string>).cat.asKnown()
      values.set(name, known.cat.categories)
    }
    const columns = identity(this.plan).map(([name, value]): Named => {
      const list = values.get(name)
      return [
        name,
        list === undefined
          ? value
          : ({ ...value, type: { ...value.type, categories: { values: list, ordered: false } } } as ScalarNode),
      ]
    })
    return new DataFrame(projected(this.plan, columns))
  }

  /** Other types of columns, where nothing is lost: what does not fit is an error when it is computed. @example df.asType({ zip: 'string' }) */
  asType<const V extends { readonly [K in Name<S>]?: TypeName | 'integer' }>(types: V): DataFrame<Converted<S, V>> {
    const given = types as Readonly<Record<string, TypeName | undefined>>
    for (const name of Object.keys(given)) this.#find(name, 'asType')
    return this.#each((series, name) => {
      const type = given[name]
      return type === undefined ? series : series.asType(type)
    })
  }

  /** The columns of some kinds. @example df.selectDtypes('number', 'boolean') */
  selectDtypes<const N extends TypeName>(
    ...kinds: N[]
  ): DataFrame<{ [K in keyof S as [NonNullable<S[K]>] extends [ValueOfKind<N>] ? K : never]: S[K] }> {
    const wanted = identity(this.plan).filter(([, { type }]) => kinds.includes(kindOf(type) as N))
    if (wanted.length === 0) throw new ColumnError(`selectDtypes: there is no column of ${kinds.join(' or ')}`)
    return new DataFrame(projected(this.plan, wanted))
  }

  /** What a function gives of each row, as a column. */
  apply<R extends Cell>(fn: (row: S) => R, { type, ...options }: ValueOptions = {}): Series<Widen<R>> {
    return new Series<Widen<R>>(this.plan, treeOfScalar(valueOf(fn, this.plan.columns, 'apply', options, type)), 'apply')
  }

  /** A column, and the dataframe without it. */
  pop<const K extends Name<S>>(name: K): [Series<S[K]>, DataFrame<Drop<S, K>>] {
    return [this.col(name), this.drop(name)]
  }
  /** The same; it is immutable. */
  copy(): DataFrame<S> {
    return this
  }
  /** The same as `sort`. */
  sortValues<const K extends Name<S>>(by: K | readonly K[], options: SortOptions = {}): DataFrame<S> {
    return this.sort(by, options)
  }
  /** The same as `distinct`. */
  dropDuplicates<const K extends Name<S>>(...names: K[]): DataFrame<S> {
    return this.distinct(...names)
  }
  /**
   * The rows for which a condition of SQL is true: for those who have it as text.
   *
   * @example flights.query("delay > 60 AND origin LIKE 'S%'")
   */
  query(condition: string): DataFrame<S> {
    return new DataFrame(filterOfText(this.plan, condition))
  }
  /** The rows whose values in a column lie between two, which are part of it. @example days.loc('date', from, to) */
  loc<const K extends Name<S>>(name: K, from: NonNullable<S[K]>, to: NonNullable<S[K]>): DataFrame<S> {
    const between = (this.col(name) as unknown as Series<number>).between(from as number, to as number)
    return this.filter(between as Predicate<S>)
  }
  /** The place of each row, counted from 0, as a column. */
  resetIndex<const N extends string = 'index'>(name?: N): DataFrame<Assign<S, { [P in N]: number }>> {
    const place = new Translator(this.plan.columns, 'resetIndex').value({ op: 'call', name: 'window.place', args: [] })
    return new DataFrame(staged(this.plan, [[name ?? 'index', place], ...identity(this.plan)]))
  }
  /** The values of all rows, without their names. */
  async values(options: ComputeOptions = {}): Promise<S[Name<S>][][]> {
    const { columns } = this
    return (await this.toRecords(options)).map((row) => columns.map((name) => row[name]))
  }
  /** Some of the rows, by chance that a seed decides. @param share from 0 to 1 */
  sample(share: number, { seed = anySeed() }: { readonly seed?: number } = {}): DataFrame<S> {
    if (!(share >= 0 && share <= 1)) throw new ArgumentError(`sample: a share from 0 to 1 is expected, not ${describe(share)}`)
    return this.#drawn(0, share, seed, 'sample')
  }
  /** The rows in parts of these shares, by chance that a seed decides: each row is in one. */
  randomSplit(shares: readonly number[], { seed = anySeed() }: { readonly seed?: number } = {}): DataFrame<S>[] {
    const total = shares.reduce((sum, share) => sum + share, 0)
    if (shares.length === 0 || !shares.every((share) => share >= 0) || !(total > 0 && Number.isFinite(total)))
      throw new ArgumentError(`randomSplit: shares that are not negative are expected, not ${describe(shares)}`)
    let from = 0
    return shares.map((share, i) => {
      const to = i === shares.length - 1 ? Infinity : from + share / total
      const part = this.#drawn(from, to, seed, 'randomSplit')
      from = to
      return part
    })
  }

  // ——— all columns alike

  /** The numbers of all columns, without their signs. */
  abs(): DataFrame<Numbers<S>> {
    return this.#numbers('abs', (series) => series.abs())
  }
  add(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('add', (series) => series.add(other))
  }
  sub(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('sub', (series) => series.sub(other))
  }
  mul(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('mul', (series) => series.mul(other))
  }
  div(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('div', (series) => series.div(other))
  }
  floordiv(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('floordiv', (series) => series.floordiv(other))
  }
  /** What is left of a division, with the sign of what is divided, as `%`. */
  mod(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('mod', (series) => series.mod(other))
  }
  pow(other: number): DataFrame<Numbers<S>> {
    return this.#numbers('pow', (series) => series.pow(other))
  }
  gt(other: S[Name<S>] & Cell): DataFrame<Flags<S>> {
    return this.#each((series) => series.gt(other as never))
  }
  ge(other: S[Name<S>] & Cell): DataFrame<Flags<S>> {
    return this.#each((series) => series.ge(other as never))
  }
  lt(other: S[Name<S>] & Cell): DataFrame<Flags<S>> {
    return this.#each((series) => series.lt(other as never))
  }
  le(other: S[Name<S>] & Cell): DataFrame<Flags<S>> {
    return this.#each((series) => series.le(other as never))
  }
  eq(other: S[Name<S>] & Cell): DataFrame<Flags<S>> {
    return this.#each((series) => series.eq(other as never))
  }
  ne(other: S[Name<S>] & Cell): DataFrame<Flags<S>> {
    return this.#each((series) => series.ne(other as never))
  }
  /** Whether each value is one of some; of columns of other kinds it is none. */
  isIn(values: Iterable<S[Name<S>]>): DataFrame<Flags<S>> {
    const list = [...values]
    return this.#each((series) => series.isIn(list as never))
  }
  isNa(): DataFrame<Flags<S>> {
    return this.#each((series) => series.isNa())
  }
  /** The columns of numbers rounded to so many digits, halves to the even digit; the others as they are. */
  round(digits = 0): DataFrame<S> {
    return this.#each((series) => (isNumber(series) ? series.round(digits) : series))
  }
  /** The columns of numbers no less and no more than these; the others as they are. */
  clip(low?: number, high?: number): DataFrame<S> {
    return this.#each((series) => (isNumber(series) ? (series as Series<number>).clip(low, high) : series))
  }
  /** A value in the place of another, in all columns that can hold it. */
  replace<const F extends S[Name<S>] & (string | number | boolean | bigint)>(
    from: F,
    to: F extends string ? string : F extends number ? number : F,
  ): DataFrame<S> {
    const kind = typeof from
    return this.#each((series, name) =>
      kindOf(this.#find(name, 'replace').type) === kind ? series.replace(from as never, to as never) : series,
    )
  }
  /** The rows as they are where a condition is true, elsewhere another value, or null, in all columns. */
  where(predicate: Predicate<S>, other?: S[Name<S>]): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return new DataFrame(staged(this.plan, chosen(this.plan, this.#condition(predicate, 'where'), other ?? null, true)))
  }
  /** Another value, or null, in all columns where a condition is true, elsewhere the rows as they are. */
  mask(predicate: Predicate<S>, other?: S[Name<S>]): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return new DataFrame(staged(this.plan, chosen(this.plan, this.#condition(predicate, 'mask'), other ?? null, false)))
  }

  // ——— in the order of rows

  /** The rows so many before (after, if negative) in their places. */
  shift(rows = 1): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return this.#each((series) => series.shift(rows))
  }
  /** The differences to so many rows before. */
  diff(rows = 1): DataFrame<{ [K in keyof S]: number | null }> {
    return this.#numbers('diff', (series) => series.diff(rows))
  }
  cumsum(): DataFrame<Numbers<S>> {
    return this.#numbers('cumsum', (series) => series.cumsum())
  }
  cumprod(): DataFrame<Numbers<S>> {
    return this.#numbers('cumprod', (series) => series.cumprod())
  }
  cummax(): DataFrame<S> {
    return this.#each((series) => series.cummax())
  }
  cummin(): DataFrame<S> {
    return this.#each((series) => series.cummin())
  }
  /** The last value before, where there is none. @param limit how many rows in a row are filled at most */
  ffill(limit?: number): DataFrame<S> {
    return this.#each((series) => series.ffill(limit))
  }
  /** The next value after, where there is none. */
  bfill(limit?: number): DataFrame<S> {
    return this.#each((series) => series.bfill(limit))
  }
  /** The places of the values of each column in their order, from 1. */
  rank(options: RankOptions = {}): DataFrame<{ [K in keyof S]: null extends S[K] ? number | null : number }> {
    return this.#each((series) => series.rank(options))
  }
  /**
   * What is around each row: so many rows, or a time ('2h') by a column of dates. Columns of numbers only, and that of dates.
   *
   * @example prices.rolling('1h', { on: 'time' }).mean()
   */
  rolling<const O extends Name<S> = never>(
    window: number | string,
    options: RollingOptions & { readonly on?: O } = {},
  ): Rolling<DataFrame<RollingColumns<S, O>>> {
    return this.#rolling(window, options)
  }
  /** All rows up to each row. */
  expanding({ minPeriods = 1 }: ExpandingOptions = {}): Rolling<DataFrame<RollingColumns<S, never>>> {
    return this.#rolling(undefined, { minPeriods })
  }
  /**
   * Rows in times of equal length.
   *
   * @param rule such as '15min', '1h', '1d', '1w', '1mo', '1q', '1y'
   * @example flights.resample('1mo', { on: 'date' }).agg({ delay: (f) => mean(f.delay) })
   */
  resample<const K extends Name<S>>(rule: string, options: ResampleOptions & { readonly on: K }): Resampler<S, K> {
    return new Resampler<S, K>(this, rule, options)
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
  groupBy(): GroupBy<S, never>
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
  /** About the values in the middle (t-digest), in little memory. */
  medianApproximate(): DataFrame<Totals<S, number | null>> {
    return this.#totals('approxQuantile', true, 0.5)
  }
  prod(): DataFrame<Totals<S, number>> {
    return this.#totals('product', true)
  }
  /** The standard errors of the means. */
  sem(): DataFrame<Totals<S, number | null>> {
    return this.#totals('sem', true)
  }
  skew(): DataFrame<Totals<S, number | null>> {
    return this.#totals('skew', true)
  }
  kurt(): DataFrame<Totals<S, number | null>> {
    return this.#totals('kurt', true)
  }
  /** Of columns of booleans, whether some value is true. */
  any(): DataFrame<BooleanTotals<S>> {
    return this.selectDtypes('boolean').#totals('some', false)
  }
  /** Of columns of booleans, whether no value is false. */
  all(): DataFrame<BooleanTotals<S>> {
    return this.selectDtypes('boolean').#totals('every', false)
  }
  /** The places of the largest values, counted from 0; of equal ones the first. */
  idxmax(): DataFrame<{ [K in keyof S]: number | null }> {
    return this.#totals('idxmax', false)
  }
  idxmin(): DataFrame<{ [K in keyof S]: number | null }> {
    return this.#totals('idxmin', false)
  }
  /** Pearson's correlations of the columns of numbers with each other: a row for each `column`. */
  corr(): DataFrame<Assign<Totals<S, number | null>, { column: string }>> {
    return new DataFrame(matrix(this.plan, [], 'corr'))
  }
  /** Their covariances (n − 1). */
  cov(): DataFrame<Assign<Totals<S, number | null>, { column: string }>> {
    return new DataFrame(matrix(this.plan, [], 'cov'))
  }
  /** The most frequent values of each column, from the smallest up; null where others have more of them. */
  mode(): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return new DataFrame(modes(this as unknown as DataFrame<Record<string, Cell>>))
  }
  /** How many values the columns of numbers have, their means, spreads, extremes and quartiles: a row for each `statistic`. */
  describe(): DataFrame<Assign<Totals<S, number | null>, { statistic: string }>> {
    return new DataFrame(described(this.plan))
  }
  /** How many bytes the columns take in DuckDB's tables, about. */
  memoryUsage(): DataFrame<{ [K in keyof S]: number }> {
    return this.#each((series) => series.bytes()).#totals('sum', false)
  }
  /** How many rows there are, and how many columns. */
  get shape(): readonly [Scalar<number>, number] {
    return [this.count(), this.plan.columns.length]
  }
  /** How many values there are: rows times columns. */
  get size(): Scalar<number> {
    const { length } = this.plan.columns
    const rows = aggregated(
      this.plan,
      [],
      [['size', { kind: 'aggregate', name: 'count', args: [], distinct: false, type: { sql: 'BIGINT' } }]],
    )
    return new Scalar(
      projected(rows, [
        ['size', call('*', { sql: 'BIGINT' }, column('size', { sql: 'BIGINT' }), literal(length, { sql: 'INTEGER' }))],
      ]),
      'size',
    )
  }
  /** @param q from 0 to 1 @param method 'approximate' (t-digest) needs little memory */
  quantile(
    q: number,
    { method = 'exact' }: { readonly method?: 'exact' | 'approximate' } = {},
  ): DataFrame<Totals<S, number | null>> {
    return this.#totals(method === 'approximate' ? 'approxQuantile' : 'quantile', true, q)
  }
  min(): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return this.#totals('min', false)
  }
  max(): DataFrame<{ [K in keyof S]: S[K] | null }> {
    return this.#totals('max', false)
  }
  /** How many different values each column has. */
  nunique(): DataFrame<{ [K in keyof S]: number }> {
    return this.#totals('nunique', false)
  }

  // ——— results

  /** The rows as a table of apache-arrow. */
  async compute(options: ComputeOptions = {}): Promise<Table<S>> {
    const rows = await execute(this.plan, options, options.optimize)
    return (await rows.arrow()) as unknown as Table<S>
  }

  /**
   * The rows as objects: 64-bit integers as numbers (bigint where the schema asks for it), dates as Date.
   *
   * @throws UnsafeInteger for an integer that a number cannot hold
   */
  async toRecords(options: ComputeOptions = {}): Promise<S[]> {
    const rows = await execute(this.plan, options, options.optimize)
    const bigints = this.plan.columns.filter((each) => each.type.bigint === true).map((each) => each.name)
    return (await rows.records(new Set(bigints))) as S[]
  }

  /** The first rows as objects. They print as an aligned table. */
  async head(count = 5, options: ComputeOptions = {}): Promise<S[]> {
    return printable(await this.limit(count).toRecords(options), this.columns)
  }

  /** The last rows as objects, in their order. */
  async tail(count = 5, options: ComputeOptions = {}): Promise<S[]> {
    const place = new Translator(this.plan.columns, 'tail').value({ op: 'call', name: 'window.place', args: [] })
    const marked = staged(this.plan, [...identity(this.plan), ['__place', place]])
    const last = sorted(marked, [{ by: column('__place', place.type), descending: true, nulls: 'last' }])
    const rows = await new DataFrame<S>(projected(limited(last, count), identity(this.plan))).toRecords(options)
    return printable(rows.reverse(), this.columns)
  }

  /** The rows one after the other, as objects. */
  async *iterrows(options: ComputeOptions = {}): AsyncGenerator<S, void> {
    yield* await this.toRecords(options)
  }

  /** What it is, for people: columns with their types. */
  info(): string {
    const rows = this.plan.columns.map(({ name, type, nullable }) => ({
      column: name,
      type: describeType(type),
      nulls: nullable === undefined ? 'maybe' : nullable ? 'yes' : 'no',
    }))
    return `DataFrame of ${rows.length} columns\n${textTable(['column', 'type', 'nulls'], rows)}`
  }

  /** Its columns and its plan, for people. */
  toString(): string {
    return this[inspect.custom]()
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

  /** Writes the rows to a file in Arrow's own format. Gives the path. */
  async toArrow(path: string, options: ComputeOptions = {}): Promise<string> {
    return writeArrow((await this.compute(options)) as ArrowTable, path)
  }

  /** Writes the rows to an Avro file, dates with microseconds. Gives the path. @throws ColumnError for types that Avro does not have */
  async toAvro(path: string, options: WriteAvroFileOptions = {}): Promise<string> {
    return writeAvroFile(this.plan, path, options)
  }

  /**
   * Writes the rows into a table of a database, all or none of them.
   *
   * @param connection `postgres://…`, `sqlite:path`, a client of pg, or a database of sql.js
   * @throws DataFrameError where there is such a table, unless told what to do then
   * @example await worst.toSql('worst', 'postgres://localhost/flights', { ifExists: 'replace' })
   */
  async toSql(table: string, connection: Connection, options: WriteSqlOptions = {}): Promise<void> {
    return writeSql(this.plan, table, connection, options)
  }

  /** Starts computing it, and gives the same dataframe over the rows, which stay where they are made. */
  persist(options: ComputeOptions = {}): this {
    return new DataFrame(persisted(this.plan, options)) as this
  }

  /**
   * The plan as written, the plan as optimised, the SQL that runs, and what runs as JavaScript. Where several processes compute
   * it, the SQL is that of each fragment, with how often it runs and what it reads.
   */
  explain({ executor: choice }: { readonly executor?: ExecutorChoice } = {}): string {
    const best = optimised(this.plan)
    const executor = planExecutor(best, choice)
    const parts = [
      `plan\n${indent(planLines(this.plan))}`,
      `optimised\n${indent(planLines(best))}`,
      executor
        ? `physical, on ${executor.name}\n${indent(physicalLines(best, executor))}`
        : `SQL\n${indent(relationSql(best, (relation) => relation.label))}`,
    ]
    const javascript = javascriptIn(best)
    if (javascript.length > 0) parts.push(`runs as JavaScript\n${indent(javascript.join('\n'))}`)
    return parts.join('\n\n')
  }

  /**
   * Computes it, and says how: the fragments of the plan with their rows, bytes and seconds; where it is one statement, what
   * DuckDB says of its operators.
   *
   * @example console.log(await flights.groupBy('origin').agg({ n: count() }).analyze())
   */
  analyze(options: ComputeOptions = {}): Promise<string> {
    return analyzePlan(this.plan, options)
  }

  // ——— partitions

  /** How many partitions it is computed in: one, where it is one statement of this process's database. */
  get partitions(): number {
    const best = optimised(this.plan)
    const executor = planExecutor(best)
    return executor ? planFor(best, executor).root.size : 1
  }

  /** The same as `partitions`. */
  get npartitions(): number {
    return this.partitions
  }

  /** The rows of one partition. @param part its number, from 0 */
  getPartition(part: number): DataFrame<S> {
    return partOf(this.plan, part)
  }

  /** The tasks that compute it, drawn: SVG. */
  async visualize(): Promise<string> {
    return this[asCollection]().visualize()
  }

  /**
   * The same rows in the same order, in so many partitions.
   *
   * @throws ArgumentError when that is no whole number above 0
   * @example flights.repartition(16).persist()
   */
  repartition(partitions: number): DataFrame<S> {
    return repartitioned(this.plan, partitions)
  }

  /**
   * The rows in the order of a column, dealt out so that each partition has a range of its values; `divisions` says which. One
   * reads ranges of it with `filter`.
   *
   * @example const byDay = flights.setIndex('date').persist()
   */
  setIndex<const K extends Name<S>>(name: K): DataFrame<S> {
    return this.sort(name)
  }

  /**
   * The least value of a column in each partition that has one, and the largest in the last of them: what lies between two of
   * them is in one partition, if rows are in the order of the column.
   */
  divisions<const K extends Name<S>>(name: K, options: ComputeOptions = {}): Promise<NonNullable<S[K]>[]> {
    return divisionsOf(this.plan, name, options) as Promise<NonNullable<S[K]>[]>
  }

  /**
   * What a function makes of each partition: it gets an Arrow table, and gives objects of the columns that the schema names. It
   * runs in executor threads.
   *
   * @throws ColumnError (when it is computed) for a value that is not of the type that the schema says
   * @example
   * flights.mapPartitions((part) => [{ rows: part.numRows }], { schema: { rows: 'number' } })
   */
  mapPartitions<const C extends Schema>(
    fn: (part: Table<S>) => Iterable<RowOf<C>> | Promise<Iterable<RowOf<C>>>,
    { schema }: { readonly schema: C },
  ): DataFrame<RowOf<C>> {
    return mappedPartitions(this.plan, fn, schema) as unknown as DataFrame<RowOf<C>>
  }

  /** Its rows as the items of a bag, partition by partition. */
  toBag(): Bag<S> {
    return bagOf<S>(this.plan)
  }

  /**
   * Its columns of numbers as an array: a row for each of its own, a column for each of its own, a chunk for each partition.
   *
   * Nothing is lost: elements have the least type that has those of all columns (`int32` and `float64` give `float64`), and an
   * integer that has no exact float beside them is an error when it is computed, as is a null among integers. Where elements are
   * floats a null is NaN. How many rows a partition has is not known before (`computeChunkSizes()` finds it out), unless told.
   *
   * @throws ColumnError for columns that are not of numbers or booleans
   * @example
   * const features = flights.select('delay', 'distance').toArray()
   * const spread = await features.std({ axis: 0 }).compute()
   */
  toArray<D extends RealDType = RealDType>(this: OfNumbers<S>, options: ToArrayOptions<D> = {}): ChunkedArray<D> {
    return arrayOf((this as DataFrame<S>).plan, options, 2)
  }

  /** Its partitions as delayed lists of objects. */
  toDelayed(): Delayed<S[]>[] {
    return delayedOf<S>(this.plan)
  }

  /** What stands for it among other collections. */
  [asCollection](): FrameCollection {
    return new FrameCollection(this.plan)
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

  /** Columns that are made of those that are there, one of each. */
  #each<T extends object>(make: (series: Series<never>, name: Name<S>) => Series<unknown>): DataFrame<T> {
    const values = this.columns.map((name): Named => [name, make(this.col(name) as unknown as Series<never>, name).scalar()])
    return new DataFrame<T>(staged(this.plan, values))
  }

  #numbers<T extends object>(where: string, make: (series: Series<number>) => Series<unknown>): DataFrame<T> {
    const odd = this.plan.columns.find(({ type }) => !isNumeric(type) && classOf(type) !== 'boolean')
    if (odd !== undefined)
      throw new ColumnError(
        `${where}: "${odd.name}" is ${describeType(odd.type)}. Choose the columns of numbers first: select(…).${where}(…)`,
      )
    return this.#each((series) => make(series as unknown as Series<number>))
  }

  #rolling<T extends object>(window: number | string | undefined, options: RollingOptions): Rolling<DataFrame<T>> {
    const spec = windowSpec(window, options, this.plan.columns, 'rolling')
    const names = this.plan.columns.filter(({ name, type }) => isNumeric(type) || name === spec.on)
    const t = new Translator(this.plan.columns, 'rolling')
    return new Rolling((name, more) => {
      const args = [spec, ...more].map((value): Tree => ({ op: 'literal', value }))
      const values = names.map((each): Named => {
        const field: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name: each.name, optional: false }
        return [
          each.name,
          each.name === spec.on ? column(each.name, each.type) : t.value({ op: 'call', name, args: [field, ...args] }),
        ]
      })
      return new DataFrame<T>(staged(this.plan, values))
    })
  }

  #condition(predicate: Predicate<S>, where: string): ScalarNode {
    if (!(predicate instanceof Series)) return conditionOf(predicate, this.plan.columns, where, {})
    this.#own(predicate, where)
    return new Translator(this.plan.columns, where).condition(predicate.expr.tree)
  }

  /** The rows whose number, which the seed decides, lies between two. */
  #drawn(from: number, to: number, seed: number, where: string): DataFrame<S> {
    if (!Number.isSafeInteger(seed)) throw new ArgumentError(`${where}: the seed is a whole number, not ${describe(seed)}`)
    const place: Tree = { op: 'call', name: 'window.place', args: [] }
    const chance = new Translator(this.plan.columns, where).value({
      op: 'call',
      name: 'column.chance',
      args: [place, { op: 'literal', value: seed }],
    })
    const above = call('>=', boolean, chance, literal(from, double))
    const test = to === Infinity ? above : conjunction([above, call('<', boolean, chance, literal(to, double))])
    return new DataFrame<S>(filteredBy(this.plan, test))
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
    const series = maker as Series<unknown>
    this.#own(series, where)
    const value = valueOf(series.expr, this.plan.columns, where, options, type)
    const { categories } = series.scalar().type
    return categories === undefined ? value : ({ ...value, type: { ...value.type, categories } } as ScalarNode)
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

/** What programs call the kind of a column. */
function kindOf(type: Type): string | undefined {
  const kind = classOf(type)
  if (isNumeric(type)) return type.bigint === true ? 'bigint' : 'number'
  return kind === 'date' ? 'Date' : kind === 'string' || kind === 'boolean' ? kind : undefined
}

function isNumber(series: Series<unknown>): series is Series<number> {
  const { type } = series.scalar()
  return isNumeric(type) && type.bigint !== true
}

/** What a column is sorted by: texts with an order of their own by that. */
function sortValue({ name, type }: Column): ScalarNode {
  const value = column(name, type)
  if (type.categories?.ordered !== true) return value
  const known = call('list_position', { sql: 'INTEGER' }, literal(type.categories.values, { sql: 'VARCHAR[]' }), value)
  return known
}

function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/** Rows that print as an aligned table. */
function printable<S>(rows: S[], columns: readonly string[]): S[] {
  Object.defineProperty(rows, inspect.custom, {
    value: () => textTable(columns, rows as Record<string, unknown>[]),
    enumerable: false,
  })
  return rows
}

function filterOfText(plan: Relation, condition: string): Relation {
  if (typeof condition !== 'string' || condition.trim() === '')
    throw new ArgumentError(`query: a condition of SQL is expected, not ${describe(condition)}`)
  return { ...statementOver(`SELECT * FROM rows_of WHERE (${condition}\n)`, { rows_of: { plan } }), columns: plan.columns }
}

/** The modes of all columns side by side. */
function modes(frame: DataFrame<Record<string, Cell>>): Relation {
  const place = '__place'
  const parts = frame.columns.map((name): Relation => {
    const { plan } = mostFrequent(frame.select(name).rename({ [name]: 'value' }) as unknown as DataFrame<{ value: Cell }>)
    const at = new Translator(plan.columns, 'mode').value({ op: 'call', name: 'window.place', args: [] })
    return staged(plan, [
      [place, at],
      [name, column('value', plan.columns[0]!.type)],
    ])
  })
  const both = parts.reduce((left, right) =>
    joined(left, right, { left: [place], right: [place], how: 'full', suffixes: ['', '_right'] }),
  )
  const ordered = sorted(both, [{ by: column(place, { sql: 'BIGINT' }), descending: false, nulls: 'last' }])
  return projected(
    ordered,
    identity(ordered).filter(([name]) => name !== place),
  )
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
export function concat<S extends object, T extends S>(first: DataFrame<S>, ...others: DataFrame<T>[]): DataFrame<S> {
  return first.concat(...others)
}
