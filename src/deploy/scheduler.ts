import { inspect } from 'node:util'
import type { SchedulerServer } from '../cluster/index.js'
import { type Credentials, generateToken } from '../comm/index.js'
import type { RunningScheduler, SchedulerSpec } from './running.js'

/** How a scheduler is started. */
export interface SchedulerOptions {
  /** where it listens: 'tls://0.0.0.0:8786', 'tcp://127.0.0.1:0' (unless told: this machine only, any port) */
  readonly address?: string
  /** the token and the certificates of the cluster; a token that nobody knows yet unless given */
  readonly security?: Credentials
  /** a file that it writes for workers and clients, with its address and credentials, and removes when it ends */
  readonly schedulerFile?: string
  /** modules that are loaded first: files, or packages; the setting `scheduler.preload` unless told */
  readonly preload?: readonly string[]
}

/**
 * A scheduler in this very process. What else the program does stalls it: `LocalCluster` and `SpecCluster` give it a
 * process of its own. It keeps the program alive until it ends.
 *
 * @example
 * const scheduler = await Scheduler.start({ schedulerFile: 'scheduler.json' })
 * const worker = await Worker.start(scheduler, { threads: 2 })
 * const client = await Client.connect(scheduler)
 */
export class Scheduler implements RunningScheduler, AsyncDisposable {
  readonly credentials: Credentials
  /** where the page is that shows what it does, without the key: `client.dashboardLink` has it; undefined: there is none */
  readonly dashboard: string | undefined
  /** kept when it has ended */
  readonly ended: Promise<void>
  readonly #server: SchedulerServer

  private constructor(server: SchedulerServer, credentials: Credentials, ended: Promise<void>, dashboard: string | undefined) {
    this.dashboard = dashboard
    this.#server = server
    this.credentials = credentials
    this.ended = ended
  }

  /** @throws AddressInUse, ListenError, SchedulerFileError, PluginError */
  static async start(options: SchedulerOptions = {}): Promise<Scheduler> {
    const { address = 'tcp://127.0.0.1:0', security: credentials = { token: generateToken() }, schedulerFile } = options
    const { SchedulerServer } = await import('../cluster/index.js')
    const { preloadOf } = await import('./worker-options.js')
    const preload = preloadOf('scheduler', options.preload)
    const server = await SchedulerServer.start({ credentials, addresses: [address], preload })
    const { serveScheduler } = await import('../dashboard/index.js')
    await (await import('../history/index.js')).recordHistory(server)
    const dashboard = await serveScheduler(server, credentials).catch(async (error: unknown) => {
      await server.close()
      throw error
    })
    if (schedulerFile === undefined) return new Scheduler(server, credentials, server.ended, dashboard?.address)
    const { writeSchedulerFile } = await import('../protocol/index.js')
    const { rm } = await import('node:fs/promises')
    try {
      await writeSchedulerFile(schedulerFile, { id: server.id, addresses: server.addresses, credentials })
    } catch (error) {
      await server.close()
      throw error
    }
    return new Scheduler(
      server,
      credentials,
      server.ended.then(() => rm(schedulerFile, { force: true })),
      dashboard?.address,
    )
  }

  /** Such schedulers, for a `SpecCluster`. */
  static spec(options: SchedulerOptions = {}): SchedulerSpec {
    return { start: () => Scheduler.start(options) }
  }

  /** what tells it from any other */
  get id(): string {
    return this.#server.id
  }

  /** where it listens */
  get address(): string {
    return this.#server.addresses[0]!
  }

  /** Tells its workers to go, and ends. */
  async close(): Promise<void> {
    await this.#server.close()
    await this.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [inspect.custom](): string {
    return `Scheduler { ${this.address} }`
  }
}
