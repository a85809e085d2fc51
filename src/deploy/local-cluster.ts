import { type OptionNames, checkOptions } from '../base/index.js'
import { availableCores, availableMemory, divide } from '../config/index.js'
import type { Adaptive, AdaptiveOptions } from './adaptive.js'
import { StartedCluster, checkCount } from './started-cluster.js'
import { startBeside } from './start-beside.js'
import { Nanny } from './nanny.js'

export interface LocalClusterOptions {
  /** worker processes; unless told as many as suit the cores and the memory of this machine */
  readonly workers?: number
  /** threads of each of them that run tasks; the cores divided by the workers unless told */
  readonly threadsPerWorker?: number
  /** the memory of each worker: '2 GiB', a number of bytes, a share (0.25), 'none'; its share of this machine's unless told */
  readonly memoryLimit?: number | string
  /** what each worker has of named resources */
  readonly resources?: Readonly<Record<string, number>>
  /** the folder for what workers put on disk; the setting `temporaryDirectory` unless told */
  readonly localDirectory?: string
  /** where the scheduler listens; 'tcp://127.0.0.1:0' unless told */
  readonly address?: string
}

const OPTIONS: OptionNames<LocalClusterOptions> = {
  workers: true,
  threadsPerWorker: true,
  memoryLimit: true,
  resources: true,
  localDirectory: true,
  address: true,
}

/**
 * A cluster on this machine: a scheduler and workers, each a process of its own. Only this user's programs that know its
 * token can talk to it. It does not keep the program alive, and ends with it: a pending result of a client does.
 *
 * @example
 * const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 2 })
 * const client = await Client.connect(cluster)
 */
export class LocalCluster extends StartedCluster {
  /** Starts a cluster; all of its workers have joined when it resolves. */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    checkOptions('LocalCluster.start', options, OPTIONS)
    const { workers: wanted, threadsPerWorker, address, resources, localDirectory } = options
    if (wanted !== undefined) checkCount('workers', wanted, 0)
    if (threadsPerWorker !== undefined) checkCount('threadsPerWorker', threadsPerWorker, 1)
    const { workers, threads } = divide({
      cores: availableCores(),
      memory: availableMemory(),
      workers: wanted,
      threads: threadsPerWorker,
    })
    const worker = Nanny.spec({
      threads,
      memoryLimit: options.memoryLimit ?? 'auto',
      listen: 'tcp://127.0.0.1:0',
      ...(resources ? { resources } : {}),
      ...(localDirectory === undefined ? {} : { localDirectory }),
    })
    const { startSchedulerProcess } = await import('./scheduler-process.js')
    const starting = startSchedulerProcess(address)
    // As `scale` will call them.
    const names = Array.from({ length: workers }, (_, i) => String(i))
    return startBeside(starting, [[names, worker]], async (scheduler) => {
      const cluster = new LocalCluster(scheduler, worker)
      try {
        await cluster.scale(workers)
      } catch (error) {
        await cluster.close()
        throw error
      }
      return cluster
    })
  }

  /** As for every cluster; unless told there are never more threads than cores. */
  override adapt({ maximum, ...options }: AdaptiveOptions = {}): Adaptive {
    const least = Math.max(1, options.minimum ?? 0)
    return super.adapt({ ...options, maximum: maximum ?? Math.max(least, Math.floor(availableCores() / this.workerThreads)) })
  }
}
