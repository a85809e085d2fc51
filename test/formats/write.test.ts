import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { resolveFiles } from '../../src/filesystem/index.js'
import { type Encoding, outputPaths, planText, readLines, writeText } from '../../src/formats/index.js'
import { Scratch } from './scratch.js'

const scratch = new Scratch()

test('any lines, any encoding, any delimiter: what is written is what Buffer makes of it, and is read again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.constantFrom<Encoding>('utf-8', 'utf-16le', 'latin1'),
      fc.constantFrom(undefined, '\r\n', '||'),
      async (raw, encoding, delimiter) => {
        const end = delimiter ?? '\n'
        const lines = raw.map((l) => (encoding === 'latin1' ? l.replace(/[^\0-\xff]/gu, '') : l).replace(/[|\r\n\uFEFF]/g, ''))
        const path = await writeText(scratch.path('deep/er/text'), lines, { encoding, delimiter })
        assert(readFileSync(path).equals(Buffer.from(lines.map((l) => l + end).join(''), encoding)))
        assert.deepEqual(await readLines(planText(await resolveFiles(path))[0]!, { encoding, delimiter }), lines)
      },
    ),
    { numRuns: 60 },
  )
})

test('much text, from an asynchronous source', async () => {
  const line = 'x'.repeat(1000)
  async function* lines(): AsyncGenerator<string> {
    for (let i = 0; i < 5000; i++) yield line
  }
  const path = await writeText(scratch.path('much.txt.gz'), lines())
  const read = await readLines(planText(await resolveFiles(path))[0]!)
  assert.equal(read.length, 5000)
  assert(read.every((l) => l === line))
})

test('a source that fails leaves neither a file nor a part of one, compressed or not', async () => {
  const mistake = new Error('mine')
  for (const name of ['failed.txt', 'failed.txt.gz']) {
    async function* lines(): AsyncGenerator<string> {
      yield 'x'.repeat(1 << 20)
      throw mistake
    }
    await assert.rejects(writeText(scratch.path(`failures/${name}`), lines()), (error: unknown) => error === mistake)
  }
  assert.deepEqual(readdirSync(scratch.path('failures')), [])
})

test('paths of partitions', () => {
  const folder = scratch.folder
  const names = (...args: Parameters<typeof outputPaths>): string[] => outputPaths(...args).map((p) => p.slice(folder.length + 1))
  assert.deepEqual(names(join(folder, 'part-*.txt.gz'), 3), ['part-0.txt.gz', 'part-1.txt.gz', 'part-2.txt.gz'])
  assert.deepEqual(names(join(folder, 'a*/x.txt'), 2), ['a0/x.txt', 'a1/x.txt'])
  assert.deepEqual(names(join(folder, 'out'), 2), ['out/0.txt', 'out/1.txt'])
  assert.deepEqual(names(`${folder}/v1.0/`, 2, '.jsonl'), ['v1.0/0.jsonl', 'v1.0/1.jsonl'])
  assert.deepEqual(names(pathToFileURL(join(folder, 'url-*.txt')), 1), ['url-0.txt'])
  assert.deepEqual(names(join(folder, 'one.txt'), 1), ['one.txt'])
  assert.deepEqual(names([join(folder, 'b'), join(folder, 'a')], 2), ['b', 'a'])
  assert.deepEqual(
    names((i, n) => join(folder, `${'abc'[i]}-of-${n}`), 3),
    ['a-of-3', 'b-of-3', 'c-of-3'],
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), (n) => {
      const paths = outputPaths(join(folder, '*.txt'), n)
      assert.equal(new Set(paths).size, n)
      assert.deepEqual([...paths].sort(), paths)
    }),
    { numRuns: 10 },
  )
  assert.throws(
    () => outputPaths(join(folder, 'one.txt'), 2),
    /one\.txt is one file, but there are 2 partitions: write .*one-\*\.txt/,
  )
  assert.throws(() => outputPaths(join(folder, '*/*.txt'), 2), /more than one \*/)
  assert.throws(() => outputPaths([join(folder, 'a')], 2), /1 paths were given for 2 partitions/)
  assert.throws(() => outputPaths(() => join(folder, 'same'), 2), /Partitions 0 and 1 would both be written to .*same/)
  assert.throws(() => outputPaths('x', 0), ArgumentError)
  assert(!existsSync(join(folder, 'out')))
})
