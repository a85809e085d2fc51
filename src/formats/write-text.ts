import { storeOf } from '../filesystem/index.js'
import { type Compression, compress, compressionOf, requireCompression } from './compression.js'
import { checkEncoding, type Encoding } from './encoding.js'

/** How lines are written. */
export interface WriteTextOptions {
  /** By default from the name: .gz and .gzip, .zst, .br, .deflate. */
  readonly compression?: Compression | 'infer'
  /** `utf-8` when not given. No byte order mark is written. */
  readonly encoding?: Encoding
  /** What ends every line, also the last: "\n" when not given. */
  readonly delimiter?: string
}

/**
 * Writes lines to a file, each followed by the delimiter, and gives the file's path. The folder is created; the file is
 * replaced as a whole once all is written, or stays as it was when writing fails. A line that contains the delimiter will
 * be read as several.
 * @example
 * await writeText('/data/out/0.txt.gz', ['first', 'second'])
 */
export async function writeText(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
  options: WriteTextOptions = {},
): Promise<string> {
  const compression = compressionOf(path, options.compression)
  requireCompression(compression)
  const chunks = encodeLines(lines, options.delimiter ?? '\n', checkEncoding(options.encoding ?? 'utf-8'))
  await storeOf(path).write(path, compress(chunks, compression))
  return path
}

/** Characters put into one chunk. */
const CHUNK = 1 << 18

async function* encodeLines(
  lines: Iterable<string> | AsyncIterable<string>,
  delimiter: string,
  encoding: Encoding,
): AsyncGenerator<Buffer> {
  let text = ''
  for await (const line of lines) {
    text += line + delimiter
    if (text.length < CHUNK) continue
    yield Buffer.from(text, encoding)
    text = ''
  }
  if (text !== '') yield Buffer.from(text, encoding)
}
