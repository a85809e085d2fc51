import { tmpdir } from 'node:os'
import { inspect } from 'node:util'
import { ArgumentError, loadNow } from '../base/index.js'
import type { Nanny, SchedulerServerOptions, WorkerDeath, WorkerServerOptions } from '../cluster/index.js'
import { type Credentials, generateToken } from '../comm/index.js'
import { availableCores, config } from '../config/index.js'
import { quietWorld } from './quiet-world.js'
import { divide } from './worker-count.js'

function memory(): typeof import('../memory/index.js') {
  return loadNow(import.meta.url, '../memory/index.js') as typeof import('../memory/index.js')
}

/** What runs the processes: only programs that start a cluster need it. */
function processes(): typeof import('../cluster/index.js') {
  return loadNow(import.meta.url, '../cluster/index.js') as typeof import('../cluster/index.js')
}

/** How long workers may take to end in order when the cluster closes, in milliseconds. */
const CLOSING = 2000

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

type SchedulerNanny = Nanny<SchedulerServerOptions, { readonly addresses: readonly string[] }>

interface LocalWorker {
  readonly name: string
  readonly nanny: Nanny<WorkerServerOptions>
}

/**
 * A cluster on this machine: a scheduler and workers, each a process of its own. Only this user's programs that know its
 * token can talk to it. It does not keep the program alive, and ends with it: a pending result of a client does.
 *
 * @example
 * const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 2 })
 * const client = await Client.connect(cluster)
 */
export class LocalCluster implements AsyncDisposable {
  readonly address: string
  readonly credentials: Credentials
  readonly #scheduler: SchedulerNanny
  readonly #workers: LocalWorker[] = []
  readonly #options: LocalClusterOptions
  readonly #threads: number
  readonly #memory: number
  #nextWorker = 0
  #closing: Promise<void> | undefined

  private constructor(
    scheduler: SchedulerNanny,
    address: string,
    credentials: Credentials,
    options: LocalClusterOptions,
    threads: number,
    memory: number,
  ) {
    this.#scheduler = scheduler
    this.address = address
    this.credentials = credentials
    this.#options = options
    this.#threads = threads
    this.#memory = memory
  }

  /** Starts a cluster; all of its workers have joined when it resolves. */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const { workers: wanted, threadsPerWorker } = options
    if (wanted !== undefined) checkCount('workers', wanted, 0)
    if (threadsPerWorker !== undefined) checkCount('threadsPerWorker', threadsPerWorker, 1)
    const { workers, threads } = divide({
      cores: availableCores(),
      memory: memory().availableMemory(),
      workers: wanted,
      threads: threadsPerWorker,
    })
    const limit = memory().memoryLimit(options.memoryLimit ?? 'auto', threads)
    const credentials: Credentials = { token: generateToken() }
    const { Nanny, processFlags, schedulerEntry } = processes()
    const scheduler: SchedulerNanny = new Nanny({
      entry: schedulerEntry,
      name: 'the scheduler',
      flags: processFlags,
      options: { credentials, addresses: [options.address ?? 'tcp://127.0.0.1:0'] },
      terminate: false,
      world: quietWorld,
      // What it knew is gone with it: one that is started again would be another scheduler.
      onDeath: ({ expected }) => {
        if (!expected) void scheduler.stop({ graceful: false })
      },
    })
    const { addresses } = await scheduler.start()
    scheduler.reference(false)
    const cluster = new LocalCluster(scheduler, addresses[0]!, credentials, options, threads, limit)
    try {
      await cluster.scale(workers)
    } catch (error) {
      await cluster.close()
      throw error
    }
    return cluster
  }

  /** the names of its workers */
  get workers(): readonly string[] {
    return this.#workers.map(({ name }) => name)
  }

  /** Starts workers, or has some leave after what they hold has been moved, until there are so many. */
  async scale(count: number): Promise<void> {
    checkCount('scale', count, 0)
    const leaving = this.#workers.splice(count)
    const starting = Array.from({ length: count - this.#workers.length }, () => this.#startWorker())
    for (const { nanny } of leaving) nanny.reference(true)
    await Promise.all([...starting, ...leaving.map(({ nanny }) => nanny.stop())])
  }

  /** Ends all processes. Results that are still there are lost. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [inspect.custom](): string {
    const workers = this.#workers.length
    return `LocalCluster { ${this.address}, ${workers} ${workers === 1 ? 'worker' : 'workers'} of ${this.#threads} threads }`
  }

  async #close(): Promise<void> {
    this.#scheduler.reference(true)
    for (const { nanny } of this.#workers) nanny.reference(true)
    // The scheduler tells its workers to go, who then tidy up; one that does not is killed.
    const late = setTimeout(() => this.#kill(), CLOSING)
    for (const { nanny } of this.#workers) if (nanny.state !== 'ready') void nanny.stop({ graceful: false })
    await this.#scheduler.stop()
    await Promise.all(this.#workers.map(({ nanny }) => nanny.ended))
    clearTimeout(late)
  }

  #kill(): void {
    for (const { nanny } of this.#workers) void nanny.stop({ graceful: false })
    void this.#scheduler.stop({ graceful: false })
  }

  async #startWorker(): Promise<void> {
    const { resources, localDirectory } = this.#options
    const name = String(this.#nextWorker++)
    const { Nanny, processFlags, workerEntry, workerEnvironment } = processes()
    const nanny = new Nanny<WorkerServerOptions>({
      entry: workerEntry,
      name: `worker ${name}`,
      flags: processFlags,
      options: {
        scheduler: this.address,
        credentials: this.credentials,
        name,
        threads: this.#threads,
        listen: 'tcp://127.0.0.1:0',
        resources,
        memoryLimit: this.#memory,
        nanny: true,
        localDirectory: localDirectory ?? config.get('temporaryDirectory') ?? tmpdir(),
      },
      memoryLimit: this.#memory,
      environment: workerEnvironment(),
      world: quietWorld,
      onDeath: (death) => this.#workerDied(name, nanny, death),
    })
    this.#workers.push({ name, nanny })
    await nanny.start()
    nanny.reference(false)
  }

  #workerDied(name: string, nanny: Nanny<WorkerServerOptions>, death: WorkerDeath): void {
    const { SCHEDULER_UNREACHABLE, reportDeath } = processes()
    if (death.code === SCHEDULER_UNREACHABLE) void nanny.stop({ graceful: false })
    else if (!this.#closing) void reportDeath(this.address, this.credentials, name, death)
  }
}

function checkCount(what: string, count: number, least: number): void {
  if (!(Number.isInteger(count) && count >= least)) {
    throw new ArgumentError(`${what}: ${count} is no number of them: it must be a whole number, at least ${least}`)
  }
}
