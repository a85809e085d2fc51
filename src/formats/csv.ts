import { ArgumentError, describe } from '../base/index.js'
import { type FileInfo, storeOf } from '../filesystem/index.js'
import { type BlockOptions, type FileBlock, type FilePart, gather, planText } from './blocks.js'
import { type Conversion, type CsvGuess, type CsvType, type CsvValue, conversions, guessing } from './csv-columns.js'
import { type CsvDialect, dialectOf, parseRecords, recordLine, type RecordText, recordTexts } from './csv-records.js'
import { delimiterOf, lineStart } from './delimiter.js'
import { excerpt, ParseError } from './errors.js'
import { linesBefore, type TextOptions } from './read-text.js'

/** How CSV is read. */
export interface CsvOptions extends Pick<TextOptions, 'encoding' | 'errors'> {
  /** The character between fields: "," when not given. */
  readonly delimiter?: string
  /** The character around fields that contain delimiters, quotes (doubled) or line ends: `"` when not given. `null`: none is special. */
  readonly quote?: string | null
  /** The names of the columns, for files without a header row. When not given, the first record of every file has them. */
  readonly header?: readonly string[]
  /** The columns to keep: their names, or their names and types. All when not given. */
  readonly columns?: readonly string[] | { readonly [column: string]: CsvType }
  /** `true` turns fields that look like a number or a boolean into one, and empty ones into `null`, each by itself. */
  readonly convert?: boolean
}

/** The record that options give: the fields are strings unless types or `convert` are given. */
export type CsvRow<O extends CsvOptions> = O extends { readonly columns: readonly (infer N extends string)[] }
  ? { [K in N]: CsvField<O> }
  : O extends { readonly columns: infer S extends { readonly [column: string]: CsvType } }
    ? { -readonly [K in keyof S]: CsvValue<S[K]> }
    : { [column: string]: CsvField<O> }
type CsvField<O extends CsvOptions> = O extends { readonly convert: true } ? CsvGuess : string

/**
 * Cuts CSV files into blocks. Since a quoted field may contain line ends, a file is one block by default; giving a
 * `blockSize` states that no field does, and allows cuts.
 */
export function planCsv(files: readonly FileInfo[], options: BlockOptions = {}): FileBlock[] {
  return planText(files, { ...options, blockSize: options.blockSize ?? null })
}

/**
 * The records that begin in a block, as objects by column name. Records end with "\n" or "\r\n"; empty lines are skipped; a
 * second column of the same name is called `name_2`.
 *
 * Throws `ParseError` with the file and the line (from 1) where a record starts that has too few or too many fields, wrong
 * quotes, or a field that is not of its type; `ArgumentError` for a column that the file does not have.
 * @example
 * const [block] = planCsv(await resolveFiles('flights.csv'))
 * const rows = await readCsv(block, { columns: { date: 'date', delay: 'number', origin: 'string' } })
 * rows[0].delay                                                                       // number | null
 */
export async function readCsv<const O extends CsvOptions = Record<never, never>>(
  block: FileBlock,
  options?: O,
): Promise<CsvRow<O>[]> {
  return gather(block, (part) => csvBatches(part, options))
}

/** The same for a part of a block, some at a time: up to 4 MiB of text in a batch, more only for longer records. */
export async function* csvBatches<const O extends CsvOptions = Record<never, never>>(
  part: FilePart,
  options?: O,
): AsyncGenerator<CsvRow<O>[]> {
  for await (const rows of rowBatches(part, options ?? {})) yield rows as CsvRow<O>[]
}

/** What the functions below need to know: options of text have a `delimiter` too, which is another one. */
interface Reading {
  readonly part: FilePart
  readonly dialect: CsvDialect
  readonly text: Pick<TextOptions, 'encoding' | 'errors'>
}

async function* rowBatches(part: FilePart, options: CsvOptions): AsyncGenerator<unknown[]> {
  let reading: Reading = { part, dialect: dialectOf(options), text: { encoding: options.encoding, errors: options.errors } }
  let names = options.header
  if (names === undefined && (part.start > 0 || part.end < part.size)) {
    const header = await headerOfCutFile(reading)
    names = header.names
    reading = { ...reading, part: { ...part, start: Math.min(part.end, Math.max(part.start, header.end)) } }
  }
  let table = names && new Table(names, options, part.path)
  for await (const piece of recordTexts(reading.part, reading.dialect, reading.text)) {
    const records = await parse(reading, piece)
    const rows: unknown[] = []
    let i = 0
    if (table === undefined && records.length > 0) table = new Table(records[i++]!, options, part.path)
    for (; i < records.length; i++) {
      const problem = table!.add(records[i]!, rows)
      if (problem !== undefined) throw await mistake(reading, piece, i, problem)
    }
    yield rows
  }
}

/** The header of a file that is read in parts, of which this one need not be the first, and the byte after it. */
async function headerOfCutFile(reading: Reading): Promise<{ names: string[]; end: number }> {
  const { path, size, version } = reading.part
  const newline = delimiterOf('\n', reading.text.encoding ?? 'utf-8')
  for (let start = 0; start < size; ) {
    const end = await lineStart(storeOf(path, version), path, start + 1, size, newline)
    const line = { ...reading, part: { ...reading.part, start, end } }
    for await (const piece of recordTexts(line.part, reading.dialect, reading.text)) {
      const [names] = await parse(line, piece)
      if (names !== undefined) return { names, end }
    }
    start = end
  }
  return { names: [], end: size }
}

async function parse(reading: Reading, piece: RecordText): Promise<string[][]> {
  const { records, problem } = await parseRecords(piece.text, reading.dialect)
  if (problem === undefined) return records
  throw await mistake(reading, piece, records.length, problem)
}

async function mistake({ part, dialect, text }: Reading, piece: RecordText, index: number, problem: string): Promise<ParseError> {
  const { line, content } = await recordLine(piece.text, index, dialect)
  const before = (await linesBefore(part, text)) + piece.linesBefore
  return new ParseError(part.path, before + line, undefined, `${problem}: ${excerpt(content)}`)
}

/** Turns records into objects. */
class Table {
  readonly #width: number
  readonly #names: readonly string[]
  readonly #indices: readonly number[]
  readonly #conversions: readonly (Conversion | undefined)[]
  /** `record['__proto__'] = …` would not make a property. */
  readonly #unsafe: boolean

  constructor(header: readonly string[], { columns, convert }: CsvOptions, path: string) {
    const all = unique(header)
    this.#width = all.length
    const typed = columns !== undefined && !isList(columns)
    this.#names = columns === undefined ? all : typed ? Object.keys(columns) : [...columns]
    this.#indices = this.#names.map((name) => {
      const index = all.indexOf(name)
      if (index >= 0) return index
      throw new ArgumentError(
        `${path} has no column ${JSON.stringify(name)}; it has ${all.map((n) => JSON.stringify(n)).join(', ') || 'none'}`,
      )
    })
    this.#conversions = this.#names.map((name) => {
      if (!typed) return convert ? guessing : undefined
      const type = columns[name]!
      if (!Object.hasOwn(conversions, type)) {
        throw new ArgumentError(
          `The type of column ${JSON.stringify(name)} is 'string', 'number', 'boolean' or 'date', not ${describe(type)}`,
        )
      }
      return conversions[type]
    })
    this.#unsafe = this.#names.includes('__proto__')
  }

  /** Adds the row of a record; when it cannot, says why. */
  add(fields: readonly string[], rows: unknown[]): string | undefined {
    if (fields.length !== this.#width) return `a record of ${fields.length} fields, but the file has ${this.#width} columns`
    const row: { [column: string]: unknown } = {}
    for (let i = 0; i < this.#names.length; i++) {
      const text = fields[this.#indices[i]!]!
      const conversion = this.#conversions[i]
      const value = conversion === undefined ? text : conversion.parse(text)
      if (value === undefined) return `${excerpt(text)} in column ${JSON.stringify(this.#names[i])} is not ${conversion!.name}`
      if (this.#unsafe)
        Object.defineProperty(row, this.#names[i]!, { value, enumerable: true, writable: true, configurable: true })
      else row[this.#names[i]!] = value
    }
    rows.push(row)
    return undefined
  }
}

const isList = (columns: NonNullable<CsvOptions['columns']>): columns is readonly string[] => Array.isArray(columns)

function unique(header: readonly string[]): string[] {
  const names = new Set<string>()
  for (const name of header) {
    let free = name
    for (let n = 2; names.has(free); n++) free = `${name}_${n}`
    names.add(free)
  }
  return [...names]
}
