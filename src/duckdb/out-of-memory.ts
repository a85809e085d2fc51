import type { QueryError } from './errors.js'

/** A step of a plan, as DuckDB explains it. */
interface Step {
  readonly name: string
  readonly children: readonly Step[]
  readonly extra_info: Readonly<Record<string, string | readonly string[]>>
}

/** What keeps rows until it has seen all of them: what programs call it, and what DuckDB says of it that tells which one it is. */
const keepers: Readonly<Record<string, readonly [what: string, detail: string]>> = {
  HASH_GROUP_BY: ['a grouping', 'Aggregates'],
  PERFECT_HASH_GROUP_BY: ['a grouping', 'Aggregates'],
  UNGROUPED_AGGREGATE: ['an aggregation of all rows', 'Aggregates'],
  ORDER_BY: ['a sort', 'Order By'],
  TOP_N: ['a sort', 'Order By'],
  HASH_JOIN: ['a join', 'Conditions'],
  NESTED_LOOP_JOIN: ['a join', 'Conditions'],
  BLOCKWISE_NL_JOIN: ['a join', 'Condition'],
  PIECEWISE_MERGE_JOIN: ['a join', 'Conditions'],
  IE_JOIN: ['a join', 'Conditions'],
  ASOF_JOIN: ['a join with the nearest', 'Conditions'],
  CROSS_PRODUCT: ['a join of all rows with all', ''],
  WINDOW: ['a window', 'Projections'],
}

export function isOutOfMemory({ kind }: QueryError): boolean {
  return kind === 'Out of Memory Error'
}

/**
 * What of a statement keeps rows in memory, in words: where memory runs out, it is one of these.
 * @param explained what DuckDB says to EXPLAIN (FORMAT json)
 */
export function keepersOf(explained: string): string {
  const found: string[] = []
  const visit = ({ name, children, extra_info: info }: Step): void => {
    const known = keepers[name.trim()]
    if (known !== undefined) {
      const [what, detail] = known
      const said = [info[detail] ?? []].flat().join(', ')
      found.push(said === '' ? what : `${what} (${said})`)
    }
    children.forEach(visit)
  }
  ;(JSON.parse(explained) as readonly Step[]).forEach(visit)
  return found.join(', ')
}
