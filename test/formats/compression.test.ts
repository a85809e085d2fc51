import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import {
  type Compression,
  CorruptFileError,
  planText,
  readLines,
  UnsupportedCodecError,
  writeText,
} from '../../src/formats/index.js'
import { mobyDick, Scratch } from './scratch.js'

const scratch = new Scratch()
const { zstdCompressSync, zstdDecompressSync } = zlib as {
  zstdCompressSync?: (bytes: Uint8Array) => Buffer
  zstdDecompressSync?: (bytes: Uint8Array) => Buffer
}
const brotli = (bytes: Uint8Array): Buffer =>
  zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })
const kinds: { name: string; compression: Compression; pack: (bytes: Buffer) => Buffer; unpack: (bytes: Buffer) => Buffer }[] = [
  { name: 'gz', compression: 'gzip', pack: (b) => zlib.gzipSync(b), unpack: (b) => zlib.gunzipSync(b) },
  { name: 'br', compression: 'brotli', pack: brotli, unpack: (b) => zlib.brotliDecompressSync(b) },
  { name: 'deflate', compression: 'deflate', pack: (b) => zlib.deflateSync(b), unpack: (b) => zlib.inflateSync(b) },
]
if (zstdCompressSync && zstdDecompressSync) {
  kinds.push({ name: 'zst', compression: 'zstd', pack: zstdCompressSync, unpack: zstdDecompressSync })
}

const lines = fc.array(
  fc.string({ unit: 'binary', maxLength: 20 }).map((s) => s.replaceAll('\n', ' ').replace(/^\uFEFF/, '')),
  { maxLength: 20 },
)
const readAll = async (...args: Parameters<typeof scratch.file>): Promise<string[]> => {
  const blocks = planText([await scratch.file(...args)], { blockSize: 7 })
  assert.equal(blocks.length, 1)
  return readLines(blocks[0]!, { delimiter: '\n' })
}

for (const { name, pack, unpack, compression } of kinds) {
  test(`.${name} is read as zlib wrote it, and written as zlib reads it`, async () => {
    await fc.assert(
      fc.asyncProperty(lines, async (wanted) => {
        const text = wanted.map((line) => `${line}\n`).join('')
        assert.deepEqual(await readAll(`in.txt.${name.toUpperCase()}`, pack(Buffer.from(text))), wanted)
        const path = await writeText(scratch.path(`out.txt.${name}`), wanted)
        assert.equal(unpack(readFileSync(path)).toString(), text)
        await writeText(path, wanted, { compression: 'none' })
        assert.equal(readFileSync(path, 'utf8'), text)
        await writeText(scratch.path('named.txt'), wanted, { compression })
        assert.equal(unpack(readFileSync(scratch.path('named.txt'))).toString(), text)
      }),
      { numRuns: 12 },
    )
  })

  test(`.${name} of many chunks`, async () => {
    const chapter = readFileSync(join(mobyDick, 'chapter_1.txt'), 'utf8')
    const long = `${'é'.repeat(3 << 20)}\n`
    const text = chapter.repeat(200) + long + chapter.repeat(100) + randomBytes(1 << 19).toString('hex')
    const read = await readAll(`many.${name}`, pack(Buffer.from(text)))
    assert(read.join('\n') === text)
  })
}

test('a gzip file of several members, cut anywhere by the reader', async () => {
  // The second case makes the first member end exactly where a chunk of 1 MiB ends.
  const member = (text: string, length?: number): Buffer => {
    const plain = zlib.gzipSync(text)
    if (length === undefined) return plain
    const extra = Buffer.alloc(length - plain.length - 2)
    const head = Buffer.from(plain.subarray(0, 10))
    head[3] = 4
    return Buffer.concat([head, Buffer.from([extra.length & 255, extra.length >> 8]), extra, plain.subarray(10)])
  }
  const random = zlib.gzipSync(
    randomBytes(1 << 20)
      .toString('latin1')
      .replaceAll('\n', ' '),
    { level: 0 },
  )
  const filler = (1 << 20) - (random.length % (1 << 20))
  const pieces = splitInto(filler, 50_000)
  assert.equal((random.length + pieces.reduce((sum, n) => sum + n, 0)) % (1 << 20), 0)
  const parts = [
    [member('one\ntw'), member('o\nthree\n'), member(''), member('four')],
    [random, ...pieces.map((n) => member('', n)), member('\ntwo\n'), member('three')],
  ]
  assert.deepEqual(await readAll('members.gz', Buffer.concat(parts[0]!)), ['one', 'two', 'three', 'four'])
  const read = await readAll('aligned.gz', Buffer.concat(parts[1]!))
  assert.deepEqual(read.slice(1), ['two', 'three'])
  // Tape drives pad with zeros.
  assert.deepEqual(await readAll('padded.gz', Buffer.concat([member('a\n'), Buffer.alloc(512)])), ['a'])
})

function splitInto(total: number, most: number): number[] {
  const pieces: number[] = []
  for (let left = total; left > 0; ) {
    // A member has at least some 30 bytes.
    const piece = left <= most ? left : Math.min(most, left - 100)
    pieces.push(piece)
    left -= piece
  }
  return pieces
}

test('a gzip file that is cut off says in which file, at which byte, and what was expected', async () => {
  const whole = Buffer.concat([zlib.gzipSync('one\ntwo\n'), zlib.gzipSync(readFileSync(join(mobyDick, 'chapter_2.txt')))])
  const first = zlib.gzipSync('one\ntwo\n').length
  for (const length of [
    0,
    1,
    5,
    11,
    first - 1,
    first + 1,
    first + 10,
    first + 500,
    whole.length - 9,
    whole.length - 8,
    whole.length - 1,
  ]) {
    const file = await scratch.file('short.gz', whole.subarray(0, length))
    await assert.rejects(readLines(planText([file])[0]!), (error: unknown) => {
      assert(error instanceof CorruptFileError)
      assert.equal(error.path, file.path)
      assert.equal(error.offset, length)
      assert.match(error.message, /ends in the middle of its gzip data: expected more compressed data or the 8-byte trailer/)
      return true
    })
  }
  const big = zlib.gzipSync(randomBytes(3 << 20))
  const file = await scratch.file('big.gz', big.subarray(0, 2_222_222))
  await assert.rejects(readLines(planText([file])[0]!, { encoding: 'latin1' }), (error: unknown) => {
    assert(error instanceof CorruptFileError)
    assert.equal(error.offset, 2_222_222)
    return true
  })
})

test('damaged data, and data of another kind', async () => {
  const fails = async (name: string, bytes: Uint8Array, pattern: RegExp, compression?: Compression): Promise<void> => {
    const file = await scratch.file(name, bytes)
    await assert.rejects(readLines(planText([file], { compression })[0]!, { encoding: 'latin1' }), (error: unknown) => {
      assert(error instanceof CorruptFileError, String(error))
      assert.match(error.message, pattern)
      assert(error.offset <= bytes.length)
      return true
    })
  }
  const bytes = zlib.gzipSync(randomBytes(3 << 20))
  bytes[2_000_000]! ^= 255
  await fails('damaged.gz', bytes, /incorrect data check/)
  await fails('plain.gz', Buffer.from('just text'), /byte 0: expected gzip data, found something else: incorrect header check/)
  await fails('plain.br', Buffer.from('nonsense!!'), /byte 0: expected brotli data/)
  await fails('plain.txt', Buffer.from('just text'), /expected deflate data/, 'deflate')
  const two = Buffer.concat([zlib.deflateSync('a'), zlib.deflateSync('b')])
  await fails(
    'two.deflate',
    two,
    new RegExp(`byte ${zlib.deflateSync('a').length}: the deflate data end here, but the file goes on`),
  )
  await fails(
    'short.br',
    zlib.brotliCompressSync(randomBytes(1000)).subarray(0, 500),
    /byte 500: the file ends in the middle of its brotli data/,
  )
  assert.equal(planText([{ path: '/x.GZIP', size: 1, modified: 0 }])[0]!.parts[0]!.compression, 'gzip')
  assert.throws(() => planText([{ path: '/x', size: 1, modified: 0 }], { compression: 'lzma' as Compression }), ArgumentError)
})

test('Zstandard: frames one after another where Node has it, an error that says which Node has it elsewhere', async () => {
  const file = { path: scratch.path('x.zst'), size: 1, modified: 0 }
  if (zstdCompressSync === undefined) {
    assert.throws(
      () => planText([file]),
      (error: unknown) => error instanceof UnsupportedCodecError && /needs Node 22\.15/.test(error.message),
    )
    await assert.rejects(writeText(file.path, ['a']), UnsupportedCodecError)
    return
  }
  const frames = ['one\nt', 'wo\n', '', 'three'].map((text) => zstdCompressSync(Buffer.from(text)))
  assert.deepEqual(await readAll('frames.zst', Buffer.concat(frames)), ['one', 'two', 'three'])
  await assert.rejects(readAll('cut.zst', Buffer.concat(frames).subarray(0, -3)), /ends in the middle of its zstd data/)
  await assert.rejects(readAll('text.zst', Buffer.from('just text')), /expected zstd data/)
})
