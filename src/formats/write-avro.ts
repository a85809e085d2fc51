import { randomBytes } from 'node:crypto'
import type { Type } from 'avsc'
import { storeOf } from '../filesystem/index.js'
import { type AvroCodec, avroCodec } from './avro-codec.js'
import { type AvroSchema, headerSchema, type LongOptions, MAGIC, SYNC_LENGTH, typeOf, withBuffers } from './avro-type.js'
import { excerpt, WriteError } from './errors.js'

/** How Avro is written. */
export interface WriteAvroOptions extends LongOptions {
  /** The schema that every record must fit. */
  readonly schema: AvroSchema
  /** `null` (none) when not given; `zstandard` where Node has it. */
  readonly codec?: AvroCodec
}

/**
 * Writes records to an Avro object container file and gives the file's path; the file appears as a whole or not at all. An
 * ambiguous union wants its values wrapped (`{ int: 3 }`), as it gives them when read.
 *
 * Throws `ArgumentError` for a schema that is none, `WriteError` with the index of a record that does not fit it, and why.
 * @example
 * const schema = { type: 'record', name: 'Point', fields: [{ name: 'x', type: 'double' }] }
 * await writeAvro('/data/out/0.avro', [{ x: 1 }, { x: 2 }], { schema, codec: 'deflate' })
 */
export async function writeAvro(
  path: string,
  records: Iterable<unknown> | AsyncIterable<unknown>,
  options: WriteAvroOptions,
): Promise<string> {
  const codec = options.codec ?? 'null'
  const type = typeOf(options.schema, options)
  const { compress } = avroCodec(codec, path)
  await storeOf(path).write(path, container(path, records, type, options.schema, codec, compress))
  return path
}

/** Bytes of records in a block before it is compressed: what the reference implementation takes. */
const BLOCK = 64_000

async function* container(
  path: string,
  records: Iterable<unknown> | AsyncIterable<unknown>,
  type: Type,
  schema: AvroSchema,
  codec: AvroCodec,
  compress: (bytes: Buffer) => Buffer,
): AsyncGenerator<Buffer> {
  const sync = randomBytes(SYNC_LENGTH)
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(codec) }
  yield typeOf(headerSchema).toBuffer({ magic: MAGIC, meta, sync })
  const long = typeOf('long')
  const hasBytes = /"(?:bytes|fixed)"/.test(JSON.stringify(schema))
  let pending: Buffer[] = []
  let size = 0
  const block = (): Buffer => {
    const data = compress(Buffer.concat(pending))
    const bytes = Buffer.concat([long.toBuffer(pending.length), long.toBuffer(data.length), data, sync])
    pending = []
    size = 0
    return bytes
  }
  let index = 0
  for await (const record of records) {
    const bytes = encode(path, hasBytes ? withBuffers(record) : record, type, index++)
    pending.push(bytes)
    size += bytes.length
    if (size >= BLOCK) yield block()
  }
  if (pending.length > 0) yield block()
}

function encode(path: string, record: unknown, type: Type, index: number): Buffer {
  try {
    return type.toBuffer(record)
  } catch (error) {
    let problem = (error as Error).message
    type.isValid(record, {
      errorHook: (fields, value, expected) => {
        problem = `${fields.join('.') || 'it'} is ${excerpt(String(value))}, not of the type ${expected.typeName}`
      },
    })
    throw new WriteError(path, `record ${index} does not fit the schema: ${problem}`, { cause: error })
  }
}
