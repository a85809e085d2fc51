import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { InvariantError } from '../base/index.js'
import type { RowsSource } from './database.js'
import { duckdbLibrary } from './library.js'
import { Turns } from './turns.js'

const rowsAtOnce = 2048
/** So many are put into the table together: they are there at once, and others wait for it. */
const rowsTogether = 8 * rowsAtOnce

/** Appends the rows of a program to a table. Others have their turn in between. */
export async function loadRows(connection: DuckDBConnection, table: string, source: RowsSource): Promise<void> {
  const { DuckDBDataChunk } = duckdbLibrary()
  const types = source.columns.map(({ type }) => typeNamed(type))
  const appender = await connection.createAppender(table)
  const turns = new Turns()
  try {
    for (let from = 0; from < source.length; from += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, source.length - from)
      const chunk = DuckDBDataChunk.create(types, rows)
      for (const [column, { type }] of source.columns.entries()) {
        if (turns.isOver) await turns.next()
        const values: DuckDBValue[] = []
        for (let row = 0; row < rows; row++) values.push(toDuckdb(source.value(from + row, column), type))
        chunk.setColumnValues(column, values)
      }
      appender.appendDataChunk(chunk)
      if ((from + rowsAtOnce) % rowsTogether !== 0) continue
      if (turns.isOver) await turns.next()
      appender.flushSync()
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}

/** The types that values of JavaScript are stored as. */
export function typeNamed(type: string): DuckDBType {
  const d = duckdbLibrary()
  switch (type) {
    case 'DOUBLE':
      return d.DOUBLE
    case 'BIGINT':
      return d.BIGINT
    case 'HUGEINT':
      return d.HUGEINT
    case 'VARCHAR':
      return d.VARCHAR
    case 'BOOLEAN':
      return d.BOOLEAN
    case 'TIMESTAMP':
      return d.TIMESTAMP
    case 'BLOB':
      return d.BLOB
    default:
      if (type.endsWith('[]')) return d.LIST(typeNamed(type.slice(0, -2)))
      throw new InvariantError(`values of JavaScript are stored as ${type}, which load-rows.ts does not know`)
  }
}

export function toDuckdb(value: unknown, type: string): DuckDBValue {
  if (value === null || value === undefined) return null
  const d = duckdbLibrary()
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? null : new d.DuckDBTimestampValue(BigInt(value.getTime()) * 1000n)
  if (Array.isArray(value)) return d.listValue(value.map((item) => toDuckdb(item, type.slice(0, -2))))
  if (value instanceof Uint8Array) return d.blobValue(value)
  return value as DuckDBValue
}
