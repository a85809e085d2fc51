import { tmpdir } from 'node:os'
import { inspect } from 'node:util'
import { ArgumentError, parseBytes } from '../base/index.js'
import {
  Nanny,
  SCHEDULER_UNREACHABLE,
  type SchedulerServerOptions,
  type WorkerDeath,
  type WorkerServerOptions,
  schedulerEntry,
  workerEntry,
} from '../cluster/index.js'
import { type Credentials, generateToken } from '../comm/index.js'
import { availableCores, config } from '../config/index.js'

export interface LocalClusterOptions {
  /** worker processes; unless told as many as suit the cores and the memory of this machine */
  readonly workers?: number
  /** threads of each of them that run tasks; the cores divided by the workers unless told */
  readonly threadsPerWorker?: number
  /** the memory of each worker: '2 GiB', a number of bytes; its share of this machine's unless told */
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
 * token can talk to it.
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
  #nextWorker = 0
  #closing: Promise<void> | undefined

  private constructor(
    scheduler: SchedulerNanny,
    address: string,
    credentials: Credentials,
    options: LocalClusterOptions,
    threads: number,
  ) {
    this.#scheduler = scheduler
    this.address = address
    this.credentials = credentials
    this.#options = options
    this.#threads = threads
  }

  /** Starts a cluster; all of its workers have joined when it resolves. */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const cores = availableCores()
    const workers = options.workers ?? Math.max(1, Math.ceil(cores / 8))
    const threads = options.threadsPerWorker ?? Math.max(1, Math.floor(cores / Math.max(1, workers)))
    checkCount('workers', workers, 0)
    checkCount('threadsPerWorker', threads, 1)
    const credentials: Credentials = { token: generateToken() }
    const scheduler: SchedulerNanny = new Nanny({
      entry: schedulerEntry,
      name: 'the scheduler',
      options: { credentials, addresses: [options.address ?? 'tcp://127.0.0.1:0'] },
      terminate: false,
      // What it knew is gone with it: one that is started again would be another scheduler.
      onDeath: ({ expected }) => {
        if (!expected) void scheduler.stop({ graceful: false })
      },
    })
    const { addresses } = await scheduler.start()
    const cluster = new LocalCluster(scheduler, addresses[0]!, credentials, options, threads)
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
    await Promise.all(this.#workers.map(({ nanny }) => nanny.stop({ graceful: false })))
    await this.#scheduler.stop({ graceful: false })
  }

  async #startWorker(): Promise<void> {
    const { memoryLimit, resources, localDirectory } = this.#options
    const limit = memoryLimit === undefined ? undefined : typeof memoryLimit === 'number' ? memoryLimit : parseBytes(memoryLimit)
    const name = String(this.#nextWorker++)
    const nanny = new Nanny<WorkerServerOptions>({
      entry: workerEntry,
      name: `worker ${name}`,
      options: {
        scheduler: this.address,
        credentials: this.credentials,
        name,
        threads: this.#threads,
        listen: 'tcp://127.0.0.1:0',
        resources,
        memoryLimit: limit,
        nanny: true,
        localDirectory: localDirectory ?? config.get('temporaryDirectory') ?? tmpdir(),
      },
      ...(limit === undefined ? {} : { memoryLimit: limit }),
      onDeath: (death) => this.#workerDied(nanny, death),
    })
    this.#workers.push({ name, nanny })
    await nanny.start()
  }

  #workerDied(nanny: Nanny<WorkerServerOptions>, { code }: WorkerDeath): void {
    if (code === SCHEDULER_UNREACHABLE) void nanny.stop({ graceful: false })
  }
}

function checkCount(what: string, count: number, least: number): void {
  if (!(Number.isInteger(count) && count >= least)) {
    throw new ArgumentError(`${what}: ${count} is no number of them: it must be a whole number, at least ${least}`)
  }
}
