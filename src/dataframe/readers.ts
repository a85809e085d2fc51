import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ArgumentError, describe } from '../base/index.js'
import { describeNow } from '../duckdb/index.js'
import { resolveFilesSync } from '../filesystem/index.js'
import { DataFrame } from './data-frame.js'
import { ColumnError, missingColumn } from './errors.js'
import { type TypeName, typesByName } from './lambdas.js'
import type { Column, Relation } from './plan/relation.js'
import { type TypeClass, classOf, describeType } from './plan/type.js'
import { quoteName, quoteText } from './sql/literal.js'
import { scanSql } from './sql/relation-sql.js'
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
}

export interface ReadCsvOptions {
  /** what stands between fields; found out unless told */
  readonly delimiter?: string
  /** whether the first line has the names of columns; found out unless told */
  readonly header?: boolean
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
  const files = filesOf(path, 'parquet')
  const hive = options.hive ?? files.every((file) => /[/\\][^/\\=]+=[^/\\]*[/\\]/.test(file))
  return scan('parquet', files, [`hive_partitioning = ${hive}`], options.schema)
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
  const given: string[] = ['sample_size = -1', 'files_to_sniff = -1']
  if (options.delimiter !== undefined) given.push(`delim = ${quoteText(options.delimiter)}`)
  if (options.header !== undefined) given.push(`header = ${options.header}`)
  if (options.nulls !== undefined) given.push(`nullstr = [${['', ...options.nulls].map(quoteText).join(', ')}]`)
  const types = { ...options.types, ...options.schema }
  const columns = Object.entries(types).map(([name, type]) => `${quoteText(name)}: ${quoteText(csvType(type))}`)
  if (columns.length > 0) given.push(`types = {${columns.join(', ')}}`)
  return scan('csv', filesOf(path, 'csv'), given, options.schema)
}

function csvType(type: SchemaType): string {
  const { sql } = typesByName[type.replace('?', '') as TypeName]
  return sql === 'HUGEINT' ? 'BIGINT' : sql
}

/**
 * The rows of JSON files: an object a line, or arrays of objects. Types are found out from all rows.
 *
 * @throws FileNotFoundError; QueryError for what is no JSON, with file and line
 * @example readJson<{ id: number; tags: string[] }>('events.jsonl')
 */
export function readJson<const C extends Schema>(path: Paths, options: WithSchema<ReadJsonOptions, C>): DataFrame<RowOf<C>>
export function readJson<S extends object = AnyRow>(path: Paths, options?: ReadJsonOptions): DataFrame<Columns<S>>
export function readJson(path: Paths, options: Partial<WithSchema<ReadJsonOptions, Schema>> = {}): unknown {
  const form = { lines: 'newline_delimited', array: 'array', auto: 'auto' }[options.form ?? 'auto']
  return scan('json', filesOf(path, 'json'), [`format = '${form}'`, 'sample_size = -1'], options.schema)
}

function filesOf(path: Paths, extension: string): string[] {
  const paths = [path].flat() as string[]
  if (paths.length === 0) throw new ArgumentError('Name at least one file')
  const names = paths.map((each) => {
    if (typeof each !== 'string') throw new ArgumentError(`A path is expected, not ${describe(each)}`)
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(each) && !each.startsWith('file:'))
      throw new ArgumentError(`${each}: dataframes read files of this machine. Copy it here first.`)
    return statSync(each, { throwIfNoEntry: false })?.isDirectory() === true ? join(each, `**/*.${extension}`) : each
  })
  return resolveFilesSync(names).map((file) => file.path)
}

function scan(
  format: 'parquet' | 'csv' | 'json',
  files: readonly string[],
  options: readonly string[],
  schema: Schema | undefined,
): DataFrame<AnyRow> {
  const described = describeNow(`SELECT * FROM ${scanSql({ format, files, options })}`)
  const columns = described.map(({ name, type }): Column => ({ name, type: { sql: type.startsWith('ENUM') ? 'VARCHAR' : type } }))
  const plan: Relation = { kind: 'scan', format, files, options, allFiles: files.length, columns }
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
