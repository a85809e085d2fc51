import zlib from 'node:zlib'
import { UnsupportedCodecError } from './errors.js'

/** How the blocks of an Avro file are compressed. */
export type AvroCodec = 'null' | 'deflate' | 'zstandard'

interface Codec {
  readonly compress: (bytes: Buffer) => Buffer
  readonly decompress: (bytes: Buffer) => Buffer
}

// The types of Node 20 lack what Node 22.15 brought.
const { zstdCompressSync, zstdDecompressSync } = zlib as {
  zstdCompressSync?: (bytes: Buffer) => Buffer
  zstdDecompressSync?: (bytes: Buffer) => Buffer
}

const codecs: { readonly [name in AvroCodec]: Codec | undefined } = {
  null: { compress: (bytes) => bytes, decompress: (bytes) => bytes },
  deflate: { compress: (bytes) => zlib.deflateRawSync(bytes), decompress: (bytes) => zlib.inflateRawSync(bytes) },
  zstandard: zstdCompressSync && zstdDecompressSync && { compress: zstdCompressSync, decompress: zstdDecompressSync },
}

export function avroCodec(name: string, path: string): Codec {
  const codec = Object.hasOwn(codecs, name) ? codecs[name as AvroCodec] : undefined
  if (codec !== undefined) return codec
  if (name === 'zstandard') {
    throw new UnsupportedCodecError(
      `${path}: the Avro codec "zstandard" needs Node 22.15 or later, or 23.8 or later; this is Node ${process.versions.node}. Use "deflate", or a newer Node`,
    )
  }
  throw new UnsupportedCodecError(
    `${path}: the Avro codec ${JSON.stringify(name)} is not supported; "null", "deflate" and "zstandard" are. Write the file again with one of them`,
  )
}
