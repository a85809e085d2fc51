import type { Benchmark, BenchmarkOptions, BenchmarkResult, Measurement } from './benchmark.js'
import { type Outcome, Session, contest, nodeContestant, pythonContestant } from './contest.js'
import { median } from './statistics.js'

/** A scheduler may keep this many bytes a task. */
const MOST_BYTES = 120
/** A task of a million may cost this many times what one of a hundred thousand costs. */
const MOST_GROWTH = 1.3

/** The fastest of Dask's ways that its documentation shows; `dask.delayed` itself is slower by far. */
const usual = ['raw graph of tuples', 'raw graph of Task objects']

const shapes = [
  ['independent', 'independent tasks'],
  ['tree', 'a tree of sums'],
  ['layers', '100 layers, 3 dependencies a task'],
] as const

export const benchmark: Benchmark = {
  name: 'tasks',
  title: 'trivial tasks (x => x + 1) on two threads',
  async run(options) {
    const small = await independentTasks(options)
    return { ...small, measurements: [...small.measurements, ...(await largeGraphs(options))] }
  },
}

/** Ours against the peers' on independent tasks. */
async function independentTasks({ quick, say }: BenchmarkOptions): Promise<BenchmarkResult> {
  const tasks = quick ? 20_000 : 100_000
  const dask = pythonContestant('tasks-dask', 'Dask')
  const contestants = [
    nodeContestant('tasks-heddle'),
    nodeContestant('tasks-piscina'),
    { ...dask, id: 'tasks-dask-usual', variants: usual },
    dask,
    nodeContestant('tasks-by-hand'),
  ]
  const { outcomes, skipped } = await contest(contestants, {
    rounds: quick ? 3 : 7,
    uncounted: 2,
    // While the others run, V8 gives memory back: a program that asks for it again at once pays for that for 0.1 s.
    twice: true,
    request: { tasks },
    warmUp: { tasks: quick ? 2_000 : 5_000 },
    choose: 'endToEnd',
    patience: 120,
    say,
  })
  const limit = outcomes.get('tasks-by-hand')!
  const measurements = (['endToEnd', 'run'] as const).map((figure): Measurement => {
    const microseconds = (outcome: Outcome): number => outcome.figures[figure]! * 1000
    const peer = (id: string, target: number) => {
      const outcome = outcomes.get(id)
      return outcome ? [{ name: outcome.name, figure: microseconds(outcome), target }] : []
    }
    return {
      what: `${count(tasks)} independent, ${figure === 'run' ? 'running them only' : 'from the first call to the last result'}`,
      unit: 'µs/task',
      ours: microseconds(outcomes.get('tasks-heddle')!),
      peers: [...peer('tasks-piscina', 4), ...peer('tasks-dask-usual', 15), ...peer('tasks-dask', 15)],
      limit: { figure: microseconds(limit), what: limit.name },
    }
  })
  const others = [...(outcomes.get('tasks-dask')?.choices ?? [])].map(
    ([variant, { endToEnd }]) => `${variant} ${Math.round(endToEnd! * 1000)}`,
  )
  const notes = [
    'Each contestant is a process of its own, measured in turn with the others; each turn is taken twice, and the second counts; figures are medians.',
    'Of its ways to do this, each peer uses the one that was fastest here; the table names it.',
    ...(others.length > 0
      ? [
          `Dask's ways, on fewer tasks and cold, in µs/task: ${others.join('; ')}. chunksize is an internal of its schedulers; without it the best is the first of the two lines.`,
        ]
      : []),
    "Heddle makes the calls with `delayed` and computes them together; piscina's `run` is called for each; Dask as the table says.",
  ]
  return { measurements, notes, skipped: [...new Set(skipped)] }
}

/** Graphs of a million tasks; nobody else runs them in this time. */
async function largeGraphs({ quick, say }: BenchmarkOptions): Promise<Measurement[]> {
  const sizes = quick ? ([20_000, 200_000] as const) : ([100_000, 1_000_000] as const)
  const measurements: Measurement[] = []
  for (const [shape, title] of shapes) {
    const session = await Session.start(nodeContestant('graphs-heddle', ['--expose-gc']), 120)
    try {
      const { figures: bytes } = await session.ask({ measure: 'memory', shape, tasks: sizes[1] })
      const totals: [number[], number[]] = [[], []]
      const parts: Record<string, number[]> = { build: [], order: [], run: [] }
      for (let i = 0; i < 3; i++) await session.ask({ measure: 'time', shape, tasks: sizes[0] })
      for (let round = 0; round < (quick ? 2 : 4); round++) {
        for (const large of [0, 1] as const) {
          const { figures } = await session.ask({ measure: 'time', shape, tasks: sizes[large] })
          totals[large].push(figures.total!)
          if (large === 1) for (const part of Object.keys(parts)) parts[part]!.push(figures[part]!)
        }
      }
      const [perTaskSmall, perTask] = [median(totals[0]), median(totals[1])]
      const large = `${title}, ${count(sizes[1])}`
      say(
        `${large}: ${Object.entries(parts)
          .map(([part, values]) => `${part} ${median(values).toFixed(2)}`)
          .join(', ')} µs/task`,
      )
      measurements.push(
        { what: `${large}: build, order and run`, unit: 'µs/task', ours: perTask },
        { what: `${large}: that against ${count(sizes[0])}`, unit: '×', ours: perTask / perTaskSmall, goal: MOST_GROWTH },
        { what: `${large}: scheduler state`, unit: 'B/task', ours: bytes.state!, goal: MOST_BYTES },
        { what: `${large}: the graph`, unit: 'B/task', ours: bytes.graph! },
      )
    } finally {
      session.stop()
    }
  }
  return measurements
}

function count(n: number): string {
  return n >= 1_000_000 ? `${n / 1_000_000}M` : `${n / 1000}k`
}
