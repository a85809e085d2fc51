import { describe } from '../../base/index.js'
import type { ResultColumn } from '../../duckdb/index.js'
import { ColumnError, DataFrameError } from '../errors.js'
import type { SentRows } from './table-parts.js'

const kinds: Readonly<Record<string, string>> = {
  DOUBLE: 'number',
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  HUGEINT: 'bigint',
  TIMESTAMP: 'Date',
}

/**
 * Objects that a function of the program gave, by column: nothing is converted that nobody asked for.
 *
 * @throws ColumnError for a value of another type than its column, with its row; DataFrameError for what is no object
 */
export function sentRecords(rows: Iterable<object>, columns: readonly ResultColumn[], where: string): SentRows {
  if (typeof rows !== 'object' || rows === null || !(Symbol.iterator in rows))
    throw new DataFrameError(`${where}: the function gave ${describe(rows)}, and a list of objects is expected`)
  const values = columns.map((): unknown[] => [])
  let length = 0
  for (const row of rows) {
    if (typeof row !== 'object' || row === null)
      throw new DataFrameError(`${where}: row ${length} is ${describe(row)}, not an object`)
    columns.forEach(({ name, type }, i) => {
      const value = (row as Record<string, unknown>)[name] ?? null
      if (value !== null && kindOf(value) !== kinds[type])
        throw new ColumnError(`${where}: "${name}" of row ${length} is ${describe(value)}, and the schema says ${kinds[type]}`)
      values[i]!.push(value)
    })
    length++
  }
  return { columns, values, length }
}

function kindOf(value: unknown): string {
  return value instanceof Date ? 'Date' : typeof value
}
