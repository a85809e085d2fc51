import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import avsc from 'avsc'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { type FileInfo, resolveFiles } from '../../src/filesystem/index.js'
import {
  type AvroCodec,
  CorruptFileError,
  type LongOptions,
  planAvro,
  readAvro,
  UnsupportedCodecError,
  WriteError,
  writeAvro,
} from '../../src/formats/index.js'
import { Scratch } from './scratch.js'

const scratch = new Scratch()
const schema = {
  type: 'record',
  name: 'org.example.Event',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: ['null', 'string'], default: null },
    { name: 'data', type: 'bytes' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'double' } } },
    { name: 'next', type: ['null', 'org.example.Event'] },
  ],
}
interface Event {
  id: number
  name: string | null
  data: Uint8Array
  kind: string
  tags: Record<string, number[]>
  next: Event | null
}
const { event } = fc.letrec<{ event: Event }>((tie) => ({
  event: fc.record(
    {
      id: fc.maxSafeInteger(),
      name: fc.option(fc.string({ unit: 'binary' })),
      data: fc.uint8Array(),
      kind: fc.constantFrom('A', 'B'),
      tags: fc.dictionary(
        fc.string({ unit: 'binary' }).filter((k) => k !== '__proto__'),
        fc.array(fc.double()),
        { noNullPrototype: true },
      ),
      next: fc.option(tie('event'), { maxDepth: 2 }),
    },
    { noNullPrototype: true },
  ),
}))

async function readAll(file: FileInfo | string, blockSize: number | null, options?: LongOptions): Promise<unknown[]> {
  const records: unknown[] = []
  const files = typeof file === 'string' ? await resolveFiles(file) : [file]
  for (const block of planAvro(files, { blockSize })) records.push(...(await readAvro(structuredClone(block), options)))
  return records
}

type Schema = Parameters<typeof avsc.Type.forSchema>[0]

/** What avsc's own reader of whole files gives. */
async function decoded(path: string): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const record of avsc.createFileDecoder(path)) records.push(record)
  return records
}

/** A file as avsc's own writer makes it. */
async function encoded(
  values: readonly unknown[],
  of: unknown,
  options: { codec?: string; blockSize?: number },
): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(of as Schema, options)
  for (const value of values) encoder.write(value)
  encoder.end()
  const chunks: Buffer[] = []
  for await (const chunk of encoder) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function asBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, asBuffers(v)]))
}

/** avsc's own long is wrong below -2^52. */
const fitsAvsc = (record: Event): boolean => Math.abs(record.id) < 2 ** 52 && (record.next === null || fitsAvsc(record.next))

for (const codec of ['null', 'deflate'] satisfies AvroCodec[]) {
  test(`any records with codec ${codec}: the same records, as avsc reads them too`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event), fc.option(fc.integer({ min: 50, max: 2000 })), async (records, blockSize) => {
        const path = await writeAvro(scratch.path('any.avro'), records, { schema, codec })
        const read = await readAll(path, blockSize)
        assert.deepEqual(read, records)
        assert(read.every((r) => Object.getPrototypeOf(r) === Object.prototype))
        if (records.every(fitsAvsc)) assert.equal(JSON.stringify(await decoded(path)), JSON.stringify(records.map(asBuffers)))
      }),
      { numRuns: 15 },
    )
  })

  test(`files of many blocks with codec ${codec}, cut anywhere`, async () => {
    const point = { type: 'record', name: 'Point', fields: ['x', 'y'].map((name) => ({ name, type: 'double' })) }
    const points = Array.from({ length: 10_000 }, (_, i) => ({ x: i / 7, y: Math.sin(i) }))
    const theirs = await scratch.file('theirs.avro', await encoded(points, point, { codec, blockSize: 1000 }))
    const ours = await writeAvro(scratch.path('ours.avro'), points, { schema: point, codec })
    for (const file of [theirs, ours]) {
      for (const blockSize of [null, 100_000, 3001]) {
        const read = (await readAll(file, blockSize)) as typeof points
        assert.equal(read.length, points.length)
        assert(read.every(({ x, y }, i) => x === points[i]!.x && y === points[i]!.y))
      }
    }
  })
}

test('records larger than what is read at once', async () => {
  const values = [5 << 20, 10, 9 << 20].map((n, i) => 'abc'[i]!.repeat(n))
  const path = await writeAvro(scratch.path('large.avro'), values, { schema: 'string' })
  const read = await readAll(path, 6 << 20)
  assert(read.length === 3 && read.every((value, i) => value === values[i]))
})

test('64-bit integers are exact, as numbers up to 2^53 and as bigints', async () => {
  const long = { type: 'array', items: 'long' }
  const path = scratch.path('long.avro')
  const edges = [52n, 53n].flatMap((bits) => [-1n, 0n, 1n].flatMap((d) => [2n ** bits + d, -(2n ** bits) + d]))
  const integer = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(...edges),
    fc.bigInt({ min: -300n, max: 300n }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(integer), async (values) => {
      await writeAvro(path, [values], { schema: long, longs: 'bigint' })
      assert.deepEqual(await readAll(path, null, { longs: 'bigint' }), [values])
      const numbers = values.map(Number)
      if (numbers.every(Number.isSafeInteger)) {
        assert.deepEqual(await readAll(path, null), [numbers])
        await writeAvro(path, [numbers], { schema: long })
        assert.deepEqual(await readAll(path, null, { longs: 'bigint' }), [values])
      } else {
        await assert.rejects(
          readAll(path, null),
          (error: unknown) => error instanceof CorruptFileError && /beyond ±2\^53; give longs: 'bigint'/.test(error.message),
        )
        await assert.rejects(writeAvro(path, [numbers], { schema: long }), WriteError)
      }
    }),
    { numRuns: 40 },
  )
  await assert.rejects(writeAvro(path, [[2n ** 63n]], { schema: long, longs: 'bigint' }), WriteError)
})

test('a file that is cut off anywhere is an error that names the file and the byte', async () => {
  const bytes = await encoded([1, 2, 3, 4, 5, 6], 'int', { blockSize: 2 })
  const sync = bytes.subarray(-16)
  const blockEnds = new Set<number>()
  for (let at = bytes.indexOf(sync); at >= 0; at = bytes.indexOf(sync, at + 1)) blockEnds.add(at + 16)
  assert(blockEnds.size > 2)
  for (let length = 0; length < bytes.length; length++) {
    const file = await scratch.file('short.avro', bytes.subarray(0, length))
    for (const blockSize of [null, 10]) {
      // A file that ends with a block is a shorter file.
      if (blockEnds.has(length)) await readAll(file, blockSize)
      else {
        await assert.rejects(readAll(file, blockSize), (error: unknown) => {
          assert(error instanceof CorruptFileError, String(error))
          assert.equal(error.path, file.path)
          assert(error.offset <= length)
          return true
        })
      }
    }
  }
})

test('damaged files, files of another kind, and other codecs', async () => {
  const fails = async (content: Uint8Array, pattern: RegExp): Promise<void> => {
    const file = await scratch.file('damaged.avro', content)
    await assert.rejects(
      readAll(file, null),
      (error: unknown) => error instanceof CorruptFileError && pattern.test(error.message),
    )
  }
  const bytes = await encoded(['a', 'b'], 'string', {})
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[at < 0 ? copy.length + at : at] = value
    return copy
  }
  await fails(Buffer.from('PAR1 something'), /byte 0: this is no Avro object container file/)
  await fails(changed(-1, bytes.at(-1)! ^ 1), /expected the mark that ends an Avro block/)
  await fails(changed(-17 - 3, 40), /record 0 (goes beyond the end|cannot be decoded)/)
  await fails(changed(-16 - 5, 100), /2 records in 50 bytes, but the file has/)
  await fails(changed(-16 - 6, 2), /2 bytes are left over after 1 records/)
  const deflated = await encoded(['a'.repeat(1000)], 'string', { codec: 'deflate' })
  deflated[deflated.length - 20]! ^= 0xff
  deflated[deflated.length - 21]! ^= 0xff
  await fails(deflated, /in the Avro block that begins here, /)
  const renamed = Buffer.from(
    (await encoded(['a'], 'string', { codec: 'deflate' })).toString('latin1').replace('deflate', 'snappie'),
    'latin1',
  )
  await assert.rejects(readAll(await scratch.file('codec.avro', renamed), null), (error: unknown) => {
    assert(error instanceof UnsupportedCodecError)
    assert.match(error.message, /codec\.avro: the Avro codec "snappie" is not supported; "null", "deflate" and "zstandard" are/)
    return true
  })
})

test('zstandard, where Node has it', async () => {
  const path = scratch.path('z.avro')
  const options = { schema: 'string', codec: 'zstandard' } as const
  if ('zstdCompressSync' in zlib) assert.deepEqual(await readAll(await writeAvro(path, ['a', 'b'], options), null), ['a', 'b'])
  else await assert.rejects(writeAvro(path, ['a'], options), /needs Node 22\.15/)
})

test('what does not fit the schema is refused by its index and field, and nothing is written', async () => {
  const path = scratch.path('refused.avro')
  const good = { id: 1, name: null, data: new Uint8Array(1), kind: 'A', tags: {}, next: null }
  await assert.rejects(writeAvro(path, [good, { ...good, kind: 'C' }], { schema }), (error: unknown) => {
    assert(error instanceof WriteError)
    assert.equal(error.message, `${path} was not written: record 1 does not fit the schema: kind is "C", not of the type enum`)
    return true
  })
  await assert.rejects(resolveFiles(path))
  await assert.rejects(writeAvro(path, [], { schema: 'strnig' }), ArgumentError)
  assert.deepEqual(await readAll(await writeAvro(path, [], { schema }), null), [])
})
