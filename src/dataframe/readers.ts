import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ArgumentError, describe } from '../base/index.js'
import { QueryError, askNow, askOfFiles, describeFiles } from '../duckdb/index.js'
import { resolveFilesSync } from '../filesystem/index.js'
import { DataFrame } from './data-frame.js'
import { ColumnError, missingColumn } from './errors.js'
import { checkKinds } from './json-columns.js'
import { type TypeName, typesByName } from './lambdas.js'
import type { Column, Relation } from './plan/relation.js'
import { type Type, type TypeClass, classOf, describeType } from './plan/type.js'
import { quoteName, quoteText } from './sql/literal.js'
import { scanSql } from './sql/relation-sql.js'
import { type LocalFiles, localFiles } from './remote-files.js'
import type { Cell, Columns } from './types.js'

/** What a column is to be: 'number', or 'number?' when it may hold nulls. */
export type SchemaType = TypeName | `${TypeName}?`

/** The columns that a file must have, with their types. */
export type Schema = Readonly<Record<string, SchemaType>>

/** The type of the rows of a schema. */
export type RowOf<C extends Schema> = { -readonly [K in keyof C]: C[K] extends `${infer T}?` ? ValueOf<T> | null : ValueOf<C[K]> }

type ValueOf<T extends string> = T extends 'number'
  ? number
  : T extends 'string'
    ? string
    : T extends 'boolean'
      ? boolean
      : T extends 'Date'
        ? Date
        : bigint

/** Rows whose columns nobody named. */
export interface AnyRow {
  readonly [name: string]: Cell
}

export interface ReadParquetOptions {
  /** read `year` and `month` of folders such as `year=2024/month=5/` as columns; what the paths look like unless told */
  readonly hive?: boolean
  /**
   * what files may differ in: in nothing ('same', unless told), or in columns, which are null where they are missing, and in
   * the width of numbers ('union')
   */
  readonly schemas?: 'same' | 'union'
}

export interface ReadCsvOptions {
  /** what stands between fields; a comma unless told, in .tsv files a tab */
  readonly delimiter?: string
  /** whether the first line has the names of columns; true unless told */
  readonly header?: boolean
  /** lines before the first, of each file, that are no rows; those that are empty unless told */
  readonly skip?: number
  /** the character that comments begin with, which are left out; none unless told */
  readonly comment?: string
  /** what stands for no value beside an empty field */
  readonly nulls?: readonly string[]
  /** the types of some columns; those of the others are found out from all rows of all files */
  readonly types?: Schema
}

export interface ReadJsonOptions {
  /** 'lines': an object a line; 'array': one array; found out unless told */
  readonly form?: 'lines' | 'array'
}

type WithSchema<O, C extends Schema> = O & { readonly schema: C }
type Paths = string | readonly string[]

/**
 * The rows of Parquet files: a path, a glob, a folder, or several. Only columns and row groups that are needed are read.
 *
 * @throws FileNotFoundError; QueryError for files that are damaged; ColumnError where the schema and the files differ
 * @example
 * const flights = readParquet<{ date: Date; delay: number; origin: string }>('flights.parquet')
 * const typed = readParquet('flights/*.parquet', { schema: { delay: 'number', origin: 'string?' } })
 */
export function readParquet<const C extends Schema>(path: Paths, options: WithSchema<ReadParquetOptions, C>): DataFrame<RowOf<C>>
export function readParquet<S extends object = AnyRow>(path: Paths, options?: ReadParquetOptions): DataFrame<Columns<S>>
export function readParquet(path: Paths, options: Partial<WithSchema<ReadParquetOptions, Schema>> = {}): unknown {
  const found = filesOf(path, 'parquet')
  const files = found.paths
  const hive = options.hive ?? files.every((file) => /[/\\][^/\\=]+=[^/\\]*[/\\]/.test(file))
  const union = options.schemas === 'union'
  if (files.length > 1) alike(files, union)
  return scan('parquet', found, [`hive_partitioning = ${hive}`, ...(union ? ['union_by_name = true'] : [])], options.schema)
}

/** Numbers of which the second holds all of the first. */
const wider = new Set(['INT32 INT64', 'INT32 DOUBLE', 'FLOAT DOUBLE'])

/** Files of one dataframe have the same columns: DuckDB would convert those of later files, and lose what does not fit. */
function alike(files: readonly string[], union: boolean): void {
  const list = `[${files.map(quoteText).join(', ')}]`
  const forms = "list((name, concat_ws(' ', type, converted_type, logical_type)))"
  const rows = askOfFiles(
    `SELECT file_name, to_json(map_from_entries(${forms})) FROM parquet_schema(${list}) WHERE num_children IS NULL GROUP BY file_name`,
    files,
  )
  const byFile = new Map(rows.map(([file, columns]) => [file!, JSON.parse(columns!) as Record<string, string>]))
  const [first, ...others] = files
  const wanted = byFile.get(first!)!
  if (union) {
    alikeWhereThere(files, byFile)
    return
  }
  for (const file of others) {
    const has = byFile.get(file)!
    sameNames(first!, Object.keys(wanted), file, Object.keys(has), readingUnion)
    for (const [name, type] of Object.entries(wanted)) {
      if (has[name] !== type)
        throw new ColumnError(
          `${file}: "${name}" is ${has[name]}, and in ${first} it is ${type}. Read the files apart, and make them the same with assign() before concat().`,
        )
    }
  }
}

const readingUnion = "Fill what is missing with null: { schemas: 'union' }."

/** The columns of a file are those of the first. @param what what else to do, as a sentence */
function sameNames(first: string, wanted: readonly string[], file: string, names: readonly string[], what: string): void {
  const missing = wanted.find((name) => !names.includes(name))
  if (missing !== undefined) {
    const columns = names.map((name) => ({ name }))
    throw new ColumnError(`${missingColumn(missing, columns, file).message} ${first} has it. ${what}`)
  }
  const more = names.find((name) => !wanted.includes(name))
  if (more !== undefined) throw new ColumnError(`${file}: there is a column "${more}", which ${first} has not. ${what}`)
}

function alikeWhereThere(files: readonly string[], byFile: ReadonlyMap<string, Readonly<Record<string, string>>>): void {
  const seen = new Map<string, { readonly type: string; readonly file: string }>()
  for (const file of files) {
    for (const [name, written] of Object.entries(byFile.get(file)!)) {
      const type = written.replace(/ INT_(32|64)$/, '')
      const known = seen.get(name)
      if (known === undefined || wider.has(`${known.type} ${type}`)) seen.set(name, { type, file })
      else if (known.type !== type && !wider.has(`${type} ${known.type}`))
        throw new ColumnError(
          `${file}: "${name}" is ${type}, and in ${known.file} it is ${known.type}: neither holds all of the other. Read the files apart, and make them the same with asType() before concat().`,
        )
    }
  }
}

/**
 * The rows of CSV files. Types are found out from all rows, dates and times among them.
 *
 * @throws FileNotFoundError; QueryError for rows that do not fit, with file and line
 * @example readCsv<{ zip: string; city: string }>('cities/*.csv', { types: { zip: 'string' } })
 */
export function readCsv<const C extends Schema>(path: Paths, options: WithSchema<ReadCsvOptions, C>): DataFrame<RowOf<C>>
export function readCsv<S extends object = AnyRow>(path: Paths, options?: ReadCsvOptions): DataFrame<Columns<S>>
export function readCsv(path: Paths, options: Partial<WithSchema<ReadCsvOptions, Schema>> = {}): unknown {
  const found = filesOf(path, 'csv')
  const files = found.paths
  const delimiter = options.delimiter ?? (/\.(tsv|tab)$/i.test(files[0]!) ? '\t' : ',')
  const header = options.header ?? true
  const skip = options.skip ?? emptyLines(files[0]!)
  // Nothing of this is to be guessed: a row that does not fit is a mistake, not a hint. DuckDB would leave out what comes before it.
  const form = [
    `delim = ${quoteText(delimiter)}`,
    `header = ${header}`,
    `skip = ${skip}`,
    `comment = ${quoteText(options.comment ?? '')}`,
    `quote = '"'`,
    `escape = '"'`,
    'strict_mode = true',
    'null_padding = false',
    'ignore_errors = false',
  ]
  const given = ['sample_size = -1', 'files_to_sniff = -1', ...form]
  if (options.nulls !== undefined) given.push(`nullstr = [${['', ...options.nulls].map(quoteText).join(', ')}]`)
  const types = { ...options.types, ...options.schema }
  const columns = Object.entries(types).map(([name, type]) => `${quoteText(name)}: ${quoteText(csvType(name, type))}`)
  if (header) alikeHeaders(files, delimiter, skip, Object.keys(types))
  if (columns.length > 0) given.push(`types = {${columns.join(', ')}}`)
  try {
    return scan('csv', found, given, options.schema)
  } catch (error) {
    if (error instanceof QueryError && error.message.includes('sniffing')) findBadRow(files, delimiter, skip, form)
    throw error
  }
}

/** Reads files whose form DuckDB could not find out as texts only, which fails at the row that does not fit, and names it. */
function findBadRow(files: readonly string[], delimiter: string, skip: number, form: readonly string[]): void {
  for (const file of files) {
    const count = fieldsOfFirstLine(file, delimiter, skip).length
    const columns = Array.from({ length: count }, (_, i) => `'c${i}': 'VARCHAR'`).join(', ')
    const options = ['auto_detect = false', ...form, `columns = {${columns}}`]
    askNow(`SELECT count(*) FROM read_csv(${[quoteText(file), ...options].join(', ')})`)
  }
}

const longestLine = 2 ** 16

function beginningOf(file: string): string {
  const buffer = Buffer.alloc(longestLine)
  const descriptor = openSync(file, 'r')
  const length = readSync(descriptor, buffer, 0, longestLine, 0)
  closeSync(descriptor)
  return buffer.toString('utf8', 0, length).replace(/^\ufeff/, '')
}

/** How many lines at the beginning of a file have nothing. */
function emptyLines(file: string): number {
  if (isCompressed(file)) return 0
  const [empty] = /^(?:[ \t]*\r?\n)*/.exec(beginningOf(file))!
  return empty.split('\n').length - 1
}

/** Of what is compressed nothing can be said without reading it. */
const isCompressed = (file: string): boolean => /\.(gz|zst|zstd)$/i.test(file)

/** The fields of the first line after those that are skipped. */
function fieldsOfFirstLine(file: string, delimiter: string, skip: number): string[] {
  const text = beginningOf(file).split('\n').slice(skip).join('\n')
  const fields: string[] = []
  let quoted = false
  let begin = 0
  let i = 0
  const end = () =>
    fields.push(
      text
        .slice(begin, i)
        .trim()
        .replace(/^"(.*)"$/s, '$1')
        .replaceAll('""', '"'),
    )
  for (; i < text.length && (quoted || text[i] !== '\n'); i++) {
    if (text[i] === '"') quoted = !quoted
    else if (!quoted && text.startsWith(delimiter, i)) {
      end()
      begin = i + delimiter.length
    }
  }
  end()
  return fields
}

/** Files of one dataframe have the same columns, in any order: DuckDB would leave out those that only later files have. */
function alikeHeaders(files: readonly string[], delimiter: string, skip: number, typed: readonly string[]): void {
  const plain = files.filter((file) => !isCompressed(file) && statSync(file).size > 0)
  const [first, ...others] = typed.length > 0 ? plain : files.length > 1 ? plain : []
  if (first === undefined) return
  const wanted = fieldsOfFirstLine(first, delimiter, skip)
  const missing = typed.find((name) => !wanted.some((each) => each.toLowerCase() === name.toLowerCase()))
  if (missing !== undefined)
    throw missingColumn(
      missing,
      wanted.map((name) => ({ name })),
      `readCsv: types: ${first}`,
    )
  for (const file of others)
    sameNames(
      first,
      wanted,
      file,
      fieldsOfFirstLine(file, delimiter, skip),
      'Read the files apart, and make them the same before concat().',
    )
}

function csvType(name: string, type: SchemaType): string {
  const known = typesByName[String(type).replace('?', '') as TypeName] as Type | undefined
  if (known === undefined)
    throw new ArgumentError(
      `readCsv: types: ${describe(type)} of "${name}" is no type: 'number', 'string', 'boolean', 'Date' or 'bigint' is expected`,
    )
  const { sql } = known
  return sql === 'HUGEINT' ? 'BIGINT' : sql
}

/**
 * The rows of JSON files: an object a line, or arrays of objects. Types are found out from all rows.
 *
 * @throws FileNotFoundError; QueryError for what is no JSON, with file and line; ColumnError for values that have no type in common
 * @example readJson<{ id: number; tags: string[] }>('events.jsonl')
 */
export function readJson<const C extends Schema>(path: Paths, options: WithSchema<ReadJsonOptions, C>): DataFrame<RowOf<C>>
export function readJson<S extends object = AnyRow>(path: Paths, options?: ReadJsonOptions): DataFrame<Columns<S>>
export function readJson(path: Paths, options: Partial<WithSchema<ReadJsonOptions, Schema>> = {}): unknown {
  const form = { lines: 'newline_delimited', array: 'array', auto: 'auto' }[options.form ?? 'auto']
  return scan('json', filesOf(path, 'json'), [`format = '${form}'`, 'sample_size = -1'], options.schema)
}

function filesOf(path: Paths, extension: 'parquet' | 'csv' | 'json'): LocalFiles {
  const paths = [path].flat() as string[]
  if (paths.length === 0) throw new ArgumentError('Name at least one file')
  const names = paths.map((each) => {
    if (typeof each !== 'string') throw new ArgumentError(`A path is expected, not ${describe(each)}`)
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(each)) return each
    return statSync(each, { throwIfNoEntry: false })?.isDirectory() === true ? join(each, `**/*.${extension}`) : each
  })
  return localFiles(resolveFilesSync(names), extension === 'parquet')
}

function scan(
  format: 'parquet' | 'csv' | 'json',
  { paths: files, remote }: LocalFiles,
  options: readonly string[],
  schema: Schema | undefined,
): DataFrame<AnyRow> {
  const bytes = format === 'parquet' ? 0 : files.reduce((sum, file) => sum + statSync(file).size, 0)
  const described = describeFiles(`SELECT * FROM ${scanSql({ format, files, options })}`, files, bytes)
  if (format === 'json') for (const { name, type } of described) if (type === 'JSON') checkKinds(files, options, name, bytes)
  const columns = described.map(({ name, type }): Column => ({ name, type: { sql: type.startsWith('ENUM') ? 'VARCHAR' : type } }))
  const plan: Relation = { kind: 'scan', format, files, options, allFiles: files.length, remote, columns }
  return new DataFrame(schema === undefined ? plan : checked(plan, schema))
}

const classesOf: Readonly<Record<TypeName, readonly TypeClass[]>> = {
  number: ['integer', 'long', 'double', 'decimal'],
  bigint: ['integer', 'long'],
  string: ['string'],
  boolean: ['boolean'],
  Date: ['date'],
}

/** The columns of a schema, if the files have them. */
function checked(plan: Relation & { kind: 'scan' }, schema: Schema): Relation {
  const where = plan.files[0]!
  const columns = Object.entries(schema).map(([name, given]): Column => {
    const wanted = given.replace('?', '') as TypeName
    const found = plan.columns.find((column) => column.name === name)
    if (found === undefined) throw missingColumn(name, plan.columns, where)
    if (!Object.hasOwn(classesOf, wanted))
      throw new ArgumentError(
        `The schema says ${describe(given)} of "${name}": 'number', 'string', 'boolean', 'Date' or 'bigint' is expected`,
      )
    if (!classesOf[wanted].includes(classOf(found.type)))
      throw new ColumnError(`${where}: ${quoteName(name)} is ${describeType(found.type)}, and the schema says ${wanted}`)
    return { name, type: { ...found.type, ...(wanted === 'bigint' && { bigint: true }) }, nullable: given.endsWith('?') }
  })
  return { ...plan, columns }
}
