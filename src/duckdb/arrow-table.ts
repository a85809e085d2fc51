import type {
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import type { DataType, Table, Vector } from 'apache-arrow'
import { arrowLibrary } from './library.js'
import { type Reader, readerOf } from './read-values.js'
import type { ResultColumn } from './result-rows.js'
import { Turns } from './turns.js'

type NumberArray = { [index: number]: number; readonly buffer: ArrayBufferLike }
type BigintArray = { [index: number]: bigint; readonly buffer: ArrayBufferLike }

/** What an Arrow column of a type is made of, and how a value gets in. */
interface Form {
  readonly type: DataType
  readonly make: (length: number) => NumberArray | BigintArray
  readonly read: (value: never) => unknown
}

const same = (value: unknown) => value

function formOf(type: string): Form | undefined {
  const a = arrowLibrary()
  if (type.startsWith('DECIMAL') && type.endsWith(')'))
    return { type: new a.Float64(), make: (n) => new Float64Array(n), read: (value: DuckDBDecimalValue) => value.toDouble() }
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
    case 'TIMESTAMP_S':
      return {
        type: new a.TimestampSecond(),
        make: (n) => new BigInt64Array(n),
        read: (value: DuckDBTimestampSecondsValue) => value.seconds,
      }
    case 'TIMESTAMP_MS':
      return {
        type: new a.TimestampMillisecond(),
        make: (n) => new BigInt64Array(n),
        read: (value: DuckDBTimestampMillisecondsValue) => value.millis,
      }
    case 'TIMESTAMP_NS':
      return {
        type: new a.TimestampNanosecond(),
        make: (n) => new BigInt64Array(n),
        read: (value: DuckDBTimestampNanosecondsValue) => value.nanos,
      }
    default:
      return undefined
  }
}

/**
 * An Arrow table of the rows of a statement: ordinary memory, nothing lost of 64-bit integers and microseconds. Others have
 * their turn in between.
 */
export async function arrowTable(columns: readonly ResultColumn[], chunks: readonly DuckDBDataChunk[]): Promise<Table> {
  const a = arrowLibrary()
  const turns = new Turns()
  const vectors: Record<string, Vector> = {}
  for (const [index, column] of columns.entries()) vectors[column.name] = await vectorOf(column, new Values(chunks, index, turns))
  return new a.Table(vectors)
}

/** Lists of so many rows take about a millisecond. */
const rowsOfTurn = 512

/** The values of a column of all chunks, which are looked at in turns. */
class Values {
  readonly length: number
  readonly #chunks: readonly DuckDBDataChunk[]
  readonly #index: number
  readonly #turns: Turns

  constructor(chunks: readonly DuckDBDataChunk[], index: number, turns: Turns) {
    this.length = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
    this.#chunks = chunks
    this.#index = index
    this.#turns = turns
  }

  /** Calls with each, null for NULL, and with `begins` before those of a chunk. */
  async each(put: (value: unknown, row: number) => void, begins: () => void = () => undefined): Promise<void> {
    let row = 0
    for (const chunk of this.#chunks) {
      begins()
      const vector = chunk.getColumnVector(this.#index)
      for (let i = 0; i < chunk.rowCount; i++) {
        if (i % rowsOfTurn === 0 && this.#turns.isOver) await this.#turns.next()
        put(vector.getItem(i), row++)
      }
    }
  }

  /** Puts bytes together. */
  async together(pieces: readonly Uint8Array[], size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size)
    let at = 0
    for (const piece of pieces) {
      if (this.#turns.isOver) await this.#turns.next()
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }
}

async function vectorOf({ name, type }: ResultColumn, values: Values): Promise<Vector> {
  const a = arrowLibrary()
  const { length } = values
  const form = formOf(type)
  if (form === undefined && type !== 'VARCHAR' && type !== 'ENUM') {
    const read = readerOf(type, /BIGINT|HUGEINT/.test(type), name)
    return fromValues(type, values, read)
  }
  const validity = new Uint8Array((length + 7) >> 3)
  let nulls = 0
  const isThere = (value: unknown, row: number): boolean => {
    if (value === null) nulls++
    else validity[row >> 3]! |= 1 << (row & 7)
    return value !== null
  }
  const common = () => ({ length, nullCount: nulls, nullBitmap: nulls ? validity : null })
  if (form !== undefined) {
    const data = form.make(length) as NumberArray
    const read = form.read as (value: unknown) => number
    await values.each((value, row) => {
      if (isThere(value, row)) data[row] = read(value)
    })
    return a.makeVector(a.makeData({ type: form.type, ...common(), data } as never))
  }
  const offsets = new Int32Array(length + 1)
  const pieces: Buffer[] = []
  let texts: string[] = []
  let size = 0
  const pack = () => {
    if (texts.length > 0) pieces.push(Buffer.from(texts.join('')))
    texts = []
  }
  await values.each((value, row) => {
    if (isThere(value, row)) {
      texts.push(value as string)
      size += Buffer.byteLength(value as string)
    }
    offsets[row + 1] = size
  }, pack)
  pack()
  const data = await values.together(pieces, size)
  return a.makeVector(a.makeData({ type: new a.Utf8(), ...common(), valueOffsets: offsets, data }))
}

/** Values that Arrow is given before it makes memory of them, which it does without turns. */
const rowsOfPiece = 4096

/** Columns of the rarer types, as Arrow builds them; 128-bit integers go as text, which loses nothing. */
async function fromValues(type: string, values: Values, read: Reader): Promise<Vector> {
  const a = arrowLibrary()
  const built = async (of: DataType, convert: (value: unknown) => unknown = same): Promise<Vector> => {
    const builder = a.makeBuilder({ type: of, nullValues: [null] })
    const pieces: Vector[] = []
    await values.each((value) => {
      builder.append(value === null ? null : convert(read(value)))
      if (builder.length === rowsOfPiece) pieces.push(builder.toVector())
    })
    const rest = builder.finish().toVector()
    return pieces.length === 0 ? rest : pieces[0]!.concat(...pieces.slice(1), rest)
  }
  if (type === 'BOOLEAN') return built(new a.Bool())
  if (/^U?HUGEINT/.test(type)) {
    let isSmall = true
    await values.each((value) => {
      if (value !== null && BigInt.asIntN(64, value as bigint) !== value) isSmall = false
    })
    return isSmall ? built(new a.Int64()) : built(new a.Utf8(), (value) => String(value as bigint))
  }
  const known = typeOf(type)
  if (known !== undefined) return built(known)
  const readable = (_: string, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part instanceof Map ? [...part] : part
  return built(new a.Utf8(), (value) => (typeof value === 'string' ? value : JSON.stringify(value, readable)))
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
    // What is in lists is read as dates are, which have milliseconds.
    case 'DATE':
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_NS':
      return new a.TimestampMillisecond()
    case 'TIMESTAMP WITH TIME ZONE':
      return new a.TimestampMillisecond('UTC')
    default:
      return formOf(type)?.type
  }
}
