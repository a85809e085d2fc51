// One large file of text is many partitions, and its rows are those that DuckDB reads of the whole.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import * as fc from 'fast-check'
import { config } from 'heddle'
import { readCsv, readJson } from 'heddle/dataframe'
import { chooseExecutor } from '../../src/executor/index.js'
import { withRows } from '../../src/dataframe/physical/distributed.js'
import { piecesOf } from '../../src/dataframe/physical/pieces.js'
import type { Relation } from '../../src/dataframe/plan/relation.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import { csvRecordStarts } from '../../src/formats/record-starts.js'
import { plainSql } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-text-pieces-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function written(content: string | Buffer, extension = 'csv'): string {
  const path = join(folder, `${++files}.${extension}`)
  writeFileSync(path, content)
  return path
}

/** So few rows that a file of some kilobytes is cut. */
const partitionRows = 24

interface Framed {
  readonly plan: Relation
}

const partitionsOf = ({ plan }: Framed): number => piecesOf(plan as Relation & { kind: 'scan' }, partitionRows, 4).sql.length

/** The rows of a dataframe in partitions, in their order. */
function rowsOf({ plan }: Framed): Promise<string[]> {
  return config.with({ dataframe: { partitionRows, gatherRows: 0 } }, () =>
    withRows(optimised(plan), chooseExecutor('inline'), {}, async (db, select) =>
      shown(await (await db.query(select)).records(new Set())),
    ),
  )
}

function shown(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)))
}

async function wholly(from: string): Promise<string[]> {
  return shown(await plainSql(`SELECT * FROM ${from}`))
}

const strict = `sample_size = -1, delim = ',', header = true, quote = '"', escape = '"', strict_mode = true`

describe('a file of CSV in pieces', () => {
  test('quoted fields hold line ends, quotes and delimiters', async () => {
    const texts = ['x', 'a "quoted" word', 'two\nlines', '"\n"', 'a,b', '', '\n\n', 'ß👩‍👩‍👧', '""', ',\n",']
    const lines = Array.from({ length: 1000 }, (_, i) => `${i},"${texts[i % texts.length]!.replaceAll('"', '""')}",${i / 2}`)
    const path = written(`id,text,half\n${lines.join('\n')}\n`)
    const frame = readCsv(path)
    assert.ok(partitionsOf(frame) > 10, `${partitionsOf(frame)} pieces`)
    assert.deepEqual(await rowsOf(frame), await wholly(`read_csv('${path}', ${strict})`))
  })

  test('line ends of two bytes, a byte order mark, no line end at the end', async () => {
    const lines = Array.from({ length: 800 }, (_, i) => `${i},"a\r\nb ""${i}""",x`)
    const path = written(`\ufeffid,text,"more of it"\r\n${lines.join('\r\n')}`)
    const frame = readCsv(path)
    assert.ok(partitionsOf(frame) > 5)
    assert.deepEqual(await rowsOf(frame), await wholly(`read_csv('${path}', ${strict})`))
  })

  test('quotes inside of plain fields are characters, spaces before a quote are none', async () => {
    const kinds = ['5" pipe', ' "in\nquotes"', 'x"', 'plain', '"closed" ', 'a"b"c']
    const lines = Array.from({ length: 600 }, (_, i) => `${i},${kinds[i % kinds.length]!},${i}`)
    const path = written(`id,text,n\n${lines.join('\n')}\n`)
    const frame = readCsv(path)
    assert.ok(partitionsOf(frame) > 5)
    assert.deepEqual(await rowsOf(frame), await wholly(`read_csv('${path}', ${strict})`))
  })

  test('dates as this file writes them; a type that only the last row tells', async () => {
    const day = (i: number) => `${String((i % 28) + 1).padStart(2, '0')}/${String((i % 12) + 1).padStart(2, '0')}/2024`
    const lines = Array.from({ length: 600 }, (_, i) => `${i},${day(i)},2024-01-01 00:00:${String(i % 60).padStart(2, '0')}`)
    const path = written(`id,d,t\n${lines.join('\n')}\nlast,,\n`)
    const frame = readCsv(path)
    assert.ok(partitionsOf(frame) > 5)
    assert.deepEqual(
      frame.plan.columns.map(({ type }) => type.sql),
      ['VARCHAR', 'DATE', 'TIMESTAMP'],
    )
    assert.deepEqual(await rowsOf(frame), await wholly(`read_csv('${path}', ${strict})`))
    assert.deepEqual(await rowsOf(frame.select('id')), await wholly(`(SELECT id FROM read_csv('${path}', ${strict}))`))
  })

  test('without a header, with names for nothing, with types that are told; several files', async () => {
    const lines = (from: number) => Array.from({ length: 900 }, (_, i) => `00${from + i};NA;x`).join('\n')
    const paths = [written(`${lines(0)}\n`), written('007;1;y\n'), written(lines(5000))]
    const frame = readCsv(paths, { header: false, delimiter: ';', nulls: ['NA'], types: { column0: 'string' } })
    assert.ok(partitionsOf(frame) > 5)
    const options = `sample_size = -1, files_to_sniff = -1, delim = ';', header = false, quote = '"', nullstr = ['', 'NA'], types = {'column0': 'VARCHAR'}`
    assert.deepEqual(await rowsOf(frame), await wholly(`read_csv([${paths.map((path) => `'${path}'`).join()}], ${options})`))
  })

  test('no piece has more bytes than a partition may have, whatever rows it has', async () => {
    const path = written(`id,text\n${Array.from({ length: 300 }, (_, i) => `${i},${'x'.repeat(i % 200)}`).join('\n')}\n`)
    const frame = readCsv(path)
    const scan = frame.plan as Relation & { kind: 'scan' }
    const bytes = 3000
    const pieces = piecesOf(scan, 5_000_000, 1, bytes).sql.map((own) =>
      typeof own === 'string' ? Infinity : own.end - own.start,
    )
    assert.ok(pieces.length >= 8, `${pieces.length} pieces`)
    // A piece ends where a record does.
    assert.ok(Math.max(...pieces) <= bytes + 210, `${Math.max(...pieces)} bytes in one`)
    assert.equal(piecesOf(scan, 5_000_000, 1, 1e9).sql.length, 1)
    const cut = config.with({ dataframe: { partitionBytes: bytes } }, () => rowsOf(frame))
    assert.deepEqual(await cut, await wholly(`read_csv('${path}', ${strict})`))
  })

  test('what has changed since is an error that names the file', async () => {
    const path = written(`id,n\n${Array.from({ length: 1000 }, (_, i) => `${i},${i}`).join('\n')}\n`)
    const frame = readCsv(path)
    writeFileSync(path, `id,n\n${Array.from({ length: 1000 }, (_, i) => `${i},${i === 500 ? 'x' : i}`).join('\n')}\n`)
    await assert.rejects(rowsOf(frame), (error: Error) => error.message.includes(path) && !error.message.includes('own-0'))
  })

  test('records begin where one after the other they do, wherever one looks', () => {
    const field = fc.oneof(
      fc.constantFrom('', 'x', ' y', 'a"b', '5"'),
      fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ') }).map((text) => `"${text.replaceAll('"', '""')}"`),
    )
    const record = fc.array(field, { minLength: 1, maxLength: 3 }).map((fields) => fields.join(','))
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), (records) => {
        const ends: number[] = []
        let length = 0
        for (const each of records) ends.push((length += Buffer.byteLength(each) + 1))
        const path = written(records.map((each) => `${each}\n`).join(''))
        const places = Array.from({ length: length }, (_, place) => place).filter((place) => place > 0)
        const { second, starts } = csvRecordStarts(path, 0, 44, places)
        assert.equal(second, ends[0])
        assert.deepEqual(
          starts,
          places.map((place) => ends.find((end) => end >= place)),
        )
      }),
      { numRuns: 200 },
    )
  })
})

describe('a file of JSON lines in pieces', () => {
  test('texts with escaped line ends, lists, structures, missing values', async () => {
    const lines = Array.from({ length: 600 }, (_, i) =>
      JSON.stringify({ id: i, text: `a\n"${i}"}`, ...(i % 3 === 0 && { list: [i, null] }), of: { x: i / 2 } }),
    )
    const path = written(`${lines.join('\n')}\n`, 'jsonl')
    const frame = readJson(path)
    assert.ok(partitionsOf(frame) > 5)
    assert.deepEqual(await rowsOf(frame), await wholly(`read_json('${path}', sample_size = -1)`))
  })

  for (const [form, time] of [
    ['of JavaScript', (i: number) => new Date(Date.UTC(2024, 0, 1) + i * 1001).toISOString()],
    ['with a space', (i: number) => new Date(Date.UTC(2024, 0, 1) + i * 1000).toISOString().slice(0, 19).replace('T', ' ')],
  ] as const) {
    test(`dates and times ${form}`, async () => {
      const lines = Array.from({ length: 500 }, (_, i) => JSON.stringify({ t: time(i), d: time(i * 90_000).slice(0, 10), i }))
      const path = written(lines.join('\n'), 'jsonl')
      const frame = readJson(path)
      assert.deepEqual(
        frame.plan.columns.map(({ type }) => type.sql),
        ['TIMESTAMP', 'DATE', 'BIGINT'],
      )
      assert.ok(partitionsOf(frame) > 5)
      assert.deepEqual(await rowsOf(frame), await wholly(`read_json('${path}', sample_size = -1)`))
    })
  }

  test('an array is one piece', async () => {
    const path = written(
      JSON.stringify(
        Array.from({ length: 1000 }, (_, i) => ({ i, text: 'x' })),
        undefined,
        1,
      ),
      'json',
    )
    const frame = readJson(path)
    assert.equal(partitionsOf(frame), 1)
    assert.equal((await rowsOf(frame)).length, 1000)
  })
})
