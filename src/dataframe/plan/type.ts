/** The type of a column: DuckDB's name of it, and whether the program sees its 64-bit integers as bigint. */
export interface Type {
  readonly sql: string
  readonly bigint?: boolean
  /** the texts that a column may hold, where they are known, and whether their order means something */
  readonly categories?: Categories
}

export interface Categories {
  readonly values: readonly string[]
  readonly ordered: boolean
}

/** The type of what is calculated from values of a type: which texts those were says nothing any more. */
export function plainType({ sql, bigint: big }: Type): Type {
  return { sql, ...(big === true && { bigint: true }) }
}

/** How values of a type behave in JavaScript. */
export type TypeClass =
  /** integers that every number holds exactly */
  | 'integer'
  /** integers that may be too large for a number */
  | 'long'
  | 'double'
  | 'decimal'
  | 'string'
  | 'boolean'
  | 'date'
  | 'list'
  | 'struct'
  | 'null'
  | 'other'

export const double: Type = { sql: 'DOUBLE' }
export const bigint: Type = { sql: 'HUGEINT', bigint: true }
export const text: Type = { sql: 'VARCHAR' }
export const boolean: Type = { sql: 'BOOLEAN' }
export const integer: Type = { sql: 'INTEGER' }
export const timestamp: Type = { sql: 'TIMESTAMP' }
export const nothing: Type = { sql: 'NULL' }

const classes: Readonly<Record<string, TypeClass>> = {
  TINYINT: 'integer',
  SMALLINT: 'integer',
  INTEGER: 'integer',
  UTINYINT: 'integer',
  USMALLINT: 'integer',
  UINTEGER: 'integer',
  BIGINT: 'long',
  UBIGINT: 'long',
  HUGEINT: 'long',
  UHUGEINT: 'long',
  FLOAT: 'double',
  DOUBLE: 'double',
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'date',
  TIMESTAMP_S: 'date',
  TIMESTAMP_MS: 'date',
  TIMESTAMP_NS: 'date',
  'TIMESTAMP WITH TIME ZONE': 'date',
  NULL: 'null',
  '"NULL"': 'null',
}

export function classOf({ sql }: Type): TypeClass {
  const known = classes[sql]
  if (known !== undefined) return known
  if (sql.endsWith(']')) return 'list'
  if (sql.startsWith('DECIMAL')) return 'decimal'
  if (sql.startsWith('STRUCT')) return 'struct'
  if (sql.startsWith('ENUM')) return 'string'
  return 'other'
}

export function isNumeric(type: Type): boolean {
  const of = classOf(type)
  return of === 'integer' || of === 'long' || of === 'double' || of === 'decimal'
}

/** The type of the items of a list. */
export function itemOf({ sql, bigint: big }: Type): Type {
  return { sql: sql.slice(0, sql.lastIndexOf('[')), ...(big === true && { bigint: true }) }
}

/** What programs call a type. */
export function describeType(type: Type): string {
  switch (classOf(type)) {
    case 'long':
      return type.bigint === true ? 'bigint' : `number (${type.sql})`
    case 'integer':
    case 'double':
    case 'decimal':
      return type.sql === 'DOUBLE' ? 'number' : `number (${type.sql})`
    case 'date':
      return `Date (${type.sql})`
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    default:
      return type.sql
  }
}
