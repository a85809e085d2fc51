import { asError, checkOptions } from '../base/index.js'
import { StartedCluster } from './started-cluster.js'
import { startBeside } from './start-beside.js'
import type { SchedulerSpec, WorkerSpec } from './running.js'

export interface SpecClusterOptions {
  /** how its scheduler is started; on this machine, in a process of its own, unless told */
  readonly scheduler?: SchedulerSpec
  /** the workers that it begins with, by name */
  readonly workers?: Readonly<Record<string, WorkerSpec>>
  /** the kind of workers that `scale` and `adapt` start */
  readonly worker?: WorkerSpec
}

/**
 * A cluster of workers of any kinds: whatever knows how to start one. `Worker.spec`, `Nanny.spec` and `Scheduler.spec` are
 * such kinds.
 *
 * @example
 * const cluster = await SpecCluster.start({
 *   workers: { big: Nanny.spec({ threads: 4, resources: { gpu: 1 } }), small: Nanny.spec({ threads: 1 }) },
 *   worker: Nanny.spec({ threads: 1 }),
 * })
 * await cluster.scale(4)
 */
export class SpecCluster extends StartedCluster {
  /**
   * Starts the scheduler, then the workers.
   *
   * @throws what keeps one of them from starting; nothing is left behind
   */
  static async start(options: SpecClusterOptions = {}): Promise<SpecCluster> {
    checkOptions('SpecCluster.start', options, { scheduler: true, workers: true, worker: true })
    const { scheduler, workers = {}, worker } = options
    const starting = scheduler ? scheduler.start() : (await import('./scheduler-process.js')).startSchedulerProcess()
    const members = Object.entries(workers).map(([name, spec]) => [[name], spec] as const)
    return startBeside(starting, members, async (running) => {
      const cluster = new SpecCluster(running, worker)
      try {
        await cluster.start(workers)
      } catch (error) {
        await cluster.close()
        throw asError(error)
      }
      return cluster
    })
  }
}
