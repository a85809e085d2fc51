import type { Literal } from '../plan/scalar.js'
import { type Type, classOf, itemOf } from '../plan/type.js'

export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A value of the program as SQL that says the same, exactly. */
export function literalSql(value: Literal, type: Type): string {
  if (value === null) return type.sql === 'NULL' ? 'NULL' : `NULL::${type.sql}`
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return `${value}::HUGEINT`
    case 'number':
      return numberSql(value, type)
    case 'string':
      // DuckDB's parser ends at a NUL.
      return value.includes('\0') ? value.split('\0').map(quoteText).join(' || chr(0) || ') : quoteText(value)
    default:
      if (value instanceof Date) return `make_timestamp(${BigInt(value.getTime()) * 1000n})`
      return value.length === 0 ? `[]::${type.sql}` : `[${value.map((item) => literalSql(item, itemOf(type))).join(', ')}]`
  }
}

function numberSql(value: number, type: Type): string {
  if (Number.isNaN(value)) return "'NaN'::DOUBLE"
  if (!Number.isFinite(value)) return `'${value < 0 ? '-' : ''}Infinity'::DOUBLE`
  if (classOf(type) !== 'double') return String(value)
  if (Object.is(value, -0)) return '-0e0'
  const digits = String(value)
  return digits.includes('e') ? digits : `${digits}e0`
}

// What DuckDB's duckdb_keywords() does not call unreserved, and some more; other words may be names.
const reserved = new Set(
  `all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit boolean both by case
  cast char character check coalesce collate collation column columns concurrently constraint count create cross date dec
  decimal default deferrable desc describe distinct do else end except exists extract false fetch first float for foreign
  freeze from full generated glob grant group grouping grouping_id having ilike in initially inner inout int integer intersect
  interval into is isnull join lambda last lateral leading left like limit list map max min national natural nchar none not
  notnull null nullif numeric offset on only or order out outer overlaps overlay pivot pivot_longer pivot_wider placing
  position positional precision primary qualify real references returning right row select semi setof show similar smallint
  some struct substring sum summarize symmetric table tablesample then time timestamp to trailing treat trim true try_cast
  union unique unpack unpivot using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement
  xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
)
