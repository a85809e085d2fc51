import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { QueryError, askNow, describeNow } from '../../duckdb/index.js'
import { csvRecordStarts, lineStartNow } from '../../formats/index.js'
import type { Relation } from '../plan/relation.js'
import { classOf } from '../plan/type.js'
import { quoteName, quoteText } from '../sql/literal.js'
import { scanSql } from '../sql/relation-sql.js'
import { type OwnSql, rangeMark } from './own-sql.js'

type Scan = Relation & { kind: 'scan' }

/** A guess, for files that do not say how many rows they have. */
const bytesOfTextRow = 64

/** How rows of files are read when each piece is read for itself: nothing is found out again, of less. */
interface Fixed {
  /** of whole files */
  readonly options: readonly string[]
  /** of pieces; undefined where a file cannot be cut */
  pieces(file: string, size: number, count: number): Pieces | undefined
}

interface Pieces {
  readonly options: readonly string[]
  /** where each piece begins; the last is the end */
  readonly starts: readonly number[]
}

/**
 * The pieces that files of text are read in: of about so many rows and of no more than so many bytes, and at least `least` where
 * there is enough in them.
 */
export function textPiecesOf(
  scan: Scan,
  partitionRows: number,
  least: number,
  partitionBytes: number,
): { sql: readonly OwnSql[]; rows: number } {
  const names = scan.columns.map(({ name }) => quoteName(name)).join(', ')
  const sizes = scan.files.map((file) => statSync(file).size)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const rows = Math.ceil(bytes / bytesOfTextRow)
  const most = Math.max(1, Math.min(partitionRows * bytesOfTextRow, partitionBytes))
  const each = Math.max(1, Math.min(most, Math.max(most / 10, Math.ceil(bytes / least))))
  const whole = (files: readonly string[], options: readonly string[]) =>
    `(SELECT ${names} FROM ${scanSql({ format: scan.format, files, options })})`
  const uncut = Math.min(each * 1.5, partitionBytes)
  const isLarge = sizes.some((size) => size > uncut)
  const fixed = scan.files.length > 1 || isLarge ? remembered(scan, sizes, isLarge) : undefined
  if (fixed === undefined) return { sql: [whole(scan.files, scan.options)], rows }
  const reader = scan.format === 'csv' ? 'read_csv' : 'read_json'
  const sql = scan.files.flatMap((path, i): OwnSql[] => {
    const count = sizes[i]! > uncut ? Math.ceil(sizes[i]! / each) : 1
    const cut = count > 1 ? fixed.pieces(path, sizes[i]!, count) : undefined
    if (cut === undefined) return [whole([path], fixed.options)]
    const from = `(SELECT ${names} FROM ${reader}(${[rangeMark, ...cut.options].join(', ')}))`
    return cut.starts.slice(1).flatMap((end, piece) => {
      const start = cut.starts[piece]!
      return start === end ? [] : [{ sql: from, path, start, end }]
    })
  })
  return { sql: sql.length > 0 ? sql : [whole(scan.files, scan.options)], rows }
}

const known = new Map<string, Fixed | undefined>()
const mostKnown = 100

/** How files are read is found out once, as long as they do not change. */
function remembered(scan: Scan, sizes: readonly number[], cut: boolean): Fixed | undefined {
  const changed = scan.files.map((file) => statSync(file).mtimeMs)
  const key = JSON.stringify([
    scan.format,
    scan.files,
    sizes,
    changed,
    scan.options,
    scan.columns.map(({ name, type }) => [name, type.sql]),
    cut,
  ])
  if (!known.has(key)) {
    if (known.size >= mostKnown) known.delete(known.keys().next().value!)
    known.set(key, scan.format === 'csv' ? fixedCsv(scan, cut) : fixedJson(scan))
  }
  return known.get(key)
}

/** Options of DuckDB's reader without those of these names. */
function without(options: readonly string[], ...names: readonly string[]): string[] {
  return options.filter((option) => !names.some((name) => option.startsWith(`${name} = `)))
}

function typesOf({ columns }: Scan): string {
  return `{${columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type.sql)}`).join(', ')}}`
}

const isDated = ({ columns }: Scan): boolean => columns.some(({ type }) => /^DATE$|^TIMESTAMP/.test(type.sql))

// ——— CSV

interface Dialect {
  readonly delimiter: string
  readonly header: boolean
  readonly names: readonly string[]
  readonly dates: string | null
  readonly times: string | null
}

function fixedCsv(scan: Scan, cut: boolean): Fixed | undefined {
  if (scan.columns.some(({ type }) => classOf(type) === 'other' && type.sql !== 'TIME')) return undefined
  const options = [...without(scan.options, 'types'), `types = ${typesOf(scan)}`]
  if (!cut && !isDated(scan)) return { options, pieces: () => undefined }
  const dialects = scan.files.map((file) => dialectOf(file, scan.options))
  const [first] = dialects
  const alike = dialects.every((each) => JSON.stringify(each) === JSON.stringify(first))
  // Where files write dates in several ways, or have their columns in another order, DuckDB reads them together.
  if (first === undefined || !alike) return isDated(scan) ? undefined : { options, pieces: () => undefined }
  const forms = [
    ...(first.dates === null ? [] : [`dateformat = ${quoteText(first.dates)}`]),
    ...(first.times === null ? [] : [`timestampformat = ${quoteText(first.times)}`]),
  ]
  const types = new Map(scan.columns.map(({ name, type }) => [name, type.sql]))
  const columns = first.names.map((name) => `${quoteText(name)}: ${quoteText(types.get(name) ?? 'VARCHAR')}`)
  const ofPieces = [
    ...without(scan.options, 'types', 'sample_size', 'files_to_sniff', 'header'),
    ...forms,
    'auto_detect = false',
    'header = false',
    `columns = {${columns.join(', ')}}`,
  ]
  return {
    options: [...options, ...forms],
    pieces: (file, size, count) => {
      const begin = beginOf(file)
      if (begin === undefined) return undefined
      const places = Array.from({ length: count - 1 }, (_, i) => Math.floor((size * (i + 1)) / count))
      const { second, starts } = csvRecordStarts(file, begin, first.delimiter.charCodeAt(0), places)
      const from = first.header ? second : begin
      return { options: ofPieces, starts: [from, ...starts.map((start) => Math.max(start, from)), size] }
    },
  }
}

/** How a file of CSV is written; undefined where it cannot be cut: where records begin is not known of what is unusual. */
function dialectOf(file: string, options: readonly string[]): Dialect | undefined {
  if (/\.(gz|zst|zstd)$/i.test(file)) return undefined
  const given = without(options, 'files_to_sniff', 'ignore_errors')
  const [row] = askNow(
    `SELECT Delimiter, Quote, Escape, NewLineDelimiter, Comment, SkipRows::VARCHAR, HasHeader::VARCHAR, DateFormat, TimestampFormat,
      to_json(list_transform(Columns, lambda c: c.name)) FROM sniff_csv(${[quoteText(file), ...given].join(', ')})`,
    statSync(file).size,
  )
  const [delimiter, quote, escape, lineEnd, comment, skipped, header, dates, times, names] = row!
  const isUsual =
    Buffer.byteLength(delimiter!) === 1 &&
    quote === '"' &&
    escape === '"' &&
    (lineEnd === '\\n' || lineEnd === '\\r\\n') &&
    comment === '(empty)' &&
    skipped === '0'
  if (!isUsual) return undefined
  return { delimiter: delimiter!, header: header === 'true', names: JSON.parse(names!) as string[], dates: dates!, times: times! }
}

/** Where the first record begins; undefined for files that begin with empty lines. */
function beginOf(file: string): number | undefined {
  const start = firstBytes(file, 4)
  const begin = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0
  return start[begin] === 10 || start[begin] === 13 ? undefined : begin
}

function firstBytes(path: string, most: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(most)
    return buffer.subarray(0, readSync(file, buffer, 0, most, 0))
  } finally {
    closeSync(file)
  }
}

// ——— JSON

/** The forms of times that are looked for. Each is tried on all rows. */
const timeForms = ['iso', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%dT%H:%M:%S']

function fixedJson(scan: Scan): Fixed | undefined {
  if (scan.columns.some(({ type }) => classOf(type) === 'other')) return undefined
  const forms = isDated(scan) ? formsOfDates(scan) : []
  if (forms === undefined) return undefined
  const types = `columns = ${typesOf(scan)}`
  return {
    options: [...without(scan.options, 'columns'), ...forms, types],
    pieces: (file, size, count) => {
      if (!isLines(file, scan.options)) return undefined
      const places = Array.from({ length: count - 1 }, (_, i) => Math.floor((size * (i + 1)) / count))
      return {
        options: [...without(scan.options, 'columns', 'format', 'sample_size'), ...forms, "format = 'newline_delimited'", types],
        starts: [0, ...places.map((place) => lineStartNow(file, place, size)), size],
      }
    },
  }
}

/** The options that say how dates and times are written, where all rows have them in one form; undefined of others. */
function formsOfDates(scan: Scan): string[] | undefined {
  const bytes = scan.files.reduce((sum, file) => sum + statSync(file).size, 0)
  const wanted = scan.columns.map(({ name, type }) => `${name} ${type.sql}`)
  const isSo = (options: readonly string[]): boolean => {
    try {
      const found = describeNow(`SELECT * FROM ${scanSql({ ...scan, options })}`, bytes).map(
        ({ name, type }) => `${name} ${type}`,
      )
      return wanted.every((each) => found.includes(each))
    } catch (error) {
      if (error instanceof QueryError) return false
      throw error
    }
  }
  const other = without(scan.options, 'sample_size')
  const times = scan.columns.some(({ type }) => type.sql.startsWith('TIMESTAMP')) ? timeForms : ['iso']
  for (const form of times) {
    const forms = [`dateformat = '%Y-%m-%d'`, `timestampformat = ${quoteText(form)}`]
    // The first rows tell most of them apart.
    if (isSo([...other, ...forms]) && isSo([...scan.options, ...forms])) return forms
  }
  return undefined
}

const window = 1 << 16

/** Whether a file has an object a line: then no line end is inside of one. */
function isLines(file: string, options: readonly string[]): boolean {
  if (/\.(gz|zst|zstd)$/i.test(file)) return false
  if (options.includes("format = 'newline_delimited'")) return true
  if (options.includes("format = 'array'")) return false
  const text = firstBytes(file, window).toString('utf8').trimStart()
  const end = text.indexOf('\n')
  if (!text.startsWith('{') || end < 0) return false
  try {
    return typeof JSON.parse(text.slice(0, end)) === 'object'
  } catch {
    return false
  }
}
