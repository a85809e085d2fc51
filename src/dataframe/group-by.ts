import { DataFrame } from './data-frame.js'
import { aggregateOf } from './lambdas.js'
import { LambdaError } from '../lambda/index.js'
import { type Named, type Relation, aggregated, identity, projected } from './plan/relation.js'
import { type Scalar, mapScalar } from './plan/scalar.js'
import { classOf, isNumeric } from './plan/type.js'
import { Translator } from './translate/translator.js'
import type { Agg, Assign, Cell, Group, LeftOver, Scalarish } from './types.js'

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
   * @throws LambdaError for a column outside of an aggregate, and for functions that have no translation
   * @example flights.groupBy('origin').agg({ flights: count(), delay: (f) => mean(f.delay) })
   */
  agg<R extends Record<string, Scalarish>>(
    columns: { [P in keyof R]: Agg<R[P]> | ((rows: Group<S, K>) => R[P]) },
    ..._left: LeftOver<R>
  ): DataFrame<Assign<{ [P in K & keyof S]: S[P] }, R>> {
    const keys = new Set(this.#keys.map(([name]) => name))
    const values = Object.entries(columns).map(
      ([name, made]): Named => [name, aggregateOf(made, this.#plan.columns, keys, `agg: ${name}`)],
    )
    const own = this.#keys.filter(([name]) => !values.some(([other]) => other === name))
    return new DataFrame(aggregated(this.#plan, own, values))
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

  #totals<T extends object>(name: string, numbersOnly: boolean): DataFrame<T> {
    const keys = new Set(this.#keys.map(([key]) => key))
    const t = new Translator(this.#plan.columns, name, true)
    const values = this.#plan.columns
      .filter(
        (column) => !keys.has(column.name) && (!numbersOnly || isNumeric(column.type) || classOf(column.type) === 'boolean'),
      )
      .map((column): Named => {
        const field = { op: 'field', of: { op: 'parameter', index: 0 }, name: column.name, optional: false } as const
        return [column.name, t.value({ op: 'call', name: `aggregate.${name}`, args: [field] })]
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
