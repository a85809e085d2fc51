import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Benchmark, Measurement } from './benchmark.js'
import { type Contestant, Session, nodeContestant } from './contest.js'
import { SoFar } from './so-far.js'

/*
 * BENCH_GB: of Parquet files (2.5 unless told); BENCH_MEMORY: bytes that all processes of Heddle together may take (two fifths of that);
 * BENCH_WORKERS: how many worker processes, divided by commas; 0: none, the program itself computes (0,2);
 * BENCH_RESUME: a file for what was measured, which is not measured again.
 */

/** Nobody waits longer for one answer, in seconds. */
const PATIENCE = 7200
/** In Parquet files of numbers that do not compress. */
const BYTES_OF_ROW = 51
const questions = ['group-by', 'join', 'sort'] as const

export const benchmark: Benchmark = {
  name: 'out-of-core',
  title: 'grouping, joining and sorting Parquet files that are larger than memory',
  async run({ quick, say }) {
    const bytes = Number(process.env.BENCH_GB ?? (quick ? 0.1 : 2.5)) * 1e9
    const memory = Number(process.env.BENCH_MEMORY ?? (quick ? 1e9 : bytes * 0.4))
    const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'heddle-out-of-core-'))
    try {
      const rows = Math.round(bytes / BYTES_OF_ROW)
      say(`${gigabytes(bytes)} GB of Parquet, ${megabytes(memory)} MB of memory`)
      const soFar = new SoFar<Answer>({ bytes, memory })
      let expected: Promise<Record<string, unknown>> | undefined
      const measurements: Measurement[] = []
      for (const workers of (process.env.BENCH_WORKERS ?? '0,2').split(',').map(Number)) {
        const limit = memory / Math.max(1, workers)
        const where =
          workers === 0 ? `in one process of ${megabytes(limit)} MB` : `on ${workers} workers of ${megabytes(limit)} MB each`
        for (const question of questions) {
          const what = `${question} ${where}`
          const before = soFar.get(what)
          // The files are made when they are needed: that takes its time.
          const measured =
            before ?? (await answer(question, workers, limit, folder, (await (expected ??= makeFiles(folder, rows)))[question]))
          const { seconds, peak, own } = measured
          say(`${what}: ${seconds.toFixed(1)} s, ${megabytes(peak)} MB at most${before ? `, as it was, of ${soFar.file!}` : ''}`)
          soFar.keep(what, measured)
          measurements.push({ what, unit: 's', ours: seconds })
          measurements.push({ what: `${what}: the most memory of a process`, unit: 'MB', ours: peak / 1e6, goal: limit / 1e6 })
          if (workers > 0) measurements.push({ what: `${what}: of the program that asks them`, unit: 'MB', ours: own / 1e6 })
        }
      }
      return {
        measurements,
        notes: [
          `${gigabytes(bytes)} GB of Parquet (${(rows / 1e6).toFixed(0)}M rows) that does not compress; the peak is the resident memory that the kernel has seen (ru_maxrss). The answers are those of plain DuckDB without a limit.`,
          'Workers have partitions of a row for each 700 bytes of memory, less 300 MB: about a twelfth of it in numbers. A process of Node takes about 100 MB before it does anything.',
          'group-by makes a group of about every fourth row; join has a table of a quarter of the rows on its other side; sort writes all rows to one file, whose order is looked at.',
        ],
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Answer {
  readonly seconds: number
  /** the most bytes of a process that computes, and of the program that asks, which is the same if that computes */
  readonly peak: number
  readonly own: number
}

/** @throws Error for another answer than the expected one */
async function answer(question: string, workers: number, limit: number, folder: string, expected: unknown): Promise<Answer> {
  const contestant = nodeContestant('out-of-core-heddle')
  const command = [...contestant.command, String(workers), String(limit), folder] as unknown as Contestant['command']
  const session = await Session.start({ ...contestant, command }, PATIENCE)
  try {
    const { figures, check } = await session.ask({ question })
    const found = question === 'sort' ? await sortedRows(check as string) : check
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error(`${question} gave ${JSON.stringify(found)}, and DuckDB ${JSON.stringify(expected)}`)
    return { seconds: figures.seconds!, peak: figures.peak!, own: figures.own! }
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

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(2)
const megabytes = (bytes: number) => Math.round(bytes / 1e6)
