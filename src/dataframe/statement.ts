import { ArgumentError, describe } from '../base/index.js'
import { describeNow } from '../duckdb/index.js'
import { DataFrame } from './data-frame.js'
import type { Column, Relation } from './plan/relation.js'
import { quoteName } from './sql/literal.js'
import type { AnyRow } from './readers.js'

/** The plan of a statement over tables that it names. Its columns are found out at once. */
export function statementOver(text: string, tables: Readonly<Record<string, { readonly plan: Relation }>>): Relation {
  if (typeof text !== 'string' || text.trim() === '')
    throw new ArgumentError(`sql: a statement is expected, not ${describe(text)}`)
  const statement = text.trim().replace(/;\s*$/, '')
  if (!/^(select|with|from|\()/i.test(statement))
    throw new ArgumentError('sql: only a statement that gives rows can be a dataframe: SELECT …')
  const entries = Object.entries(tables)
  const shapes = entries.map(([name, { plan }]) => {
    const columns = plan.columns.map(
      (each) => `NULL::${each.type.sql === 'NULL' ? 'DOUBLE' : each.type.sql} AS ${quoteName(each.name)}`,
    )
    return `${quoteName(name)} AS (SELECT ${columns.join(', ')} WHERE false)`
  })
  const shape = shapes.length === 0 ? statement : `WITH ${shapes.join(', ')} SELECT * FROM (\n${statement}\n)`
  const columns = describeNow(shape).map(
    ({ name, type }): Column => ({
      name,
      type: { sql: type.startsWith('ENUM') ? 'VARCHAR' : type === '"NULL"' ? 'INTEGER' : type },
    }),
  )
  return {
    kind: 'sql',
    text: statement,
    inputs: entries.map(([, { plan }]) => plan),
    names: entries.map(([name]) => name),
    columns,
  }
}

/**
 * What a statement of DuckDB's SQL gives, over dataframes by the names that it uses. The dataframe can be gone on with like
 * any other; nothing runs before it is computed.
 *
 * @throws QueryError for what is wrong with the statement, at once
 * @example
 * const worst = sql<{ origin: string; delay: number }>('SELECT origin, max(delay) AS delay FROM f GROUP BY origin', { f: flights })
 */
export function sql<S extends object = AnyRow>(
  text: string,
  tables: Readonly<Record<string, { readonly plan: Relation }>> = {},
): DataFrame<S> {
  return new DataFrame<S>(statementOver(text, tables))
}
