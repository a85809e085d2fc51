import type { Benchmark, Measurement } from './benchmark.js'
import { Session, nodeContestant } from './contest.js'

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
        const measure = async (tasks: number, workers: number, repeats: number) => {
          const { figures } = await session.ask({ graph, tasks, workers, repeats })
          say(
            `${title}, ${tasks} tasks, ${workers} workers: ${figures.microseconds!.toFixed(3)} µs/task, ${figures.machineBytes!.toFixed(0)} B/task`,
          )
          return figures as { microseconds: number; schedulerMicroseconds: number; machineBytes: number; graphBytes: number }
        }
        await measure(20_000, 16, 3)
        const [small, large] = quick ? [50_000, 200_000] : [100_000, 1_000_000]
        const few = await measure(small, 16, 5)
        const many = await measure(large, 16, 7)
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
        if (quick) continue
        const crowd = await measure(large, 10_000, 3)
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
        const most = await measure(10_000_000, 16, 1)
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
