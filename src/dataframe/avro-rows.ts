import type { TaskContext } from '../graph/index.js'
import { type AvroSchema, type FilePart, avroBatches } from '../formats/index.js'
import { operation } from '../transfer/index.js'
import type { TableValue } from '../duckdb/index.js'
import type { BatchColumn, BatchRows } from './batch-source.js'
import { ColumnError } from './errors.js'
import { tableOfBatches } from './physical/read-pieces.js'

interface AvroField {
  readonly name: string
  readonly type: unknown
}

interface Form extends Omit<BatchColumn, 'name'> {
  readonly value?: (value: unknown) => unknown
  readonly nullable?: boolean
}

const primitives: Readonly<Record<string, Form>> = {
  boolean: { type: 'BOOLEAN' },
  int: { type: 'INTEGER', stored: 'DOUBLE' },
  long: { type: 'BIGINT' },
  float: { type: 'FLOAT', stored: 'DOUBLE' },
  double: { type: 'DOUBLE' },
  string: { type: 'VARCHAR' },
  enum: { type: 'VARCHAR' },
  bytes: { type: 'BLOB' },
  fixed: { type: 'BLOB' },
}

const logical: Readonly<Record<string, Form>> = {
  date: { type: 'DATE', stored: 'DOUBLE', convert: (column) => `DATE '1970-01-01' + CAST(${column} AS INTEGER)` },
  'timestamp-millis': { type: 'TIMESTAMP', stored: 'BIGINT', convert: (column) => `make_timestamp(${column} * 1000)` },
  'timestamp-micros': { type: 'TIMESTAMP', stored: 'BIGINT', convert: (column) => `make_timestamp(${column})` },
  'local-timestamp-millis': { type: 'TIMESTAMP', stored: 'BIGINT', convert: (column) => `make_timestamp(${column} * 1000)` },
  'local-timestamp-micros': { type: 'TIMESTAMP', stored: 'BIGINT', convert: (column) => `make_timestamp(${column})` },
}

function formOf(type: unknown, name: string, file: string): Form {
  if (Array.isArray(type)) {
    const rest = type.filter((each) => each !== 'null')
    if (rest.length === 1 && rest.length < type.length) return { ...formOf(rest[0], name, file), nullable: true }
  } else if (typeof type === 'string') {
    const known = primitives[type]
    if (known !== undefined) return known
  } else if (typeof type === 'object' && type !== null) {
    const { logicalType, type: of, items } = type as { logicalType?: string; type?: unknown; items?: unknown }
    const known = logicalType === undefined ? undefined : logical[logicalType]
    if (known !== undefined) return known
    if (of === 'array') {
      const item = formOf(items, name, file)
      if (item.convert === undefined) return { type: `${item.type}[]`, stored: `${item.stored ?? item.type}[]` }
    } else if (of !== 'record' && of !== 'map') return formOf(of, name, file)
  }
  throw new ColumnError(
    `${file}: "${name}" is ${JSON.stringify(type)} in Avro, which a column cannot hold. Read it as a bag: heddle/bag has readAvro.`,
  )
}

/** Columns of records, and which of them may hold nulls. */
export interface AvroColumns {
  readonly names: readonly string[]
  readonly columns: readonly BatchColumn[]
  readonly nullable: readonly boolean[]
}

/** The columns that the schema of a file gives. @throws ColumnError for schemas that no table has */
export function avroColumns(schema: AvroSchema, file: string): AvroColumns {
  const { type, fields } = schema as { type?: string; fields?: readonly AvroField[] }
  if (type !== 'record' || fields === undefined)
    throw new ColumnError(`${file}: its values are no records, so they make no table`)
  const forms = fields.map((field) => formOf(field.type, field.name, file))
  return {
    names: fields.map(({ name }) => name),
    nullable: forms.map((form) => form.nullable === true),
    columns: fields.map(({ name }, i): BatchColumn => {
      const { type: sql, stored, convert } = forms[i]!
      return { name, type: sql, ...(stored !== undefined && { stored }), ...(convert !== undefined && { convert }) }
    }),
  }
}

/** The rows of parts of files. */
export async function* avroRows(parts: readonly FilePart[], { names }: AvroColumns): AsyncGenerator<BatchRows> {
  for (const part of parts) {
    for await (const records of avroBatches(part, { longs: 'bigint' }))
      yield (records as Record<string, unknown>[]).map((record) => names.map((name) => unwrapped(record[name])))
  }
}

/** Runs as a task: the rows of parts of files, as a table. `shared`: their schema. */
export const readAvroPiece = operation(
  import.meta.url,
  'readAvroPiece',
  (_inputs: readonly unknown[], parts: readonly FilePart[], schema: AvroSchema, context: TaskContext): Promise<TableValue> => {
    context.occupy?.()
    const columns = avroColumns(schema, parts[0]!.path)
    return tableOfBatches(columns.columns, () => avroRows(parts, columns), context.scratch())
  },
)

/** Some unions come wrapped: { string: 'x' }. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return value
  const [inner, ...more] = Object.values(value)
  return more.length === 0 ? inner : value
}
