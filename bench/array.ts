import { globSync } from 'tinyglobby'
import { fileURLToPath } from 'node:url'
import { type Question, type Size, elementsOf, questions } from './array-questions.js'
import type { Benchmark, BenchmarkOptions, Measurement, PeerFigure } from './benchmark.js'
import { type Contestant, Session, newerNodeContestant, nodeContestant, pythonContestant } from './contest.js'
import { median } from './statistics.js'

/** Nobody waits longer for one answer, in seconds. */
const PATIENCE = 900
const ROUNDS = 7
/** Seconds of turns that each takes before, uncounted, to be warm, and the most of them: V8 compiles what runs often, while it runs. */
const WARM = 2
const MOST_WARM = 25
const GB = 1e9

export const benchmark: Benchmark = {
  name: 'array',
  title: 'arrays of float64 on two threads, in the same chunks',
  async run(options) {
    const { quick, say } = options
    // ARRAY_QUESTIONS=sort,median asks for these only.
    const only = process.env.ARRAY_QUESTIONS?.split(',')
    const asked = questions.filter(({ name }) => only?.includes(name) ?? true)
    const rounds = quick ? 2 : ROUNDS
    const openblas = openBlasOfNumPy()
    const ours = arrayHeddle(openblas)
    const dask = { ...pythonContestant('array-dask', 'Dask'), id: 'dask' }
    const numpy: Contestant = { ...dask, id: 'numpy', command: [...dask.command, 'numpy'] }
    const numpyTs = newerNodeContestant('array-numpy-ts', 'numpy-ts')
    const skipped = [dask, numpyTs].flatMap(({ missing }) => (missing === undefined ? [] : [missing]))
    const peers = [dask, numpy, numpyTs].filter(({ missing }) => missing === undefined)

    const measurements: Measurement[] = []
    const processors: string[] = []
    const running: Session[] = []
    try {
      for (const contestant of [ours, ...peers]) running.push(await Session.start(contestant, PATIENCE))
      for (const question of asked.filter((q) => !q.alone)) {
        const size = quick ? question.quick : question.size
        const { turns, memory } = await inTurns(running, question, size, rounds, say)
        const measured = measurementOf(question, size, running, turns, quick)
        measurements.push({ ...measured, ...limitOf(question, size, memory, measured) })
        if (question.name === 'add') measurements.push(overMemory(question, turns[0]!, memory, quick))
        processors.push(`${question.what} ${running.map((r, i) => ratioOf(turns[0]!, turns[i]!, r)).join('')}`)
      }
    } finally {
      for (const session of running) session.stop()
    }
    for (const question of asked.filter((q) => q.alone)) {
      measurements.push(...(await alone(question, ours, question.cluster ? [] : peers.filter((peer) => peer === dask), options)))
    }
    return {
      measurements,
      notes: [
        `Each contestant is a process; they take turns, ${rounds} after those to be warm: each has run for ${WARM} s then, in ${MOST_WARM} turns at most; figures are medians, and ratios medians of the ratios of turns that followed each other. Inputs are in memory; results that are arrays stay there, in chunks. Dask and Heddle have two threads, NumPy and numpy-ts one.`,
        `Chunks have ${size(quick ? 'quick' : 'size')} elements.`,
        ...(only === undefined ? [] : [`ARRAY_QUESTIONS=${only.join(',')}: only these.`]),
        openblas === undefined
          ? "NumPy's OpenBLAS was not found: matmul is by Heddle's own kernels, or the system's OpenBLAS."
          : 'Matrices are multiplied by the very OpenBLAS that NumPy brings, one thread of it for each thread.',
        `Processor time, how many times Heddle's that of a peer is, in the same way: ${processors.join('; ')}.`,
      ],
      skipped,
    }
  },
}

const size = (which: 'size' | 'quick'): string => questions[0]![which].chunk.toLocaleString('en')

function arrayHeddle(openblas: string | undefined): Contestant {
  const contestant = nodeContestant('array-heddle', ['--expose-gc'])
  return { ...contestant, command: [...contestant.command, ...(openblas === undefined ? [] : [openblas])] }
}

/** The library that NumPy multiplies matrices with. */
function openBlasOfNumPy(): string | undefined {
  const cwd = fileURLToPath(new URL('../../bench/peers/', import.meta.url))
  return globSync('.venv/lib/python3*/site-packages/numpy.libs/libscipy_openblas*', { cwd, absolute: true, dot: true })[0]
}

type Figures = Readonly<Record<string, number>>

interface Turns {
  /** of each contestant, turn by turn */
  readonly turns: readonly (readonly Figures[])[]
  /** of bare threads, in the same turns, where the question says what of */
  readonly memory: readonly Figures[]
}

/** What a contestant has answered to one question. */
interface Answers {
  readonly session: Session
  /** of the turns that count */
  figures: Figures[]
  /** seconds that it has run, of what it is asked for */
  ran: number
  /** it is not asked any more */
  left: boolean
}

/** The figures of each contestant, turn by turn: A B C A B C. */
async function inTurns(
  running: readonly Session[],
  question: Question,
  size: Size,
  rounds: number,
  say: (line: string) => void,
): Promise<Turns> {
  const { what, memory } = question
  const all = running.map((session): Answers => ({ session, figures: [], ran: 0, left: false }))
  const ofMemory: Figures[] = []
  const threads = memory && (await Session.start(nodeContestant('array-memory'), PATIENCE))
  try {
    const mostWarm = rounds < ROUNDS ? 1 : MOST_WARM
    for (let turn = 0; turn < mostWarm && !all.every(isWarm); turn++) {
      await takeTurn(question, size, [all[0]!, ...all.slice(1).filter((each) => !isWarm(each))], say)
      await threads?.ask({ question: memory, ...size })
    }
    for (const each of all) each.figures = []
    for (let turn = 0; turn < rounds; turn++) {
      await takeTurn(question, size, all, say)
      if (threads) ofMemory.push((await threads.ask({ question: memory, ...size })).figures)
    }
  } finally {
    threads?.stop()
  }
  const told = all.flatMap(({ session, figures }) => {
    if (figures.length === 0) return []
    const [seconds, cpu] = ['seconds', 'cpu'].map((key) => middle(figures, key).toPrecision(3))
    return [`${session.name} ${seconds} s (processor ${cpu} s)`]
  })
  say(`${what}: ${told.join(', ')}`)
  return { turns: all.map(({ figures }) => figures), memory: ofMemory }
}

const isWarm = ({ ran, left }: Answers): boolean => left || ran >= WARM

/** Asks some of the contestants, ours first, and holds what they say against it. A peer that cannot answer is left out, unless something is promised against it. */
async function takeTurn(
  { name, what, targets }: Question,
  size: Size,
  some: readonly Answers[],
  say: (line: string) => void,
): Promise<void> {
  let first: { readonly by: string; readonly text: string } | undefined
  for (const answers of some) {
    const { session } = answers
    if (answers.left) continue
    const reply = await session.ask({ question: name, ...size }).catch((error: Error) => {
      if (!first || targets[session.id] !== undefined) throw error
      say(`${what}: ${session.name} is left out: ${error.message.split('\n')[0]}`)
      answers.left = true
      answers.figures = []
    })
    if (!reply) continue
    const text = JSON.stringify(reply.check)
    first ??= { by: session.name, text }
    if (text !== first.text) throw new Error(`${what}: ${session.name} computed ${text}, but ${first.by} ${first.text}`)
    answers.figures.push(reply.figures)
    answers.ran += reply.figures.seconds!
  }
}

const middle = (turns: readonly Figures[], key: string): number => median(turns.map((figures) => figures[key]!))

/** How many times what the others need is what we need: the median over pairs of turns, which what else a machine does hits alike. */
const ratio = (ours: readonly Figures[], theirs: readonly Figures[], key: string): number =>
  median(ours.map((figures, turn) => theirs[turn]![key]! / figures[key]!))

function measurementOf(
  question: Question,
  size: Size,
  running: readonly Session[],
  turns: readonly (readonly Figures[])[],
  quick: boolean,
): Measurement {
  const of = (seconds: number): number => (question.unit === 's' ? seconds : (seconds * 1e9) / elementsOf(question, size))
  const peers = running.slice(1).flatMap((session, i): PeerFigure[] => {
    const theirs = turns[i + 1]!
    if (theirs.length === 0) return []
    const target = question.targets[session.id]
    return [
      {
        name: session.name,
        figure: of(middle(theirs, 'seconds')),
        ratio: ratio(turns[0]!, theirs, 'seconds'),
        // The smallest arrays show what a call costs, which is not what is promised.
        ...(target === undefined || quick ? {} : { target }),
      },
    ]
  })
  return { what: question.what, unit: question.unit, ours: of(middle(turns[0]!, 'seconds')), peers }
}

/** Bytes that are read and written, for each that bare threads read or copy. */
function shareOf({ memory, reads }: Question): number {
  // A copy reads one array and writes one, a sum of two reads two and writes one: half as much again.
  return memory === 'copying' ? 1.5 : reads === 1 ? 0.5 : 1
}

/** What memory allows: as many bytes copied, or read, by two threads. */
function limitOf(question: Question, size: Size, memory: readonly Figures[], { peers }: Measurement): Pick<Measurement, 'limit'> {
  if (!question.memory) return {}
  const figure = (middle(memory, 'seconds') * shareOf(question) * 1e9) / size.n
  const best = peers?.[0] ? `, which is ${(peers[0].figure / figure).toFixed(1)}× as fast as ${peers[0].name}` : ''
  return { limit: { figure, what: `${question.memory} as many bytes by two threads${best}` } }
}

/** How many times as long it takes as memory does. */
function overMemory(question: Question, ours: readonly Figures[], memory: readonly Figures[], quick: boolean): Measurement {
  return {
    what: `${question.what}: how many times as long as ${question.memory} as many bytes by two threads`,
    unit: '×',
    ours: 1 / (ratio(ours, memory, 'seconds') * shareOf(question)),
    ...(quick ? {} : { goal: 1.3 }),
  }
}

function ratioOf(ours: readonly Figures[], theirs: readonly Figures[], session: Session): string {
  return session.id === 'array-heddle' || theirs.length === 0 ? '' : `${session.id} ${ratio(ours, theirs, 'cpu').toFixed(2)}× `
}

/** In processes of their own, so that their memory is that of this question. */
async function alone(
  question: Question,
  ours: Contestant,
  peers: readonly Contestant[],
  { quick, say }: BenchmarkOptions,
): Promise<Measurement[]> {
  const size = quick ? question.quick : question.size
  const rounds = question.name === 'large' || question.name === 'graph' || question.cluster ? 1 : 3
  const results: { session: Session; seconds: number; peak: number }[] = []
  for (const contestant of [ours, ...peers]) {
    const session = await Session.start(contestant, PATIENCE)
    try {
      let seconds = Infinity
      let peak = 0
      let checked: unknown
      for (let round = 0; round < rounds; round++) {
        const { figures, check } = await session.ask({ question: question.name, ...size })
        seconds = Math.min(seconds, figures.seconds!)
        peak = Math.max(peak, figures.peak!)
        checked = check
      }
      if (checked === false) throw new Error(`${question.what}: ${session.name} computed something else`)
      say(`${question.what}: ${session.name} ${seconds.toPrecision(3)} s, at most ${(peak / GB).toPrecision(3)} GB`)
      results.push({ session, seconds, peak })
    } finally {
      session.stop()
    }
  }
  const [first, ...others] = results
  const target = question.targets.dask
  const measurement: Measurement = {
    what: question.what,
    unit: 's',
    ours: first!.seconds,
    peers: others.map(({ session, seconds }) => ({
      name: session.name,
      figure: seconds,
      ...(target === undefined || quick ? {} : { target }),
    })),
    ...(question.name === 'graph' && !quick ? { goal: 2 } : {}),
  }
  if (question.name === 'graph') return [measurement]
  // Rows and columns are both there when all is done.
  const data = question.name === 'rechunk' ? 2 * elementsOf(question, size) * 2 * 8 : 0
  const memory: Measurement = {
    what:
      question.name === 'rechunk'
        ? 'the most memory, above rows and columns'
        : question.cluster
          ? 'the most memory of one of them'
          : 'the most memory',
    unit: 'GB',
    ours: Math.max(0, first!.peak - data) / GB,
    peers: others.map(({ session, peak }) => ({ name: session.name, figure: Math.max(0, peak - data) / GB })),
    ...(quick ? {} : { goal: question.name === 'rechunk' || question.cluster ? 1.5 : 4 }),
  }
  return [measurement, memory]
}
