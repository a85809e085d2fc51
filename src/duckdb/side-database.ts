import { createRequire } from 'node:module'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { RowsSource } from './database.js'
import { queryError } from './errors.js'
import { duckdbLibrary } from './library.js'
import { loadRows } from './load-rows.js'

export interface SideDatabaseOptions {
  /** bytes that it may take before it uses the disk */
  readonly memory: number
  readonly threads: number
  /** where it writes what it has no memory for */
  readonly folder: string
}

/** A column of numbers of a table that is appended to. */
export interface NumberColumn {
  readonly type: 'INTEGER' | 'TINYINT' | 'FLOAT' | 'DOUBLE'
  readonly values: Int32Array | Uint8Array | Float32Array | Float64Array
}

const ROWS_AT_ONCE = 2048

/** Whether DuckDB's package can be loaded here; it is not loaded to find out. */
export function isDuckdbInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@duckdb/node-api')
    return true
  } catch {
    return false
  }
}

/** A small database beside the one that dataframes are computed in, for a thread or a command: with its own bounds. */
export class SideDatabase {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.#connection = connection
  }

  /** @throws MissingLibrary, QueryError */
  static async open({ memory, threads, folder }: SideDatabaseOptions): Promise<SideDatabase> {
    const { DuckDBInstance: Instance } = duckdbLibrary()
    try {
      const instance = await Instance.create(':memory:', {
        threads: String(threads),
        memory_limit: `${memory}B`,
        temp_directory: folder,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      })
      return new SideDatabase(instance, await instance.connect())
    } catch (error) {
      throw queryError(error)
    }
  }

  /** Runs a statement. @throws QueryError */
  async run(sql: string): Promise<void> {
    try {
      await this.#connection.run(sql)
    } catch (error) {
      throw queryError(error)
    }
  }

  /** The rows of a statement: numbers, texts, dates and lists of them, as JavaScript has them. @throws QueryError */
  async rows(sql: string): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }> {
    try {
      const reader = await this.#connection.runAndReadAll(sql)
      return { columns: reader.deduplicatedColumnNames(), rows: reader.getRowsJS() as unknown[][] }
    } catch (error) {
      throw queryError(error)
    }
  }

  /** Appends rows of all kinds of values to a table. */
  async append(table: string, source: RowsSource): Promise<void> {
    await loadRows(this.#connection, table, source)
  }

  /** Appends rows of numbers to a table: some tens of nanoseconds a value. */
  async appendNumbers(table: string, columns: readonly NumberColumn[], length: number): Promise<void> {
    const d = duckdbLibrary()
    const types = columns.map(({ type }) => d[type])
    const appender = await this.#connection.createAppender(table)
    try {
      for (let from = 0; from < length; from += ROWS_AT_ONCE) {
        const rows = Math.min(ROWS_AT_ONCE, length - from)
        const chunk = d.DuckDBDataChunk.create(types, rows)
        columns.forEach(({ values }, c) => {
          const vector = chunk.getColumnVector(c)
          for (let row = 0; row < rows; row++) vector.setItem(row, values[from + row]!)
          vector.flush()
        })
        appender.appendDataChunk(chunk)
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}
