import { askOfFiles } from '../../duckdb/index.js'
import type { Relation } from '../plan/relation.js'
import { type Scalar, column } from '../plan/scalar.js'
import { classOf } from '../plan/type.js'
import { quoteText } from '../sql/literal.js'

type Scan = Relation & { kind: 'scan' }

/** How many groups there may be, as far as types and the statistics of Parquet files say; Infinity where they do not. */
export function mostGroups({ input, keys }: Relation & { kind: 'aggregate' }): number {
  let most = 1
  for (const [, key] of keys) {
    most *= mostValues(input, key)
    if (most === Infinity) break
  }
  return most
}

/** How many different values there may be, null among them. */
function mostValues(relation: Relation, value: Scalar): number {
  if (classOf(value.type) === 'boolean') return 3
  if (value.type.categories !== undefined) return value.type.categories.values.length + 1
  const found = sourceOf(relation, value)
  return found === undefined ? Infinity : valuesIn(found.scan, found.name)
}

/** The column of Parquet files here that has the values of a scalar. */
function sourceOf(relation: Relation, value: Scalar): { readonly scan: Scan; readonly name: string } | undefined {
  if (value.kind !== 'column') return undefined
  switch (relation.kind) {
    case 'scan':
      return relation.format === 'parquet' && relation.remote === undefined ? { scan: relation, name: value.name } : undefined
    case 'project':
      return sourceOf(relation.input, relation.values.find(([name]) => name === value.name)![1])
    case 'filter':
    case 'sort':
    case 'limit':
      return sourceOf(relation.input, value)
    case 'join': {
      const take = relation.takes.find(({ name }) => name === value.name)!
      return take.side === 'right'
        ? sourceOf(relation.right, column(take.from, value.type))
        : sourceOf(relation.left, column(take.from, value.type))
    }
    default:
      return undefined
  }
}

/** Of integers and days how many there are between the least and the largest; of all that writers have counted. */
function valuesIn({ files, columns }: Scan, name: string): number {
  const type = columns.find((each) => each.name === name)!.type
  const steps = classOf(type) === 'integer' || classOf(type) === 'long' ? 'HUGEINT' : type.sql === 'DATE' ? 'DATE' : undefined
  const range =
    steps === undefined
      ? 'NULL'
      : `CASE WHEN bool_and(stats_null_count IS NOT DISTINCT FROM num_values OR TRY_CAST(stats_min_value AS ${steps}) IS NOT NULL)
    THEN max(TRY_CAST(stats_max_value AS ${steps})) - min(TRY_CAST(stats_min_value AS ${steps})) + 1 END`
  const list = `[${files.map(quoteText).join(', ')}]`
  const [row] = askOfFiles(
    `SELECT (${range})::DOUBLE::VARCHAR, CASE WHEN count(*) = count(stats_distinct_count) THEN sum(stats_distinct_count) END::VARCHAR
     FROM parquet_metadata(${list}) WHERE path_in_schema = ${quoteText(name)}`,
    files,
  )
  const known = (row ?? []).flatMap((text) => (text === null ? [] : [Number(text)]))
  return Math.min(...known) + 1
}
