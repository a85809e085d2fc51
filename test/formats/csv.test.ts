import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { type FileInfo, resolveFiles } from '../../src/filesystem/index.js'
import { type CsvOptions, type CsvRow, ParseError, planCsv, readCsv } from '../../src/formats/index.js'
import { Scratch, vega } from './scratch.js'

const scratch = new Scratch()

async function rows<const O extends CsvOptions>(
  file: FileInfo,
  options?: O,
  blockSize: number | null = null,
): Promise<CsvRow<O>[]> {
  const all: CsvRow<O>[] = []
  for (const block of planCsv([file], { blockSize })) all.push(...(await readCsv(structuredClone(block), options)))
  return all
}

const quoted = (field: string, must = false): string =>
  must || /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

test('any records, quoted where needed: the same records, also with line ends, quotes and delimiters inside', async () => {
  const field = fc
    .array(fc.constantFrom('a', 'b', ',', '"', '\n', '\r\n', ' ', 'é', '😀', '1'), { maxLength: 6 })
    .map((s) => s.join(''))
  const table = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.constantFrom('\n', '\r\n'))
    .chain(([width, must, end]) =>
      fc.record({
        must: fc.constant(must),
        end: fc.constant(end),
        records: fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
      }),
    )
  await fc.assert(
    fc.asyncProperty(table, async ({ must, end, records }) => {
      // A record of one empty field looks like an empty line unless it is quoted.
      const text = records.map((r) => r.map((f) => quoted(f, must || r.length === 1)).join(',') + end).join('')
      const file = await scratch.file('any.csv', text)
      const header = records[0]!.map((_, i) => `c${i}`)
      const expected = records.map((r) => Object.fromEntries(r.map((f, i) => [`c${i}`, f])))
      assert.deepEqual(await rows(file, { header }), expected)
      const withHeader = await scratch.file('header.csv', `\uFEFF${header.join(',')}${end}${text}`)
      assert.deepEqual(await rows(withHeader), expected)
    }),
    { numRuns: 100 },
  )
})

test('without line ends in fields, any block size gives the same rows', async () => {
  const field = fc.array(fc.constantFrom('a', ';', '"', "'", 'é', '語', ' '), { maxLength: 4 }).map((s) => s.join(''))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field)),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(2),
      async (records, blockSize, blank) => {
        const text = ['x;y', ...records.map((r) => r.map((f) => `'${f.replaceAll("'", "''")}'`).join(';'))].join('\n')
        const file = await scratch.file('cut.csv', '\n'.repeat(blank) + text)
        const options = { delimiter: ';', quote: "'" } as const
        assert.deepEqual(
          await rows(file, options, blockSize),
          records.map(([x, y]) => ({ x, y })),
        )
      },
    ),
    { numRuns: 40 },
  )
})

test('the data sets of vega: what csv-parse makes of them, whole and cut', async () => {
  for (const file of await resolveFiles([
    join(vega, '{airports,disasters,flights-airport,github,la-riots,movies,seattle-weather,us-employment,weather}.csv'),
    join(vega, '*.tsv'),
  ])) {
    const delimiter = file.path.endsWith('.tsv') ? '\t' : ','
    const text = readFileSync(file.path, 'utf8')
    const expected = parse(text, { columns: true, bom: true, skip_empty_lines: true, delimiter })
    const sample = (list: readonly unknown[]): unknown => [list.length, list.slice(0, 50), list.slice(-50)]
    assert.deepEqual(sample(await rows(file, { delimiter })), sample(expected), file.path)
    assert.deepEqual(sample(await rows(file, { delimiter }, Math.ceil(file.size / 7))), sample(expected), file.path)
  }
})

test('quoted fields across the pieces in which a file is read', async () => {
  const records = Array.from({ length: 3 }, (_, i) => ({ id: String(i), text: `${i} "${'x'.repeat(300)}"\n`.repeat(5000) }))
  const text = `id,text\n${records.map((r) => `${r.id},${quoted(r.text)}\n`).join('')}`
  const file = await scratch.file('pieces.csv', text)
  assert(file.size > 4 << 20)
  const read = await rows(file)
  assert.equal(read.length, records.length)
  assert(read.every((row, i) => row.id === records[i]!.id && row.text === records[i]!.text))
  const more = `4,${'y'.repeat(1000)}\n`.repeat(9000)
  await assert.rejects(rows(await scratch.file('pieces.csv', `${text}${more}1,2,3\n`)), (error: unknown) => {
    assert(error instanceof ParseError)
    assert.equal(error.line, `${text}${more}`.split('\n').length)
    return true
  })
})

test('columns are kept, ordered, typed', async () => {
  const file = await scratch.file(
    'types.csv',
    'name,n,ok,day,zip\nAda, 1.5 ,TRUE,2024-02-29,01234\n,,,,\n"x, y",-2e3,0,2024-05-31T12:30:00+02:00,9\nz,NaN,1,2024-05-31 12:30,12345678901234567890\n',
  )
  assert.deepEqual(await rows(file, { columns: ['zip', 'name'] }), [
    { zip: '01234', name: 'Ada' },
    { zip: '', name: '' },
    { zip: '9', name: 'x, y' },
    { zip: '12345678901234567890', name: 'z' },
  ])
  const typed = await rows(file, { columns: { n: 'number', ok: 'boolean', day: 'date', name: 'string' } })
  const checked: { n: number | null; ok: boolean | null; day: Date | null; name: string }[] = typed
  assert.deepEqual(checked, [
    { n: 1.5, ok: true, day: new Date(Date.UTC(2024, 1, 29)), name: 'Ada' },
    { n: null, ok: null, day: null, name: '' },
    { n: -2000, ok: false, day: new Date(Date.UTC(2024, 4, 31, 10, 30)), name: 'x, y' },
    { n: Number.NaN, ok: true, day: new Date(Date.UTC(2024, 4, 31, 12, 30)), name: 'z' },
  ])
  const guessed = await rows(file, { convert: true, columns: ['n', 'ok', 'zip'] })
  const types: { n: string | number | boolean | null }[] = guessed
  assert.equal(types.length, 4)
  assert.deepEqual(guessed, [
    { n: ' 1.5 ', ok: 'TRUE', zip: '01234' },
    { n: null, ok: null, zip: null },
    { n: -2000, ok: 0, zip: 9 },
    { n: 'NaN', ok: 1, zip: '12345678901234567890' },
  ])
  await assert.rejects(rows(file, { columns: ['nme'] }), /types\.csv has no column "nme"; it has "name", "n", "ok", "day", "zip"/)
  await assert.rejects(rows(file, { columns: { n: 'int' as 'number' } }), ArgumentError)
})

test('headers: given, doubled, dangerous, alone, missing', async () => {
  assert.deepEqual(await rows(await scratch.file('h1.csv', '1,2\n3,4\n'), { header: ['a', 'b'] }, 3), [
    { a: '1', b: '2' },
    { a: '3', b: '4' },
  ])
  assert.deepEqual(await rows(await scratch.file('h2.csv', 'x,x,x_2,\n1,2,3,4')), [{ x: '1', x_2: '2', x_2_2: '3', '': '4' }])
  const [row] = await rows(await scratch.file('h3.csv', '__proto__,a\n1,2'))
  assert.deepEqual(Object.entries(row!), [
    ['__proto__', '1'],
    ['a', '2'],
  ])
  assert.equal(Object.getPrototypeOf(row), Object.prototype)
  for (const blockSize of [null, 1]) {
    assert.deepEqual(await rows(await scratch.file('h4.csv', 'a,b\n'), {}, blockSize), [])
    assert.deepEqual(await rows(await scratch.file('h5.csv', ''), {}, blockSize), [])
  }
})

test('a wrong record: the file and the line in which it starts, whatever the block and whatever stands before', async () => {
  const cases: [bad: string, pattern: RegExp, options?: CsvOptions][] = [
    ['1', /a record of 1 fields, but the file has 2 columns: "1"/],
    ['1,2,"3"', /a record of 3 fields, but the file has 2 columns: "1,2,\\"3\\""/],
    ['1,x', /"x" in column "b" is not a number: "1,x"/, { columns: { b: 'number' } }],
    ['1,2024-02-30', /"2024-02-30" in column "b" is not an ISO 8601 date/, { columns: { b: 'date' } }],
    ['1,May 2024', /not an ISO 8601 date/, { columns: { b: 'date' } }],
    ['1,yes', /not true or false/, { columns: { b: 'boolean' } }],
    ['1,a "quoted" word', /a quote stands in the middle of a field/],
    ['1,"a" b', /something stands between the end of a quoted field and the next delimiter/],
  ]
  for (const [bad, pattern, options] of cases) {
    for (const end of ['\n', '\r\n']) {
      for (const [good, height] of [
        ['5,', 1],
        ['"5",""', 1],
        ['"5\r\n\n5",', 3],
      ] as const) {
        for (const blockSize of height === 1 ? [null, 4, 11] : [null]) {
          const file = await scratch.file('wrong.csv', ['a,b', good, '', good, bad, good, ''].join(end))
          await assert.rejects(rows(file, options, blockSize), (error: unknown) => {
            assert(error instanceof ParseError, String(error))
            assert.equal(error.path, file.path)
            assert.equal(error.line, 2 * height + 3, `${JSON.stringify([bad, end, good, blockSize])} ${error.message}`)
            assert.match(error.message, pattern)
            return true
          })
        }
      }
    }
  }
  const open = await scratch.file('open.csv', 'a,b\n1,2\n3,"4\n5,6\n')
  await assert.rejects(rows(open), (error: unknown) => {
    assert(error instanceof ParseError)
    assert.equal(error.line, 3)
    assert.match(error.message, /never closed/)
    return true
  })
  assert.deepEqual(await rows(await scratch.file('literal.csv', 'a\n5" disk\n'), { quote: null }), [{ a: '5" disk' }])
})

test('wrong options are refused', async () => {
  const file = await scratch.file('options.csv', 'a\n1')
  await assert.rejects(rows(file, { delimiter: '' }), ArgumentError)
  await assert.rejects(rows(file, { quote: ',' }), ArgumentError)
  await assert.rejects(rows(file, { quote: '""' }), ArgumentError)
})
