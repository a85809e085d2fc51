import { type AvroCodec, type AvroSchema, avroBatches, planAvro, readAvroSchema, writeAvro } from '../formats/index.js'
import { type FileNames, resolveFiles, resolvePath } from '../filesystem/index.js'
import type { ComputeOptions } from '../expr/index.js'
import { type BatchColumn, batchSource } from './batch-source.js'
import { DataFrame } from './data-frame.js'
import { ColumnError } from './errors.js'
import { execute } from './execute.js'
import type { Relation } from './plan/relation.js'
import { classOf } from './plan/type.js'
import type { AnyRow } from './readers.js'
import type { Columns } from './types.js'

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

/**
 * The rows of Avro files, by the schema in them, which is read now: local files and files on servers.
 *
 * @throws ColumnError for schemas that no table has, and for files of different schemas
 * @example const events = await readAvro<{ id: number; name: string | null }>('events/*.avro')
 */
export async function readAvro<S extends object = AnyRow>(path: FileNames): Promise<DataFrame<Columns<S>>> {
  const files = await resolveFiles(path)
  const [first, ...others] = files
  const schema = await readAvroSchema(first!)
  for (const file of others) {
    if (JSON.stringify(await readAvroSchema(file)) !== JSON.stringify(schema))
      throw new ColumnError(
        `${file.path}: the schema is another than that of ${first!.path}. Read the files apart, and make them the same before concat().`,
      )
  }
  const { type, fields } = schema as { type?: string; fields?: readonly AvroField[] }
  if (type !== 'record' || fields === undefined)
    throw new ColumnError(`${first!.path}: its values are no records, so they make no table`)
  const forms = fields.map((field) => formOf(field.type, field.name, first!.path))
  const columns = fields.map(({ name }, i): BatchColumn => {
    const { type: sql, stored, convert } = forms[i]!
    return { name, type: sql, ...(stored !== undefined && { stored }), ...(convert !== undefined && { convert }) }
  })
  const parts = planAvro(files, { blockSize: null }).flatMap((block) => block.parts)
  const batches = async function* (): AsyncGenerator<unknown[][]> {
    for (const part of parts) {
      for await (const records of avroBatches(part, { longs: 'bigint' })) {
        yield (records as Record<string, unknown>[]).map((record) => fields.map(({ name }) => unwrapped(record[name])))
      }
    }
  }
  return new DataFrame<Columns<S>>({
    kind: 'table',
    label: `avro ${first!.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
    source: batchSource(columns, batches),
    columns: columns.map(({ name, type: sql }, i) => ({ name, type: { sql }, nullable: forms[i]!.nullable === true })),
  })
}

/** Some unions come wrapped: { string: 'x' }. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return value
  const [inner, ...more] = Object.values(value)
  return more.length === 0 ? inner : value
}

export interface WriteAvroFileOptions extends ComputeOptions {
  /** how blocks are compressed; not, unless told */
  readonly codec?: AvroCodec
}

const written: Readonly<Record<string, unknown>> = {
  integer: 'int',
  long: 'long',
  double: 'double',
  decimal: 'double',
  string: 'string',
  boolean: 'boolean',
  date: { type: 'long', logicalType: 'timestamp-micros' },
}

/** Writes the rows of a plan to an Avro file. Gives the path. @throws UnsafeInteger for integers that a number cannot hold */
export async function writeAvroFile(plan: Relation, path: string, { codec, ...options }: WriteAvroFileOptions): Promise<string> {
  const names = plan.columns.map(({ name, type }) => {
    const of = type.sql === 'BLOB' ? 'bytes' : written[classOf(type)]
    if (of === undefined || /^U?HUGEINT$|^UBIGINT$|^UINTEGER$/.test(type.sql))
      throw new ColumnError(
        `toAvro: "${name}" is ${type.sql}, which Avro does not have. Make it another type with asType() first.`,
      )
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new ColumnError(`toAvro: "${name}" is no name in Avro: letters, digits and _ only. rename() it.`)
    return { name, type: ['null', of] }
  })
  const schema: AvroSchema = { type: 'record', name: 'Row', fields: names }
  const micros = plan.columns.map(({ name, type }) => {
    const of = { kind: 'column', name, type } as const
    const value =
      classOf(type) === 'date'
        ? ({
            kind: 'call',
            name: 'epoch_us',
            args: [{ kind: 'cast', arg: of, type: { sql: 'TIMESTAMP' } }],
            type: { sql: 'BIGINT' },
          } as const)
        : of
    return [name, value] as const
  })
  const rows = await execute(
    { kind: 'project', input: plan, values: micros, columns: micros.map(([name, { type }]) => ({ name, type })) },
    options,
    options.optimize,
  )
  const target = resolvePath(path)
  return writeAvro(target, rows.records(new Set()), { schema, ...(codec !== undefined && { codec }) })
}
