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

// Reserved in DuckDB; other words may be names.
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default deferrable desc
  describe distinct do else end except false fetch for foreign from grant group having in initially intersect into lambda lateral leading
  limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify references returning select show some
  summarize symmetric table then to trailing true union unique unpivot using variadic when where window with date time timestamp interval
  values row count sum min max first last list left right full inner outer join natural semi anti asof positional cross at`.split(
    /\s+/,
  ),
)
