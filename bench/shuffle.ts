import type { Benchmark, BenchmarkOptions, Measurement, PeerFigure } from './benchmark.js'
import { type Contestant, Session, nodeContestant, pythonContestant } from './contest.js'
import { pythonPackages } from './peer-versions.js'
import { median } from './statistics.js'

/** Nobody waits longer for one answer, in seconds. */
const PATIENCE = 1200
const GB = 1e9
const ROUNDS = 3
/** Dask's ways to shuffle; our target is against those by tasks. */
const WAYS = ['bag, tasks', 'dataframe, tasks', 'dataframe, p2p']

export const benchmark: Benchmark = {
  name: 'shuffle',
  title: 'all to all between worker processes of one thread, over sockets',
  async run(options) {
    const { quick } = options
    const all = { measure: 'group', records: 90_000, partitions: quick ? 60 : 300, keys: 30_011 }
    const large = quick
      ? { measure: 'group', records: 1_000_000, partitions: 50, keys: 20_011 }
      : { measure: 'group', records: 50_000_000, partitions: 200, keys: 1_000_003 }
    const wide = { measure: 'group', records: quick ? 250_000 : 2_500_000, partitions: quick ? 100 : 500, keys: 50_021 }
    const kill = { measure: 'kill', records: quick ? 500_000 : 4_000_000, partitions: 100, keys: 50_021 }

    // In each two seconds as much as eight workers do in three.
    const bursts = { bursts: quick ? 2 : 5, tasks: quick ? 20 : 120, milliseconds: 200, apart: 2000 }
    const adapt = { measure: 'adaptive', maximum: quick ? 2 : 8, ...bursts, records: bursts.bursts * bursts.tasks }

    const ours = await measure(heddle(2, 2 * GB), options, all, quick ? 1 : ROUNDS, quick ? 1 : 2)
    const grouped = await measure(heddle(2, 2 * GB), options, large, 1, 0)
    // So little memory that everything goes over disks.
    const files = await measure(heddle(2, GB, '0.001'), options, wide, 1, 0)
    const killed = await measureKill(heddle(4, GB), options, kill, quick ? 1 : ROUNDS)
    // One turn too many, once, would be one too many.
    const adaptive = await measure(nodeContestant('adaptive-heddle'), options, adapt, quick ? 1 : ROUNDS, 0, worst)

    const skipped: string[] = []
    const peers: PeerFigure[] = []
    const dask = daskContestant()
    if (dask.missing !== undefined) skipped.push(dask.missing)
    else {
      for (const variant of quick ? WAYS.slice(1) : WAYS) {
        const { name, figures } = await measure(dask, options, { ...all, variant }, 1, quick ? 0 : 1)
        const target = variant.endsWith('tasks') && !quick ? { target: 20 } : {}
        peers.push({ name: `${name} (${variant})`, figure: figures.seconds!, ...target })
      }
    }

    const count = (n: number): string => n.toLocaleString('en')
    const measurements: Measurement[] = [
      {
        what: `${count(all.records)} records, ${all.partitions} × ${all.partitions} partitions, 2 workers`,
        unit: 's',
        ours: ours.figures.seconds!,
        peers,
      },
      {
        what: `groupBy of ${count(large.records)} records by ${count(large.keys)} keys, 2 workers of 2 GB`,
        unit: 's',
        ours: grouped.figures.seconds!,
      },
      {
        what: 'the most memory that its workers took, both together',
        unit: 'GB',
        ours: grouped.figures.peak! / GB,
        goal: 4,
      },
      {
        what: `files that both workers had open at most, ${wide.partitions} × ${wide.partitions} partitions over disks`,
        unit: 'files',
        ours: files.figures.open!,
        goal: 1000,
      },
      {
        what: `killing 1 of 4 workers at half time, ${count(kill.records)} records: against the undisturbed run`,
        unit: '×',
        ours: killed.ratio,
        goal: 2.2,
      },
      { what: 'the undisturbed run', unit: 's', ours: killed.undisturbed },
      {
        what: `adaptive, 0 → ${adapt.maximum} → 0 workers: asked for in all`,
        unit: 'workers',
        ours: adaptive.figures.asked!,
        goal: adapt.maximum,
      },
      { what: 'how often it turned, from more workers to fewer or back', unit: 'times', ours: adaptive.figures.turns!, goal: 1 },
      { what: `from the first task until all ${adapt.maximum} had joined`, unit: 's', ours: adaptive.figures.joined! },
      { what: 'from the last result until there was none', unit: 's', ours: adaptive.figures.gone! },
    ]
    return {
      measurements,
      notes: [
        'Every scheduler, worker and client is a process of its own; contestants run one after the other. Records are {key, value}; what is measured ends with the sizes of all groups, summed up.',
        "Dask's dataframes hold the same numbers in columns, and count rows instead of building groups. p2p is its own service of workers; tasks are what it had before, and what its bags have still.",
        `The adaptive cluster has the settings that everybody has: a look each second, three looks before workers leave, all to be done within 5 s. What it does comes in ${bursts.bursts} bursts of ${bursts.tasks} tasks of 0.2 s, ${bursts.apart / 1000} s apart. Its figures are the worst of ${quick ? 1 : ROUNDS} rounds.`,
        'Files are those that workers write partitions to, or send others parts of; a thread that reads a partition has one more.',
      ],
      skipped,
    }
  },
}

function heddle(workers: number, bytes: number, ...share: readonly string[]): Contestant {
  const contestant = nodeContestant('shuffle-heddle')
  return { ...contestant, command: [...contestant.command, String(workers), String(bytes), ...share] }
}

function daskContestant(): Contestant {
  const contestant = pythonContestant('shuffle-dask', 'dask.distributed')
  if (contestant.missing !== undefined) return contestant
  const missing =
    pythonPackages()?.distributed === undefined
      ? { missing: 'dask.distributed is not here: npm run bench:peers installs it where there is one for this Python' }
      : {}
  return { ...contestant, command: [...contestant.command, '2', 'queued'], ...missing }
}

interface Measured {
  readonly name: string
  readonly figures: Readonly<Record<string, number>>
}

const worst = (figures: readonly number[]): number => Math.max(...figures)

/** Some rounds, after some to be warm: their medians, or what else is wanted of each figure. */
async function measure(
  contestant: Contestant,
  { say }: BenchmarkOptions,
  request: Readonly<Record<string, unknown>>,
  rounds: number,
  warm: number,
  summary: (figures: readonly number[]) => number = median,
): Promise<Measured> {
  const session = await Session.start(contestant, PATIENCE)
  try {
    const counted: Readonly<Record<string, number>>[] = []
    for (let i = 0; i < warm + rounds; i++) {
      const { figures, check } = await session.ask(request)
      if (check !== request.records)
        throw new Error(`${session.name} counted ${String(check)} records of ${String(request.records)}`)
      say(`${session.name} ${i < warm ? '(to be warm) ' : ''}${JSON.stringify(request)}: ${JSON.stringify(figures)}`)
      if (i >= warm) counted.push(figures)
    }
    const names = Object.keys(counted[0]!)
    return { name: session.name, figures: Object.fromEntries(names.map((name) => [name, summary(counted.map((f) => f[name]!))])) }
  } finally {
    session.stop()
  }
}

/** How much longer it takes when a worker is killed at half time. */
async function measureKill(
  contestant: Contestant,
  { say }: BenchmarkOptions,
  request: Readonly<Record<string, unknown>>,
  rounds: number,
): Promise<{ undisturbed: number; ratio: number }> {
  const session = await Session.start(contestant, PATIENCE)
  try {
    const times = async (more: Readonly<Record<string, unknown>>, n: number): Promise<number> => {
      const seconds: number[] = []
      for (let i = 0; i < n; i++) {
        const { figures, check } = await session.ask({ ...request, ...more })
        if (check !== request.records) throw new Error(`${session.name} counted ${String(check)} records`)
        seconds.push(figures.seconds!)
      }
      return median(seconds)
    }
    await times({}, 1)
    const undisturbed = await times({}, rounds)
    const disturbed = await times({ after: undisturbed / 2 }, rounds)
    say(`${session.name}: undisturbed ${undisturbed.toFixed(2)} s, with a worker killed ${disturbed.toFixed(2)} s`)
    return { undisturbed, ratio: disturbed / undisturbed }
  } finally {
    session.stop()
  }
}
