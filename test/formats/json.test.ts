import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { resolveFiles } from '../../src/filesystem/index.js'
import { type BlockOptions, ParseError, planJson, readJson, WriteError, writeJson } from '../../src/formats/index.js'
import { Scratch, vega } from './scratch.js'

const scratch = new Scratch()

async function readAll(name: string, options?: BlockOptions): Promise<unknown[]> {
  const values: unknown[] = []
  for (const block of planJson(await resolveFiles(name), options)) values.push(...(await readJson(block)))
  return values
}

test('any JSON values, any block size: the same values', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 200 }), async (values, blockSize) => {
      const expected = values.map((v) => JSON.parse(JSON.stringify(v)) as unknown)
      for (const name of ['any.jsonl', 'any.jsonl.gz']) {
        const path = await writeJson(scratch.path(name), values)
        assert.deepEqual(await readAll(path, { blockSize }), expected)
      }
      const text = zlib.gunzipSync(readFileSync(scratch.path('any.jsonl.gz'))).toString()
      assert.equal(text, values.map((v) => `${JSON.stringify(v)}\n`).join(''))
    }),
    { numRuns: 25 },
  )
})

test('blank lines are skipped, carriage returns and a byte order mark do not matter', async () => {
  const { path } = await scratch.file('blank.jsonl', '\uFEFF{"a":1}\r\n\r\n  \n[2]\n\n3')
  for (const blockSize of [1, 5, 100]) assert.deepEqual(await readAll(path, { blockSize }), [{ a: 1 }, [2], 3])
  assert.deepEqual(await readAll((await scratch.file('empty.jsonl', '')).path), [])
})

test('the data sets of vega as documents: the items that JSON.parse gives', async () => {
  const files = await resolveFiles(join(vega, '{cars,movies,flights-10k,miserables}.json'))
  assert.equal(files.length, 4)
  const expected = files.flatMap(({ path }) => JSON.parse(readFileSync(path, 'utf8')) as unknown)
  const values = []
  for (const block of planJson(files, { layout: 'document' })) values.push(...(await readJson(block, { layout: 'document' })))
  assert.deepEqual(values, expected)
})

async function failure(path: string, blockSize: number | null, layout?: 'document'): Promise<ParseError> {
  for (const block of planJson(await resolveFiles(path), { blockSize, layout })) {
    try {
      await readJson(block, { layout })
    } catch (error) {
      assert(error instanceof ParseError, String(error))
      assert.equal(error.path, path)
      return error
    }
  }
  throw new Error('no error')
}

test('invalid JSON: the file, the line in the file whatever the block, the column and the text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(12), fc.nat(12), fc.integer({ min: 1, max: 60 }), async (before, after, blockSize) => {
      const good = (count: number): string[] => Array.from({ length: count }, (_, i) => (i % 3 === 2 ? '' : `{"é": ${i}}`))
      const content = [...good(before), '{"a": 1, oops}', ...good(after)].join('\r\n')
      const { path } = await scratch.file('invalid.jsonl', content)
      const error = await failure(path, blockSize)
      assert.equal(error.line, before + 1)
      assert.equal(error.column, '{"a": 1, '.length + 1)
      assert(error.message.startsWith(`${path}:${before + 1}:10: not valid JSON: `), error.message)
      assert(error.message.includes(JSON.stringify('{"a": 1, oops}')))
      assert(error.cause instanceof SyntaxError)
    }),
    { numRuns: 25 },
  )
  const short = await failure((await scratch.file('short.jsonl', '1\n{"a":')).path, null)
  assert.deepEqual([short.line, short.column], [2, 6])
  const far = await failure((await scratch.file('far.jsonl', `${`"${'x'.repeat(1000)}"\n`.repeat(5000)}oops`)).path, null)
  assert.equal(far.line, 5001)
  const word = await failure((await scratch.file('word.jsonl', 'hello')).path, null)
  assert.equal(word.line, 1)
  const long = await failure(
    (await scratch.file('longline.jsonl', `${JSON.stringify('x'.repeat(1000))} y${' '.repeat(1000)}`)).path,
    null,
  )
  assert.equal(long.column, 1004)
  assert(long.message.length < long.path.length + 300 && long.message.includes('" y '), long.message)
})

test('a document that is read as lines gets a hint; an invalid document its line and column', async () => {
  const { path } = await scratch.file('doc.json', '[\n  {"a": 1},\n  {"b": 2,}\n]\n')
  assert.match((await failure(path, null)).message, /If the whole file is one JSON value, give layout: 'document'/)
  const error = await failure(path, null, 'document')
  assert.deepEqual([error.line, error.column], [3, 11])
  const [block] = planJson(await resolveFiles(path), { blockSize: 10 })
  await assert.rejects(readJson(block!, { layout: 'document' }), ArgumentError)
  const single = await scratch.file('single.json', '{"a": [1,\n2]}')
  assert.deepEqual(await readJson(planJson([single], { layout: 'document' })[0]!, { layout: 'document' }), [{ a: [1, 2] }])
})

test('what is no JSON is refused by its index, and nothing is written', async () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  for (const [value, reason] of [
    [undefined, /item 2 cannot be JSON: it is undefined/],
    [() => 1, /item 2 cannot be JSON: it is function/],
    [10n, /item 2 cannot be JSON: .*BigInt/],
    [cycle, /item 2 cannot be JSON: .*circular/],
  ] as const) {
    await assert.rejects(writeJson(scratch.path('refused.jsonl'), [1, 2, value]), (error: unknown) => {
      assert(error instanceof WriteError)
      assert.match(error.message, reason)
      return true
    })
  }
  await assert.rejects(resolveFiles(scratch.path('refused.jsonl')))
  const day = new Date(Date.UTC(2024, 4, 31))
  const path = await writeJson(scratch.path('date.jsonl'), [{ day }])
  assert.deepEqual(await readAll(path), [{ day: day.toISOString() }])
})
