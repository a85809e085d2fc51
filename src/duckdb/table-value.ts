import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeFolderInUse } from '../base/index.js'
import { config } from '../config/index.js'
import type { Database } from './database.js'
import type { ResultColumn } from './result-rows.js'
import { fromWire, toWire } from './wire-types.js'

/**
 * A table as a value of a task: the bytes of a Parquet file, which count in the memory of whoever holds it, move, and leave
 * memory as other values do. The types of its columns are those that it has in the database, which the file may not know.
 */
export interface TableValue {
  readonly columns: readonly ResultColumn[]
  readonly rows: number
  readonly parquet: Uint8Array
  /** how long its making took, in seconds */
  readonly seconds: number
}

/** What is to be written of a table: one file, or a folder with one or more files of each part. */
export interface WriteTable {
  readonly select: string
  readonly target: string
  /** which part a row goes to, as SQL over the columns */
  readonly part?: string | undefined
  /** what `part` calls `keyColumn`, as SQL over the columns */
  readonly key?: string | undefined
}

export interface WrittenTable {
  readonly columns: readonly ResultColumn[]
  readonly rows: number
}

/** A statement that took less than this, in milliseconds, has not used much memory. */
const quick = 20

/**
 * Tables are mostly read once, by the next task: to look for equal values, and write them once, takes longer than it saves. Of half
 * a join of ten million rows, on one thread, in one run: as DuckDB writes unless told 5.1 s, then 0.5 s to read its 145 MB; with
 * dictionaries of a thousand values at most 3.6 s, 0.8 s and 190 MB; with the encodings of version 2 besides a twentieth less of
 * each, and 172 MB. Without compression it would be 30 % less time still, but texts may be ten times as long as what is left of them.
 */
const tableFormat = ['FORMAT parquet', 'PARQUET_VERSION v2', 'COMPRESSION lz4_raw', 'DICTIONARY_SIZE_LIMIT 1000']

const partColumn = 'heddle_part__'
/** See `WriteTable.key`. */
export const keyColumn = 'heddle_key__'

/** Writes what a statement gives to Parquet, without loss. */
export async function writeTable(db: Database, { select, target, part, key }: WriteTable): Promise<WrittenTable> {
  const started = performance.now()
  const described = await db.query(`DESCRIBE SELECT * FROM (${select}) AS described`)
  const types = described.values('column_type', false) as string[]
  const columns = (described.values('column_name', false) as string[]).map((name, i) => ({ name, type: types[i]! }))
  const list = columns.map(({ name, type }) => {
    const sql = toWire(quoted(name), type)
    return sql === quoted(name) ? sql : `${sql} AS ${quoted(name)}`
  })
  const asIs = part === undefined && list.every((sql, i) => sql === quoted(columns[i]!.name))
  const whole = key === undefined ? select : `SELECT *, ${key} AS ${keyColumn} FROM (\n${select}\n) AS keyed`
  const rows = asIs
    ? select
    : `SELECT ${list.join(', ')}${part === undefined ? '' : `, ${part} AS ${partColumn}`} FROM (\n${whole}\n) AS whole`
  const format = [...tableFormat, ...(part === undefined ? [] : [`PARTITION_BY (${partColumn})`])]
  const copied = await db.query(`COPY (\n${rows}\n) TO ${text(target)} (${format.join(', ')})`)
  if (performance.now() - started > quick) await db.partitionDone()
  return { columns, rows: Number(copied.values(copied.columns[0]!.name, true)[0]) }
}

/** Where `writeTable` has put the files of a part. */
export function partFolder(target: string, part: number): string {
  return join(target, `${partColumn}=${part}`)
}

/** The rows of Parquet files that hold the same columns, as SQL. */
export function filesSql(files: readonly string[], columns: readonly ResultColumn[]): string {
  if (files.length === 0) return emptySql(columns)
  const list = columns.map(({ name, type }) => {
    const sql = fromWire(quoted(name), type)
    return sql === quoted(name) ? sql : `${sql} AS ${quoted(name)}`
  })
  return `(SELECT ${list.join(', ')} FROM read_parquet([${files.map(text).join(', ')}], hive_partitioning = false))`
}

/** A table of no rows. */
function emptySql(columns: readonly ResultColumn[]): string {
  const list = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoted(name)}`)
  return `(SELECT ${list.join(', ')} WHERE false)`
}

/** Tables in a folder, one after the other, of which none has to stay in memory. */
export class TableFiles {
  readonly #folder: string
  readonly #prefix: string
  readonly #parts: { readonly key: string; readonly columns: readonly ResultColumn[]; readonly files: string[] }[] = []
  #count = 0

  constructor(folder: string, prefix: string) {
    this.#folder = folder
    this.#prefix = prefix
  }

  add(table: TableValue): void {
    const file = join(this.#folder, `${this.#prefix}-${this.#count++}.parquet`)
    writeFileSync(file, table.parquet, { mode: 0o600 })
    const key = JSON.stringify(table.columns)
    const last = this.#parts.at(-1)
    if (last?.key === key) last.files.push(file)
    else this.#parts.push({ key, columns: table.columns, files: [file] })
  }

  /** The SQL of all their rows, in their order. */
  sql(): string {
    const selects = this.#parts.map(({ files, columns }) => filesSql(files, columns))
    return selects.length === 1 ? selects[0]! : `(${selects.map((sql) => `SELECT * FROM ${sql}`).join(' UNION ALL ')})`
  }
}

/** Writes tables into a folder, and gives the SQL of all their rows, in their order. */
export function tablesSql(tables: readonly TableValue[], folder: string, prefix: string): string {
  const files = new TableFiles(folder, prefix)
  tables.forEach((table) => files.add(table))
  return files.sql()
}

/** Calls with a private folder, which goes afterwards. */
export async function withFolder<T>(parent: string | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent ?? config.get('temporaryDirectory'), 'heddle-tables-'))
  try {
    return await work(folder)
  } finally {
    // A statement that was given up, as its program ends, may still write there: that is no reason to fail.
    await removeFolderInUse(folder)
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
