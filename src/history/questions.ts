import { ArgumentError, describe } from '../base/index.js'
import { HistoryError } from './errors.js'
import type { History, HistoryRows } from './read.js'

/** Which runs are meant. */
export interface RunFilter {
  readonly user?: string | undefined
  readonly project?: string | undefined
  readonly client?: string | undefined
  /** text that the path of the program has in it */
  readonly program?: string | undefined
  readonly status?: string | undefined
  /** a job id that one of its workers had */
  readonly job?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  /** only runs of which tasks failed */
  readonly failed?: boolean | undefined
}

/** A run, in short. Times are in seconds, sizes in bytes. */
export interface RunLine {
  readonly run: string
  readonly began: Date
  readonly status: string
  readonly user: string | null
  readonly project: string | null
  readonly client: string
  readonly program: string | null
  readonly version: string | null
  readonly elapsed: number
  readonly tasks: number
  readonly failed: number
  readonly coreHours: number
  readonly reservedCoreHours: number
  readonly storedBytes: number
  readonly peakMemoryBytes: number
}

/** What one group of tasks cost in two runs. */
export interface GroupComparison {
  readonly group: string
  readonly span: string
  readonly tasks: readonly [before: number, after: number]
  readonly running: readonly [before: number, after: number]
  readonly queued: readonly [before: number, after: number]
  readonly storedBytes: readonly [before: number, after: number]
}

/** What runs cost together. */
export interface CostLine {
  /** by what was asked for: user, project, … */
  readonly by: readonly (string | null)[]
  readonly runs: number
  readonly tasks: number
  readonly failed: number
  readonly coreHours: number
  readonly reservedCoreHours: number
  readonly storedBytes: number
}

const costColumns = ['user', 'project', 'program', 'client', 'host', 'status', 'version', 'month', 'day'] as const

/** What costs can be summed by. */
export type CostKey = (typeof costColumns)[number]

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function moment(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new ArgumentError('history: that is no date')
  return `TIMESTAMP ${literal(date.toISOString().replace('Z', ''))}`
}

/** What follows WHERE. */
function condition({ user, project, client, program, status, job, since, until, failed }: RunFilter): string {
  const parts = ['true']
  const equal = (column: string, value: string | undefined): void => {
    if (value !== undefined) parts.push(`${column} = ${literal(value)}`)
  }
  equal('"user"', user)
  equal('project', project)
  equal('client', client)
  equal('status', status)
  if (program !== undefined) parts.push(`contains(program, ${literal(program)})`)
  if (job !== undefined) parts.push(`list_contains(string_split(jobs, ', '), ${literal(job)})`)
  if (since) parts.push(`began >= ${moment(since)}`)
  if (until) parts.push(`began < ${moment(until)}`)
  if (failed) parts.push('failed > 0')
  return parts.join(' AND ')
}

/** The runs, the newest first. */
export async function listRuns(history: History, filter: RunFilter, limit: number): Promise<RunLine[]> {
  const { rows } = await history.query(
    `SELECT run, began, status, "user", project, client, program, version, elapsed, tasks, failed, core_hours, reserved_core_hours,
      stored_bytes, peak_memory_bytes FROM runs WHERE ${condition(filter)} ORDER BY began DESC, run LIMIT ${limit}`,
  )
  return rows.map((row) => {
    const [run, began, status, user, project, client, program, version, ...numbers] = row
    const [elapsed, tasks, failed, coreHours, reservedCoreHours, storedBytes, peakMemoryBytes] = numbers.map(Number)
    return {
      run,
      began,
      status,
      user,
      project,
      client,
      program,
      version,
      elapsed,
      tasks,
      failed,
      coreHours,
      reservedCoreHours,
      storedBytes,
      peakMemoryBytes,
    } as RunLine
  })
}

/**
 * The run that a name means: its whole name, its beginning or its end, 'last', or 'last~1' for the one before that.
 *
 * @throws HistoryError when it means none, or several
 */
export async function findRun(history: History, name: string): Promise<string> {
  const back = /^last(?:~(\d+))?$/.exec(name)
  if (back) {
    const { rows } = await history.query(`SELECT run FROM runs ORDER BY began DESC, run LIMIT 1 OFFSET ${Number(back[1] ?? 0)}`)
    if (rows[0]) return rows[0][0] as string
    throw new HistoryError(`there is no run ${name} in ${history.folder}`)
  }
  const { rows } = await history.query(
    `SELECT run FROM runs WHERE starts_with(run, ${literal(name)}) OR ends_with(run, ${literal(name)}) ORDER BY run`,
  )
  const found = rows.map(([run]) => run as string)
  if (found.length === 1 || found.includes(name)) return found.includes(name) ? name : found[0]!
  if (found.length === 0)
    throw new HistoryError(`there is no run ${name} in ${history.folder}: heddle history lists those there are`)
  throw new HistoryError(`${name} may be each of ${found.slice(0, 5).join(', ')}${found.length > 5 ? ', …' : ''}: say more of it`)
}

/** All that is known of one run: a table for each of its kinds of rows. */
export async function describeRun(
  history: History,
  run: string,
): Promise<Record<'run' | 'groups' | 'workers' | 'errors', HistoryRows>> {
  const where = `WHERE run = ${literal(run)}`
  const [one, groups, workers, errors] = await Promise.all([
    history.query(`SELECT * FROM runs ${where}`),
    history.query(
      `SELECT span, "group", tasks, done, failed, running, decoding + encoding AS coding, queued, awaiting, stored_bytes,
        critical_seconds FROM groups ${where} ORDER BY running DESC`,
    ),
    history.query(`SELECT worker, host, threads, job, pool, tasks, seconds FROM workers ${where} ORDER BY worker`),
    history.query(`SELECT "group", tasks, message, began FROM errors ${where} ORDER BY tasks DESC`),
  ])
  return { run: one, groups, workers, errors }
}

/** What two runs cost, group by group, what changed most first. */
export async function compareRuns(history: History, before: string, after: string): Promise<GroupComparison[]> {
  const side = (run: string): string =>
    `(SELECT "group", span, sum(tasks) AS tasks, sum(running) AS running, sum(queued) AS queued, sum(stored_bytes) AS bytes
      FROM groups WHERE run = ${literal(run)} GROUP BY ALL)`
  const { rows } = await history.query(
    `SELECT coalesce(a."group", b."group"), coalesce(a.span, b.span), coalesce(a.tasks, 0), coalesce(b.tasks, 0),
      coalesce(a.running, 0), coalesce(b.running, 0), coalesce(a.queued, 0), coalesce(b.queued, 0), coalesce(a.bytes, 0),
      coalesce(b.bytes, 0)
      FROM ${side(before)} a FULL JOIN ${side(after)} b ON a."group" = b."group" AND a.span = b.span
      ORDER BY abs(coalesce(b.running, 0) - coalesce(a.running, 0)) DESC, 1, 2`,
  )
  return rows.map((row) => {
    const [tasksBefore, tasksAfter, runningBefore, runningAfter, queuedBefore, queuedAfter, bytesBefore, bytesAfter] = row
      .slice(2)
      .map(Number)
    return {
      group: row[0] as string,
      span: row[1] as string,
      tasks: [tasksBefore!, tasksAfter!],
      running: [runningBefore!, runningAfter!],
      queued: [queuedBefore!, queuedAfter!],
      storedBytes: [bytesBefore!, bytesAfter!],
    }
  })
}

/** What runs cost, summed by users, projects, months …, the most expensive first. @throws ArgumentError for other keys */
export async function sumCosts(history: History, by: readonly string[], filter: RunFilter): Promise<CostLine[]> {
  const keys = by.map((key) => {
    if (!(costColumns as readonly string[]).includes(key)) {
      throw new ArgumentError(`history: costs can be summed by ${costColumns.join(', ')}, not by ${describe(key)}`)
    }
    if (key === 'month') return `strftime(began, '%Y-%m') AS "month"`
    return key === 'day' ? `strftime(began, '%Y-%m-%d') AS "day"` : `"${key}"`
  })
  const { rows } = await history.query(
    `SELECT ${keys.map((key) => `${key}, `).join('')} count(*), sum(tasks), sum(failed), sum(core_hours), sum(reserved_core_hours),
      sum(stored_bytes) FROM runs WHERE ${condition(filter)} ${keys.length > 0 ? 'GROUP BY ALL' : ''}
      ORDER BY sum(reserved_core_hours) DESC NULLS LAST`,
  )
  return rows.map((row) => {
    const [runs, tasks, failed, coreHours, reservedCoreHours, storedBytes] = row.slice(keys.length).map(Number)
    return {
      by: row.slice(0, keys.length) as (string | null)[],
      runs: runs!,
      tasks: tasks!,
      failed: failed!,
      coreHours: coreHours!,
      reservedCoreHours: reservedCoreHours!,
      storedBytes: storedBytes!,
    }
  })
}
