import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { type FileInfo, resolveFiles } from '../../src/filesystem/index.js'
import {
  CorruptFileError,
  type Encoding,
  type FileBlock,
  planLines,
  planText,
  readLines,
  type TextOptions,
} from '../../src/formats/index.js'
import { mobyDick, Scratch } from './scratch.js'

const scratch = new Scratch()

async function allLines(blocks: readonly FileBlock[], options?: TextOptions): Promise<string[]> {
  const lines: string[][] = []
  for (const block of blocks) lines.push(await readLines(structuredClone(block), options))
  return lines.flat()
}

/** What the lines are by definition: the delimiter ends a line, and the last line need not be ended. */
function linesOf(content: string, delimiter: string | RegExp): string[] {
  const lines = content.replace(/^\uFEFF/, '').split(delimiter)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

const character = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', '\n', '\r', '\r\n', ',') },
  { weight: 2, arbitrary: fc.constantFrom('é', 'ÿ', '\u0a0a', '\u0a00', '\u000a', '€', '語', '😀', '\uFEFF', '\0') },
)
const content = fc.array(character, { maxLength: 60 }).map((parts) => parts.join(''))
const blockSize = fc.option(fc.integer({ min: 1, max: 80 }), { nil: null })

test('any lines, any block size: the same lines, each once and in order', async () => {
  const line = fc.string({ unit: 'binary', maxLength: 12 }).filter((s) => !s.includes('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.boolean(), blockSize, async (lines, ended, size) => {
      fc.pre(!lines[0]?.startsWith('\uFEFF') && (ended || lines.at(-1) !== ''))
      const file = await scratch.file('any.txt', lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''))
      const blocks = planText([file], { blockSize: size })
      assert.deepEqual(await allLines(blocks, { delimiter: '\n' }), lines)
      if (size !== null) assert(blocks.every(({ parts }) => parts[0]!.end - parts[0]!.start <= size))
    }),
    { numRuns: 80 },
  )
})

for (const encoding of ['utf-8', 'utf-16le', 'latin1'] satisfies Encoding[]) {
  test(`any content in ${encoding}: the lines of the content, with "\\n" and "\\r\\n" alike`, async () => {
    await fc.assert(
      fc.asyncProperty(content, blockSize, async (raw, size) => {
        const text = encoding === 'latin1' ? raw.replace(/[^\0-\xff]/gu, '') : raw
        const file = await scratch.file(`${encoding}.txt`, Buffer.from(text, encoding))
        assert.deepEqual(await allLines(planText([file], { blockSize: size }), { encoding }), linesOf(text, /\r?\n/))
      }),
      { numRuns: 150 },
    )
  })
}

test('any UTF-16 code units survive, also halves of pairs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 0xffff }), { maxLength: 20 }), blockSize, async (units, size) => {
      const text = String.fromCharCode(...units)
      const file = await scratch.file('units.txt', Buffer.from(text, 'utf16le'))
      assert.deepEqual(
        await allLines(planText([file], { blockSize: size }), { encoding: 'utf-16le', delimiter: '\n' }),
        linesOf(text, '\n'),
      )
    }),
    { numRuns: 50 },
  )
})

test('delimiters of several characters, also such that overlap themselves', async () => {
  const delimiter = fc.constantFrom('\n\n', 'aa', 'aba', '\r\n', 'é', '—', ';', 'aabaa', '\u0a0a')
  const input = delimiter.chain((end) =>
    fc.tuple(fc.constant(end), fc.array(fc.constantFrom(...end.repeat(3).split(''), end, 'x'), { maxLength: 60 })),
  )
  await fc.assert(
    fc.asyncProperty(
      input,
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom<Encoding>('utf-8', 'utf-16le'),
      async ([end, parts], size, encoding) => {
        const text = parts.join('')
        const file = await scratch.file('delimiter.txt', Buffer.from(text, encoding))
        assert.deepEqual(await allLines(planText([file], { blockSize: size }), { delimiter: end, encoding }), linesOf(text, end))
      },
    ),
    { numRuns: 200 },
  )
})

test('a cut before, at and after a line end, and inside of a character', async () => {
  const text = '日本\n語\r\n\néa\nlast'
  const file = await scratch.file('cut.txt', text)
  const whole = planText([file], { blockSize: null })[0]!.parts[0]!
  for (let cut = 0; cut <= file.size; cut++) {
    const [first, second] = [{ parts: [{ ...whole, end: cut }] }, { parts: [{ ...whole, start: cut }] }]
    assert.deepEqual([...(await readLines(first)), ...(await readLines(second))], ['日本', '語', '', 'éa', 'last'])
  }
})

test('empty files, files of line ends only, byte order marks', async () => {
  const cases: [string | Buffer, string[], Encoding?][] = [
    ['', []],
    ['\n', ['']],
    ['\r\n\n', ['', '']],
    ['\uFEFF', []],
    ['\uFEFFa\n\uFEFFb', ['a', '\uFEFFb']],
    ['a\r', ['a\r']],
    // The bytes of "\n" also stand across two characters here.
    [Buffer.from('\u0a61\u6200\nb', 'utf16le'), ['\u0a61\u6200', 'b'], 'utf-16le'],
    [Buffer.from('\uFEFFa\nb', 'utf16le'), ['a', 'b'], 'utf-16le'],
    [Buffer.from('\xef\xbb\xbfa', 'latin1'), ['\xef\xbb\xbfa'], 'latin1'],
  ]
  for (const [content, lines, encoding] of cases) {
    const file = await scratch.file('edge.txt', content)
    for (const size of [null, 1, 2, 3])
      assert.deepEqual(await allLines(planText([file], { blockSize: size }), { encoding }), lines)
    assert.equal(planText([file]).length, 1)
  }
})

test('every chapter of Moby Dick has the lines that node:readline gives', async () => {
  const files = await resolveFiles(join(mobyDick, 'chapter_*.txt'))
  assert.deepEqual(
    files.slice(0, 2).map((f) => f.path),
    [join(mobyDick, 'chapter_1.txt'), join(mobyDick, 'chapter_2.txt')],
  )
  const expected: [string, string][] = []
  for (const { path } of files) {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) expected.push([line, path])
  }
  const blocks = planText(files, { blockSize: 5000 })
  assert(blocks.length > files.length)
  assert.deepEqual(
    await allLines(blocks),
    expected.map(([line]) => line),
  )
  const pairs = []
  for (const block of planText(files, { filesPerPartition: 50 })) pairs.push(...(await readLines(block, { includePath: true })))
  assert.deepEqual(pairs, expected)
})

test('files of many pieces, and lines longer than a piece', async () => {
  const chapter = readFileSync(join(mobyDick, 'chapter_1.txt'), 'utf8')
  const text = chapter.repeat(150) + '日本語'.repeat(1_000_000) + '\r\n' + chapter.repeat(50)
  const file = await scratch.file('long.txt', text)
  assert(file.size > 10 << 20)
  const expected = linesOf(text, /\r?\n/)
  for (const size of [null, 3 << 20, 1 << 18]) {
    // deepEqual of long lists takes seconds.
    const lines = await allLines(planText([file], { blockSize: size }))
    assert.equal(lines.length, expected.length)
    assert(lines.every((line, i) => line === expected[i]))
  }
})

test('a delimiter that overlaps itself where a piece ends', async () => {
  const file = await scratch.file('overlap.txt', 'xaaa'.repeat(1_300_000))
  assert(file.size > 5_000_000)
  const lines = await allLines(planText([file], { blockSize: null }), { delimiter: 'aa' })
  assert.equal(lines.length, 1_300_001)
  assert(lines.every((line, i) => line === (i === 0 ? 'x' : i === 1_300_000 ? 'a' : 'ax')))
})

test('bytes that are no UTF-8 are an error that says where, unless they are to be replaced', async () => {
  const bytes = Buffer.from('abc\ncaf\xe9 cr\xe8me\n', 'latin1')
  const file = await scratch.file('latin1.txt', bytes)
  await assert.rejects(readLines(planText([file])[0]!), (error: unknown) => {
    assert(error instanceof CorruptFileError)
    assert.equal(error.offset, 7)
    assert(error.message.startsWith(`${file.path}, byte 7: the byte 0xe9 is not valid UTF-8: give the encoding`), error.message)
    return true
  })
  assert.deepEqual(await allLines(planText([file], { blockSize: 4 }), { errors: 'replace' }), ['abc', 'caf\uFFFD cr\uFFFDme'])
  assert.deepEqual(await allLines(planText([file]), { encoding: 'latin1' }), ['abc', 'café crème'])
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), async (content) => {
      const any = await scratch.file('bytes.txt', content)
      const text = new TextDecoder().decode(content)
      assert.deepEqual(await allLines(planText([any]), { errors: 'replace', delimiter: '\n' }), linesOf(text, '\n'))
      let offset = -1
      // The first byte by which Node's own decoder knows that the text is invalid is at most 3 after the character's first.
      for (let i = 1; i <= content.length && offset < 0; i++) {
        try {
          new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(0, i), { stream: i < content.length })
        } catch {
          offset = i - 1
        }
      }
      if (offset < 0) await readLines(planText([any])[0]!)
      else {
        await assert.rejects(readLines(planText([any])[0]!), (error: unknown) => {
          assert(error instanceof CorruptFileError)
          assert(error.offset <= offset && error.offset >= offset - 3, `${error.offset} for ${offset}`)
          return true
        })
      }
    }),
    { numRuns: 100 },
  )
  const utf16 = await scratch.file('utf16.txt', Buffer.from('\uFEFFhello', 'utf16le'))
  await assert.rejects(readLines(planText([utf16])[0]!), /byte order mark of UTF-16; give encoding: 'utf-16le'/)
  const odd = await scratch.file('odd.txt', Buffer.from('a\0b'))
  await assert.rejects(readLines(planText([odd])[0]!, { encoding: 'utf-16le' }), /byte 2: half a UTF-16 character/)
})

test('a plan is pure data, of equal blocks', () => {
  const file = (size: number): FileInfo => ({ path: `/data/${size}.txt`, size, modified: 1 })
  fc.assert(
    fc.property(fc.array(fc.nat(1e12), { maxLength: 5 }), fc.integer({ min: 1e9, max: 1e12 }), (sizes, size) => {
      const blocks = planText(sizes.map(file), { blockSize: size })
      assert.deepEqual(structuredClone(blocks), blocks)
      for (const total of new Set(sizes)) {
        const parts = blocks.flatMap((b) => b.parts).filter((p) => p.size === total)
        assert.equal(
          parts.reduce((sum, p) => sum + p.end - p.start, 0),
          total * sizes.filter((s) => s === total).length,
        )
        const lengths = parts.map((p) => p.end - p.start)
        assert(Math.max(...lengths) <= size && Math.max(...lengths) - Math.min(...lengths) <= 1)
      }
    }),
  )
  assert.deepEqual(
    planText([file(100 << 20)]).map(({ parts }) => parts[0]!.end - parts[0]!.start),
    [25, 25, 25, 25].map((mib) => mib << 20),
  )
  assert.deepEqual(
    planText([1, 2, 3].map(file), { filesPerPartition: 2 }).map((b) => b.parts.map((p) => p.size)),
    [[1, 2], [3]],
  )
  assert.deepEqual(planText([]), [])
  assert.throws(() => planText([file(1)], { blockSize: 0 }), /blockSize is a whole number above 0, not 0/)
  assert.throws(() => planText([file(1)], { blockSize: 10, filesPerPartition: 2 }), ArgumentError)
  assert.throws(() => planText([file(1)], { filesPerPartition: 1.5 }), ArgumentError)
})

test('blocks of a number of lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(undefined, '\n\n', 'ab'),
      async (text, n, delimiter) => {
        const file = await scratch.file('counted.txt', text)
        const expected = linesOf(text, delimiter ?? /\r?\n/)
        const blocks = await planLines([file], n, { delimiter })
        const read = await Promise.all(blocks.map((block) => readLines(block, { delimiter })))
        const sizes = read.map((lines) => lines.length)
        assert.deepEqual(read.flat(), expected)
        assert(sizes.slice(0, -1).every((size) => size === n) && sizes.at(-1)! <= n, sizes.join())
      },
    ),
    { numRuns: 60 },
  )
  await assert.rejects(planLines([], 0), ArgumentError)
})

test('a file that has changed since it was planned', async () => {
  const file = await scratch.file('changing.txt', 'one\ntwo\nthr')
  const [block] = planText([file])
  await scratch.file('changing.txt', 'one\ntwo\nthree\nfour\n')
  assert.deepEqual(await readLines(block!), ['one', 'two', 'thr'])
  await scratch.file('changing.txt', 'one\n')
  await assert.rejects(readLines(block!), /changing\.txt, byte 4: the file ends here, but had 11 bytes when the work was planned/)
})

test('wrong options are refused', async () => {
  const block = planText([await scratch.file('options.txt', 'a')])[0]!
  await assert.rejects(readLines(block, { delimiter: '' }), ArgumentError)
  await assert.rejects(
    readLines(block, { encoding: 'utf-7' as Encoding }),
    /encoding is 'utf-8', 'utf-16le' or 'latin1', not "utf-7"/,
  )
  await assert.rejects(readLines(block, { encoding: 'latin1', delimiter: '€' }), /cannot be written in latin1/)
})

test('reads in a worker thread, by importing the module', async () => {
  const file = await scratch.file('thread.txt', 'a\nb\n')
  const code = `import { parentPort, workerData } from 'node:worker_threads'
    const { readLines } = await import(workerData.module)
    parentPort.postMessage(await readLines(workerData.block))`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { module: new URL('../../src/formats/index.js', import.meta.url).href, block: planText([file])[0] },
  })
  const lines = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  assert.deepEqual(lines, ['a', 'b'])
})
