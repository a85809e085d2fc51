import type { Answers, ClusterLoad } from '../../protocol/index.js'
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
  }
}
