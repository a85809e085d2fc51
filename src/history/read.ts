import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asError } from '../base/index.js'
import { SideDatabase } from '../duckdb/index.js'
import { HistoryError } from './errors.js'
import { type Skipped, packOrphans } from './upkeep.js'

/** Bytes of memory for questions to the history; more goes to disk. */
const MEMORY = 2 ** 30

/** The tables that questions may name: what is in each, and the columns. */
export const historyTables = {
  runs: `run, status, began, ended, elapsed, client, "user", host, project, program, version, heddle, node, scheduler, tasks,
    done, failed, retried, interrupted, running, decoding, encoding, queued, awaiting, core_hours, reserved_core_hours,
    critical_tasks, critical_seconds, stored_bytes, received_bytes, spilled_bytes, peak_memory_bytes, threads, pools, jobs,
    message, left_out, advice`,
  groups: `run, "group", span, is_phase = 'true' AS is_phase, began, ended, tasks, done, failed, retried, interrupted, running,
    decoding, encoding, queued, awaiting, longest, critical_tasks, critical_seconds, stored_bytes, peak_bytes, received_bytes`,
  spans: `run, span, is_phase, began, ended, tasks, done, failed, retried, interrupted, running,
    decoding, encoding, queued, awaiting, reserved, idle, idle_for_inputs, idle_for_disk, idle_for_memory, longest,
    critical_tasks, critical_seconds, stored_bytes, peak_bytes, received_bytes`,
  workers: 'run, worker, host, threads, job, pool, tasks, seconds',
  submissions: 'run, graph, began, tasks, "group"',
  errors: 'run, "group", span, message, tasks, began',
  tasks: 'run, graph, "group", span, task, worker, began, seconds, stored_bytes, status',
} as const

/** What all files together have as columns: a file of a run without errors, say, lacks those of errors. */
const everyColumn: Readonly<Record<string, string>> = {
  kind: 'VARCHAR',
  run: 'VARCHAR',
  status: 'VARCHAR',
  began: 'TIMESTAMP',
  ended: 'TIMESTAMP',
  elapsed: 'DOUBLE',
  client: 'VARCHAR',
  user: 'VARCHAR',
  host: 'VARCHAR',
  project: 'VARCHAR',
  program: 'VARCHAR',
  version: 'VARCHAR',
  heddle: 'VARCHAR',
  node: 'VARCHAR',
  scheduler: 'VARCHAR',
  tasks: 'BIGINT',
  done: 'BIGINT',
  failed: 'BIGINT',
  retried: 'BIGINT',
  interrupted: 'BIGINT',
  running: 'DOUBLE',
  decoding: 'DOUBLE',
  encoding: 'DOUBLE',
  queued: 'DOUBLE',
  awaiting: 'DOUBLE',
  reserved: 'DOUBLE',
  idle: 'DOUBLE',
  idle_for_inputs: 'DOUBLE',
  idle_for_disk: 'DOUBLE',
  idle_for_memory: 'DOUBLE',
  core_hours: 'DOUBLE',
  reserved_core_hours: 'DOUBLE',
  critical_tasks: 'BIGINT',
  critical_seconds: 'DOUBLE',
  stored_bytes: 'BIGINT',
  received_bytes: 'BIGINT',
  spilled_bytes: 'BIGINT',
  peak_memory_bytes: 'BIGINT',
  peak_bytes: 'BIGINT',
  threads: 'BIGINT',
  pools: 'VARCHAR',
  jobs: 'VARCHAR',
  message: 'VARCHAR',
  left_out: 'VARCHAR',
  advice: 'VARCHAR[]',
  group: 'VARCHAR',
  span: 'VARCHAR',
  is_phase: 'VARCHAR',
  longest: 'DOUBLE',
  worker: 'VARCHAR',
  job: 'VARCHAR',
  pool: 'VARCHAR',
  seconds: 'DOUBLE',
  graph: 'BIGINT',
  task: 'INTEGER',
}

/** Rows of a question to the history. */
export interface HistoryRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** The runs of a folder, to be asked in SQL. */
export class History implements AsyncDisposable {
  readonly folder: string
  /** files that are no runs, or are damaged, and why */
  readonly skipped: readonly Skipped[]
  readonly #database: SideDatabase

  private constructor(folder: string, skipped: readonly Skipped[], database: SideDatabase) {
    this.folder = folder
    this.skipped = skipped
    this.#database = database
  }

  /**
   * Opens the history of a folder. Runs whose schedulers have died are finished first, where the folder can be written.
   *
   * @throws HistoryError when there is no such folder; MissingLibrary without DuckDB
   */
  static async open(folder: string): Promise<History> {
    let names: string[]
    const skipped: Skipped[] = []
    try {
      await readdir(folder)
      skipped.push(...(await packOrphans(folder)))
      names = await readdir(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new HistoryError(
        `there is no history in ${folder}: the setting history.folder says where it is, and history.record whether it is written`,
        { cause: error },
      )
    }
    const database = await SideDatabase.open({
      memory: MEMORY,
      threads: 2,
      folder: join(tmpdir(), `heddle-history-${process.pid}`),
    })
    try {
      const files: string[] = []
      for (const name of names.filter((one) => one.endsWith('.parquet')).sort()) {
        const path = join(folder, name)
        const reason = await damageOf(path, database)
        if (reason === undefined) files.push(path)
        else skipped.push({ path, reason })
      }
      await database.run(`CREATE VIEW everything AS ${everything(files)}`)
      for (const [table, columns] of Object.entries(historyTables)) {
        await database.run(`CREATE VIEW ${table} AS SELECT ${columns} FROM everything WHERE kind = '${table.slice(0, -1)}'`)
      }
      return new History(folder, skipped, database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  /** The rows of a statement about `runs`, `groups`, `workers`, `submissions`, `errors` and `tasks`. @throws QueryError */
  query(sql: string): Promise<HistoryRows> {
    return this.#database.rows(sql)
  }

  async close(): Promise<void> {
    this.#database.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** All files as one table, which has every column whatever is in them. */
function everything(files: readonly string[]): string {
  const columns = Object.entries(everyColumn).map(([name, type]) => `CAST(NULL AS ${type}) AS "${name}"`)
  const none = `SELECT ${columns.join(', ')} WHERE false`
  if (files.length === 0) return none
  const list = files.map(quoted).join(', ')
  return `${none} UNION ALL BY NAME SELECT * FROM read_parquet([${list}], union_by_name = true)`
}

/** Why a file is no run; undefined: it is one. */
async function damageOf(path: string, database: SideDatabase): Promise<string | undefined> {
  try {
    const problem = frameOf(path)
    if (problem !== undefined) return problem
    const { rows } = await database.rows(`SELECT DISTINCT name FROM parquet_schema(${quoted(path)})`)
    const names = new Set(rows.map(([name]) => name))
    return names.has('kind') && names.has('run') ? undefined : 'it is a Parquet file, but not one of a run'
  } catch (error) {
    return asError(error).message
  }
}

/** What is wrong with the beginning and the end of a Parquet file: what was cut off has no end. */
function frameOf(path: string): string | undefined {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const ends = Buffer.alloc(12)
    readSync(file, ends, 0, 4, 0)
    readSync(file, ends, 4, 8, Math.max(0, size - 8))
    if (size < 12 || ends.toString('latin1', 0, 4) !== 'PAR1') return 'it is no Parquet file'
    if (ends.toString('latin1', 8) !== 'PAR1' || ends.readUInt32LE(4) > size - 12) return 'it is cut off, or damaged at its end'
    return undefined
  } finally {
    closeSync(file)
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
