import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Benchmark, Measurement } from './benchmark.js'
import { type Contestant, Session, nodeContestant } from './contest.js'

/** Nobody waits longer for one answer, in seconds. */
const PATIENCE = 7200
const BYTES_OF_ROW = 64
const questions = ['group-by', 'join', 'sort'] as const

export const benchmark: Benchmark = {
  name: 'out-of-core',
  title: 'grouping, joining and sorting Parquet files that are five times as large as the memory of each process',
  async run({ quick, say }) {
    const bytes = Number(process.env.BENCH_GB ?? (quick ? 0.1 : 2.5)) * 1e9
    const limit = Number(process.env.BENCH_MEMORY ?? (quick ? 512e6 : bytes / 5))
    const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'heddle-out-of-core-'))
    try {
      const expected = await makeFiles(folder, Math.round(bytes / BYTES_OF_ROW))
      const size = sizeOf(folder)
      say(`${gigabytes(size)} GB of Parquet, ${megabytes(limit)} MB a process`)
      const measurements: Measurement[] = []
      for (const workers of [0, 2]) {
        for (const question of questions) {
          const { seconds, peak, check } = await answer(question, workers, limit, folder)
          const where = workers === 0 ? 'in one process' : 'on two workers'
          const rows = question === 'sort' ? await sortedRows(check as string) : check
          if (JSON.stringify(rows) !== JSON.stringify(expected[question]))
            throw new Error(`${question} ${where} gave ${JSON.stringify(rows)}, and DuckDB ${JSON.stringify(expected[question])}`)
          say(`${question} ${where}: ${seconds.toFixed(1)} s, ${megabytes(peak)} MB at most`)
          measurements.push({ what: `${question} ${where}`, unit: 's', ours: seconds })
          measurements.push({
            what: `${question} ${where}: the most memory of a process`,
            unit: 'MB',
            ours: peak / 1e6,
            goal: limit / 1e6,
          })
        }
      }
      return {
        measurements,
        notes: [
          `${gigabytes(size)} GB of Parquet that does not compress, ${megabytes(limit)} MB for each process; the peak is the resident memory that the kernel has seen (ru_maxrss). The answers are those of plain DuckDB without a limit.`,
          'The workers have partitions of a row for each 2,000 bytes of memory, which are 16 MB in 500 MB; a process of Node takes about 100 MB before it does anything.',
          'group-by makes a group of about every fourth row; join has a table of a quarter of the rows on its other side; sort writes all rows to one file, whose order is looked at.',
        ],
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function answer(
  question: string,
  workers: number,
  limit: number,
  folder: string,
): Promise<{ seconds: number; peak: number; check: unknown }> {
  const contestant = nodeContestant('out-of-core-heddle')
  const command = [...contestant.command, String(workers), String(limit), folder] as unknown as Contestant['command']
  const session = await Session.start({ ...contestant, command }, PATIENCE)
  try {
    const { figures, check } = await session.ask({ question })
    return { seconds: figures.seconds!, peak: figures.peak!, check }
  } finally {
    session.stop()
  }
}

/** Makes the files, and the answers. */
async function makeFiles(folder: string, rows: number): Promise<Record<string, unknown>> {
  const keys = Math.max(1, Math.round(rows / 4))
  const parts = Math.max(1, Math.ceil(rows / 4_000_000))
  return withDuckdb(async (query) => {
    for (let part = 0; part < parts; part++) {
      const [from, to] = [Math.floor((rows * part) / parts), Math.floor((rows * (part + 1)) / parts)]
      // Hashes do not compress.
      await query(`COPY (SELECT i AS id, (hash(i) % ${keys})::BIGINT AS k, hash(i + 1)::DOUBLE / 1e9 AS a, hash(i + 2)::DOUBLE / 1e9 AS b,
        hash(i + 3)::DOUBLE / 1e9 AS c, format('{:x}', hash(i + 4)) AS text FROM range(${from}, ${to}) t(i)) TO '${folder}/rows-${part}.parquet' (FORMAT parquet)`)
    }
    await query(
      `COPY (SELECT i AS k, hash(i + 5)::DOUBLE / 1e9 - 1e9 AS weight FROM range(${keys}) t(i)) TO '${folder}/others.parquet' (FORMAT parquet)`,
    )
    const all = `'${folder}/rows-*.parquet'`
    const [groups] = await query(`SELECT count(DISTINCT k)::INTEGER AS groups, count(*)::INTEGER AS rows FROM ${all}`)
    const [joined] = await query(
      `SELECT count(*)::INTEGER AS rows FROM ${all} AS r JOIN '${folder}/others.parquet' AS o ON r.k = o.k WHERE weight > 0`,
    )
    return { 'group-by': groups, join: joined, sort: rows }
  })
}

/** How many rows a file has. @throws Error where they are not in order */
function sortedRows(file: string): Promise<number> {
  return withDuckdb(async (query) => {
    const [found] = await query(
      `SELECT count(*)::INTEGER AS rows, bool_and(coalesce(a >= before, true)) AS ordered FROM (SELECT a, lag(a) OVER () AS before FROM '${file}')`,
    )
    rmSync(file)
    if (found!.ordered !== true) throw new Error(`${file} is not in order`)
    return found!.rows as number
  })
}

async function withDuckdb<T>(work: (query: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return await work(async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS())
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.startsWith('rows-'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(2)
const megabytes = (bytes: number) => Math.round(bytes / 1e6)
