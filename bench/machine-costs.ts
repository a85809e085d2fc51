import type { Benchmark, Measurement } from './benchmark.js'
import { Session, nodeContestant } from './contest.js'
import type { Setting } from './machines.js'

/** What a task costs the machines. */
interface Cost {
  readonly microseconds: number
  readonly schedulerMicroseconds: number
  readonly machineBytes: number
  readonly graphBytes: number
}

const graphs = [
  ['independent', 'independent tasks'],
  ['tree', 'a tree of sums'],
  ['layered', 'layers, 3 dependencies a task'],
  ['shuffle', 'a shuffle'],
] as const

export const benchmark: Benchmark = {
  name: 'machines',
  title: 'the scheduler and worker machines alone, in one loop',
  async run({ quick, say }) {
    const measurements: Measurement[] = []
    for (const [graph, title] of graphs) {
      // Each graph has a process of its own, so that nobody's garbage is in the way.
      const session = await Session.start(nodeContestant('machines-heddle'), 180)
      try {
        const measure = async (rounds: number, ...settings: Setting[]) => {
          const { figures } = await session.ask({ graph, settings, rounds })
          return settings.map(({ tasks, workers }, i) => {
            const cost = {
              microseconds: figures[`microseconds${i}`]!,
              schedulerMicroseconds: figures[`schedulerMicroseconds${i}`]!,
              machineBytes: figures[`machineBytes${i}`]!,
              graphBytes: figures[`graphBytes${i}`]!,
            }
            say(
              `${title}, ${tasks} tasks, ${workers} workers: ${cost.microseconds.toFixed(3)} µs/task, ${cost.machineBytes.toFixed(0)} B/task`,
            )
            return cost
          })
        }
        await measure(1, { tasks: 20_000, workers: 16, repeats: 3 })
        const [small, large] = quick ? [50_000, 200_000] : [100_000, 1_000_000]
        const [few, many, crowd] = (await measure(
          // The least of many: the machine is somebody else's, too, at times for seconds.
          quick ? 3 : 12,
          { tasks: small, workers: 16, repeats: 4 },
          { tasks: large, workers: 16, repeats: 2 },
          ...(quick ? [] : [{ tasks: large, workers: 10_000, repeats: 1 }]),
        )) as [Cost, Cost, Cost | undefined]
        measurements.push(
          {
            what: `${title}, ${count(large)}, 16 workers`,
            unit: 'M tasks/s',
            moreIsBetter: true,
            ours: 1 / many.microseconds,
            ...(graph === 'independent' ? { goal: 2 } : {}),
          },
          {
            what: `${title}: ${count(large)} against ${count(small)}, a task`,
            unit: '×',
            ours: many.microseconds / few.microseconds,
            goal: 1.3,
          },
          { what: `${title}: state at its largest, without the graph`, unit: 'B/task', ours: many.machineBytes, goal: 120 },
        )
        if (crowd === undefined) continue
        measurements.push(
          {
            what: `${title}: 10,000 workers against 16, a task, the scheduler`,
            unit: '×',
            ours: crowd.schedulerMicroseconds / many.schedulerMicroseconds,
            goal: 2,
          },
          {
            what: `${title}: 10,000 workers against 16, a task, with all the workers' own machines`,
            unit: '×',
            ours: crowd.microseconds / many.microseconds,
          },
        )
        if (graph !== 'independent') continue
        const most = (await measure(1, { tasks: 10_000_000, workers: 16, repeats: 1 }))[0]!
        measurements.push({
          what: 'independent tasks, 10M: state and graph',
          unit: 'GB',
          ours: (most.machineBytes + most.graphBytes) / 100,
          goal: 1.5,
        })
      } finally {
        session.stop()
      }
    }
    return {
      measurements,
      notes: [
        'No threads, no functions, no values: what deciding about a task costs, from its submission to the release of its result.',
      ],
    }
  },
}

function count(n: number): string {
  return n >= 1_000_000 ? `${n / 1_000_000}M` : `${n / 1000}k`
}
