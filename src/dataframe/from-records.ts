import { ArgumentError, describe } from '../base/index.js'
import type { RowsSource } from '../duckdb/index.js'
import { DataFrame } from './data-frame.js'
import { ColumnError } from './errors.js'
import type { Column } from './plan/relation.js'
import type { Columns, Merged } from './types.js'

/**
 * A dataframe of objects: numbers, strings, booleans, bigints, dates, bytes, lists of them, and null (undefined is null). The
 * columns are all names that some object has.
 *
 * @throws ColumnError for a column whose values are of several types, with the row
 * @example fromRecords([{ city: 'Bern', people: 134_000 }, { city: 'Basel', people: null }])
 */
export function fromRecords<S extends object>(records: Iterable<S>): DataFrame<Columns<Merged<S>>> {
  const rows = [...records] as Record<string, unknown>[]
  const kinds = new Map<string, string | undefined>()
  const nullable = new Set<string>()
  rows.forEach((row, index) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new ArgumentError(`fromRecords: row ${index} is ${describe(row)}, not an object`)
    for (const name in row) {
      const kind = kindOf(row[name], name, index)
      const known = kinds.get(name)
      if (kind === undefined) kinds.set(name, known)
      else if (known === undefined || known === 'EMPTY[]') kinds.set(name, kind)
      else if (kind !== 'EMPTY[]' && kind !== known) {
        throw new ColumnError(
          `fromRecords: "${name}" is ${jsName(known)} in earlier rows and ${jsName(kind)} in row ${index}. A column has one type.`,
        )
      }
    }
  })
  if (kinds.size === 0)
    throw new ArgumentError('fromRecords: there are no columns. Give at least one object with at least one property.')
  for (const name of kinds.keys()) if (rows.some((row) => row[name] === null || row[name] === undefined)) nullable.add(name)
  const columns = [...kinds].map(([name, kind]): Column => {
    const sql = kind === undefined || kind === 'EMPTY[]' ? (kind === undefined ? 'DOUBLE' : 'VARCHAR[]') : kind
    return { name, type: { sql, ...(sql.startsWith('HUGEINT') && { bigint: true }) }, nullable: nullable.has(name) }
  })
  const names = columns.map((column) => column.name)
  const source: RowsSource = {
    columns: columns.map(({ name, type }) => ({ name, type: type.sql })),
    length: rows.length,
    value: (row, column) => rows[row]![names[column]!],
  }
  return new DataFrame({ kind: 'table', label: `${rows.length} records`, source, columns })
}

function kindOf(value: unknown, name: string, row: number): string | undefined {
  switch (typeof value) {
    case 'number':
      return 'DOUBLE'
    case 'string':
      return 'VARCHAR'
    case 'boolean':
      return 'BOOLEAN'
    case 'bigint':
      return 'HUGEINT'
    case 'undefined':
      return undefined
    case 'object': {
      if (value === null) return undefined
      if (value instanceof Date) {
        if (!Number.isNaN(value.getTime())) return 'TIMESTAMP'
        throw new ColumnError(`fromRecords: "${name}" of row ${row} is an invalid date`)
      }
      if (value instanceof Uint8Array) return 'BLOB'
      if (Array.isArray(value)) {
        const kinds = new Set(value.map((item) => kindOf(item, name, row)).filter((kind) => kind !== undefined))
        if (kinds.size <= 1) return `${[...kinds][0] ?? 'EMPTY'}[]`
      }
      break
    }
    default:
  }
  throw new ColumnError(`fromRecords: "${name}" of row ${row} is ${describe(value)}, which no column can hold`)
}

function jsName(kind: string): string {
  return { DOUBLE: 'number', VARCHAR: 'string', BOOLEAN: 'boolean', HUGEINT: 'bigint', TIMESTAMP: 'Date' }[kind] ?? kind
}
