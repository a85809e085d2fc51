import { ArgumentError, describe } from '../base/index.js'
import { LambdaError, type Tree } from '../lambda/index.js'
import { DataFrame } from './data-frame.js'
import { type TypeName, aggregateOf, typesByName } from './lambdas.js'
import { matrix } from './matrix.js'
import { type AggOptions, type Named, type Relation, aggregated, filtered, identity, projected } from './plan/relation.js'
import { type Scalar, conjunction, mapScalar } from './plan/scalar.js'
import { staged } from './plan/staging.js'
import { classOf, isNumeric } from './plan/type.js'
import { type ExpandingOptions, Rolling, type RollingOptions, windowSpec } from './rolling.js'
import type { RankOptions } from './series.js'
import { groupFunction } from './translate/js-part.js'
import { Translator } from './translate/translator.js'
import { within } from './translate/windows.js'
import type { Agg, Assign, Cell, Group, LeftOver, Scalarish } from './types.js'

function checked({ splitEvery, splitOut }: AggOptions = {}): AggOptions | undefined {
  if (splitEvery === undefined && splitOut === undefined) return undefined
  needCount('splitEvery', splitEvery, 2)
  needCount('splitOut', splitOut, 1)
  return { splitEvery, splitOut }
}

function needCount(name: string, value: unknown, least: number): void {
  if (value !== undefined && !(Number.isInteger(value) && (value as number) >= least))
    throw new ArgumentError(`agg: ${name} is ${describe(value)}: a whole number from ${least} is expected`)
}

/** The rows of a dataframe in groups of equal keys. Null is a key like any other. */
export class GroupBy<S extends object, K extends string> {
  declare readonly row: S
  readonly #plan: Relation
  readonly #keys: readonly Named[]

  /** Use `groupBy`. */
  constructor(plan: Relation, keys: readonly Named[]) {
    this.#plan = plan
    this.#keys = keys
  }

  /**
   * One row a group: its keys, and what the aggregates give. Groups come in no order.
   *
   * @param more of several partitions: how their groups meet, where something else than what `explain()` says is wanted
   * @throws LambdaError for a column outside of an aggregate, and for functions that have no translation
   * @example flights.groupBy('origin').agg({ flights: count(), delay: (f) => mean(f.delay) })
   */
  agg<R extends Record<string, Scalarish>>(
    columns: { [P in keyof R]: Agg<R[P]> | ((rows: Group<S, K>) => R[P]) },
    ...more: LeftOver<R, [options?: AggOptions]>
  ): DataFrame<Assign<{ [P in K & keyof S]: S[P] }, R>> {
    const options = checked(more[0] as AggOptions | undefined)
    const keys = new Set(this.#keys.map(([name]) => name))
    const values = Object.entries(columns).map(
      ([name, made]): Named => [name, aggregateOf(made, this.#plan.columns, keys, `agg: ${name}`)],
    )
    const own = this.#keys.filter(([name]) => !values.some(([other]) => other === name))
    return new DataFrame(aggregated(this.#plan, own, values, options))
  }

  /**
   * Columns of each row that are calculated from its group: aggregates stand for the group that the row is in. Rows come in no
   * order.
   *
   * @throws LambdaError for functions that have no translation, and for first, last and list
   * @example flights.groupBy('origin').transform({ share: (f) => f.delay / sum(f.delay) })
   */
  transform<R extends Record<string, Cell>>(columns: { [P in keyof R]: (row: S) => R[P] }): DataFrame<Assign<S, R>> {
    const by = this.#keys.map(([, value]) => value)
    const made = new Map(
      Object.entries(columns).map(([name, fn]) => [
        name,
        overGroups(aggregateOf(fn, this.#plan.columns, undefined, `transform: ${name}`), by, name),
      ]),
    )
    const kept = identity(this.#plan).map(([name, value]): Named => [name, made.get(name) ?? value])
    const fresh = [...made].filter(([name]) => !this.#plan.columns.some((column) => column.name === name))
    return new DataFrame(projected(this.#plan, [...kept, ...fresh]))
  }

  /** The same as `agg`. */
  aggregate<R extends Record<string, Scalarish>>(
    columns: { [P in keyof R]: Agg<R[P]> | ((rows: Group<S, K>) => R[P]) },
    ...more: LeftOver<R, [options?: AggOptions]>
  ): DataFrame<Assign<{ [P in K & keyof S]: S[P] }, R>> {
    return this.agg<R>(columns, ...more)
  }

  /**
   * One row a group: its keys, and as `value` what a function of JavaScript gives of its rows, in their order. All columns of a
   * group must fit into memory; what aggregates can say they say faster.
   *
   * @example flights.groupBy('origin').apply((rows) => longestRun(rows), { type: 'number' })
   */
  apply<R extends string | number | boolean | bigint | Date | null>(
    fn: (rows: S[]) => R,
    { type }: { readonly type: TypeName },
  ): DataFrame<Assign<{ [P in K & keyof S]: S[P] }, { value: R }>> {
    if (typeof fn !== 'function') throw new ArgumentError(`apply: a function of rows is expected, not ${describe(fn)}`)
    const value = groupFunction(fn as (rows: never[]) => unknown, this.#plan.columns, typesByName[type])
    return new DataFrame(aggregated(this.#plan, this.#keys, [['value', value]]))
  }

  /** The rows of one group, in their order. @param keys the values of its keys */
  getGroup(...keys: readonly Cell[]): DataFrame<S> {
    if (keys.length !== this.#keys.length)
      throw new ArgumentError(`getGroup: ${keys.length} values for the keys ${this.#keys.map(([name]) => name).join(', ')}`)
    const t = new Translator(this.#plan.columns, 'getGroup')
    const tests = this.#keys.map(([name], i) => {
      const key = keys[i]!
      const field: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false }
      if (!(key instanceof Date)) return t.equal(field, { op: 'literal', value: key }, false)
      const time: Tree = { op: 'method', of: field, name: 'getTime', args: [], optional: false }
      return t.equal(time, { op: 'literal', value: key.getTime() }, false)
    })
    return new DataFrame(filtered(this.#plan, conjunction(tests)))
  }

  // ——— each row in its group, in the order of rows: the keys and the columns that it makes sense of

  cumsum(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#windows('window.cumsum', 'numbers')
  }
  cumprod(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#windows('window.cumprod', 'numbers')
  }
  cummax(): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#windows('window.cummax', 'all')
  }
  cummin(): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#windows('window.cummin', 'all')
  }
  /** The place of each row in its group, counted from 0, as `cumcount`, beside all columns. */
  cumcount(): DataFrame<Assign<S, { cumcount: number }>> {
    const place = new Translator(this.#plan.columns, 'cumcount').value({ op: 'call', name: 'window.place', args: [] })
    const mine = within(place, this.#by())
    return new DataFrame(staged(this.#plan, [...identity(this.#plan), ['cumcount', mine]]))
  }
  /** The last value before, in the same group, where there is none. */
  ffill(limit?: number): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#windows('window.ffill', 'all', limit)
  }
  /** The next value after, in the same group, where there is none. */
  bfill(limit?: number): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#windows('window.bfill', 'all', limit)
  }
  /** The values of so many rows before in the same group. */
  shift(rows = 1): DataFrame<{ [P in keyof S]: P extends K ? S[P] : S[P] | null }> {
    return this.#windows('window.shift', 'all', rows)
  }
  diff(rows = 1): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#windows('window.diff', 'numbers', rows)
  }
  rank({
    method = 'average',
    ascending = true,
  }: RankOptions = {}): DataFrame<{ [P in keyof S]: P extends K ? S[P] : number | null }> {
    return this.#windows('window.rank', 'all', method, ascending)
  }
  /** What is around each row in its group. */
  rolling(window: number | string, options: RollingOptions = {}): Rolling<DataFrame<GroupTotals<S, K, number | null>>> {
    const spec = windowSpec(window, options, this.#plan.columns, 'rolling')
    return new Rolling((name, more) => this.#windows(name, 'numbers', spec, ...more))
  }
  /** All rows of the group up to each row. */
  expanding({ minPeriods = 1 }: ExpandingOptions = {}): Rolling<DataFrame<GroupTotals<S, K, number | null>>> {
    const spec = windowSpec(undefined, { minPeriods }, this.#plan.columns, 'expanding')
    return new Rolling((name, more) => this.#windows(name, 'numbers', spec, ...more))
  }

  #by(): Scalar[] {
    return this.#keys.map(([, value]) => value)
  }

  #windows<T extends object>(name: string, which: 'numbers' | 'all', ...more: unknown[]): DataFrame<T> {
    const keys = new Set(this.#keys.map(([key]) => key))
    const t = new Translator(this.#plan.columns, name)
    const by = this.#by()
    const args = more.map((value): Tree => ({ op: 'literal', value }))
    const values = this.#plan.columns
      .filter(({ name: each, type }) => !keys.has(each) && (which === 'all' || isNumeric(type) || classOf(type) === 'boolean'))
      .map(({ name: each }): Named => {
        const field: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name: each, optional: false }
        return [each, within(t.value({ op: 'call', name, args: [field, ...args] }), by)]
      })
    const made = new Map<string, Scalar>([...this.#keys, ...values])
    const ordered = this.#plan.columns.flatMap(({ name: each }): Named[] => (made.has(each) ? [[each, made.get(each)!]] : []))
    return new DataFrame<T>(staged(this.#plan, ordered))
  }

  /** Pearson's correlations of the columns of numbers with each other, by group: a row for each `column`. */
  corr(): DataFrame<Assign<GroupTotals<S, K, number | null>, { column: string }>> {
    return new DataFrame(matrix(this.#plan, this.#keys, 'corr'))
  }
  /** Their covariances (n − 1). */
  cov(): DataFrame<Assign<GroupTotals<S, K, number | null>, { column: string }>> {
    return new DataFrame(matrix(this.#plan, this.#keys, 'cov'))
  }
  /** The places of the largest values in the whole dataframe, counted from 0; of equal ones the first. */
  idxmax(): DataFrame<{ [P in keyof S]: P extends K ? S[P] : number | null }> {
    return this.#totals('idxmax', false)
  }
  idxmin(): DataFrame<{ [P in keyof S]: P extends K ? S[P] : number | null }> {
    return this.#totals('idxmin', false)
  }
  prod(): DataFrame<GroupTotals<S, K, number>> {
    return this.#totals('product', true)
  }
  /** The standard error of the mean. */
  sem(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#totals('sem', true)
  }
  /** @param q from 0 to 1 */
  quantile(q: number): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#totals('quantile', true, q)
  }

  /** The sums of the columns of numbers, by group. */
  sum(): DataFrame<GroupTotals<S, K, number>> {
    return this.#totals('sum', true)
  }
  mean(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#totals('mean', true)
  }
  std(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#totals('std', true)
  }
  var(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#totals('variance', true)
  }
  median(): DataFrame<GroupTotals<S, K, number | null>> {
    return this.#totals('median', true)
  }
  min(): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#totals('min', false)
  }
  max(): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#totals('max', false)
  }
  /** The first value of each column that is not null, in the order of rows. */
  first(): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#totals('first', false)
  }
  last(): DataFrame<{ [P in keyof S]: S[P] }> {
    return this.#totals('last', false)
  }
  /** How many values of each column are not null. */
  count(): DataFrame<{ [P in keyof S]: P extends K ? S[P] : number }> {
    return this.#totals('count', false)
  }
  /** How many different values each column has. */
  nunique(): DataFrame<{ [P in keyof S]: P extends K ? S[P] : number }> {
    return this.#totals('nunique', false)
  }

  #totals<T extends object>(name: string, numbersOnly: boolean, q?: number): DataFrame<T> {
    const more: Tree[] = q === undefined ? [] : [{ op: 'literal', value: q }]
    const keys = new Set(this.#keys.map(([key]) => key))
    const t = new Translator(this.#plan.columns, name, true)
    const values = this.#plan.columns
      .filter(
        (column) => !keys.has(column.name) && (!numbersOnly || isNumeric(column.type) || classOf(column.type) === 'boolean'),
      )
      .map((column): Named => {
        const field = { op: 'field', of: { op: 'parameter', index: 0 }, name: column.name, optional: false } as const
        return [column.name, t.value({ op: 'call', name: `aggregate.${name}`, args: [field, ...more] })]
      })
    return new DataFrame<T>(aggregated(this.#plan, this.#keys, values))
  }

  /** How many rows each group has. */
  size(): DataFrame<Assign<{ [P in K & keyof S]: S[P] }, { size: number }>> {
    return new DataFrame(
      aggregated(this.#plan, this.#keys, [
        ['size', { kind: 'aggregate', name: 'count', args: [], distinct: false, type: { sql: 'BIGINT' } }],
      ]),
    )
  }
}

/** The keys of groups, and the columns of numbers, each with its total. */
export type GroupTotals<S extends object, K, T> = {
  [P in keyof S as P extends K ? P : [NonNullable<S[P]>] extends [number | bigint | boolean] ? P : never]: P extends K ? S[P] : T
}

/** The aggregates of a value as those of the group that a row is in. */
function overGroups(value: Scalar, by: readonly Scalar[], name: string): Scalar {
  return mapScalar(value, (part) => {
    if (part.kind !== 'aggregate') return part
    if (part.name === 'arg_min' || part.name === 'arg_max' || part.name === 'list')
      throw new LambdaError(`transform: ${name}: first, last and list are of whole groups. Use agg(), and join() what it gives.`)
    return { kind: 'window', of: part, by, order: [], rows: undefined, type: part.type }
  })
}
