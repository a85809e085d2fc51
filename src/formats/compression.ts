import { Readable, type Transform, pipeline } from 'node:stream'
import zlib from 'node:zlib'
import { ArgumentError, HeddleError } from '../base/index.js'
import { schemeOf, storeOf } from '../filesystem/index.js'
import { CorruptFileError, UnsupportedCodecError } from './errors.js'

/** How a file is compressed. `deflate` is the zlib format (RFC 1950). */
export type Compression = 'none' | 'gzip' | 'zstd' | 'brotli' | 'deflate'

const extensions: { readonly [extension: string]: Compression } = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  br: 'brotli',
  deflate: 'deflate',
}

/** The compression that was chosen, or for `infer` the one that the file's name ends with. */
export function compressionOf(path: string, choice: Compression | 'infer' = 'infer'): Compression {
  const name = schemeOf(path) === 'http' ? new URL(path).pathname : path
  if (choice === 'infer') return extensions[/\.([^./\\]*)$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? 'none'
  if (choice !== 'none' && !Object.values(extensions).includes(choice)) {
    throw new ArgumentError(
      `compression is 'infer', 'none', 'gzip', 'zstd', 'brotli' or 'deflate', not ${JSON.stringify(choice)}`,
    )
  }
  return choice
}

const OUTPUT_CHUNK = 1 << 20

// The types of Node 20 lack what Node 22.15 brought.
interface ZstdZlib {
  createZstdCompress?(options: { chunkSize: number }): Transform & zlib.Zlib
  createZstdDecompress?(options: { chunkSize: number }): Transform & zlib.Zlib
}

function zstd<K extends keyof ZstdZlib>(name: K): NonNullable<ZstdZlib[K]> {
  const create = (zlib as ZstdZlib)[name]
  if (create === undefined) {
    throw new UnsupportedCodecError(
      `Zstandard (.zst) needs Node 22.15 or later, or 23.8 or later; this is Node ${process.versions.node}. Use gzip, or a newer Node`,
    )
  }
  return create
}

function decompressor(compression: Exclude<Compression, 'none'>): Transform & zlib.Zlib {
  const options = { chunkSize: OUTPUT_CHUNK }
  switch (compression) {
    case 'gzip':
      return zlib.createGunzip(options)
    case 'deflate':
      return zlib.createInflate(options)
    case 'brotli':
      return zlib.createBrotliDecompress(options)
    case 'zstd':
      return zstd('createZstdDecompress')(options)
  }
}

function compressor(compression: Exclude<Compression, 'none'>): Transform {
  const options = { chunkSize: OUTPUT_CHUNK }
  switch (compression) {
    case 'gzip':
      return zlib.createGzip(options)
    case 'deflate':
      return zlib.createDeflate(options)
    case 'brotli':
      // Node's default, 11, takes minutes for what 5 does in seconds.
      return zlib.createBrotliCompress({ ...options, params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } })
    case 'zstd':
      return zstd('createZstdCompress')(options)
  }
}

/** Throws `UnsupportedCodecError` now, rather than in a task, for a compression that this Node does not have. */
export function requireCompression(compression: Compression): void {
  if (compression === 'zstd') zstd('createZstdDecompress')
}

/**
 * The content of a compressed file, in order. A file may hold several gzip members or Zstandard frames one after another.
 * Throws `CorruptFileError` with the number of compressed bytes that were understood when the data are damaged or cut off.
 */
export async function* decompress(
  path: string,
  compression: Exclude<Compression, 'none'>,
  version?: string,
): AsyncGenerator<Buffer> {
  const store = storeOf(path, version)
  let offset = 0
  for (;;) {
    const engine = decompressor(compression)
    const source = counted(store.stream(path, offset))
    let inflated = 0
    try {
      pipeline(Readable.from(source, { objectMode: false }), engine, () => undefined)
      for await (const chunk of engine as AsyncIterable<Buffer>) {
        inflated += chunk.length
        yield chunk
      }
    } catch (error) {
      if (error instanceof HeddleError || !isZlibError(error)) throw error
      throw damaged(path, compression, offset, offset + source.bytes, engine.bytesWritten, inflated, error)
    }
    offset += engine.bytesWritten
    // gzip members are joined by Node itself; Zstandard frames only where they end with a chunk.
    if (compression === 'gzip' || compression === 'brotli') return
    const [next] = await store.read(path, offset, offset + 1)
    if (next === undefined) return
    if (compression !== 'zstd') {
      throw new CorruptFileError(path, offset, `the ${compression} data end here, but the file goes on`)
    }
  }
}

interface Counted extends AsyncIterable<Uint8Array> {
  readonly bytes: number
}

function counted(chunks: AsyncIterable<Uint8Array>): Counted {
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },
    async *[Symbol.asyncIterator]() {
      for await (const chunk of chunks) {
        bytes += chunk.length
        yield chunk
      }
    },
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^(?:Z_|ZSTD_|ERR__|ERR_BROTLI|BROTLI_)/.test(code)
}

function damaged(
  path: string,
  compression: string,
  start: number,
  end: number,
  consumed: number,
  inflated: number,
  cause: NodeJS.ErrnoException,
): CorruptFileError {
  if (cause.code === 'Z_BUF_ERROR') {
    const expected = compression === 'gzip' ? 'more compressed data or the 8-byte trailer' : 'more compressed data'
    return new CorruptFileError(
      path,
      end,
      `the file ends in the middle of its ${compression} data: expected ${expected} here (${inflated} bytes could be decompressed). It is truncated: copy or download it again`,
      { cause },
    )
  }
  const expected = consumed === 0 ? `expected ${compression} data` : `expected valid ${compression} data after this place`
  return new CorruptFileError(
    path,
    start + consumed,
    `${expected}, found something else: ${cause.message} (${inflated} bytes could be decompressed). If the file is not ${compression}, give its compression`,
    { cause },
  )
}

/** `chunks`, compressed. */
export function compress(chunks: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === 'none') return chunks
  const engine = compressor(compression)
  // The error of `chunks` reaches the reader of `engine`, which pipeline destroys with it.
  pipeline(Readable.from(chunks, { objectMode: false }), engine, () => undefined)
  return engine as AsyncIterable<Uint8Array>
}
