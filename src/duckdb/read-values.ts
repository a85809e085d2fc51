import type {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import { UnsafeInteger } from './errors.js'

/** From what DuckDB's package gives for a value that is not NULL to what a program sees. */
export type Reader = (value: unknown) => unknown

/**
 * How values of a type are read.
 * @param bigint whether 64-bit integers are wanted as bigint; else they are numbers, and those that are not safe an error
 */
export function readerOf(type: string, bigint: boolean, column: string): Reader {
  if (type.endsWith(']')) {
    const item = readerOf(type.slice(0, type.lastIndexOf('[')), bigint, column)
    return (value) => (value as DuckDBListValue).items.map((each) => (each === null ? null : item(each)))
  }
  if (type.startsWith('DECIMAL')) return (value) => (value as DuckDBDecimalValue).toDouble()
  if (type.startsWith('STRUCT')) return (value) => structOf(value as DuckDBStructValue, column)
  if (type.startsWith('MAP')) {
    return (value) =>
      new Map((value as DuckDBMapValue).entries.map(({ key, value: of }) => [anyValue(key, column), anyValue(of, column)]))
  }
  switch (type) {
    case 'BIGINT':
    case 'UBIGINT':
    case 'HUGEINT':
    case 'UHUGEINT':
      return bigint ? same : (value) => safe(value as bigint, column)
    case 'DATE':
      return (value) => new Date((value as DuckDBDateValue).days * 86_400_000)
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return (value) => new Date(floorDivide((value as DuckDBTimestampValue).micros, 1000n))
    case 'TIMESTAMP_S':
      return (value) => new Date(Number((value as DuckDBTimestampSecondsValue).seconds) * 1000)
    case 'TIMESTAMP_MS':
      return (value) => new Date(Number((value as DuckDBTimestampMillisecondsValue).millis))
    case 'TIMESTAMP_NS':
      return (value) => new Date(floorDivide((value as DuckDBTimestampNanosecondsValue).nanos, 1_000_000n))
    case 'BLOB':
      return (value) => new Uint8Array((value as { bytes: Uint8Array }).bytes)
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'UTINYINT':
    case 'USMALLINT':
    case 'UINTEGER':
    case 'FLOAT':
    case 'DOUBLE':
    case 'BOOLEAN':
    case 'VARCHAR':
      return same
    default:
      // ENUM is text already; UUID, TIME, INTERVAL, BIT are what DuckDB writes.
      return String
  }
}

const same: Reader = (value) => value

function safe(value: bigint, column: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new UnsafeInteger(
    `The column "${column}" holds ${value}, which a number cannot hold exactly. Read it as bigint: { schema: { ${JSON.stringify(column)}: 'bigint' } }`,
  )
}

function floorDivide(value: bigint, by: bigint): number {
  const quotient = value / by
  return Number(value % by < 0n ? quotient - 1n : quotient)
}

function structOf(value: DuckDBStructValue, column: string): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, of] of Object.entries(value.entries)) result[name] = anyValue(of, column)
  return result
}

/** A value inside another, whose class says what it is. */
function anyValue(value: unknown, column: string): unknown {
  if (typeof value === 'bigint') return safe(value, column)
  if (typeof value !== 'object' || value === null) return value
  if ('items' in value) return (value as DuckDBListValue).items.map((item) => anyValue(item, column))
  if ('entries' in value && !Array.isArray(value.entries)) return structOf(value as DuckDBStructValue, column)
  if ('micros' in value) return readerOf('TIMESTAMP', false, column)(value)
  if ('days' in value && !('months' in value)) return readerOf('DATE', false, column)(value)
  if ('scale' in value) return (value as DuckDBDecimalValue).toDouble()
  return (value as { toString(): string }).toString()
}
