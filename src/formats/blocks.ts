import { ArgumentError, describe } from '../base/index.js'
import { type FileInfo, storeOf } from '../filesystem/index.js'
import { type Compression, compressionOf, requireCompression } from './compression.js'
import { asBuffer } from './delimiter.js'
import { CorruptFileError } from './errors.js'

/** A part of a file, or a whole one: the lines (records, blocks) that *begin* at a byte from `start` up to, not including, `end`. */
export interface FilePart {
  readonly path: string
  /** Bytes of the whole file when it was planned; what is appended later is not read. */
  readonly size: number
  /** When the file was last changed, so that a plan of changed files is another plan. */
  readonly modified: number
  /** Of a file on a server: its content when it was planned, which every part must be of. */
  readonly version?: string
  /** Set when the server sends only the whole file. */
  readonly whole?: true
  readonly start: number
  readonly end: number
  readonly compression: Compression
}

/** What one task reads: plain data, made by a `plan…` function and handed to the reader of the same format. */
export interface FileBlock {
  readonly parts: readonly FilePart[]
}

/** 32 MiB: about 0.1 s of one thread's work on text. */
export const DEFAULT_BLOCK_SIZE = 32 * 1024 * 1024

/** How files become blocks. */
export interface BlockOptions {
  /** Bytes of a block of an uncompressed file, 32 MiB when not given. `null`: every file is one block. */
  readonly blockSize?: number | null
  /** By default from the name: .gz and .gzip, .zst, .br, .deflate. A compressed file cannot be cut and is one block. */
  readonly compression?: Compression | 'infer'
  /** Puts this many whole files into each block, and cuts none: for many small files. */
  readonly filesPerPartition?: number
}

/**
 * Cuts files of lines into blocks of about equal size; every file has at least one block, even an empty file. Pure: it
 * looks at nothing but the sizes and names. Throws `ArgumentError` for options that make no sense, `UnsupportedCodecError`
 * for a compression that this Node lacks.
 * @example
 * const blocks = planText(await resolveFiles('logs/*.txt'), { blockSize: 64 * 2 ** 20 })
 * const lines = await readLines(blocks[0])
 */
export function planText(files: readonly FileInfo[], options: BlockOptions = {}): FileBlock[] {
  const { blockSize, compression: choice, filesPerPartition } = options
  if (filesPerPartition !== undefined) {
    positive(filesPerPartition, 'filesPerPartition')
    if (typeof blockSize === 'number') {
      throw new ArgumentError('blockSize cuts files and filesPerPartition joins them: give one of the two')
    }
  }
  const size =
    blockSize === null || filesPerPartition !== undefined ? null : positive(blockSize ?? DEFAULT_BLOCK_SIZE, 'blockSize')
  const parts = files.flatMap((file) => {
    const compression = compressionOf(file.path, choice)
    requireCompression(compression)
    return cutFile(file, compression === 'none' && !file.whole ? size : null, compression)
  })
  const together = filesPerPartition ?? 1
  const blocks: FileBlock[] = []
  for (let i = 0; i < parts.length; i += together) blocks.push({ parts: parts.slice(i, i + together) })
  return blocks
}

/** Parts of equal length, none longer than `blockSize`. */
export function cutFile(file: FileInfo, blockSize: number | null, compression: Compression): FilePart[] {
  const { path, size, modified, version, whole } = file
  const count = blockSize === null ? 1 : Math.max(1, Math.ceil(size / blockSize))
  return Array.from({ length: count }, (_, i) => ({
    path,
    size,
    modified,
    ...(version !== undefined && { version }),
    ...(whole && { whole }),
    start: Math.floor((size / count) * i),
    end: i === count - 1 ? size : Math.floor((size / count) * (i + 1)),
    compression,
  }))
}

/** Everything that a reader of parts gives for a block. */
export async function gather<T>(block: FileBlock, read: (part: FilePart) => AsyncIterable<T[]>): Promise<T[]> {
  const batches: T[][] = []
  for (const part of block.parts) for await (const batch of read(part)) batches.push(batch)
  return batches.length === 1 ? batches[0]! : ([] as T[]).concat(...batches)
}

export function positive(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new ArgumentError(`${name} is a whole number above 0, not ${describe(value)}`)
}

/** The bytes of a range that the file must have. */
export async function readExactly(part: FilePart, start: number, end: number): Promise<Buffer> {
  const bytes = asBuffer(await storeOf(part.path, part.version).read(part.path, start, end))
  if (bytes.length === end - start) return bytes
  throw new CorruptFileError(
    part.path,
    start + bytes.length,
    `the file ends here, but had ${part.size} bytes when the work was planned: something has changed it since. Plan again`,
  )
}
