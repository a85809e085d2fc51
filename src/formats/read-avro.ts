import type { Type } from 'avsc'
import { ArgumentError } from '../base/index.js'
import { type FileInfo, storeOf } from '../filesystem/index.js'
import { avroCodec } from './avro-codec.js'
import { type AvroSchema, type Header, headerSchema, type LongOptions, MAGIC, plain, typeOf } from './avro-type.js'
import { type BlockOptions, type FileBlock, type FilePart, gather, planText, readExactly } from './blocks.js'
import { lineStart, markOf } from './delimiter.js'
import { CorruptFileError } from './errors.js'

/**
 * Cuts Avro object container files into blocks, as `planText` does; where to, is found by the marks between the blocks of
 * the file, which are the smallest parts that can be read.
 */
export function planAvro(files: readonly FileInfo[], options: Omit<BlockOptions, 'compression'> = {}): FileBlock[] {
  return planText(files, { ...options, compression: 'none' })
}

/**
 * The records of the Avro blocks that begin in a block, by the schema in the file: records as plain objects, bytes as
 * Uint8Array, values of logical types as what they are stored as. Codecs: null, deflate, and zstandard where Node has it.
 *
 * Throws `CorruptFileError` with the file and the byte for a file that is cut off or damaged, `UnsupportedCodecError` for
 * other codecs.
 * @example
 * const blocks = planAvro(await resolveFiles('events/*.avro'))
 * const events = await readAvro(blocks[0])
 */
export async function readAvro(block: FileBlock, options: LongOptions = {}): Promise<unknown[]> {
  return gather(block, (part) => avroBatches(part, options))
}

/** The schema that a file says its records have. Throws `CorruptFileError` for what is no Avro file. */
export async function readAvroSchema(file: FileInfo): Promise<AvroSchema> {
  const [part] = planAvro([file], { blockSize: null }).flatMap((block) => block.parts)
  const { meta } = await readHeader(part!)
  fileType(meta['avro.schema']!, {}, file.path)
  return JSON.parse(meta['avro.schema']!.toString()) as AvroSchema
}

const WINDOW = 1 << 16
const PIECE = 4 << 20

/** The same for a part of a block, some at a time: up to 4 MiB of the file in a batch, more only for larger Avro blocks. */
export async function* avroBatches(part: FilePart, options: LongOptions = {}): AsyncGenerator<unknown[]> {
  const header = await readHeader(part)
  const schema = header.meta['avro.schema']
  if (schema === undefined) throw new CorruptFileError(part.path, 0, 'the header of the Avro file has no avro.schema')
  const reading: Reading = {
    part,
    type: fileType(schema, options, part.path),
    long: typeOf('long'),
    sync: header.sync,
    decompress: avroCodec(header.meta['avro.codec']?.toString() ?? 'null', part.path).decompress,
  }
  const mark = markOf(header.sync)
  const edge = (position: number): number | Promise<number> =>
    position <= header.length ? header.length : lineStart(storeOf(part.path, part.version), part.path, position, part.size, mark)
  const [begin, end] = [await edge(part.start), await edge(part.end)]
  let length = PIECE
  for (let offset = begin; offset < end; ) {
    const bytes = await readExactly(part, offset, Math.min(end, offset + length))
    const records: unknown[] = []
    const read = readBlocks(reading, bytes, offset, end, records)
    yield records
    offset += read
    length = read > 0 ? PIECE : length * 4
  }
}

async function readHeader(part: FilePart): Promise<Header & { readonly length: number }> {
  const type = typeOf(headerSchema)
  for (let length = WINDOW; ; length *= 4) {
    const bytes = await readExactly(part, 0, Math.min(part.size, length))
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new CorruptFileError(part.path, 0, 'this is no Avro object container file: it does not begin with "Obj" and a byte 1')
    }
    const { value, offset } = type.decode(bytes) as { value: Header | undefined; offset: number }
    if (value !== undefined && offset >= 0) return { ...value, length: offset }
    if (bytes.length === part.size) {
      throw new CorruptFileError(
        part.path,
        part.size,
        'the file ends in the middle of its Avro header. It is truncated: copy it again',
      )
    }
  }
}

function fileType(schema: Buffer, options: LongOptions, path: string): Type {
  try {
    return typeOf(JSON.parse(schema.toString()) as object, options)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ArgumentError)) throw error
    throw new CorruptFileError(path, 0, `the schema in the header of the Avro file: ${error.message}`, { cause: error })
  }
}

interface Reading {
  readonly part: FilePart
  readonly type: Type
  readonly long: Type
  readonly sync: Buffer
  readonly decompress: (bytes: Buffer) => Buffer
}

/** Adds the records of the Avro blocks that are complete in the bytes from `offset` on; gives the bytes they took. */
function readBlocks(reading: Reading, bytes: Buffer, offset: number, end: number, records: unknown[]): number {
  const { part, long, sync } = reading
  const last = offset + bytes.length === end
  let done = 0
  while (done < bytes.length) {
    const count = long.decode(bytes, done) as { value: number; offset: number }
    const size = count.offset < 0 ? count : (long.decode(bytes, count.offset) as { value: number; offset: number })
    const mark = size.offset + size.value
    if (size.offset >= 0 && (count.value < 0 || size.value < 0 || !(offset + mark <= part.size))) {
      const problem = `the Avro block that begins here is said to have ${count.value} records in ${size.value} bytes, but the file has ${part.size} bytes`
      throw new CorruptFileError(part.path, offset + done, `${problem}. It is truncated or damaged`)
    }
    if (size.offset < 0 || mark + sync.length > bytes.length) {
      if (!last) return done
      throw new CorruptFileError(
        part.path,
        end,
        `the file ends in the middle of the Avro block that begins at byte ${offset + done}: expected the rest of it and its 16-byte mark. It is truncated`,
      )
    }
    if (!bytes.subarray(mark, mark + sync.length).equals(sync)) {
      throw new CorruptFileError(part.path, offset + mark, 'expected the mark that ends an Avro block, found something else')
    }
    readRecords(reading, bytes.subarray(size.offset, mark), count.value, offset + done, records)
    done = mark + sync.length
  }
  return done
}

function readRecords({ part, type, decompress }: Reading, data: Buffer, count: number, block: number, records: unknown[]): void {
  const wrong = (problem: string, options?: ErrorOptions): CorruptFileError =>
    new CorruptFileError(part.path, block, `in the Avro block that begins here, ${problem}`, options)
  let content: Buffer
  try {
    content = decompress(data)
  } catch (error) {
    throw wrong(`the compressed data are damaged: ${(error as Error).message}`, { cause: error })
  }
  let position = 0
  for (let i = 0; i < count; i++) {
    let decoded: { value: unknown; offset: number }
    try {
      decoded = type.decode(content, position)
    } catch (error) {
      throw wrong(`record ${i} cannot be decoded: ${(error as Error).message}`, { cause: error })
    }
    if (decoded.offset < 0) throw wrong(`record ${i} goes beyond the end of the block`)
    records.push(plain(decoded.value))
    position = decoded.offset
  }
  if (position !== content.length) throw wrong(`${content.length - position} bytes are left over after ${count} records`)
}
