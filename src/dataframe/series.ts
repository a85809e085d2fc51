import { inspect } from 'node:util'
import type { Bag } from '../bag/index.js'
import { ArgumentError, describe } from '../base/index.js'
import type { Delayed } from '../delayed/index.js'
import type { ComputeOptions } from '../expr/index.js'
import type { RealDType } from '../kernels/index.js'
import type { Tree } from '../lambda/index.js'
import { CategoricalAccessor } from './categorical-accessor.js'
import { DataFrame } from './data-frame.js'
import { DateTimeAccessor } from './date-time-accessor.js'
import { ColumnError } from './errors.js'
import { Expr } from './expr.js'
import { execute } from './execute.js'
import type { GroupBy } from './group-by.js'
import { type TypeName, type ValueOptions, valueOfValue } from './lambdas.js'
import { planLines } from './plan/describe.js'
import { type Named, type Relation, aggregated, identity } from './plan/relation.js'
import { type Scalar as ScalarNode, hasAggregate } from './plan/scalar.js'
import { staged, withoutInner } from './plan/staging.js'
import { type Categories, classOf, describeType } from './plan/type.js'
import { type ExpandingOptions, type RollingOptions, Rolling, windowSpec } from './rolling.js'
import { type ResampleOptions, Resampler } from './resampler.js'
import { optimised } from './rules/index.js'
import { StringAccessor } from './string-accessor.js'
import { type ChunkedArray, type ToArrayOptions, arrayOf } from './to-array.js'
import { Translator } from './translate/translator.js'
import { treeOfScalar } from './translate/windows.js'
import type { WriteCsvOptions } from './writers.js'
import type { Cell, Widen } from './types.js'

type Numeric = number | bigint | boolean | null

/** One value that is not computed yet. */
export class Scalar<out T> {
  readonly #plan: Relation
  readonly #name: string

  constructor(plan: Relation, name: string) {
    this.#plan = plan
    this.#name = name
  }

  async compute(options: ComputeOptions = {}): Promise<T> {
    const rows = await execute(this.#plan, options, options.optimize)
    const bigint = this.#plan.columns.some((column) => column.name === this.#name && column.type.bigint === true)
    return rows.values(this.#name, bigint)[0] as T
  }

  explain(): string {
    return planLines(optimised(this.#plan))
  }

  [inspect.custom](): string {
    return `Scalar { ${this.#name} }`
  }
}

/** What something may be calculated with: a value, or a column of the same dataframe. */
export type Other<T> = T | Series<T | null>

/**
 * A column, or what is calculated from columns of one dataframe. Lazy.
 *
 * @example
 * const delay = flights.col('delay')
 * await delay.mean().compute()
 * flights.filter(delay.gt(60))
 */
export class Series<out T> {
  declare readonly value: T
  /** the plan of the dataframe that it belongs to */
  readonly plan: Relation
  readonly expr: Expr<never, T>
  readonly name: string
  readonly #categories: Categories | undefined

  constructor(plan: Relation, tree: Tree, name: string, categories?: Categories) {
    this.plan = plan
    this.expr = new Expr<never, T>(tree)
    this.name = name
    this.#categories = categories
    // What is wrong with it is to be said where it is made.
    new Translator(plan.columns, name).value(tree)
  }

  /** The type of its values, as DuckDB calls it. */
  get dtype(): string {
    return this.#value().type.sql
  }

  add(other: Other<number>): Series<number> {
    return this.#binary('+', other)
  }
  sub(other: Other<number>): Series<number> {
    return this.#binary('-', other)
  }
  mul(other: Other<number>): Series<number> {
    return this.#binary('*', other)
  }
  div(other: Other<number>): Series<number> {
    return this.#binary('/', other)
  }
  mod(other: Other<number>): Series<number> {
    return this.#binary('%', other)
  }
  pow(other: Other<number>): Series<number> {
    return this.#binary('**', other)
  }
  gt(other: Other<NonNullable<T>>): Series<boolean> {
    return this.#binary('>', other)
  }
  ge(other: Other<NonNullable<T>>): Series<boolean> {
    return this.#binary('>=', other)
  }
  lt(other: Other<NonNullable<T>>): Series<boolean> {
    return this.#binary('<', other)
  }
  le(other: Other<NonNullable<T>>): Series<boolean> {
    return this.#binary('<=', other)
  }
  eq(other: Other<T>): Series<boolean> {
    return this.#binary('===', other)
  }
  ne(other: Other<T>): Series<boolean> {
    return this.#binary('!==', other)
  }
  between(low: NonNullable<T>, high: NonNullable<T>): Series<boolean> {
    const { tree } = this.expr.between(low as number, high as number)
    return new Series(this.plan, tree, `${this.name} between`)
  }
  isIn(values: Iterable<T>): Series<boolean> {
    return new Series(this.plan, this.expr.isIn(values as Iterable<number>).tree, `${this.name} isIn`)
  }
  isNa(): Series<boolean> {
    return new Series(this.plan, this.expr.isNa().tree, `${this.name} isNa`)
  }
  notNa(): Series<boolean> {
    return new Series(this.plan, this.expr.notNa().tree, `${this.name} notNa`)
  }
  fillNa<U extends NonNullable<T>>(value: U): Series<NonNullable<T>> {
    return new Series(this.plan, this.expr.fillNa(value as number).tree, this.name)
  }
  abs(): Series<number | Extract<T, null>> {
    return this.#call('Math.abs')
  }
  /** Rounded to so many digits behind the point (before it, if negative). Halves go to the even digit, as in NumPy and pandas. */
  round(digits = 0): Series<number | Extract<T, null>> {
    return this.#call('column.round', digits)
  }
  /** The largest whole number that is not above the quotient. */
  floordiv(other: Other<number>): Series<number> {
    const { tree } = this.#binary('/', other).expr
    return new Series(this.plan, { op: 'call', name: 'Math.floor', args: [tree] }, this.name)
  }
  /** No less than `low` and no more than `high`. Null stays null. */
  clip(low?: NonNullable<T>, high?: NonNullable<T>): Series<T> {
    return this.#call('column.clip', low, high)
  }
  /** Values in the place of others: of one, or of those that a map names. @example size.replace(new Map([['S', 'small'], ['L', 'large']])) */
  replace<U extends Cell>(from: NonNullable<T>, to: U): Series<T | Widen<U>>
  replace<U extends Cell>(pairs: ReadonlyMap<NonNullable<T>, U>): Series<T | Widen<U>>
  replace(from: unknown, to?: unknown): unknown {
    return this.#call('column.replace', from instanceof Map ? [...from] : [[from, to]])
  }
  /** The values where a condition is true, elsewhere another value, or null. */
  where(condition: Series<boolean | null>): Series<T | null>
  where<U extends T>(condition: Series<boolean | null>, other: U): Series<T>
  where(condition: Series<boolean | null>, other: unknown = null): unknown {
    const no: Tree = { op: 'literal', value: other }
    const args = [this.#same(condition, 'where').expr.tree, this.expr.tree, no]
    return new Series(this.plan, { op: 'call', name: 'column.choose', args }, this.name)
  }
  /** Where a condition is true another value, or null; elsewhere the values. */
  mask(condition: Series<boolean | null>): Series<T | null>
  mask<U extends T>(condition: Series<boolean | null>, other: U): Series<T>
  mask(condition: Series<boolean | null>, other: unknown = null): unknown {
    const yes: Tree = { op: 'literal', value: other }
    const args = [this.#same(condition, 'mask').expr.tree, yes, this.expr.tree]
    return new Series(this.plan, { op: 'call', name: 'column.choose', args }, this.name)
  }
  /**
   * The same values as another type. What would lose something is an error when it is computed.
   *
   * @example flights.col('delay').asType('string')
   */
  asType<N extends TypeName | 'integer'>(type: N): Series<TypeOf<N> | Extract<T, null>> {
    return this.#call('column.type', type)
  }
  /**
   * What a function gives of each value: translated like functions of rows, or run as JavaScript, which must be told the type
   * of the result. A `Map` names results; what it does not name becomes null.
   */
  map<R extends Cell>(fn: (value: T) => R, options?: ValueOptions): Series<Widen<R>>
  map<R extends Cell>(results: ReadonlyMap<NonNullable<T>, R>): Series<Widen<R> | null>
  map(given: unknown, options: ValueOptions = {}): unknown {
    if (given instanceof Map) return this.#call('column.lookup', [...given])
    const value = valueOfValue(given, this.expr.tree, this.plan.columns, `col(${JSON.stringify(this.name)}).map`, options)
    return new Series(this.plan, treeOfScalar(value), this.name)
  }
  /** The same as `map` with a function. */
  apply<R extends Cell>(fn: (value: T) => R, options?: ValueOptions): Series<Widen<R>> {
    return this.map(fn, options)
  }

  // ——— in the order of rows

  /** The values of so many rows before (after, if negative); null where there is no such row. */
  shift(rows = 1): Series<T | null> {
    return this.#call('window.shift', whole(rows, 'shift'))
  }
  /** The difference to so many rows before; of dates in milliseconds. */
  diff(rows = 1): Series<number | null> {
    return this.#call('window.diff', whole(rows, 'diff'))
  }
  /** The sum of the values up to each row. Where there is no value there is no sum. */
  cumsum(this: Series<Numeric>): Series<number | Extract<T, null>> {
    return this.#call('window.cumsum')
  }
  cumprod(this: Series<Numeric>): Series<number | Extract<T, null>> {
    return this.#call('window.cumprod')
  }
  cummax(): Series<T> {
    return this.#call('window.cummax')
  }
  cummin(): Series<T> {
    return this.#call('window.cummin')
  }
  /** The last value before, where there is none. @param limit how many rows in a row are filled at most */
  ffill(limit?: number): Series<T> {
    return this.#call('window.ffill', limit)
  }
  /** The next value after, where there is none. */
  bfill(limit?: number): Series<T> {
    return this.#call('window.bfill', limit)
  }
  /** The places of the values in their order, from 1. Equal values share the mean of their places, or as `method` says. */
  rank({ method = 'average', ascending = true }: RankOptions = {}): Series<number | Extract<T, null>> {
    return this.#call('window.rank', method, ascending)
  }
  /**
   * What is around each row: so many rows, or a time ('2h') by a column of dates.
   *
   * @example flights.col('delay').rolling(7).mean()
   */
  rolling(this: Series<Numeric>, window: number | string, options: RollingOptions = {}): Rolling<Series<number | null>> {
    return this.#rolling(window, options)
  }
  /** All rows up to each row. */
  expanding(this: Series<Numeric>, { minPeriods = 1 }: ExpandingOptions = {}): Rolling<Series<number | null>> {
    return this.#rolling(undefined, { minPeriods })
  }
  #rolling(window: number | string | undefined, options: RollingOptions): Rolling<Series<number | null>> {
    const spec = windowSpec(window, options, this.plan.columns, 'rolling')
    return new Rolling((name, more) => this.#call<number | null>(name, spec, ...more))
  }

  // ——— what kinds of values can do

  /** What texts can do, as Python's do it. */
  get str(): [T] extends [string | Uint8Array | readonly string[] | null]
    ? StringAccessor<Extract<T, null>>
    : NeedsColumnOf<'string'> {
    const call = (name: string, ...args: unknown[]) => this.#call<never>(name, ...args)
    const tree = (other: Series<unknown>) => this.#same(other, 'cat').expr.tree
    const joined = (name: string, ...args: Tree[]) =>
      new Series<never>(this.plan, { op: 'call', name, args: [this.expr.tree, ...args] }, this.name)
    return new StringAccessor(call, joined, tree) as never
  }
  /** What dates can do. */
  get dt(): [T] extends [Date | null] ? DateTimeAccessor<Extract<T, null>> : NeedsColumnOf<'Date'> {
    const zoned = this.#value().type.sql === 'TIMESTAMP WITH TIME ZONE' ? 'UTC' : null
    return new DateTimeAccessor((name, ...args) => this.#call<never>(name, ...args), zoned) as never
  }
  /** What columns of few different texts can do, whose categories are known. */
  get cat(): [T] extends [string | null] ? CategoricalAccessor<T> : NeedsColumnOf<'string'> {
    if (classOf(this.#value().type) !== 'string')
      throw new ColumnError(`cat is of texts, and ${this.name} is ${describeType(this.#value().type)}`)
    const series = this as unknown as Series<string | null>
    return new CategoricalAccessor(series, this.#categories) as never
  }
  /** The same values with other categories; for accessors. */
  withCategories(categories: Categories | undefined): Series<T> {
    return new Series<T>(this.plan, this.expr.tree, this.name, categories)
  }

  /** The places of the values in a list of texts, -1 of those that are not in it; for accessors. */
  codesIn(list: readonly string[]): Series<number> {
    return this.#call('column.code', list)
  }

  // ——— other rows

  /** A dataframe of this column alone. */
  toFrame<U, const N extends string = string>(this: Series<U>, name?: N): DataFrame<{ [P in N]: U }> {
    const as = name ?? this.name
    return new DataFrame(staged(this.plan, [[as, this.scalar()]]))
  }
  rename(name: string): Series<T> {
    return new Series<T>(this.plan, this.expr.tree, name, this.#categories)
  }
  /** The same; it is immutable. */
  copy(): Series<T> {
    return this
  }
  pipe<R>(fn: (series: this) => R): R {
    return fn(this)
  }
  /** Starts computing it, and gives the same column over the values, which stay where they are made. */
  persist(options: ComputeOptions = {}): Series<T> {
    return ofRows(this, (frame) => frame.persist(options))
  }
  /** The same values in the same order, in so many partitions. */
  repartition(partitions: number): Series<T> {
    return ofRows(this, (frame) => frame.repartition(partitions))
  }
  /** The values of one partition. */
  getPartition(part: number): Series<T> {
    return ofRows(this, (frame) => frame.getPartition(part))
  }
  /** The values as a bag. */
  toBag(): Bag<T> {
    return this.toFrame('value')
      .toBag()
      .map((row) => row.value) as Bag<T>
  }
  /** The values as an array with one axis: see `DataFrame.toArray`. @example flights.col('delay').toArray().mean() */
  toArray<D extends RealDType = RealDType>(this: Series<Numeric>, options: ToArrayOptions<D> = {}): ChunkedArray<D> {
    return arrayOf(this.toFrame().plan, options, 1)
  }
  /** Its partitions as delayed lists of values. */
  toDelayed(): Delayed<T[]>[] {
    const parts = this.toFrame('value').toDelayed()
    return parts.map((part) => part.map((rows) => rows.map((row) => row.value)) as Delayed<T[]>)
  }
  /** The values between two, which are part of it. */
  loc(from: NonNullable<T>, to: NonNullable<T>): Series<T> {
    return ofRows(this, (frame) => frame.loc('value', from as never, to as never))
  }
  /** The place of each value, counted from 0, beside it. */
  resetIndex<U>(this: Series<U>): DataFrame<{ value: U; index: number }> {
    return this.toFrame('value').resetIndex() as unknown as DataFrame<{ value: U; index: number }>
  }
  /** The same as `compute`. */
  async values(options: ComputeOptions = {}): Promise<T[]> {
    return this.compute(options)
  }
  /** The tasks that compute it, drawn: SVG. */
  async visualize(): Promise<string> {
    return this.toFrame('value').visualize()
  }
  /** The first values. */
  async head(count = 5, options: ComputeOptions = {}): Promise<T[]> {
    return ofRows(this, (frame) => frame.limit(count)).compute(options)
  }
  /** The last values. */
  async tail(count = 5, options: ComputeOptions = {}): Promise<T[]> {
    const rows = await this.toFrame('value').tail(count, options)
    return rows.map((row) => row.value)
  }
  /** The values that are not null. */
  dropNa(): Series<NonNullable<T>> {
    return ofRows(this, (frame) => frame.dropNa() as never)
  }
  /** The values that differ, in the order of their first rows. */
  unique(): Series<T> {
    return ofRows(this, (frame) => frame.distinct('value'))
  }
  dropDuplicates(): Series<T> {
    return this.unique()
  }
  /** How often each value is there, from the most frequent down. */
  valueCounts<U>(
    this: Series<U>,
    { normalize = false, dropNa = true, sort = true, ascending = false }: ValueCountOptions = {},
  ): DataFrame<{ value: U; count: number }> {
    const values = this.toFrame('value')
    const frame = (dropNa ? values.dropNa() : values) as unknown as DataFrame<{ value: U }>
    const counts = frame.groupBy('value').size().rename({ size: 'count' }) as unknown as DataFrame<{ value: U; count: number }>
    const made = normalize ? normalized(counts) : counts
    return sort ? made.sort(['count', 'value'], { descending: [!ascending, false] }) : made
  }
  /** The most frequent values, from the smallest up. */
  mode(): Series<T> {
    return ofRows(this, (frame) => mostFrequent(frame))
  }
  nlargest(count = 5): Series<NonNullable<T>> {
    return ofRows(this, (frame) => frame.nlargest(count, 'value') as never)
  }
  nsmallest(count = 5): Series<NonNullable<T>> {
    return ofRows(this, (frame) => frame.nsmallest(count, 'value') as never)
  }
  /** A row for each item of a list; of an empty one a row with null. */
  explode(): Series<(T extends readonly (infer I)[] ? I : T) | null> {
    return ofRows(this, (frame) => frame.explode('value') as never)
  }
  /** Some of the values, by chance that a seed decides. @param share from 0 to 1 */
  sample(share: number, options: { readonly seed?: number } = {}): Series<T> {
    return ofRows(this, (frame) => frame.sample(share, options))
  }
  /** The values in parts of these shares, by chance that a seed decides. */
  randomSplit(shares: readonly number[], options: { readonly seed?: number } = {}): Series<T>[] {
    return this.toFrame('value')
      .randomSplit(shares, options)
      .map((frame) => (frame.col('value') as unknown as Series<T>).rename(this.name))
  }
  /** The values in groups of the values of another column: columns `key` and `value`. */
  groupBy<U, K>(this: Series<U>, by: Series<K>): GroupBy<{ key: K; value: U }, 'key'> {
    const key = this.#same(by, 'groupBy')
    const frame = new DataFrame<{ key: K; value: U }>(
      staged(this.plan, [
        ['key', key.scalar()],
        ['value', this.scalar()],
      ]),
    )
    return frame.groupBy('key')
  }
  /** The values in times of equal length, by a column of dates of the same dataframe. */
  resample<U>(
    this: Series<U>,
    rule: string,
    { on, ...options }: ResampleOptions & { readonly on: Series<Date | null> },
  ): Resampler<{ time: Date; value: U }, 'time'> {
    const frame = new DataFrame<{ time: Date; value: U }>(
      staged(this.plan, [
        ['time', this.#same(on, 'resample').scalar()],
        ['value', this.scalar()],
      ]),
    )
    return new Resampler(frame, rule, { ...options, on: 'time' })
  }

  /** How many values are not null. */
  count(): Scalar<number> {
    return this.#aggregate('count')
  }
  sum(this: Series<Numeric>): Scalar<number> {
    return this.#aggregate('sum')
  }
  /** The mean; null when there are no values. */
  mean(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('mean')
  }
  min(): Scalar<T | null> {
    return this.#aggregate('min')
  }
  max(): Scalar<T | null> {
    return this.#aggregate('max')
  }
  std(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('std')
  }
  var(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('variance')
  }
  median(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('median')
  }
  /** @param q from 0 to 1 */
  quantile(this: Series<Numeric>, q: number): Scalar<number | null> {
    return this.#aggregate('quantile', { op: 'literal', value: q })
  }
  nunique(): Scalar<number> {
    return this.#aggregate('nunique')
  }
  /** About how many different values there are (HyperLogLog), in little memory. */
  nuniqueApprox(): Scalar<number> {
    return this.#aggregate('approxNunique')
  }
  /** About the value in the middle (t-digest), in little memory. */
  medianApproximate(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('approxQuantile', { op: 'literal', value: 0.5 })
  }
  prod(this: Series<Numeric>): Scalar<number> {
    return this.#aggregate('product')
  }
  /** The standard error of the mean. */
  sem(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('sem')
  }
  skew(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('skew')
  }
  kurt(this: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('kurt')
  }
  /** True if some value is true. */
  any(this: Series<boolean | null>): Scalar<boolean> {
    return this.#aggregate('some')
  }
  /** True if no value is false. */
  all(this: Series<boolean | null>): Scalar<boolean> {
    return this.#aggregate('every')
  }
  /** Pearson's correlation with another column. */
  corr(this: Series<Numeric>, other: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('corr', this.#same(other, 'corr').expr.tree)
  }
  /** The covariance with another column (n − 1). */
  cov(this: Series<Numeric>, other: Series<Numeric>): Scalar<number | null> {
    return this.#aggregate('cov', this.#same(other, 'cov').expr.tree)
  }
  /** The correlation with itself so many rows before. */
  autocorr(this: Series<Numeric>, lag = 1): Scalar<number | null> {
    return this.#aggregate('corr', { op: 'call', name: 'window.shift', args: [this.expr.tree, { op: 'literal', value: lag }] })
  }
  /** The place of the largest value, counted from 0; of equal ones the first. */
  idxmax(): Scalar<number | null> {
    return this.#aggregate('idxmax')
  }
  /** The place of the smallest value, counted from 0; of equal ones the first. */
  idxmin(): Scalar<number | null> {
    return this.#aggregate('idxmin')
  }
  /** How many values there are, null among them. */
  get size(): Scalar<number> {
    return this.toFrame('value').count()
  }
  get shape(): readonly [Scalar<number>] {
    return [this.size]
  }
  /** How many values there are, and their mean, spread, extremes and quartiles; of what are no numbers, how many differ. */
  describe<U>(
    this: Series<U>,
  ): DataFrame<{ statistic: string; value: [U] extends [number | bigint | null] ? number | null : string | null }> {
    return this.toFrame('value').describe() as never
  }
  /** How many bytes the values take in DuckDB's tables, about. */
  memoryUsage(): Scalar<number> {
    return this.bytes().sum()
  }
  /** How many bytes each value takes in DuckDB's tables, about. */
  bytes(): Series<number> {
    return this.#call('column.bytes')
  }
  async toCsv(path: string, options: WriteCsvOptions = {}): Promise<string> {
    return this.toFrame().toCsv(path, options)
  }
  first(): Scalar<T | null> {
    return this.#aggregate('first')
  }
  last(): Scalar<T | null> {
    return this.#aggregate('last')
  }

  /** All values, in the order of rows. */
  async compute(options: ComputeOptions = {}): Promise<T[]> {
    const value = this.#value()
    const rows = await execute(staged(this.plan, [[this.name, value]]), options, options.optimize)
    return (await rows.read(this.name, value.type.bigint === true)) as T[]
  }

  /** What it is, for people. */
  toString(): string {
    return `Series { ${this.name}: ${describeType(this.#value().type)} }`
  }

  [inspect.custom](): string {
    return this.toString()
  }

  /** The value of each row as part of a plan. */
  scalar(): ScalarNode {
    const value = this.#value()
    return this.#categories === undefined
      ? value
      : ({ ...value, type: { ...value.type, categories: this.#categories } } as ScalarNode)
  }

  #value() {
    return new Translator(this.plan.columns, this.name).value(this.expr.tree)
  }

  #call<U>(name: string, ...more: unknown[]): Series<U> {
    const args = more.map((value): Tree => ({ op: 'literal', value }))
    return new Series(this.plan, { op: 'call', name, args: [this.expr.tree, ...args] }, this.name)
  }

  #same<U>(other: Series<U>, where: string): Series<U> {
    if (!(other instanceof Series)) throw new ArgumentError(`${where}: a column is expected, not ${describe(other)}`)
    if (other.plan !== this.plan)
      throw new ColumnError(`${where}: the column ${other.name} is of another dataframe than ${this.name}. Join them first.`)
    return other
  }

  #binary<U>(operator: string, other: unknown): Series<U> {
    if (other instanceof Series && other.plan !== this.plan)
      throw new ColumnError(`${this.name} ${operator} ${other.name}: the columns are of different dataframes. Join them first.`)
    const right: Tree = other instanceof Series ? (other as Series<unknown>).expr.tree : { op: 'literal', value: other }
    return new Series<U>(this.plan, { op: 'binary', operator, left: this.expr.tree, right }, this.name)
  }

  #aggregate<U>(name: string, ...more: Tree[]): Scalar<U> {
    const t = new Translator(this.plan.columns, `col(${JSON.stringify(this.name)}).${name}()`, true)
    const value = t.value({ op: 'call', name: `aggregate.${name}`, args: [this.expr.tree, ...more] })
    if (!hasAggregate(value)) throw new ColumnError(`${name}() of ${classOf(value.type)}`)
    const { input, values } = withoutInner(this.plan, [[name, value]])
    return new Scalar<U>(aggregated(input, [], values), name)
  }
}

export interface RankOptions {
  /** what equal values get: the mean of their places ('average'), the lowest, the highest, those of their rows, or no gaps */
  readonly method?: 'average' | 'min' | 'max' | 'first' | 'dense'
  readonly ascending?: boolean
}

export interface ValueCountOptions {
  /** shares of the whole instead of numbers of rows */
  readonly normalize?: boolean
  /** whether null is left out; true unless told */
  readonly dropNa?: boolean
  /** from the most frequent down; true unless told */
  readonly sort?: boolean
  readonly ascending?: boolean
}

type TypeOf<N> = N extends 'string'
  ? string
  : N extends 'boolean'
    ? boolean
    : N extends 'Date'
      ? Date
      : N extends 'bigint'
        ? bigint
        : number

/** What an accessor is of a column that has values of another kind: nothing. */
export interface NeedsColumnOf<out K extends string> {
  readonly needsColumnOf: K
}

function whole(n: number, where: string): number {
  if (!Number.isInteger(n)) throw new ArgumentError(`${where}: a whole number of rows is expected, not ${describe(n)}`)
  return n
}

/** The column of a dataframe that is made of one of a column alone. */
function ofRows<T, U>(series: Series<T>, make: (frame: DataFrame<{ value: T }>) => DataFrame<{ value: U }>): Series<U> {
  const frame = make(series.toFrame('value'))
  return (frame.col('value') as unknown as Series<U>).rename(series.name)
}

/** The counts as shares of their sum. */
function normalized<S extends { count: number }>(counts: DataFrame<S>): DataFrame<S> {
  const { plan } = counts
  const t = new Translator(plan.columns, 'valueCounts')
  const field: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name: 'count', optional: false }
  const total: Tree = { op: 'call', name: 'window.total', args: [{ op: 'literal', value: 'sum' }, field] }
  const share = t.value({ op: 'binary', operator: '/', left: field, right: total })
  return new DataFrame<S>(
    staged(
      plan,
      identity(plan).map(([name, value]): Named => [name, name === 'count' ? share : value]),
    ),
  )
}

/** The values that no other is more frequent than, from the smallest up. */
export function mostFrequent<T>(frame: DataFrame<{ value: T }>): DataFrame<{ value: T }> {
  const counts = (frame.dropNa() as unknown as DataFrame<{ value: T }>).groupBy('value').size()
  const { plan } = counts
  const t = new Translator(plan.columns, 'mode')
  const field: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name: 'size', optional: false }
  const most: Tree = { op: 'call', name: 'window.total', args: [{ op: 'literal', value: 'max' }, field] }
  const made = new DataFrame<{ value: T; size: number; most: number }>(staged(plan, [...identity(plan), ['most', t.value(most)]]))
  return made
    .filter((row) => row.size === row.most)
    .select('value')
    .sort('value') as unknown as DataFrame<{ value: T }>
}

/** A column of a plan, for who has nothing but its name. */
export function seriesOf<T>(plan: Relation, name: string): Series<T> {
  const found = plan.columns.find((each) => each.name === name)!
  const tree: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false }
  return new Series<T>(plan, tree, name, found.type.categories)
}
