import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Benchmark, BenchmarkOptions, Measurement, PeerFigure } from './benchmark.js'
import { type Contestant, Session, nodeContestant, pythonContestant } from './contest.js'
import { pythonPackages } from './peer-versions.js'
import { median } from './statistics.js'

/** One thing that a contestant is asked for, some times to be warm and some times that count. */
interface Step {
  /** what its figures are known by; several ways of the same have the same name, and the best of them counts */
  readonly id: string
  readonly request: Readonly<Record<string, unknown>>
  readonly warm?: number
  readonly rounds?: number
  /** the figure by which ways of the same are compared; more of it is better */
  readonly choose?: string
}

type Figures = Readonly<Record<string, number>>

/** What a contestant has measured, by step. */
interface Measured {
  readonly name: string
  readonly rounds: ReadonlyMap<string, readonly Figures[]>
}

/** Nobody waits longer for one answer, in seconds. */
const PATIENCE = 120
const BYTES = 256_000_000
const VALUES = 4
/** How long a task of the tree lasts in which a worker is killed, in milliseconds. */
const LASTING = 2

export const benchmark: Benchmark = {
  name: 'cluster',
  title: 'a scheduler process, two worker processes of one thread, and a remote client',
  async run(options) {
    const { quick } = options
    const sizes = quick
      ? { map: 20_000, tree: 40_000, million: 200_000, peer: 1000, chain: 500, slow: 1000, rounds: 1 }
      : { map: 100_000, tree: 200_000, million: 1_000_000, peer: 5000, chain: 1000, slow: 4000, rounds: 3 }
    const { rounds } = sizes
    const warm = quick ? 2 : 3
    const step = (id: string, request: Record<string, unknown>, more: Partial<Step> = {}): Step => ({
      id,
      request: { measure: id, ...request },
      ...more,
    })
    const treeWays = (tasks: number, ways: readonly string[], more: Partial<Step>): Step[] =>
      ways.map((variant) => step('tree', { tasks, variant }, { choose: 'rate', ...more }))
    const transfer = step('transfer', { values: VALUES, bytes: quick ? BYTES / 4 : BYTES }, { warm: 1, rounds })

    const heddle = clusterContestant(2)
    const ours = await measure(heddle, options, [
      step('map', { tasks: sizes.map }, { warm, rounds: rounds + 2 }),
      ...treeWays(sizes.tree, ['delayed', 'futures'], { warm: 1, rounds }),
      step('submits', { tasks: sizes.map }, { warm: 1, rounds }),
      step('chain', { tasks: sizes.chain }, { warm: 1, rounds: rounds + 2 }),
      step('one', { calls: 200 }, { warm: 1, rounds }),
      transfer,
      step('start', {}, { rounds }),
    ])
    // In processes of its own: memory that was taken before hides what is taken now.
    const large = await measure(heddle, options, [
      step('map', { tasks: sizes.map }, { warm }),
      step('million', { tasks: sizes.million }, { rounds: quick ? 1 : 2 }),
    ])
    const killed = await measureKill(clusterContestant(4), options, sizes.slow, rounds)

    const skipped: string[] = []
    const peer = async (contestant: Contestant, steps: readonly Step[]): Promise<Measured | undefined> => {
      if (contestant.missing === undefined) return measure(contestant, options, steps)
      skipped.push(contestant.missing)
      return undefined
    }
    const byHand = await measure(nodeContestant('cluster-by-hand'), options, [
      step('map', { tasks: sizes.map }, { warm, rounds: rounds + 2 }),
      step('one', { calls: 200 }, { warm: 1, rounds }),
      transfer,
    ])
    const tasks = sizes.peer
    const warmUp = step('warm up', { measure: 'map', tasks: tasks / 10 }, { rounds: 0, warm: 1 })
    const shared = [warmUp, step('map', { tasks }, { rounds: quick ? 1 : 2 })]
    const dask = await peer(distributed(2, 'queued'), [
      warmUp,
      // Before all else, for the same reason.
      step('memory', { tasks }),
      ...shared,
      ...treeWays(tasks, ['raw graph'], {}),
      step('submits', { tasks: quick ? 500 : 2000 }),
      step('chain', { tasks: quick ? 100 : 500 }),
      step('one', { calls: quick ? 30 : 100 }),
      transfer,
      step('start', {}, { rounds }),
    ])
    const unqueued = await peer(distributed(2, 'unqueued'), [...shared, ...treeWays(tasks, ['raw graph'], {})])
    const daskKilled = dask && !quick ? await measureKill(distributed(4, 'queued'), options, sizes.slow / 2, 1) : undefined
    const ray = await peer(rayContestant(), [
      ...shared,
      ...treeWays(tasks, [''], {}),
      step('chain', { tasks: quick ? 100 : 500 }, { warm: 1 }),
      step('one', { calls: 100 }),
    ])
    const hyperQueue = await peer(hyperQueueContestant(), [
      step('map', { tasks: quick ? 300 : 2000 }),
      step('one', {}, { rounds: rounds + 2 }),
    ])

    const figure = (of: Measured, id: string, name: string): number => median(of.rounds.get(id)!.map((f) => f[name]!))
    const most = (of: Measured, id: string, name: string): number => Math.max(...of.rounds.get(id)!.map((f) => f[name]!))
    const own = (id: string, name: string): number => figure(ours, id, name)
    const peers = (id: string, name: string, by = 1, target?: number): PeerFigure[] =>
      [dask, unqueued, ray, hyperQueue].flatMap((p) => {
        if (!p?.rounds.get(id)?.[0] || p.rounds.get(id)![0]![name] === undefined) return []
        const isDask = p === dask
        return [{ name: p.name, figure: figure(p, id, name) * by, ...(target && isDask ? { target } : {}) }]
      })
    const limit = (id: string, name: string, by = 1) => ({ figure: figure(byHand, id, name) * by, what: byHand.name })
    const rate = { unit: 'k tasks/s', moreIsBetter: true } as const

    const measurements: Measurement[] = [
      {
        what: `map and gather, ${count(sizes.map)}`,
        ...rate,
        ours: own('map', 'rate') / 1000,
        goal: 100,
        peers: peers('map', 'rate', 1e-3, 100),
        limit: limit('map', 'rate', 1e-3),
      },
      {
        what: `a tree of sums, ${count(sizes.tree)}`,
        ...rate,
        ours: own('tree', 'rate') / 1000,
        goal: 100,
        peers: peers('tree', 'rate', 1e-3, 100),
      },
      {
        what: `${count(sizes.map)} calls of submit, to their last value`,
        ...rate,
        ours: own('submits', 'rate') / 1000,
        goal: 30,
        peers: peers('submits', 'rate', 1e-3),
      },
      { what: 'the client, for a future whose task is done', unit: 'B', ours: own('submits', 'bytes'), goal: 400 },
      {
        what: "map and gather: the scheduler's processor",
        unit: 'µs/task',
        ours: own('map', 'cpu'),
        goal: 8,
        peers: peers('map', 'cpu'),
      },
      {
        what: "the tree: the scheduler's processor",
        unit: 'µs/task',
        ours: own('tree', 'cpu'),
        goal: 8,
        peers: peers('tree', 'cpu'),
      },
      { what: `${count(sizes.million)} tasks: submitted and finished`, ...rate, ours: figure(large, 'million', 'rate') / 1000 },
      {
        what: `${count(sizes.million)} tasks: the scheduler process grows by`,
        unit: 'B/task',
        ours: most(large, 'million', 'growth'),
        // What a process takes for itself counts too much on a smaller graph.
        ...(quick ? {} : { goal: 150 }),
        peers: peers('memory', 'growth'),
      },
      {
        what: `${count(sizes.million)} tasks: of that in use at their end`,
        unit: 'B/task',
        ours: most(large, 'million', 'state'),
      },
      {
        what: `${count(sizes.million)} tasks: the longest between answers to another client that asks every 10 ms`,
        unit: 'ms',
        ours: most(large, 'million', 'gap'),
        goal: 100,
        peers: peers('memory', 'gap'),
      },
      { what: 'the same while all but one are released', unit: 'ms', ours: most(large, 'million', 'releaseGap'), goal: 100 },
      { what: 'what one future of them then keeps in the scheduler', unit: 'MB', ours: most(large, 'million', 'kept'), goal: 1 },
      {
        what: `a chain of ${sizes.chain.toLocaleString('en')} dependent tasks`,
        unit: 'ms/task',
        ours: own('chain', 'hop'),
        goal: 0.3,
        peers: peers('chain', 'hop'),
      },
      {
        what: 'one task, from submit to its value',
        unit: 'ms',
        ours: own('one', 'milliseconds'),
        goal: 3,
        peers: peers('one', 'milliseconds'),
        limit: limit('one', 'milliseconds'),
      },
      {
        what: `${(VALUES * Number(transfer.request.bytes)) / 1e9} GB in ${VALUES} values from one worker to the other`,
        unit: 'GB/s',
        moreIsBetter: true,
        ours: own('transfer', 'rate'),
        goal: 1,
        peers: peers('transfer', 'rate'),
        limit: limit('transfer', 'rate'),
      },
      {
        what: 'starting a cluster of two workers here',
        unit: 's',
        ours: own('start', 'seconds'),
        goal: 1,
        peers: peers('start', 'seconds'),
      },
      {
        what: `killing 1 of 4 workers at half time, a tree of ${count(sizes.slow)} tasks of ${LASTING} ms: against the undisturbed run`,
        unit: '×',
        ours: killed.ratio,
        goal: 1.5,
        peers: daskKilled ? [{ name: daskKilled.name, figure: daskKilled.ratio }] : [],
      },
      {
        what: 'the undisturbed run',
        unit: 's',
        ours: killed.undisturbed,
        limit: { figure: (sizes.slow * LASTING) / 4 / 1000, what: 'four workers that are never idle' },
      },
    ]
    const late = most(large, 'million', 'late')
    return {
      measurements,
      notes: [
        'Every scheduler, worker and client is a process of its own; contestants run one after the other, after warming up; figures are medians, those of the large graph the worst.',
        `Peers run fewer tasks, and their figures are per task: map and tree ${count(tasks)}, submit ${count(quick ? 500 : 2000)}, a chain of ${quick ? 100 : 500}, the tree with a killed worker ${count(sizes.slow / 2)}, HyperQueue ${quick ? 300 : 2000}. With more tasks Dask's cost a task grows.`,
        'Trees: the faster of the ways that each has: delayed calls or futures with Heddle; with Dask a raw graph, which was faster than its futures. worker-saturation inf switches off that Dask keeps root tasks back.',
        'Dask has workers without nannies, as Heddle here; its memory and answers are those of a graph of as many tasks as its map has. HyperQueue runs a program per task, Ray decides in its workers and its client.',
        `The client that asks every 10 ms waited up to ${late.toFixed(0)} ms for the processor itself: with its client, scheduler and workers the benchmark has more processes than two cores can run at once.`,
      ],
      skipped: [...new Set(skipped)],
    }
  },
}

function clusterContestant(workers: number): Contestant {
  const contestant = nodeContestant('cluster-heddle', ['--expose-gc'])
  return { ...contestant, command: [...contestant.command, String(workers)] }
}

/** A Python contestant, unless the package that it needs is not in its environment. */
function pythonPeer(id: string, name: string, needed: string, args: readonly string[]): Contestant {
  const contestant = pythonContestant(id, name)
  if (contestant.missing !== undefined) return contestant
  const missing =
    pythonPackages()?.[needed] === undefined
      ? { missing: `${name} is not here: npm run bench:peers installs it where there is one for this Python` }
      : {}
  return { ...contestant, command: [...contestant.command, ...args], ...missing }
}

function distributed(workers: number, saturation: 'queued' | 'unqueued'): Contestant {
  return pythonPeer('cluster-dask', 'dask.distributed', 'distributed', [String(workers), saturation])
}

function rayContestant(): Contestant {
  return pythonPeer('cluster-ray', 'Ray', 'ray', [])
}

/** HyperQueue, where its program is: the variable HYPERQUEUE says, or the PATH. */
function hyperQueueContestant(): Contestant {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = [process.env.HYPERQUEUE, ...folders.map((folder) => join(folder, 'hq'))]
  const program = places.find((place) => place !== undefined && existsSync(place))
  const contestant = nodeContestant('cluster-hyperqueue')
  if (program !== undefined) return { ...contestant, command: [...contestant.command, program] }
  const missing =
    'HyperQueue is not here: build it with `cargo install --git https://github.com/It4innovations/hyperqueue hyperqueue`, and have hq on the PATH or named by the variable HYPERQUEUE'
  return { ...contestant, missing }
}

/** What all contestants have computed so far, by what they were asked. */
const computed = new Map<string, { readonly name: string; readonly check: unknown }>()

/** Throws when somebody computed something else than another. */
function agree(request: Readonly<Record<string, unknown>>, name: string, check: unknown): void {
  if (check === undefined) return
  const { variant: _variant, after: _after, ...what } = request
  const key = JSON.stringify(what)
  const other = computed.get(key)
  if (!other) computed.set(key, { name, check })
  else if (!isDeepStrictEqual(other.check, check))
    throw new Error(`${key}: ${name} computed ${JSON.stringify(check)}, but ${other.name} ${JSON.stringify(other.check)}`)
}

/** Starts a contestant, has it do everything, and stops it. */
async function measure(contestant: Contestant, { say }: BenchmarkOptions, steps: readonly Step[]): Promise<Measured> {
  const session = await Session.start(contestant, PATIENCE)
  try {
    const rounds = new Map<string, Figures[]>()
    for (const { id, request, warm = 0, rounds: times = 1, choose } of steps) {
      const counted: Figures[] = []
      for (let i = 0; i < warm + times; i++) {
        const { figures, check } = await session.ask(request)
        agree(request, session.name, check)
        if (i >= warm) counted.push(figures)
      }
      if (times === 0) continue
      say(`${session.name}: ${JSON.stringify(request)} ${format(counted)}`)
      const before = rounds.get(id)
      const of = (list: readonly Figures[]): number => median(list.map((f) => f[choose!]!))
      if (!before || of(counted) > of(before)) rounds.set(id, counted)
    }
    return { name: session.name, rounds }
  } finally {
    session.stop()
  }
}

/** How much longer a tree takes when a worker is killed at half time. */
async function measureKill(
  contestant: Contestant,
  { say }: BenchmarkOptions,
  tasks: number,
  rounds: number,
): Promise<{ name: string; undisturbed: number; ratio: number }> {
  const session = await Session.start(contestant, PATIENCE)
  try {
    const request = { measure: 'kill', tasks, milliseconds: LASTING }
    const times = async (more: Readonly<Record<string, unknown>>, n: number): Promise<number> => {
      const seconds: number[] = []
      for (let i = 0; i < n; i++) {
        const { figures, check } = await session.ask({ ...request, ...more })
        agree(request, session.name, check)
        seconds.push(figures.seconds!)
      }
      return median(seconds)
    }
    await times({}, 1)
    const undisturbed = await times({}, rounds)
    // How much a worker had that nobody else has differs from one time to the next.
    const disturbed = await times({ after: undisturbed / 2 }, 2 * rounds + 1)
    say(`${session.name}: a tree in ${undisturbed.toFixed(2)} s, with a worker killed ${disturbed.toFixed(2)} s`)
    return { name: session.name, undisturbed, ratio: disturbed / undisturbed }
  } finally {
    session.stop()
  }
}

function format(rounds: readonly Figures[]): string {
  return Object.keys(rounds[0]!)
    .map((name) => `${name} ${rounds.map((f) => f[name]!.toPrecision(3)).join(' ')}`)
    .join(', ')
}

function count(n: number): string {
  if (n >= 1_000_000) return `${n / 1_000_000}M`
  return n >= 1000 ? `${n / 1000}k` : String(n)
}
