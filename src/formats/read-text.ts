import { isUtf8 } from 'node:buffer'
import { storeOf } from '../filesystem/index.js'
import { type FileBlock, type FilePart, gather, readExactly } from './blocks.js'
import { decompress } from './compression.js'
import { type Delimiter, delimiterOf, lastLineEnd, lineStart } from './delimiter.js'
import { byteOrderMark, checkEncoding, decode, type Encoding } from './encoding.js'
import { utf8Lines } from './utf8-lines.js'

/** How lines are read. */
export interface TextOptions {
  /** `utf-8` when not given. A byte order mark at the start of a file is dropped. */
  readonly encoding?: Encoding
  /** What ends a line, exactly. When not given, both "\n" and "\r\n" do. It is no part of the line. */
  readonly delimiter?: string
  /** `strict`, the default: bytes that are no text of the encoding are an error; `replace`: they become U+FFFD. */
  readonly errors?: 'strict' | 'replace'
}

/**
 * The lines that begin in a block, without what ends them: over all blocks of a plan, each line once and in order. The last
 * line of a file need not be ended; an ended last line is not followed by an empty one.
 *
 * Long lines are slices of the text that was read: to keep a few of them for long, copy them (`structuredClone(line)`), or
 * each holds up to 4 MiB in memory. Throws `CorruptFileError` for damaged compressed data and for bytes that are no text.
 * @example
 * const lines = await readLines(block, { encoding: 'latin1' })
 * const pairs = await readLines(block, { includePath: true })   // [line, path][]
 */
export async function readLines(
  block: FileBlock,
  options: TextOptions & { readonly includePath: true },
): Promise<[line: string, path: string][]>
export async function readLines(block: FileBlock, options?: TextOptions & { readonly includePath?: false }): Promise<string[]>
export async function readLines(
  block: FileBlock,
  options: TextOptions & { readonly includePath?: boolean } = {},
): Promise<string[] | [string, string][]> {
  if (!options.includePath) return gather(block, (part) => lineBatches(part, options))
  const pairs: [string, string][] = []
  for (const part of block.parts) {
    for await (const lines of lineBatches(part, options)) for (const line of lines) pairs.push([line, part.path])
  }
  return pairs
}

/**
 * The same for a part of a block, some at a time: up to 4 MiB of text in a batch, more only for longer lines. Leaving the loop
 * closes the file.
 * @example
 * for (const part of block.parts) for await (const lines of lineBatches(part)) count += lines.length
 */
export async function* lineBatches(part: FilePart, options: TextOptions = {}): AsyncGenerator<string[]> {
  const byLine = options.delimiter === undefined && (options.encoding ?? 'utf-8') === 'utf-8'
  if (!byLine) {
    for await (const text of textPieces(part, options)) yield splitLines(text, options.delimiter)
    return
  }
  for await (const { bytes, offset } of bytePieces(part, options)) {
    const decodeAll = (rest: Buffer) => splitLines(decode(rest, 'utf-8', options.errors !== 'replace', part.path, offset))
    yield isUtf8(bytes) ? utf8Lines(bytes, decodeAll) : decodeAll(bytes)
  }
}

/** The text of a part as strings of whole lines, without a byte order mark. */
export async function* textPieces(part: FilePart, options: TextOptions): AsyncGenerator<string> {
  const encoding = checkEncoding(options.encoding ?? 'utf-8')
  for await (const { bytes, offset } of bytePieces(part, options)) {
    yield decode(bytes, encoding, options.errors !== 'replace', part.path, offset)
  }
}

/** The bytes of a part in pieces of whole lines, without a byte order mark. */
async function* bytePieces(part: FilePart, options: TextOptions): AsyncGenerator<Piece> {
  const encoding = checkEncoding(options.encoding ?? 'utf-8')
  const delimiter = delimiterOf(options.delimiter ?? '\n', encoding)
  const pieces =
    part.compression !== 'none'
      ? streamPieces(decompress(part.path, part.compression, part.version), delimiter)
      : part.whole && part.end === part.size
        ? streamPieces(storeOf(part.path, part.version).stream(part.path), delimiter)
        : rangePieces(part, delimiter)
  for await (const piece of pieces) {
    const skip = piece.offset === 0 ? byteOrderMark(piece.bytes, encoding) : 0
    yield skip === 0 ? piece : { bytes: piece.bytes.subarray(skip), offset: skip }
  }
}

/** How many lines of the file stand before those of the part. Reads all of that: for messages only. */
export async function linesBefore(part: FilePart, options: TextOptions): Promise<number> {
  let count = 0
  for await (const lines of lineBatches({ ...part, start: 0, end: part.start }, { ...options, errors: 'replace' }))
    count += lines.length
  return count
}

/** The lines of a text that begins with a line. Without a delimiter, a carriage return before "\n" belongs to the line's end. */
export function splitLines(text: string, delimiter?: string): string[] {
  const lines = text.split(delimiter ?? '\n')
  const unended = lines.pop()!
  if (delimiter === undefined && text.includes('\r')) {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!
      if (line.charCodeAt(line.length - 1) === 13) lines[i] = line.slice(0, -1)
    }
  }
  if (unended !== '') lines.push(unended)
  return lines
}

/** Whole lines, and where they stand in the content of the file. */
export interface Piece {
  readonly bytes: Buffer
  readonly offset: number
}

/** Large enough that the cost of a read vanishes, small enough for the caches and for strings that share their text. */
const PIECE = 4 << 20

/** The lines that begin in a part of an uncompressed file. */
export async function* rangePieces(part: FilePart, delimiter: Delimiter): AsyncGenerator<Piece> {
  const store = storeOf(part.path, part.version)
  const begin = await lineStart(store, part.path, part.start, part.size, delimiter)
  const end = await lineStart(store, part.path, part.end, part.size, delimiter)
  let length = PIECE
  for (let offset = begin; offset < end; ) {
    const stop = Math.min(end, offset + length)
    const bytes = await readExactly(part, offset, stop)
    const cut = stop === end ? bytes.length : lastLineEnd(bytes, delimiter)
    if (cut > 0) yield { bytes: bytes.subarray(0, cut), offset }
    offset += cut
    length = cut > 0 ? PIECE : length * 2
  }
}

/** The lines of a file that comes from its start to its end. */
async function* streamPieces(chunks: AsyncIterable<Uint8Array>, delimiter: Delimiter): AsyncGenerator<Piece> {
  let pending: Uint8Array[] = []
  let length = 0
  let wanted = PIECE
  let offset = 0
  for await (const chunk of chunks) {
    pending.push(chunk)
    length += chunk.length
    if (length < wanted) continue
    const bytes = Buffer.concat(pending)
    const cut = lastLineEnd(bytes, delimiter)
    if (cut > 0) yield { bytes: bytes.subarray(0, cut), offset }
    offset += cut
    pending = [bytes.subarray(cut)]
    length = bytes.length - cut
    wanted = Math.max(PIECE, 2 * length)
  }
  if (length > 0) yield { bytes: Buffer.concat(pending), offset }
}
