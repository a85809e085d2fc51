import { inspect } from 'node:util'
import type { ComputeOptions } from '../expr/index.js'
import type { Tree } from '../lambda/index.js'
import { ColumnError } from './errors.js'
import { Expr } from './expr.js'
import { execute } from './execute.js'
import { planLines } from './plan/describe.js'
import { type Named, type Relation, aggregated, projected } from './plan/relation.js'
import { hasAggregate } from './plan/scalar.js'
import { classOf, describeType } from './plan/type.js'
import { optimised } from './rules/index.js'
import { Translator } from './translate/translator.js'

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

  constructor(plan: Relation, tree: Tree, name: string) {
    this.plan = plan
    this.expr = new Expr<never, T>(tree)
    this.name = name
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
  abs(): Series<number> {
    return this.#call('Math.abs')
  }
  round(): Series<number> {
    return this.#call('Math.round')
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
  first(): Scalar<T | null> {
    return this.#aggregate('first')
  }
  last(): Scalar<T | null> {
    return this.#aggregate('last')
  }

  /** All values, in the order of rows. */
  async compute(options: ComputeOptions = {}): Promise<T[]> {
    const value = this.#value()
    const rows = await execute(projected(this.plan, [[this.name, value]]), options, options.optimize)
    return rows.values(this.name, value.type.bigint === true) as T[]
  }

  [inspect.custom](): string {
    return `Series { ${this.name}: ${describeType(this.#value().type)} }`
  }

  #value() {
    return new Translator(this.plan.columns, this.name).value(this.expr.tree)
  }

  #call<U>(name: string): Series<U> {
    return new Series(this.plan, { op: 'call', name, args: [this.expr.tree] }, this.name)
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
    const values: Named[] = [[name, value]]
    if (!hasAggregate(value)) throw new ColumnError(`${name}() of ${classOf(value.type)}`)
    return new Scalar<U>(aggregated(this.plan, [], values), name)
  }
}
