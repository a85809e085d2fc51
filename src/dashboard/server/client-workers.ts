import { type Client, askScheduler } from '../../client/index.js'
import type { WorkerFacts, WorkerSample } from '../../model/index.js'

type Metrics = Omit<WorkerSample, 'worker' | 'tasks' | 'silent'>

interface Described {
  readonly index: number
  readonly info: Omit<WorkerFacts, 'worker'>
  readonly metrics: Metrics | undefined
}

/** What the scheduler of a client knows of its workers. */
export async function workersOf(
  client: Client,
): Promise<{ readonly workers: readonly WorkerFacts[]; readonly samples: readonly WorkerSample[] }> {
  const all = (await askScheduler(client, 'the dashboard', 'workers')) as readonly Described[]
  return {
    workers: all.map(({ index, info: { name, host, threads, address, pid, memoryLimit, localDirectory, pool, job } }) => {
      // What is undefined is left out on its way to the page.
      return { worker: index, name, host, threads, address, pid, memoryLimit, localDirectory, pool, job } as WorkerFacts
    }),
    samples: all.flatMap(({ index, metrics }) => {
      if (!metrics) return []
      const { held, spilled, memory, cpu, executing, ready, paused } = metrics
      return [{ worker: index, tasks: executing + ready, silent: 0, held, spilled, memory, cpu, executing, ready, paused }]
    }),
  }
}
