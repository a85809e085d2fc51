import { asError } from '../base/index.js'
import { type Comm, ConnectError, ConnectTimeout, ConnectionLost, type Credentials, connect } from '../comm/index.js'
import { config } from '../config/index.js'
import type { ClusterDemand, ClusterLoad } from './cluster-load.js'
import { ControlChannel } from './control.js'
import { ProtocolError } from './errors.js'

/** A job of a queue, for those who look. Times are in milliseconds since 1970. */
export interface JobNote {
  readonly id: string
  readonly pool: string | undefined
  readonly state: string
  readonly reason: string | undefined
  readonly workers: number
  readonly estimatedStart: number | undefined
  readonly started: number | undefined
  readonly ends: number | undefined
}

/** Workers that may come. */
export interface ExpectedWorkers {
  /** bytes of each */
  readonly memory: number
  readonly resources: Readonly<Record<string, number>>
}

/** What a scheduler says by itself to whoever starts and stops its workers. */
export interface ManagerNews {
  /** workers have come or gone */
  workers?(): void
  /** a worker that is to leave has values that nobody can take */
  stuck?(worker: string, values: number): void
}

/**
 * A connection to a scheduler for whoever starts and stops its workers. It keeps the program alive while it waits for an
 * answer; when it breaks, the next question makes another.
 */
export class ManagerLink {
  readonly #addresses: readonly string[]
  readonly #credentials: Credentials
  readonly #news: ManagerNews
  /** the one that answered */
  #address: string | undefined
  #expected: readonly ExpectedWorkers[] | undefined
  #asking = 0
  #closed = false
  #open: Promise<{ comm: Comm; control: ControlChannel }> | undefined

  /** `addresses`: where the scheduler may be reached; the first one that answers is taken. */
  constructor(addresses: string | readonly string[], credentials: Credentials, news: ManagerNews = {}) {
    this.#addresses = typeof addresses === 'string' ? [addresses] : addresses
    this.#credentials = credentials
    this.#news = news
  }

  /** The address at which the scheduler can be reached from here. */
  async reach(): Promise<string> {
    await this.#opened()
    return this.#address!
  }

  /** `resources`: what a worker would have that is yet to be started. */
  async load(resources: Readonly<Record<string, number>>): Promise<ClusterLoad> {
    return (await this.#ask('load', { resources })) as ClusterLoad
  }

  /** What there is to do, by what it needs. */
  async demand(): Promise<ClusterDemand> {
    return (await this.#ask('demand')) as ClusterDemand
  }

  /** The names of the workers that there are. */
  async workers(): Promise<readonly string[]> {
    return (await this.#ask('workerNames')) as readonly string[]
  }

  /** Has workers move what they hold to others and leave. */
  async retire(workers: readonly string[]): Promise<void> {
    await this.#ask('dismiss', { workers })
  }

  /** Says which workers may come. The scheduler knows it as long as it knows whoever said it: it is said again when the connection was lost. */
  async expectWorkers(workers: readonly ExpectedWorkers[]): Promise<void> {
    this.#expected = workers
    await this.#ask('expectWorkers', { workers })
  }

  /** Says how a job has ended of which these were the workers, in case they have gone without a word. `reason` completes the sentence "it …". */
  async tellEnd(workers: readonly string[], reason: string, outOfMemory: boolean): Promise<void> {
    await this.#ask('jobEnded', { workers, reason, outOfMemory })
  }

  /** Says how the jobs are doing whose workers are the cluster's, for those who look. */
  async tellJobs(cluster: string, jobs: readonly JobNote[]): Promise<void> {
    await this.#ask('jobs', { cluster, jobs })
  }

  async close(): Promise<void> {
    this.#closed = true
    const open = await this.#open?.catch(() => undefined)
    open?.comm.ref()
    await open?.comm.close()
  }

  async #ask(name: string, args?: unknown): Promise<unknown> {
    const { comm, control } = await this.#opened()
    this.#asking++
    comm.ref()
    const silence = config.get('comm.silenceTimeout')
    const late = setTimeout(() => {
      const why = `nothing was heard of it for ${Math.round(silence / 1000)} s (comm.silenceTimeout)`
      comm.abort(new ConnectionLost(`the scheduler at ${comm.peer}: ${why}`))
    }, silence)
    try {
      return await control.ask(name, args)
    } finally {
      clearTimeout(late)
      if (--this.#asking === 0) comm.unref()
    }
  }

  #opened(): Promise<{ comm: Comm; control: ControlChannel }> {
    if (this.#closed) return Promise.reject(new ProtocolError('the cluster is closed'))
    this.#open ??= this.#connectToAny().catch((error: unknown) => {
      this.#open = undefined
      throw error
    })
    return this.#open
  }

  async #connectToAny(): Promise<{ comm: Comm; control: ControlChannel }> {
    let last: Error | undefined
    const addresses = this.#address === undefined ? this.#addresses : [this.#address]
    for (const address of addresses) {
      try {
        const open = await this.#connect(address)
        this.#address = address
        return open
      } catch (error) {
        last = asError(error)
        if (!(last instanceof ConnectError || last instanceof ConnectTimeout)) throw last
      }
    }
    throw last!
  }

  async #connect(address: string): Promise<{ comm: Comm; control: ControlChannel }> {
    // The connection may break before `connect` has resolved.
    const made: { control?: ControlChannel } = {}
    const comm = await connect(address, {
      credentials: this.#credentials,
      role: 'manager',
      events: {
        frame: (kind, body) => void made.control?.receive(kind, body),
        closed: (error) => {
          this.#open = undefined
          made.control?.closed(error ?? new ProtocolError(`the scheduler at ${address} has closed the connection`))
        },
      },
    })
    comm.unref()
    const control = new ControlChannel(comm, {
      workers: () => this.#news.workers?.(),
      stuck: ({ worker, values }: { worker: string; values: number }) => this.#news.stuck?.(worker, values),
    })
    made.control = control
    // When that fails the connection is gone again, and whoever asks something hears of it.
    if (this.#expected) control.ask('expectWorkers', { workers: this.#expected }).catch(() => undefined)
    return { comm, control }
  }
}
