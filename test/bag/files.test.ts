// Readers and writers on real files; what is read is compared with what Node reads.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { TaskError } from 'heddle'
import * as bag from '../../src/bag/index.js'
import { Scratch, mobyDick, movies, vega } from './data.js'

const inline = { executor: 'inline' } as const
const scratch = new Scratch()
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1)

test('readText: globs, blocks, paths', async () => {
  const names = readdirSync(mobyDick).filter((name) => /^chapter_1\d*\.txt$/.test(name))
  const chapters = bag.readText(join(mobyDick, 'chapter_1*.txt'))
  assert.equal(chapters.partitions, names.length)
  const text = (await chapters.compute(inline)).join('\n')
  const byNumber = names.sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)))
  assert.equal(
    text,
    byNumber
      .map((name) => readFileSync(join(mobyDick, name), 'utf8').replace(/\r?\n$/, ''))
      .join('\n')
      .replaceAll('\r', ''),
  )

  const csv = vega('flights-airport.csv')
  const blocks = bag.readText(csv, { blockSize: '10 KB' })
  assert.ok(blocks.partitions > 5)
  assert.deepEqual(await blocks.compute(inline), linesOf(csv))
  assert.deepEqual(await bag.readText(pathToFileURL(csv), { blockSize: null }).compute(inline), linesOf(csv))
  const named = await bag.readText([csv, vega('airports.csv')], { includePath: true, filesPerPartition: 2 }).compute(inline)
  assert.deepEqual(
    named,
    [csv, vega('airports.csv')].flatMap((path) => linesOf(path).map((line) => [line, path])),
  )
  const parts = bag.readText(scratch.file('semicolons.txt', Buffer.from('caf\xe9;b;c', 'latin1')), {
    delimiter: ';',
    encoding: 'latin1',
  })
  assert.deepEqual(await parts.compute(inline), ['café', 'b', 'c'])
})

test('compressed text, and what is damaged', async () => {
  const text = readFileSync(vega('airports.csv'))
  const path = scratch.file('airports.csv.gz', gzipSync(text))
  assert.deepEqual(await bag.readText(path).compute({ executor: 'threads' }), linesOf(vega('airports.csv')))
  const cut = scratch.file('cut.csv.gz', gzipSync(text).subarray(0, 20_000))
  const failed: unknown = await bag
    .readText(cut)
    .flatMap((line) => [line])
    .count()
    .compute({ executor: 'threads' })
    .catch((e: unknown) => e)
  assert.ok(failed instanceof TaskError)
  assert.match(failed.message, /^readText failed: CorruptFileError: .*cut\.csv\.gz, byte 20000/)
  assert.equal(failed.label, 'readText')
})

test('what is missing is said at once', () => {
  assert.throws(() => bag.readText(scratch.path('no-such.txt')), /FileNotFoundError: There is no .*no-such\.txt/)
  assert.throws(() => bag.readJson(scratch.path('*.nothing')), /FileNotFoundError: No file matches .*\*\.nothing/)
  assert.throws(() => bag.readCsv([]), /ArgumentError: No file is named/)
  assert.throws(
    () => bag.readText(undefined as never),
    /readText: the name of a file, a glob or an array of them is needed, not undefined/,
  )
  assert.throws(
    () => bag.readText(vega('airports.csv'), { blockSize: true as never }),
    /readText: blockSize is a number of bytes/,
  )
  assert.throws(() => bag.readText(vega('airports.csv'), { blockSize: 0 }), /blockSize is a whole number above 0, not 0/)
})

test('readJson: documents and lines', async () => {
  const documents = bag.readJson<{ Title: string }>(vega('movies.json'), { layout: 'document' })
  assert.deepEqual(await documents.compute(inline), movies)
  const path = scratch.file('movies.jsonl', movies.map((m) => `${JSON.stringify(m)}\n`).join(''))
  const lines = bag.readJson<{ Title: string }>(path, { blockSize: 100_000 })
  assert.ok(lines.partitions > 5)
  assert.deepEqual(await lines.compute(inline), movies)
  assert.deepEqual(
    await lines.pluck('Title').take(3, inline),
    movies.slice(0, 3).map((m) => m.Title),
  )
  const bad = scratch.file('bad.jsonl', '{"a": 1}\n{"a": 2}\n{"a": }\n')
  await assert.rejects(
    bag.readJson(bad).count().compute(inline),
    /readJson failed.*: ParseError: .*bad\.jsonl:3(:7)?: not valid JSON/,
  )
})

test('readCsv: texts, types, blocks', async () => {
  const path = vega('flights-airport.csv')
  const rows = linesOf(path)
    .slice(1)
    .map((line) => line.split(','))
  assert.deepEqual(
    await bag.readCsv(path).compute(inline),
    rows.map(([origin, destination, count]) => ({ origin, destination, count })),
  )
  const counts = bag.readCsv(path, { columns: { count: 'number' }, blockSize: 10_000 })
  assert.ok(counts.partitions > 5)
  assert.deepEqual(
    await counts.compute(inline),
    rows.map(([, , count]) => ({ count: Number(count) })),
  )
  const bad = scratch.file('bad.csv', 'a,b\n1,2\n3\n')
  await assert.rejects(
    bag.readCsv(bad).count().compute(inline),
    /readCsv failed.*: ParseError: .*bad\.csv:3: a record of 1 fields/,
  )
})

test('Avro there and back', async () => {
  const schema = {
    type: 'record',
    name: 'Flight',
    fields: [
      { name: 'origin', type: 'string' },
      { name: 'count', type: 'long' },
    ],
  }
  const flights = bag
    .readCsv(vega('flights-airport.csv'), { columns: { origin: 'string', count: 'number' }, blockSize: 30_000 })
    .map(({ origin, count }) => ({ origin, count }))
  const paths = await flights.toAvro(scratch.path('flights/*.avro'), { schema, codec: 'deflate', executor: 'threads' })
  assert.equal(paths.length, flights.partitions)
  assert.deepEqual(await bag.readAvro(paths).compute(inline), await flights.compute(inline))
  const bigints = bag.readAvro<{ count: bigint }>(paths[0]!, { longs: 'bigint' }).pluck('count')
  assert.equal(typeof (await bigints.take(1, inline))[0], 'bigint')
  await assert.rejects(
    bag.range(2).toAvro(scratch.path('bad/*.avro'), { schema, ...inline }),
    /toAvro failed.*record 0 does not fit the schema/s,
  )
  assert.deepEqual(readdirSync(scratch.path('bad')), [], 'nothing half-written is left')
})

test('toTextFiles: names, compression, what is no text', async () => {
  const words = bag.fromSequence(['a', 'b', 'c', 'd', 'e'], { partitions: 3 })
  const paths = await words.toTextFiles(scratch.path('words/part-*.txt'), { executor: 'processes' })
  assert.deepEqual(
    paths,
    [0, 1, 2].map((i) => scratch.path(`words/part-${i}.txt`)),
  )
  assert.deepEqual(
    paths.map((path) => readFileSync(path, 'utf8')),
    ['a\n', 'b\nc\n', 'd\ne\n'],
  )
  const [zipped] = await bag.toTextFiles(words.repartition({ partitions: 1 }), scratch.path('words.txt.gz'), {
    delimiter: ';',
    ...inline,
  })
  assert.equal(gunzipSync(readFileSync(zipped!)).toString(), 'a;b;c;d;e;')
  assert.deepEqual(await bag.readText(zipped!, { delimiter: ';' }).compute(inline), ['a', 'b', 'c', 'd', 'e'])
  const numbers = bag.range(3) as unknown as bag.Bag<string>
  await assert.rejects(
    numbers.toTextFiles(scratch.path('numbers/*'), inline),
    /toTextFiles writes texts, but an item is 0: map it to one first/,
  )
  await assert.rejects(words.toTextFiles(scratch.path('one.txt'), inline), /one\.txt is one file, but there are 3 partitions/)
})

test('fromUrl', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/missing') response.writeHead(404).end('no')
    else response.end(`first ${request.url}\r\nsecond\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const pages = bag.fromUrl([`${at}/a`, new URL(`${at}/b`)])
    assert.equal(pages.partitions, 2)
    assert.deepEqual(await pages.compute({ executor: 'threads' }), ['first /a', 'second', 'first /b', 'second'])
    await assert.rejects(bag.fromUrl(`${at}/missing`).compute(inline), (error: TaskError) => {
      assert.match(
        error.message,
        /fromUrl failed.*: FetchError: http:.*\/missing could not be read: the server answered 404 Not Found/,
      )
      assert.ok(error.cause instanceof bag.FetchError)
      assert.equal(error.cause.status, 404)
      return true
    })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await assert.rejects(bag.fromUrl(`${at}/a`).compute(inline), /could not be read: connect ECONNREFUSED/)
  assert.throws(() => bag.fromUrl('file:///etc/passwd'), /fromUrl: URL 0 is "file:.*does not begin with http/)
  assert.throws(() => bag.fromUrl([]), /fromUrl: at least one URL/)
})

test('take reads only what it needs', async () => {
  const good = scratch.file('lazy/0.jsonl', '{"n": 1}\n{"n": 2}\n')
  scratch.file('lazy/1.jsonl', 'broken')
  const values = bag.readJson<{ n: number }>(scratch.path('lazy/*.jsonl')).pluck('n')
  assert.deepEqual(await values.take(2, { executor: 'threads' }), [1, 2])
  assert.deepEqual(await values.take(5, { ...inline, partitions: 1 }), [1, 2])
  await assert.rejects(values.take(3, inline), /ParseError/)
  assert.deepEqual(await values.take(0, inline), [])
  rmSync(good)
  await assert.rejects(values.take(1, inline), /There is no .*0\.jsonl/)
  // Not even a whole partition: this generator never ends.
  const endless = bag.range(1).flatMap(function* () {
    for (let n = 0; ; n++) yield n
  })
  assert.deepEqual(await endless.filter((n) => n % 2 === 1).take(3, { executor: 'threads' }), [1, 3, 5])
})
