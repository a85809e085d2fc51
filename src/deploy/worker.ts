import { inspect } from 'node:util'
import { ArgumentError } from '../base/index.js'
import type { WorkerEnd, WorkerServer } from '../cluster/index.js'
import { config } from '../config/index.js'
import type { SchedulerTarget } from './find-scheduler.js'
import type { RunningWorker, WorkerSpec } from './running.js'
import type { WorkerOptions } from './worker-options.js'
import { workerSize } from './worker-size.js'

/**
 * A worker in this very process, which nobody starts again: for programs that are workers themselves, and for tests. Tasks
 * run in threads of this process. It keeps the program alive until it ends. A process is made for one of them: what tasks
 * learn with `getWorker` is of the one that was started last.
 *
 * @example
 * const worker = await Worker.start({ schedulerFile: 'scheduler.json' }, { threads: 4 })
 * await worker.ended
 */
export class Worker implements RunningWorker, AsyncDisposable {
  /** kept when it has ended; says why */
  readonly ended: Promise<WorkerEnd>
  readonly #server: WorkerServer

  private constructor(server: WorkerServer) {
    this.#server = server
    this.ended = server.ended
  }

  /**
   * Joins a scheduler.
   *
   * @throws ConnectError, ConnectTimeout, AuthenticationError, SchedulerFileError, PluginError
   */
  static async start(scheduler: SchedulerTarget, options: WorkerOptions = {}): Promise<Worker> {
    const { findScheduler } = await import('./find-scheduler.js')
    const { ownOptions, serverOptions } = await import('./worker-options.js')
    const found = await findScheduler(scheduler, options.security)
    const { WorkerServer } = await import('../cluster/index.js')
    return new Worker(await WorkerServer.start(serverOptions(ownOptions(options, false), options, found)))
  }

  /** Such workers, for a `SpecCluster`. */
  static spec(options: Omit<WorkerOptions, 'name' | 'security'> = {}): WorkerSpec {
    if ('name' in options) throw new ArgumentError('spec: the cluster gives its workers their names')
    const { threads, memory } = workerSize(options)
    return {
      threads,
      memory,
      resources: options.resources,
      start: async ({ name, scheduler: address, credentials }) => Worker.start({ address, credentials }, { ...options, name }),
    }
  }

  get name(): string {
    return this.#server.name
  }

  /** where others reach it */
  get address(): string {
    return this.#server.address
  }

  /**
   * Has it leave, after what it holds was moved to others. When there are no others it waits for some, for as long as the
   * setting `nanny.gracePeriod` says.
   */
  async close(): Promise<void> {
    const late = setTimeout(() => this.kill(), config.get('nanny.gracePeriod'))
    await this.#server.retire()
    clearTimeout(late)
  }

  /** Ends it at once; what only it held is computed again. */
  kill(): void {
    void this.#server.close('it was ended')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [inspect.custom](): string {
    return `Worker { ${this.name}, ${this.address} }`
  }
}
