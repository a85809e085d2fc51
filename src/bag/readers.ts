import { ArgumentError, describe, hashOf, parseBytes } from '../base/index.js'
import { config } from '../config/index.js'
import { type FileInfo, type FileNames, resolveFilesSync } from '../filesystem/index.js'
import {
  type LongOptions,
  type BlockOptions,
  type CsvOptions,
  type CsvRow,
  type FileBlock,
  type JsonOptions,
  type TextOptions,
  planAvro,
  planCsv,
  planJson,
  planText,
} from '../formats/index.js'
import type { Bag } from './bag.js'
import { fromSource } from './create.js'
import type { Source } from './sources.js'

/** How files are cut into partitions. */
export interface ReadOptions extends Omit<BlockOptions, 'blockSize'> {
  /** bytes, or a text such as '64 MB'; the setting `bag.blockSize` unless told; null: a partition for each file */
  readonly blockSize?: number | string | null
}

/**
 * The lines of text files, without what ends them. A glob or a list is many files; compressed ones (.gz, .br, .deflate,
 * and .zst where Node has it) are one partition each, others are cut into partitions of `blockSize`.
 *
 * Throws at once: `FileNotFoundError` for a missing file or a glob that matches nothing. When computed: `CorruptFileError`
 * with the file and the byte for damaged compressed files and for bytes that are no text.
 *
 * @example
 * const lines = bag.readText('logs/2024-*.txt.gz')
 * const named = bag.readText(['a.txt', 'b.txt'], { includePath: true }) // Bag<[line: string, path: string]>
 */
export function readText(
  paths: FileNames,
  options: TextOptions & ReadOptions & { readonly includePath: true },
): Bag<[line: string, path: string]>
export function readText(paths: FileNames, options?: TextOptions & ReadOptions & { readonly includePath?: false }): Bag<string>
export function readText(
  paths: FileNames,
  options: TextOptions & ReadOptions & { readonly includePath?: boolean } = {},
): Bag<unknown> {
  const { encoding, delimiter, errors, includePath } = options
  const blocks = planText(resolve('readText', paths), blockOptions('readText', options))
  return fromBlocks('readText', { kind: 'text', options: given({ encoding, delimiter, errors, includePath }) }, blocks)
}

/**
 * The values of JSON files: one a line (JSON Lines), or with `layout: 'document'` one a file, whose items are taken when it is
 * an array. Their type is for you to state, or to check in a `map`.
 *
 * Computing it fails with `ParseError`, which names the file and the line.
 *
 * @example
 * interface Movie { title: string; year: number }
 * const titles = bag.readJson<Movie>('movies.jsonl').map((movie) => movie.title)
 */
export function readJson<T = unknown>(paths: FileNames, options: JsonOptions & ReadOptions = {}): Bag<T> {
  const { encoding, errors, layout } = options
  const blocks = planJson(resolve('readJson', paths), { ...blockOptions('readJson', options), ...given({ layout }) })
  return fromBlocks('readJson', { kind: 'json', options: given({ encoding, errors, layout }) }, blocks)
}

/**
 * The records of CSV files, by the names of their columns: texts, unless `columns` says of which type, or `convert` is given.
 * A file is one partition, since a quoted field may contain line ends; giving a `blockSize` states that none does.
 *
 * Computing it fails with `ParseError`, which names the file and the line.
 *
 * @example
 * const flights = bag.readCsv('flights.csv', { columns: { origin: 'string', delay: 'number' } })
 * const delays = flights.pluck('delay') // Bag<number | null>
 */
export function readCsv<const O extends CsvOptions & ReadOptions = Record<never, never>>(
  paths: FileNames,
  options?: O,
): Bag<CsvRow<O>> {
  const all: CsvOptions & ReadOptions = options ?? {}
  const { delimiter, quote, header, columns, convert, encoding, errors } = all
  const { blockSize = null } = all
  const blocks = planCsv(resolve('readCsv', paths), blockOptions('readCsv', { ...all, blockSize }))
  return fromBlocks(
    'readCsv',
    { kind: 'csv', options: given({ delimiter, quote, header, columns, convert, encoding, errors }) },
    blocks,
  )
}

/**
 * The records of Avro object container files, by the schema in them.
 *
 * Computing it fails with `CorruptFileError`, which names the file and the byte.
 *
 * @example
 * interface Event { id: number; kind: string }
 * const kinds = bag.readAvro<Event>('events/*.avro').pluck('kind').frequencies()
 */
export function readAvro<T = unknown>(paths: FileNames, options: LongOptions & Omit<ReadOptions, 'compression'> = {}): Bag<T> {
  const { longs } = options
  const blocks = planAvro(resolve('readAvro', paths), blockOptions('readAvro', options))
  return fromBlocks('readAvro', { kind: 'avro', options: given({ longs }) }, blocks)
}

/**
 * The lines of texts on the web, a partition for each URL.
 *
 * Computing it fails with `FetchError`, which names the URL and the status, when the server does not answer with success.
 *
 * @example
 * const lines = bag.fromUrl(['https://example.org/a.txt', 'https://example.org/b.txt'])
 */
export function fromUrl(urls: string | URL | readonly (string | URL)[]): Bag<string> {
  const list = (typeof urls === 'string' || urls instanceof URL ? [urls] : urls).map((url, i) => {
    const text = String(url)
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
    throw new ArgumentError(`fromUrl: URL ${i} is ${describe(url)}, which does not begin with http:// or https://`)
  })
  if (list.length === 0) throw new ArgumentError('fromUrl: at least one URL is needed')
  // What a server says may be something else each time, so the bag equals only itself.
  return fromSource({
    source: { kind: 'url' },
    label: 'fromUrl',
    inputs: [],
    partitions: list.length,
    owns: list,
    token: undefined,
  })
}

function resolve(label: string, paths: FileNames): FileInfo[] {
  if (typeof paths !== 'string' && !(paths instanceof URL) && !Array.isArray(paths)) {
    throw new ArgumentError(`${label}: the name of a file, a glob or an array of them is needed, not ${describe(paths)}`)
  }
  return resolveFilesSync(paths)
}

function blockOptions(label: string, { blockSize, compression, filesPerPartition }: ReadOptions): BlockOptions {
  if (blockSize !== undefined && blockSize !== null && typeof blockSize !== 'number' && typeof blockSize !== 'string') {
    throw new ArgumentError(
      `${label}: blockSize is a number of bytes, a text such as '64 MB', or null, not ${describe(blockSize)}`,
    )
  }
  const whole = filesPerPartition !== undefined
  const size =
    typeof blockSize === 'string'
      ? parseBytes(blockSize)
      : blockSize === undefined && !whole
        ? config.get('bag.blockSize')
        : blockSize
  return given({ blockSize: size, compression, filesPerPartition })
}

/** The options that were given. */
function given<O extends object>(options: O): { [K in keyof O]: Exclude<O[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

function fromBlocks<T>(label: string, source: Source, blocks: readonly FileBlock[]): Bag<T> {
  return fromSource({ source, label, inputs: [], partitions: blocks.length, owns: blocks, token: hashOf(JSON.stringify(blocks)) })
}
