import { inspect } from 'node:util'
import { ArgumentError } from '../base/index.js'
import type { WorkerServerOptions } from '../cluster/index.js'
import type { NannyOptions as ProcessOptions, Nanny as ProcessNanny, WorkerDeath } from '../cluster/processes.js'
import type { FoundScheduler, SchedulerTarget } from './find-scheduler.js'
import type { RunningWorker, WorkerSpec } from './running.js'
import type { OwnOptions, WorkerOptions } from './worker-options.js'
import { workerSize } from './worker-size.js'

type Cluster = typeof import('../cluster/processes.js')
type WorkerNanny = ProcessNanny<WorkerServerOptions, { readonly name: string; readonly address: string }>

/** A worker that starts before its scheduler is known. */
interface Prepared {
  readonly nanny: Nanny
  readonly found: (scheduler: FoundScheduler) => void
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
  readonly #scheduler: Promise<FoundScheduler>
  #joined: Promise<unknown> | undefined
  #closing = false

  private constructor(
    cluster: Cluster,
    own: OwnOptions,
    options: Promise<WorkerServerOptions>,
    scheduler: Promise<FoundScheduler>,
    { world, preload }: Pick<ProcessOptions<unknown, unknown>, 'world' | 'preload'>,
  ) {
    this.name = own.name
    this.#scheduler = scheduler
    this.#nanny = new cluster.Nanny({
      entry: cluster.workerEntry,
      name: `worker ${own.name}`,
      flags: [...cluster.processFlags, ...cluster.preloadFlags(own.preload ?? [])],
      ...(preload ? { preload } : {}),
      options,
      memoryLimit: own.memoryLimit ?? Infinity,
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
    const found = await findScheduler(scheduler, options.security)
    return Nanny.#started(await Nanny.#make(Promise.resolve(found), options))
  }

  /** Such workers, for a `SpecCluster`. */
  static spec(options: Omit<WorkerOptions, 'name' | 'security'> = {}): WorkerSpec {
    if ('name' in options) throw new ArgumentError('spec: the cluster gives its workers their names')
    const { threads, memory } = workerSize(options)
    let found: FoundScheduler | undefined
    const prepared = new Map<string, Prepared>()
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
        const early = prepared.get(name)
        prepared.delete(name)
        early?.found(found)
        early?.nanny.reference(true)
        const nanny = early?.nanny ?? (await Nanny.#make(Promise.resolve(found), { ...options, name }, true))
        return Nanny.#started(nanny, signal)
      },
      prepare: async (names) => {
        const end = (): void => {
          for (const name of names) {
            prepared.get(name)?.nanny.kill()
            prepared.delete(name)
          }
        }
        try {
          for (const name of names) prepared.set(name, await Nanny.#prepare({ ...options, name }))
        } catch (error) {
          end()
          throw error
        }
        return end
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

  #died({ SCHEDULER_UNREACHABLE }: Cluster, death: WorkerDeath): void {
    // To start it again is of no use.
    if (death.code === SCHEDULER_UNREACHABLE) void this.#nanny.stop({ graceful: false })
    else if (!this.#closing) void this.#report(death)
  }

  async #report(death: WorkerDeath): Promise<void> {
    const { reportDeath } = await import('../cluster/index.js')
    const { address, credentials } = await this.#scheduler
    await reportDeath(address, credentials, this.name, death)
  }

  static async #prepare(options: WorkerOptions): Promise<Prepared> {
    let found!: (scheduler: FoundScheduler) => void
    const scheduler = new Promise<FoundScheduler>((resolve) => (found = resolve))
    const nanny = await Nanny.#make(scheduler, options, true)
    // That it has failed is heard by who starts it.
    nanny.#begin().catch(() => undefined)
    nanny.reference(false)
    return { nanny, found }
  }

  /** Starts the process; kept when it has joined. */
  #begin(): Promise<unknown> {
    return (this.#joined ??= this.#nanny.start())
  }

  /** A worker whose scheduler may not be known yet. `quiet`: its waiting keeps no program alive. */
  static async #make(scheduler: Promise<FoundScheduler>, options: WorkerOptions, quiet = false): Promise<Nanny> {
    const { ownOptions, preloadOf, serverOptions } = await import('./worker-options.js')
    const cluster = await import('../cluster/processes.js')
    const own = ownOptions(options, true)
    const whole = scheduler.then((found) => serverOptions(own, options, found))
    return new Nanny(cluster, own, whole, scheduler, {
      ...(quiet ? { world: cluster.quietWorld } : {}),
      preload: preloadOf('nanny', undefined),
    })
  }

  static async #started(nanny: Nanny, signal?: AbortSignal): Promise<Nanny> {
    const unwanted = (): void => nanny.kill()
    signal?.addEventListener('abort', unwanted, { once: true })
    try {
      await nanny.#begin()
    } finally {
      signal?.removeEventListener('abort', unwanted)
    }
    return nanny
  }
}
