import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api'
import { removeFolderAtExit } from '../base/index.js'
import { availableCores, config, processLimit } from '../config/index.js'
import { onShortage } from '../memory/index.js'
import { QueryError, queryError } from './errors.js'
import { type JsFunction, registerFunction } from './js-function.js'
import { duckdbLibrary } from './library.js'
import { loadRows } from './load-rows.js'
import { isOutOfMemory, keepersOf } from './out-of-memory.js'
import { ResultRows } from './result-rows.js'

/** How a statement is run. */
export interface QueryOptions {
  readonly signal?: AbortSignal | undefined
  /** what it writes cannot be written again: where memory does not suffice it fails */
  readonly once?: boolean | undefined
}

const autoShare = 0.6

/** For statements about partitions, of which a process runs many. */
const ofPartitions = {
  // Their files are read once. What was read of them would be kept until the limit is reached, and what is known of each for
  // ever (1,000 small files: 18 MB).
  enable_external_file_cache: 'false',
  // The rows of a partition are sorted by where they go, so that each file is written once. The files that are open have buffers
  // beside the limit (250,000 rows to 112 files, one run: 222 MB at most with 100 of them, 176 MB with four).
  partitioned_write_max_open_files: '4',
}

/** What the database of one process or thread among several may take where the settings say nothing else. */
export interface DatabaseBudget {
  readonly threads: number
  /** bytes */
  readonly memory: number
  /** where what does not fit goes; the setting `temporaryDirectory` unless told */
  readonly folder?: string | undefined
}

/**
 * The database of this process, in memory, with its own threads. Connections are reused; a statement holds one until its
 * rows are here.
 */
export class Database {
  readonly #instance: DuckDBInstance
  /** bytes that it may take */
  readonly #limit: number
  readonly #forget: () => void
  readonly #threads: number
  /** it is that of one process or thread among several */
  readonly #isOneOfSeveral: boolean
  /** how many statements run with one thread, as they had not enough memory for more */
  #inOneThread = 0
  #givingBack = false
  readonly #free: DuckDBConnection[] = []
  readonly #functions = new Set<string>()
  readonly #tables = new WeakMap<object, Promise<string>>()
  readonly #unused = new FinalizationRegistry<string>(
    (table) => void this.run(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined),
  )
  #counter = 0

  private constructor(instance: DuckDBInstance, limit: number, threads: number, isOneOfSeveral: boolean) {
    this.#instance = instance
    this.#limit = limit
    this.#threads = threads
    this.#isOneOfSeveral = isOneOfSeveral
    this.#forget = onShortage(() => void this.#giveBack())
  }

  /** Opens a database. @param setup statements that make what queries may use: macros */
  static async open(setup: string, functions: readonly JsFunction[], budget?: DatabaseBudget): Promise<Database> {
    const { DuckDBInstance: Instance } = duckdbLibrary()
    const { memoryLimit, threads } = config.get('duckdb')
    const folder = mkdtempSync(join(budget?.folder ?? config.get('temporaryDirectory'), 'heddle-duckdb-'))
    removeFolderAtExit(folder)
    const share = Math.floor((budget?.memory ?? processLimit()) * autoShare)
    const limit = Math.max(2 ** 24, memoryLimit === 'auto' ? share : memoryLimit)
    const all = threads === 'auto' ? (budget?.threads ?? availableCores()) : threads
    try {
      const database = new Database(
        await Instance.create(':memory:', {
          threads: String(all),
          memory_limit: `${limit}B`,
          temp_directory: folder,
          // Nothing is downloaded, nothing is loaded that the package does not hold.
          autoinstall_known_extensions: 'false',
          autoload_known_extensions: 'false',
          ...(budget !== undefined && ofPartitions),
        }),
        limit,
        all,
        budget !== undefined,
      )
      await database.#with(async (connection) => {
        for (const fn of functions) database.#register(fn, connection)
        await connection.run(setup)
      })
      return database
    } catch (error) {
      throw queryError(error)
    }
  }

  /** Runs a statement and gives its rows. @throws QueryError; the signal's reason when it is aborted */
  async query(sql: string, options: QueryOptions = {}): Promise<ResultRows> {
    const work = async (connection: DuckDBConnection) => {
      const result = (await connection.stream(sql)) as DuckDBResult
      return new ResultRows(result, await result.fetchAllChunks())
    }
    return this.#withMemory(work, options).catch((error: unknown) => this.#explained(error, sql))
  }

  /** Runs a statement whose rows nobody wants. */
  async run(sql: string, options: QueryOptions = {}): Promise<void> {
    const work = (connection: DuckDBConnection) => connection.run(sql)
    await this.#withMemory(work, options).catch((error: unknown) => this.#explained(error, sql))
  }

  /**
   * Where memory does not suffice for all threads, once more with one: each has a share of its own of what a sort or a grouping
   * keeps (600 MB sorted in 100 MB: two threads fail, one does not). Of one process among several the values of others are in
   * the way: its partitions are to be smaller.
   */
  async #withMemory<T>(work: (connection: DuckDBConnection) => Promise<T>, options: QueryOptions): Promise<T> {
    try {
      return await this.#with(work, options)
    } catch (error) {
      const isFinal = this.#threads === 1 || this.#isOneOfSeveral || options.once === true
      if (isFinal || !(error instanceof QueryError) || !isOutOfMemory(error)) throw error
    }
    try {
      if (this.#inOneThread++ === 0) await this.#setThreads(1)
      return await this.#with(work, options)
    } finally {
      if (--this.#inOneThread === 0) await this.#setThreads(this.#threads)
    }
  }

  async #setThreads(threads: number): Promise<void> {
    await this.#with((connection) => connection.run(`SET threads = ${threads}`))
  }

  /** Throws an error again. One of no memory says what of the statement needs it. */
  async #explained(error: unknown, sql: string): Promise<never> {
    if (!(error instanceof QueryError) || !isOutOfMemory(error)) throw error
    const keepers = await this.#with(async (connection) => {
      const [row] = (await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${sql}`)).getRows()
      return keepersOf(row![1] as string)
    }).catch(() => '')
    if (keepers === '') throw error
    throw new QueryError(`${error.message} What keeps rows in memory here: ${keepers}.`, error.kind, { cause: error })
  }

  /** Puts rows of the program behind those of a table, which has their columns. */
  async insert(table: string, rows: RowsSource, options: QueryOptions = {}): Promise<void> {
    await this.#with((connection) => loadRows(connection, table, rows), options)
  }

  #register(fn: JsFunction, connection: DuckDBConnection): void {
    if (this.#functions.has(fn.name)) return
    registerFunction(connection, fn)
    this.#functions.add(fn.name)
  }

  /** Makes functions of JavaScript ones of SQL. They run in this thread, a few thousand rows at a time. */
  async registerAll(functions: readonly JsFunction[]): Promise<void> {
    const missing = functions.filter((fn) => !this.#functions.has(fn.name))
    if (missing.length === 0) return
    await this.#with(async (connection) => {
      for (const fn of missing) this.#register(fn, connection)
      await Promise.resolve()
    })
  }

  /** The table that holds what a source has; it is made on first use, and dropped some time after the source is gone. */
  tableOf(source: TableSource, options: QueryOptions = {}): Promise<string> {
    let table = this.#tables.get(source)
    if (table === undefined) {
      const name = `heddle_${++this.#counter}`
      table = this.#make(name, source, options)
      this.#tables.set(source, table)
      this.#unused.register(source, name)
      table.catch(() => this.#tables.delete(source))
    }
    return table
  }

  /** Drops the table of a source now. */
  async dropTable(source: TableSource): Promise<void> {
    const table = this.#tables.get(source)
    if (table === undefined) return
    this.#tables.delete(source)
    const name = await table.catch(() => undefined)
    if (name !== undefined) await this.run(`DROP TABLE IF EXISTS ${name}`)
  }

  async #make(name: string, source: TableSource, options: QueryOptions): Promise<string> {
    if ('sql' in source) {
      const make = (sql: string) => this.run(`CREATE TABLE ${name} AS ${sql}`, options)
      try {
        await make(await source.sql(this))
      } catch (error) {
        if (source.otherwise === undefined) throw error
        await source.otherwise(error, this, make)
      } finally {
        source.made?.()
      }
      return name
    }
    const columns = source.columns.map(({ name: column, type }) => `"${column.replaceAll('"', '""')}" ${type}`)
    await this.#with(async (connection) => {
      await connection.run(`CREATE TABLE ${name} (${columns.join(', ')})`)
      await loadRows(connection, name, source)
    }, options)
    return name
  }

  /**
   * A statement about a whole partition is over: what it took is not kept for the next, as others on this machine need it, and
   * as it comes on top of what the next takes (250,000 rows to 112 files, one run: 191 MB at most without, 137 MB with it).
   */
  async partitionDone(): Promise<void> {
    if (this.#isOneOfSeveral) await this.#giveBack()
  }

  /**
   * Gives memory back to the system that DuckDB's allocator keeps: of what large statements have used it keeps hundreds of
   * megabytes. Setting the limit is what makes it.
   */
  async #giveBack(): Promise<void> {
    if (this.#givingBack) return
    this.#givingBack = true
    try {
      await this.run(`SET memory_limit = '${this.#limit}B'`)
    } catch (error) {
      // It takes more than its limit in this moment; whoever is short asks again.
      if (!(error instanceof QueryError)) throw error
    } finally {
      this.#givingBack = false
    }
  }

  close(): void {
    this.#forget()
    for (const connection of this.#free.splice(0)) connection.closeSync()
    this.#instance.closeSync()
  }

  async #with<T>(work: (connection: DuckDBConnection) => Promise<T>, { signal }: QueryOptions = {}): Promise<T> {
    signal?.throwIfAborted()
    const connection = this.#free.pop() ?? (await this.#instance.connect())
    const interrupt = () => connection.interrupt()
    signal?.addEventListener('abort', interrupt)
    try {
      return await work(connection)
    } catch (error) {
      signal?.throwIfAborted()
      throw queryError(error)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      this.#free.push(connection)
    }
  }
}

/** What a table is made of: rows of the program, or a statement. Its identity is the table's. */
export type TableSource = RowsSource | StatementSource

export interface RowsSource {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly length: number
  /** the value of a row in a column; null when there is none */
  value(row: number, column: number): unknown
}

export interface StatementSource {
  sql(database: Database): Promise<string>
  /** Has the table made in another way, after an error. @throws the error, where there is none */
  otherwise?(error: unknown, database: Database, make: (sql: string) => Promise<void>): Promise<void>
  /** The table is made, or cannot be. */
  made?(): void
}
