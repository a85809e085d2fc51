import type { DuckDBDataChunk, DuckDBDateValue, DuckDBTimestampValue, DuckDBVector } from '@duckdb/node-api'
import type { DataType, Table, Vector } from 'apache-arrow'
import { arrowLibrary } from './library.js'
import { readerOf } from './read-values.js'
import type { ResultColumn } from './result-rows.js'

type NumberArray = { [index: number]: number; readonly buffer: ArrayBufferLike }
type BigintArray = { [index: number]: bigint; readonly buffer: ArrayBufferLike }

/** What an Arrow column of a type is made of, and how a value gets in. */
interface Form {
  readonly type: DataType
  readonly make: (length: number) => NumberArray | BigintArray
  readonly read: (value: never) => unknown
}

function formOf(type: string): Form | undefined {
  const a = arrowLibrary()
  const same = (value: unknown) => value
  switch (type) {
    case 'TINYINT':
      return { type: new a.Int8(), make: (n) => new Int8Array(n), read: same }
    case 'SMALLINT':
      return { type: new a.Int16(), make: (n) => new Int16Array(n), read: same }
    case 'INTEGER':
      return { type: new a.Int32(), make: (n) => new Int32Array(n), read: same }
    case 'BIGINT':
      return { type: new a.Int64(), make: (n) => new BigInt64Array(n), read: same }
    case 'UTINYINT':
      return { type: new a.Uint8(), make: (n) => new Uint8Array(n), read: same }
    case 'USMALLINT':
      return { type: new a.Uint16(), make: (n) => new Uint16Array(n), read: same }
    case 'UINTEGER':
      return { type: new a.Uint32(), make: (n) => new Uint32Array(n), read: same }
    case 'UBIGINT':
      return { type: new a.Uint64(), make: (n) => new BigUint64Array(n), read: same }
    case 'FLOAT':
      return { type: new a.Float32(), make: (n) => new Float32Array(n), read: same }
    case 'DOUBLE':
      return { type: new a.Float64(), make: (n) => new Float64Array(n), read: same }
    case 'DATE':
      return { type: new a.DateDay(), make: (n) => new Int32Array(n), read: (value: DuckDBDateValue) => value.days }
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return {
        type: new a.TimestampMicrosecond(type === 'TIMESTAMP' ? null : 'UTC'),
        make: (n) => new BigInt64Array(n),
        read: (value: DuckDBTimestampValue) => value.micros,
      }
    default:
      return undefined
  }
}

/** An Arrow table of the rows of a statement: ordinary memory, nothing lost of 64-bit integers and microseconds. */
export function arrowTable(columns: readonly ResultColumn[], chunks: readonly DuckDBDataChunk[]): Table {
  const a = arrowLibrary()
  const length = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  const vectors: Record<string, Vector> = {}
  columns.forEach((column, index) => {
    const parts = chunks.map((chunk) => ({ vector: chunk.getColumnVector(index), rows: chunk.rowCount }))
    vectors[column.name] = vectorOf(column, parts, length)
  })
  return new a.Table(vectors)
}

function vectorOf(
  { name, type }: ResultColumn,
  parts: readonly { readonly vector: DuckDBVector; readonly rows: number }[],
  length: number,
): Vector {
  const a = arrowLibrary()
  const form = formOf(type)
  if (form === undefined && type !== 'VARCHAR' && type !== 'ENUM') {
    const read = readerOf(type, /BIGINT|HUGEINT/.test(type), name)
    const values = parts.flatMap(({ vector, rows }) =>
      Array.from({ length: rows }, (_, row) => {
        const value: unknown = vector.getItem(row)
        return value === null ? null : read(value)
      }),
    )
    return fromValues(type, values)
  }
  const validity = new Uint8Array((length + 7) >> 3)
  let nulls = 0
  let at = 0
  const each = (put: (value: unknown, row: number) => void): void => {
    for (const { vector, rows } of parts) {
      for (let row = 0; row < rows; row++, at++) {
        const value: unknown = vector.getItem(row)
        if (value === null) nulls++
        else validity[at >> 3]! |= 1 << (at & 7)
        put(value, at)
      }
    }
  }
  if (form !== undefined) {
    const data = form.make(length) as NumberArray
    const read = form.read as (value: unknown) => number
    each((value, row) => {
      if (value !== null) data[row] = read(value)
    })
    return a.makeVector(
      a.makeData({ type: form.type, length, nullCount: nulls, nullBitmap: nulls ? validity : null, data } as never),
    )
  }
  const offsets = new Int32Array(length + 1)
  let bytes = Buffer.allocUnsafe(Math.max(64, length * 8))
  let size = 0
  each((value, row) => {
    if (value !== null) {
      const text = value as string
      if (size + text.length * 3 > bytes.length) {
        const larger = Buffer.allocUnsafe(bytes.length * 2 + text.length * 3)
        bytes.copy(larger, 0, 0, size)
        bytes = larger
      }
      size += bytes.write(text, size)
    }
    offsets[row + 1] = size
  })
  return a.makeVector(
    a.makeData({
      type: new a.Utf8(),
      length,
      nullCount: nulls,
      nullBitmap: nulls ? validity : null,
      valueOffsets: offsets,
      data: new Uint8Array(bytes.buffer, bytes.byteOffset, size),
    }),
  )
}

/** Columns of the rarer types: Arrow finds their form by itself; 128-bit integers go as text, which loses nothing. */
function fromValues(type: string, values: unknown[]): Vector {
  const a = arrowLibrary()
  if (type === 'BOOLEAN') return a.vectorFromArray(values, new a.Bool())
  if (type.startsWith('DECIMAL')) return a.vectorFromArray(values, new a.Float64())
  if (/^U?HUGEINT/.test(type)) {
    const small = values.every((value) => value === null || BigInt.asIntN(64, value as bigint) === value)
    if (small) return a.vectorFromArray(values, new a.Int64())
    return a.vectorFromArray(
      values.map((value) => (value === null ? null : String(value as bigint))),
      new a.Utf8(),
    )
  }
  const known = typeOf(type)
  if (known !== undefined) return a.vectorFromArray(values, known)
  const readable = (_: string, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part instanceof Map ? [...part] : part
  const texts = values.map((value) => (value === null || typeof value === 'string' ? value : JSON.stringify(value, readable)))
  return a.vectorFromArray(texts, new a.Utf8())
}

/** The Arrow types of rarer columns and of what is in lists; what has none becomes text: JSON of structures. */
function typeOf(type: string): DataType | undefined {
  const a = arrowLibrary()
  if (type.endsWith('[]')) {
    const item = typeOf(type.slice(0, -2))
    return item && new a.List(new a.Field('item', item, true))
  }
  switch (type) {
    case 'VARCHAR':
      return new a.Utf8()
    case 'BOOLEAN':
      return new a.Bool()
    case 'BLOB':
      return new a.Binary()
    case 'DATE':
    case 'TIMESTAMP':
      return new a.TimestampMillisecond()
    default:
      return formOf(type)?.type
  }
}
