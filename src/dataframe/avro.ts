import { type AvroCodec, type AvroSchema, planAvro, readAvroSchema, writeAvro } from '../formats/index.js'
import { type FileNames, resolveFiles, resolvePath } from '../filesystem/index.js'
import type { ComputeOptions } from '../expr/index.js'
import { avroColumns, avroRows, readAvroPiece } from './avro-rows.js'
import { DataFrame } from './data-frame.js'
import { ColumnError } from './errors.js'
import { execute } from './execute.js'
import { piecesSource } from './physical/read-pieces.js'
import type { Relation } from './plan/relation.js'
import { classOf } from './plan/type.js'
import type { AnyRow } from './readers.js'
import type { Columns } from './types.js'

/** How files are cut where they are read by several processes. */
export interface PieceOptions {
  /** how many bytes of a file are read at once, about; 32 MiB unless told */
  readonly blockSize?: number
}

/**
 * The rows of Avro files, by the schema in them, which is read now: local files and files on servers.
 *
 * Where several processes compute, each reads blocks of files.
 *
 * @throws ColumnError for schemas that no table has, and for files of different schemas
 * @example const events = await readAvro<{ id: number; name: string | null }>('events/*.avro')
 */
export async function readAvro<S extends object = AnyRow>(
  path: FileNames,
  { blockSize }: PieceOptions = {},
): Promise<DataFrame<Columns<S>>> {
  const files = await resolveFiles(path)
  const [first, ...others] = files
  const schema = await readAvroSchema(first!)
  for (const file of others) {
    if (JSON.stringify(await readAvroSchema(file)) !== JSON.stringify(schema))
      throw new ColumnError(
        `${file.path}: the schema is another than that of ${first!.path}. Read the files apart, and make them the same before concat().`,
      )
  }
  const found = avroColumns(schema, first!.path)
  const blocks = planAvro(files, { ...(blockSize !== undefined && { blockSize }) })
  const parts = blocks.flatMap((block) => block.parts)
  return new DataFrame<Columns<S>>({
    kind: 'table',
    label: `avro ${first!.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
    source: piecesSource(found.columns, () => avroRows(parts, found), {
      label: 'avro',
      run: readAvroPiece,
      pieces: blocks.map((block) => block.parts),
      shared: schema,
    }),
    columns: found.columns.map(({ name, type: sql }, i) => ({ name, type: { sql }, nullable: found.nullable[i]! })),
  })
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
  return writeAvro(target, await rows.records(new Set()), { schema, ...(codec !== undefined && { codec }) })
}
