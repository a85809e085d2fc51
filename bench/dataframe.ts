import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Benchmark, Measurement } from './benchmark.js'
import type { Reply } from './contestant.js'
import { compile, hundredOperations } from '../test/dataframe/hundred-operations.js'
import { type Contestant, Session, nodeContestant, pythonContestant } from './contest.js'
import { type Question, questions } from './dataframe-questions.js'
import { pythonPackages } from './peer-versions.js'
import { SoFar } from './so-far.js'
import { median } from './statistics.js'

/*
 * BENCH_ROWS: of the H2O tables (10 million unless told); BENCH_ROUNDS: measured pairs of each question (7);
 * BENCH_QUESTIONS: only those whose names have one of these words, divided by commas; none is what the compiler needs alone;
 * BENCH_RESUME: a file for what was measured, which is not measured again.
 */

/** Nobody waits longer for one answer, in seconds. */
const PATIENCE = 900
const ROUNDS = 7
/** Rounds in which the turns of the main thread are looked at. */
const ROUNDS_OF_TURNS = 3

/** The other contestants, with what Heddle is to be at least against each, on the sum of all questions. */
const peers: readonly { readonly contestant: Contestant; readonly target?: number }[] = [
  { contestant: nodeContestant('dataframe-duckdb') },
  { contestant: needed('dataframe-dask', 'dask.dataframe', 'distributed'), target: 4 },
  { contestant: needed('dataframe-pandas', 'pandas', 'pandas') },
  { contestant: needed('dataframe-polars', 'Polars', 'polars') },
]

function needed(id: string, name: string, library: string): Contestant {
  const contestant = pythonContestant(id, name)
  if (contestant.missing !== undefined || pythonPackages()?.[library] !== undefined) return contestant
  return { ...contestant, missing: `${name} is not here: npm run bench:peers installs it where there is one for this Python` }
}

export const benchmark: Benchmark = {
  name: 'dataframe',
  title: 'questions of the H2O benchmark and about real flights, against plain DuckDB, Dask, pandas and Polars',
  async run({ quick, say }) {
    const rows = Number(process.env.BENCH_ROWS ?? (quick ? 200_000 : 10_000_000))
    const rounds = Number(process.env.BENCH_ROUNDS ?? (quick ? 1 : ROUNDS))
    const asked = questions.filter(({ name }) => isWanted(name))
    if (asked.length === 0) return { measurements: compilerCosts(rounds), notes: [] }
    const folder = mkdtempSync(join(tmpdir(), 'heddle-dataframe-'))
    const skipped: string[] = []
    const running: { readonly session: Session; readonly target?: number }[] = []
    try {
      await makeTables(folder, rows)
      const heddle = nodeContestant('dataframe-heddle', ['--expose-gc'])
      const one = await Session.start(heddle, PATIENCE)
      running.push({ session: one })
      const cluster = await Session.start({ ...heddle, command: [...heddle.command, '2'] }, PATIENCE)
      running.push({ session: cluster })
      for (const { contestant, ...more } of peers) {
        if (contestant.missing === undefined) running.push({ session: await Session.start(contestant, PATIENCE), ...more })
        else skipped.push(contestant.missing)
      }
      const soFar = new SoFar<readonly Time[]>({ rows, rounds })
      const times = new Map<string, Map<string, number>>()
      for (const { name } of asked) {
        const before = soFar.get(name)
        if (before) say(`${name}: as it was, of ${soFar.file!}`)
        const found = before ? new Map(before) : await timesOf(name, running, folder, rounds, say)
        times.set(name, found)
        soFar.keep(name, [...found])
      }
      const { measurements, notes } = tableOf(times, running, one, cluster)
      const turns = await longestTurns(one, asked, folder, say)
      return { measurements: [...measurements, ...turns, ...compilerCosts(rounds)], notes, skipped }
    } finally {
      for (const { session } of running) session.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function isWanted(name: string): boolean {
  const words = process.env.BENCH_QUESTIONS?.split(',')
  return words === undefined || words.some((word) => word !== '' && name.includes(word))
}

/** What TypeScript needs for a program of a hundred operations; it is run on it. */
function compilerCosts(rounds: number): Measurement[] {
  const runs = Array.from({ length: rounds }, () => compile('bench', hundredOperations))
  const wrong = runs.flatMap(({ errors }) => errors)
  if (wrong.length > 0) throw new Error(`The program of a hundred operations does not compile: ${wrong[0]!}`)
  const what = 'for a chain of 100 mixed operations over 60 columns'
  return [
    { what: `checking types ${what}, as the compiler says`, unit: 's', ours: median(runs.map((run) => run.checking)), goal: 1 },
    { what: `the whole run of the compiler ${what}, with its start`, unit: 's', ours: median(runs.map((run) => run.whole)) },
  ]
}

/** Of one question: a contestant, and its seconds. */
type Time = readonly [contestant: string, seconds: number]

/** The median seconds of each, measured in turn; who fails is left out of this question. */
async function timesOf(
  name: string,
  running: readonly { readonly session: Session }[],
  folder: string,
  rounds: number,
  say: (line: string) => void,
): Promise<Map<string, number>> {
  const seconds = new Map<string, number[]>()
  const failed = new Set<string>()
  let expected: string | undefined
  for (let round = 0; round <= rounds; round++) {
    for (const { session } of running) {
      if (failed.has(session.name)) continue
      try {
        const { figures, check } = await session.ask({ question: name, folder })
        const said = JSON.stringify(check)
        expected ??= said
        if (said !== expected) throw new Error(`gave ${said} where the first gave ${expected}`)
        // The first is to be warm.
        if (round > 0) seconds.set(session.name, [...(seconds.get(session.name) ?? []), figures.seconds!])
      } catch (error) {
        failed.add(session.name)
        say(`${name}: ${session.name} is left out: ${(error as Error).message.split('\n').slice(-3).join(' ')}`)
      }
    }
  }
  const medians = new Map([...seconds].filter(([of]) => !failed.has(of)).map(([of, all]) => [of, median(all)]))
  say(`${name}: ${[...medians].map(([of, value]) => `${of} ${value.toFixed(3)} s`).join(', ')}`)
  return medians
}

/** How long the main thread of one process, which does nothing beside, is kept from others in a question: the median of some rounds. */
async function longestTurns(
  one: Session,
  asked: readonly Question[],
  folder: string,
  say: (line: string) => void,
): Promise<Measurement[]> {
  let [computing, wall] = [0, 0]
  for (const { name } of asked) {
    const answers: Reply['figures'][] = []
    for (let round = 0; round < ROUNDS_OF_TURNS; round++)
      answers.push((await one.ask({ question: name, folder, turns: true })).figures)
    const own = { computing: median(answers.map((a) => a.computing!)), wall: median(answers.map((a) => a.wall!)) }
    say(
      `${name}: the main thread computes for ${(own.computing * 1000).toFixed(1)} ms at a time, ${(own.wall * 1000).toFixed(1)} ms by the clock`,
    )
    computing = Math.max(computing, own.computing)
    wall = Math.max(wall, own.wall)
  }
  const what = 'the longest turn of the main thread of one process in a question'
  return [
    { what: `${what}: its own processor time`, unit: 's', ours: computing, goal: 0.01 },
    { what: `${what}, by the clock, while the database has all processors`, unit: 's', ours: wall },
  ]
}

function tableOf(
  times: ReadonlyMap<string, ReadonlyMap<string, number>>,
  running: readonly { readonly session: Session; readonly target?: number }[],
  one: Session,
  cluster: Session,
): { measurements: Measurement[]; notes: string[] } {
  const others = running.filter(({ session }) => session !== one)
  const measurements: Measurement[] = [...times].map(([what, of]) => ({
    what,
    unit: 's',
    ours: of.get(one.name)!,
    peers: others.flatMap(({ session }) => {
      const figure = of.get(session.name)
      return figure === undefined ? [] : [{ name: session.name, figure }]
    }),
  }))
  const duckdb = 'plain DuckDB'
  const ratios = [...times.values()].map((of) => of.get(one.name)! / of.get(duckdb)!)
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  measurements.push(
    { what: "geometric mean of the times in one process over plain DuckDB's", unit: '×', ours: mean, goal: 1.1 },
    { what: 'the largest of them', unit: '×', ours: Math.max(...ratios), goal: 1.5 },
    {
      what: "sum of the times on two processes over plain DuckDB's",
      unit: '×',
      ours: sumRatio(times, cluster.name, duckdb),
      goal: 2,
    },
  )
  for (const { session, target } of others) {
    if (session === cluster || session.name === duckdb) continue
    measurements.push({
      what: `sum of the times of ${session.name}, of what it could answer, over those of Heddle in one process`,
      unit: '×',
      ours: sumRatio(times, session.name, one.name),
      moreIsBetter: true,
      ...(target === undefined ? {} : { goal: target }),
    })
  }
  return {
    measurements,
    notes: [
      'An answer is made in full and kept where it is made, and its rows are counted: a table in DuckDB, the values of workers, what persist() gives. Its rows and the sum of a column are the same for all.',
      "Plain DuckDB runs the statement that stands next to the question in bench/dataframe-questions.ts. Dask and the cluster have two worker processes of one thread, on the same cores that the others' threads have.",
    ],
  }
}

/** Over the questions that both have answered. */
function sumRatio(times: ReadonlyMap<string, ReadonlyMap<string, number>>, a: string, b: string): number {
  const both = [...times.values()].filter((of) => of.has(a) && of.has(b))
  const sum = (name: string) => both.reduce((total, of) => total + of.get(name)!, 0)
  return sum(a) / sum(b)
}

/** The tables of the H2O benchmark, and the flights. */
async function makeTables(folder: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const copy = (name: string, sql: string) => connection.run(`COPY (${sql}) TO '${folder}/${name}.parquet' (FORMAT parquet)`)
  const many = Math.max(100, rows / 100)
  const number = (most: number) => `(1 + floor(random() * ${most}))::INTEGER`
  await connection.run('SELECT setseed(0.5)')
  await copy(
    'x',
    `SELECT format('id{:03d}', ${number(100)}) AS id1, format('id{:03d}', ${number(100)}) AS id2, format('id{:010d}', ${number(many)}) AS id3,
     ${number(100)} AS id4, ${number(100)} AS id5, ${number(many)} AS id6, ${number(5)} AS v1, ${number(15)} AS v2,
     round(random() * 100, 6) AS v3 FROM range(${rows})`,
  )
  const [small, medium] = [Math.max(10, rows / 1e6), Math.max(100, rows / 1000)]
  await copy(
    'left',
    `SELECT id4, id5, id6, format('id{}', id5) AS id2, format('id{}', id6) AS id3, v1 FROM (
     SELECT ${number(small * 1.1)} AS id4, ${number(medium * 1.1)} AS id5, ${number(rows * 1.1)} AS id6,
     round(random() * 100, 6) AS v1 FROM range(${rows}))`,
  )
  const right = (name: string, key: string, size: number, more: string) =>
    copy(name, `SELECT (i + 1)::INTEGER AS ${key}${more}, round(random() * 100, 6) AS v4 FROM range(${size}) AS r(i)`)
  await right('small', 'id4', small, '')
  await right('medium', 'id5', medium, ", format('id{}', i + 1) AS id2")
  await right('big', 'id6', rows, '')
  connection.closeSync()
  instance.closeSync()
  copyFileSync(
    fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url)),
    join(folder, 'flights.parquet'),
  )
}
