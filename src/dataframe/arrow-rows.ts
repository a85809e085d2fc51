import type { BatchColumn, BatchRows } from './batch-source.js'
import { ColumnError } from './errors.js'

/** What of a table of apache-arrow is read, so that other copies of the package serve too. */
export interface ArrowLike {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: { toString(): string } }[] }
  getChildAt(index: number): ArrowVector | null
}

interface ArrowVector {
  readonly data: readonly ArrowData[]
  get(row: number): unknown
}

interface ArrowData {
  readonly length: number
  readonly offset: number
  readonly values: ArrayLike<bigint | number>
}

interface Form extends Omit<BatchColumn, 'name'> {
  /** from what the vector gives to what is stored */
  readonly value?: (value: unknown) => unknown
  /** the stored integers themselves are read: what the vector gives has lost something */
  readonly raw?: boolean
}

const simple: Readonly<Record<string, Form>> = {
  Null: { type: 'INTEGER', stored: 'DOUBLE' },
  Bool: { type: 'BOOLEAN' },
  Int8: { type: 'TINYINT', stored: 'DOUBLE' },
  Int16: { type: 'SMALLINT', stored: 'DOUBLE' },
  Int32: { type: 'INTEGER', stored: 'DOUBLE' },
  Int64: { type: 'BIGINT', value: (value) => BigInt(value as bigint) },
  Uint8: { type: 'UTINYINT', stored: 'DOUBLE' },
  Uint16: { type: 'USMALLINT', stored: 'DOUBLE' },
  Uint32: { type: 'UINTEGER', stored: 'DOUBLE' },
  Uint64: { type: 'UBIGINT', stored: 'HUGEINT', value: (value) => BigInt(value as bigint) },
  Float16: { type: 'DOUBLE' },
  Float32: { type: 'FLOAT', stored: 'DOUBLE' },
  Float64: { type: 'DOUBLE' },
  Utf8: { type: 'VARCHAR' },
  LargeUtf8: { type: 'VARCHAR' },
  Binary: { type: 'BLOB' },
  LargeBinary: { type: 'BLOB' },
}

const stamps: Readonly<Record<string, (column: string) => string>> = {
  SECOND: (column) => `make_timestamp(${column} * 1000000)`,
  MILLISECOND: (column) => `make_timestamp(${column} * 1000)`,
  MICROSECOND: (column) => `make_timestamp(${column})`,
  NANOSECOND: (column) => `make_timestamp_ns(${column})`,
}

function formOf(type: { toString(): string }, name: string): Form {
  const text = type.toString()
  const known = simple[text]
  if (known !== undefined) return known
  const [, unit, zone] = /^Timestamp<(\w+)(?:, (.*))?>$/.exec(text) ?? []
  const convert = unit === undefined ? undefined : stamps[unit]
  if (convert !== undefined) {
    const hasZone = zone !== undefined && zone !== 'null'
    const plain = unit === 'NANOSECOND' ? 'TIMESTAMP_NS' : 'TIMESTAMP'
    return {
      type: hasZone ? 'TIMESTAMP WITH TIME ZONE' : plain,
      stored: 'BIGINT',
      convert: hasZone ? (column) => `timezone('UTC', CAST(${convert(column)} AS TIMESTAMP))` : convert,
      raw: true,
    }
  }
  if (/^Date(32|64)?<?/.test(text)) return { type: 'DATE', stored: 'TIMESTAMP', value: (value) => new Date(Number(value)) }
  const { dictionary } = type as { readonly dictionary?: { toString(): string } }
  if (dictionary !== undefined) return formOf(dictionary, name)
  const { children } = type as { readonly children?: readonly { readonly type: { toString(): string } }[] }
  if (/^(List|FixedSizeList)[<[]/.test(text)) {
    const item = formOf(children![0]!.type, name)
    if (item.raw !== true && item.convert === undefined) {
      const each = item.value ?? ((value: unknown) => value)
      return {
        type: `${item.type}[]`,
        stored: `${item.stored ?? item.type}[]`,
        value: (value) =>
          Array.from(value as Iterable<unknown>, (part) => (part === null || part === undefined ? null : each(part))),
      }
    }
  }
  throw new ColumnError(`fromArrow: "${name}" is ${text}, which has no counterpart here. Leave it out, or make it text.`)
}

/** The integers of a vector as they are stored. */
function rawValues(vector: ArrowVector): (row: number) => bigint {
  const starts: number[] = []
  let rows = 0
  for (const { length } of vector.data) {
    starts.push(rows)
    rows += length
  }
  let at = 0
  return (row) => {
    while (row < starts[at]!) at--
    while (at + 1 < starts.length && row >= starts[at + 1]!) at++
    const { values } = vector.data[at]!
    return BigInt(values[row - starts[at]!]!)
  }
}

/** The columns of a table, and how each is read. */
export interface ArrowColumns {
  readonly columns: readonly BatchColumn[]
  readonly forms: readonly Form[]
}

/** @throws ColumnError for types that have no counterpart */
export function arrowColumns(fields: ArrowLike['schema']['fields']): ArrowColumns {
  const forms = fields.map(({ name, type }) => formOf(type, name))
  const columns = fields.map(({ name }, i): BatchColumn => {
    const { type, stored, convert } = forms[i]!
    return { name, type, ...(stored !== undefined && { stored }), ...(convert !== undefined && { convert }) }
  })
  return { columns, forms }
}

const rowsAtOnce = 10_000

/** The rows of a table, some thousands at a time. */
export function* arrowRows(from: ArrowLike, { forms }: ArrowColumns): Generator<BatchRows> {
  const readers = forms.map(({ raw, value }, i) => {
    const vector = from.getChildAt(i)!
    const integers = raw === true ? rawValues(vector) : undefined
    return (row: number) => {
      const given = vector.get(row)
      if (given === null || given === undefined) return null
      return integers ? integers(row) : value ? value(given) : given
    }
  })
  for (let start = 0; start < from.numRows; start += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, from.numRows - start)
    yield Array.from({ length }, (_, i) => readers.map((read) => read(start + i)))
  }
}
