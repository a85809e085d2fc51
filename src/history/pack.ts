import { randomBytes } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { SideDatabase } from '../duckdb/index.js'
import type { GroupAccount } from '../model/index.js'
import { HistoryError } from './errors.js'
import { RecordKind, readJournal, tableOf, taskColumns, taskStatuses } from './journal-format.js'
import type { RunSummary } from './summary.js'

/** Bytes of memory for making a file; more goes to disk. */
const MEMORY = 256 * 2 ** 20

type Cell = string | number | boolean | Date | readonly string[] | null | undefined
type Row = Readonly<Record<string, Cell>>

/** Columns that are not texts or numbers with a fraction. */
const types: Readonly<Record<string, string>> = {
  began: 'TIMESTAMP',
  ended: 'TIMESTAMP',
  joined: 'TIMESTAMP',
  advice: 'VARCHAR[]',
}
const whole = new Set(['threads', 'tasks', 'done', 'failed', 'retried', 'interrupted', 'critical_tasks', 'group_number', 'graph'])

function typeOf(column: string, rows: readonly Row[]): string {
  const known = types[column]
  if (known !== undefined) return known
  if (whole.has(column) || column.endsWith('_bytes')) return 'BIGINT'
  const value = rows.map((row) => row[column]).find((one) => one !== null && one !== undefined)
  return typeof value === 'number' ? 'DOUBLE' : 'VARCHAR'
}

/**
 * Makes a Parquet file of a journal, next to it, and takes the journal away. Whoever looks finds the whole file or none, also
 * on network file systems: it is written under another name first. Two who do it at once do the same.
 *
 * @throws HistoryError, QueryError
 */
export async function packJournal(path: string): Promise<string> {
  const folder = dirname(path)
  const name = basename(path).replace(/\.(journal|done)$/, '')
  const target = join(folder, `${name}.parquet`)
  const partial = join(folder, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}.part`)
  const database = await SideDatabase.open({
    memory: MEMORY,
    threads: 1,
    folder: join(tmpdir(), `heddle-history-${process.pid}`),
  })
  try {
    const summary = await load(database, path)
    const queries = await tables(database, summary)
    await database.run(
      `COPY (${queries.join(' UNION ALL BY NAME ')}) TO ${quoted(partial)} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)`,
    )
    const file = await open(partial, 'r+')
    await file.sync()
    await file.chmod(0o600)
    await file.close()
    await rename(partial, target)
  } catch (error) {
    await unlink(partial).catch(() => undefined)
    throw error
  } finally {
    database.close()
  }
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    // Somebody else has done the same.
    if (error.code !== 'ENOENT') throw error
  })
  return target
}

/** Reads the tasks of a journal into a table, and gives its last summary. */
async function load(database: SideDatabase, path: string): Promise<RunSummary> {
  await database.run(`CREATE TABLE task (${taskColumns.map(([column, type]) => `${column} ${type}`).join(', ')})`)
  let summary: RunSummary | undefined
  for (const { kind, body } of readJournal(path)) {
    if (kind === RecordKind.summary) summary = JSON.parse(body.toString()) as RunSummary
    else if (kind === RecordKind.tasks) {
      const { length, columns } = tableOf(body)
      const typed = taskColumns.map(([, type], i) => ({ type, values: columns[i]! }))
      await database.appendNumbers('task', typed, length)
    }
  }
  if (!summary) throw new HistoryError(`${path} ends before it says what ran`)
  return summary.status === 'running' ? { ...summary, status: 'interrupted' } : summary
}

/** The statements whose rows, one after the other, are the file. */
async function tables(database: SideDatabase, summary: RunSummary): Promise<string[]> {
  const { run } = summary
  const kinds: [kind: string, rows: Row[]][] = [
    ['run', [runRow(summary)]],
    ['group', groupRows(summary)],
    ['span', spanRows(summary)],
    ['worker', workerRows(summary)],
    ['submission', submissionRows(summary)],
    ['error', errorRows(summary)],
  ]
  const queries: string[] = []
  for (const [kind, rows] of kinds) {
    if (rows.length === 0) continue
    const columns = Object.keys(rows[0]!).map((name) => ({ name, type: typeOf(name, rows) }))
    await database.run(`CREATE TABLE "${kind}" (${columns.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`)
    await database.append(`${kind}`, {
      columns,
      length: rows.length,
      value: (row, column) => cell(rows[row]![columns[column]!.name], columns[column]!.type),
    })
    queries.push(`SELECT ${quoted(kind)} AS kind, ${quoted(run)} AS run, * FROM "${kind}"`)
  }
  const status = taskStatuses.map((word, i) => `WHEN ${i} THEN ${quoted(word)}`).join(' ')
  await database.run(`CREATE TABLE names (number INTEGER, "group" VARCHAR, span VARCHAR)`)
  await appendTexts(
    database,
    'names',
    ['group', 'span'],
    summary.groups.map(({ label, span }) => [label, spanText(span)]),
  )
  await database.run('CREATE TABLE places (number INTEGER, worker VARCHAR)')
  await appendTexts(
    database,
    'places',
    ['worker'],
    summary.workers.map(({ name }) => [name]),
  )
  queries.push(
    `SELECT 'task' AS kind, ${quoted(run)} AS run, CAST(graph AS BIGINT) AS graph, names."group", names.span, task.task, places.worker, ` +
      `make_timestamp(CAST((ended - seconds) * 1e6 AS BIGINT)) AS began, round(CAST(seconds AS DOUBLE), 9) AS seconds, CAST(bytes AS BIGINT) AS stored_bytes, ` +
      `CASE status ${status} END AS status ` +
      `FROM task LEFT JOIN names ON group_number = names.number LEFT JOIN places ON worker_number = places.number`,
  )
  return queries
}

async function appendTexts(
  database: SideDatabase,
  table: string,
  names: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const columns = [{ name: 'number', type: 'INTEGER' }, ...names.map((name) => ({ name, type: 'VARCHAR' }))]
  const literals = rows.map((row, i) => `(${i}, ${row.map(quoted).join(', ')})`)
  if (literals.length > 0) {
    await database.run(
      `INSERT INTO ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')}) VALUES ${literals.join(', ')}`,
    )
  }
}

function runRow(summary: RunSummary): Row {
  const { groups, workers, leftOut, errors } = summary
  const sum = (of: (group: (typeof groups)[number]) => number): number => groups.reduce((all, group) => all + of(group), 0)
  const { began, ended, critical } = summary
  return {
    status: summary.status,
    began: when(began),
    ended: when(ended),
    elapsed: ended - began,
    client: summary.client,
    user: summary.user,
    host: summary.host,
    project: summary.project,
    program: summary.program,
    version: summary.version,
    heddle: summary.heddle,
    node: summary.node,
    scheduler: summary.scheduler,
    tasks: sum(({ tasks }) => tasks),
    done: sum(({ done }) => done),
    failed: sum(({ erred }) => erred),
    retried: sum(({ retried }) => retried),
    interrupted: sum(({ interrupted }) => interrupted),
    running: sum(({ running }) => running),
    decoding: sum(({ decoding }) => decoding),
    encoding: sum(({ encoding }) => encoding),
    queued: sum(({ queued }) => queued),
    awaiting: sum(({ awaiting }) => awaiting),
    core_hours: sum(({ running }) => running) / 3600,
    reserved_core_hours: summary.reserved / 3600,
    critical_tasks: critical.tasks,
    critical_seconds: critical.running,
    stored_bytes: sum(({ stored }) => stored),
    received_bytes: sum(({ received }) => received),
    spilled_bytes: summary.spilled,
    peak_memory_bytes: summary.peakMemory,
    threads: workers.reduce((all, { threads }) => all + threads, 0),
    pools: distinct(workers.map(({ pool }) => pool)),
    jobs: distinct(workers.map(({ job }) => job)),
    message: errors[0]?.message ?? null,
    left_out: `${leftOut.submissions} submissions, ${leftOut.errors} errors, ${leftOut.tasks} tasks`,
    advice: summary.advice,
  }
}

function groupRows({ groups }: RunSummary): Row[] {
  return groups.map((group) => ({ group: group.label, ...costsOf(group) }))
}

function spanRows({ spans }: RunSummary): Row[] {
  return spans.map((span) => ({
    ...costsOf(span),
    reserved: span.reserved,
    idle: span.idle,
    idle_for_inputs: span.idleForInputs,
    idle_for_disk: span.idleForDisk,
    idle_for_memory: span.idleForMemory,
  }))
}

/** What groups and spans have in common. */
function costsOf(group: GroupAccount): Row {
  return {
    span: spanText(group.span),
    is_phase: String(group.isPhase),
    began: when(group.began),
    ended: when(group.ended),
    tasks: group.tasks,
    done: group.done,
    failed: group.erred,
    retried: group.retried,
    interrupted: group.interrupted,
    running: group.running,
    decoding: group.decoding,
    encoding: group.encoding,
    queued: group.queued,
    awaiting: group.awaiting,
    longest: group.longest,
    critical_tasks: group.criticalTasks,
    critical_seconds: group.criticalSeconds,
    stored_bytes: group.stored,
    peak_bytes: group.peak,
    received_bytes: group.received,
  }
}

function workerRows({ workers }: RunSummary): Row[] {
  return workers.map(({ name, host, threads, job, pool, tasks, seconds }) => ({
    worker: name,
    host,
    threads,
    job: job ?? null,
    pool: pool ?? null,
    tasks,
    seconds,
  }))
}

function submissionRows({ submissions }: RunSummary): Row[] {
  return submissions.map(({ graph, time, tasks, label }) => ({ graph, began: when(time), tasks, group: label }))
}

function errorRows({ errors, groups }: RunSummary): Row[] {
  return errors.map(({ group, message, count, first }) => ({
    group: groups[group]?.label ?? null,
    span: groups[group] ? spanText(groups[group].span) : null,
    message,
    tasks: count,
    began: when(first),
  }))
}

/** A span as one text, the outermost first. */
function spanText(span: readonly string[]): string {
  return span.join(' / ')
}

function distinct(values: readonly (string | undefined)[]): string | null {
  const found = [...new Set(values.filter((value) => value !== undefined))]
  return found.length === 0 ? null : found.join(', ')
}

function when(seconds: number | null): Date | null {
  // JSON has no NaN.
  return seconds === null || Number.isNaN(seconds) ? null : new Date(seconds * 1000)
}

function cell(value: Cell, type: string): unknown {
  if (value === null || value === undefined) return null
  return type === 'BIGINT' ? BigInt(Math.round(value as number)) : value
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
