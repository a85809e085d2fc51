import { DataFrame } from './data-frame.js'
import { aggregateOf } from './lambdas.js'
import { type Named, type Relation, aggregated } from './plan/relation.js'
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

  /** How many rows each group has. */
  size(): DataFrame<Assign<{ [P in K & keyof S]: S[P] }, { size: number }>> {
    return new DataFrame(
      aggregated(this.#plan, this.#keys, [
        ['size', { kind: 'aggregate', name: 'count', args: [], distinct: false, type: { sql: 'BIGINT' } }],
      ]),
    )
  }
}

export type KeyRecord = Record<string, Cell>
