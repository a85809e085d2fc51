import { inspect } from 'node:util'
import { ArgumentError } from '../base/index.js'
import type { NannyOptions as ProcessOptions, Nanny as ProcessNanny, WorkerDeath, WorkerServerOptions } from '../cluster/index.js'
import type { FoundScheduler, SchedulerTarget } from './find-scheduler.js'
import type { RunningWorker, WorkerSpec } from './running.js'
import type { WorkerOptions } from './worker-options.js'
import { workerSize } from './worker-size.js'

type Cluster = typeof import('../cluster/index.js')
type WorkerNanny = ProcessNanny<WorkerServerOptions, { readonly name: string; readonly address: string }>

/** How a nanny is started that belongs to a cluster. */
interface Circumstances {
  readonly signal?: AbortSignal
  /** its waiting keeps no program alive */
  readonly quiet?: boolean
}

/**
 * A worker in a process of its own, which is started again when it dies, and ended before it takes more memory than it may.
 * It keeps the program alive until it ends, and ends with it.
 *
 * @example
 * const worker = await Nanny.start({ schedulerFile: 'scheduler.json' }, { threads: 4, memoryLimit: '8 GiB' })
 * await worker.ended
 */
export class Nanny implements RunningWorker, AsyncDisposable {
  readonly name: string
  /** kept when there will be no process any more, with how the last one ended */
  readonly ended: Promise<WorkerDeath | undefined>
  readonly #nanny: WorkerNanny
  readonly #scheduler: FoundScheduler
  #closing = false

  private constructor(
    cluster: Cluster,
    options: WorkerServerOptions,
    scheduler: FoundScheduler,
    { world, preload }: Pick<ProcessOptions<unknown, unknown>, 'world' | 'preload'>,
  ) {
    this.name = options.name
    this.#scheduler = scheduler
    this.#nanny = new cluster.Nanny({
      entry: cluster.workerEntry,
      name: `worker ${options.name}`,
      flags: [...cluster.processFlags, ...cluster.preloadFlags(options.preload ?? [])],
      ...(preload ? { preload } : {}),
      options,
      memoryLimit: options.memoryLimit ?? Infinity,
      environment: cluster.workerEnvironment(),
      ...(world ? { world } : {}),
      onDeath: (death) => this.#died(cluster, death),
    })
    this.ended = this.#nanny.ended
  }

  /**
   * Starts a worker; it has joined the scheduler when this resolves.
   *
   * @throws WorkerStartError when it could not
   */
  static async start(scheduler: SchedulerTarget, options: WorkerOptions = {}): Promise<Nanny> {
    const { findScheduler } = await import('./find-scheduler.js')
    return Nanny.#start(await findScheduler(scheduler, options.security), options)
  }

  /** Such workers, for a `SpecCluster`. */
  static spec(options: Omit<WorkerOptions, 'name' | 'security'> = {}): WorkerSpec {
    if ('name' in options) throw new ArgumentError('spec: the cluster gives its workers their names')
    const { threads, memory } = workerSize(options)
    let found: FoundScheduler | undefined
    return {
      threads,
      memory,
      resources: options.resources,
      start: async ({ name, scheduler: address, credentials, signal }) => {
        // All workers of a cluster are of the same machine.
        if (found?.address !== address || found.credentials !== credentials) {
          if (options.listen) found = { address, credentials, listen: options.listen }
          else {
            const { findScheduler } = await import('./find-scheduler.js')
            found = await findScheduler({ address, credentials }, undefined)
          }
        }
        return Nanny.#start(found, { ...options, name }, { signal, quiet: true })
      },
    }
  }

  /** the worker's process; undefined while there is none */
  get pid(): number | undefined {
    return this.#nanny.pid
  }

  /** how often it was started again */
  get restarts(): number {
    return this.#nanny.restarts
  }

  /** The end of what the worker has written. */
  logTail(): string {
    return this.#nanny.logTail()
  }

  /** Ends the worker's process, after what it holds was moved to others, and starts another one. */
  restart(): void {
    this.#nanny.restart()
  }

  /**
   * Ends it for good, after what it holds was moved to others. When there are no others it waits for some, for as long as
   * the setting `nanny.gracePeriod` says.
   */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#nanny.state === 'ready' || this.#nanny.state === 'stopping') await this.#nanny.stop()
    else await this.#nanny.stop({ graceful: false })
  }

  /** Ends it for good, at once; what only it held is computed again. */
  kill(): void {
    this.#closing = true
    void this.#nanny.stop({ graceful: false })
  }

  /** Lets the worker keep this program alive, as it does at first, or not. */
  reference(on: boolean): void {
    this.#nanny.reference(on)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [inspect.custom](): string {
    return `Nanny { ${this.name}, ${this.pid === undefined ? 'no process' : `process ${this.pid}`} }`
  }

  #died({ SCHEDULER_UNREACHABLE, reportDeath }: Cluster, death: WorkerDeath): void {
    // To start it again is of no use.
    if (death.code === SCHEDULER_UNREACHABLE) void this.#nanny.stop({ graceful: false })
    else if (!this.#closing) void reportDeath(this.#scheduler.address, this.#scheduler.credentials, this.name, death)
  }

  static async #start(
    found: FoundScheduler,
    options: WorkerOptions,
    { signal, quiet = false }: Circumstances = {},
  ): Promise<Nanny> {
    const { preloadOf, serverOptions } = await import('./worker-options.js')
    const cluster = await import('../cluster/index.js')
    const server = await serverOptions(options, found, true)
    const preload = await preloadOf('nanny', undefined)
    signal?.throwIfAborted()
    const nanny = new Nanny(cluster, server, found, { ...(quiet ? { world: cluster.quietWorld } : {}), preload })
    const unwanted = (): void => nanny.kill()
    signal?.addEventListener('abort', unwanted, { once: true })
    try {
      await nanny.#nanny.start()
    } finally {
      signal?.removeEventListener('abort', unwanted)
    }
    return nanny
  }
}
