import { ArgumentError, describe } from '../base/index.js'
import type { RowsSource } from '../duckdb/index.js'
import { DataFrame } from './data-frame.js'
import { ColumnError } from './errors.js'
import type { Column } from './plan/relation.js'
import type { Cell, Columns, Merged, Widen } from './types.js'

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

/**
 * A dataframe of columns.
 *
 * @throws ArgumentError for columns of different lengths
 * @example fromColumns({ city: ['Bern', 'Basel'], people: [134_000, null] })
 */
export function fromColumns<C extends Readonly<Record<string, readonly Cell[]>>>(
  columns: C,
): DataFrame<{ [K in keyof C & string]: Widen<C[K][number]> }> {
  const entries = Object.entries(columns)
  const lengths = new Set(entries.map(([, values]) => values.length))
  if (lengths.size > 1) {
    const list = entries.map(([name, values]) => `"${name}" has ${values.length}`).join(', ')
    throw new ArgumentError(`fromColumns: the columns have different lengths: ${list}`)
  }
  const length = entries[0]?.[1].length ?? 0
  const rows = Array.from({ length }, (_, row) => Object.fromEntries(entries.map(([name, values]) => [name, values[row]!])))
  return fromRecords(rows) as unknown as DataFrame<{ [K in keyof C & string]: Widen<C[K][number]> }>
}

/**
 * A dataframe of rows without names, whose columns are named here.
 *
 * @example fromArray([[1, 'a'], [2, 'b']], ['id', 'letter'])
 */
export function fromArray<const N extends string, T extends Cell>(
  rows: Iterable<readonly T[]>,
  names: readonly N[],
): DataFrame<{ [K in N]: Widen<T> }> {
  const records = Array.from(rows, (row, i) => {
    if (!Array.isArray(row) || row.length !== names.length)
      throw new ArgumentError(
        `fromArray: row ${i} is ${describe(row)}; an array of ${names.length} values is expected: ${names.join(', ')}`,
      )
    return Object.fromEntries(names.map((name, k) => [name, (row as readonly T[])[k]!]))
  })
  return fromRecords(records) as unknown as DataFrame<{ [K in N]: Widen<T> }>
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
