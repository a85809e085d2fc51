import type { Answers, ClusterDemand, ClusterLoad } from '../../protocol/index.js'
import type { ClusterState } from './state.js'

/** What a scheduler answers to whoever starts and stops the workers of its cluster. */
export function managerAnswers(state: ClusterState): Answers {
  return {
    /** `resources`: what a worker would have that is yet to be started */
    load: ({ resources }: { resources: Readonly<Record<string, number>> }): ClusterLoad => {
      const { workers, ...load } = state.machine.load(resources)
      return {
        ...load,
        workers: workers.flatMap(({ index, tasks, retiring }) => {
          const link = state.workers.get(index)
          if (!link) return []
          const { name, threads, memoryLimit } = link.info
          const bytes = link.metrics ? link.metrics.held + link.metrics.spilled : 0
          return [{ name, threads, memoryLimit, tasks, bytes, leaving: retiring || link.leaving }]
        }),
      }
    },

    /** The same for whoever has several kinds of workers. */
    demand: (): ClusterDemand => {
      const { workers, classes } = state.machine.demand()
      return {
        classes,
        workers: workers.flatMap(({ index, retiring, ...demand }) => {
          const link = state.workers.get(index)
          if (!link) return []
          const { name, threads, memoryLimit } = link.info
          const bytes = link.metrics ? link.metrics.held + link.metrics.spilled : 0
          return [{ ...demand, name, threads, memoryLimit, bytes, leaving: retiring || link.leaving }]
        }),
      }
    },

    /** the names of the workers that run tasks */
    workerNames: (): string[] =>
      [...state.workers.values()].filter(({ info, comm }) => !info.keeper && !comm.closed).map(({ info }) => info.name),

    /** Has workers move what they hold to others and leave; where there are none, `stuck` says so. */
    dismiss: ({ workers }: { workers: readonly string[] }) => {
      // Those that have gone meanwhile are not missed.
      for (const { index, info } of state.workers.values()) if (workers.includes(info.name)) state.machine.retireWorker(index)
      state.schedule()
    },
  }
}
