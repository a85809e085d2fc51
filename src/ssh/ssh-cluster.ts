import { asError } from '../base/index.js'
import { StartedCluster } from '../deploy/index.js'
import type { Opened } from './open-cluster.js'
import type { SSHClusterOptions } from './options.js'

/**
 * A cluster of machines that one can log in to: a scheduler on one, workers on others, each started over ssh (the system's
 * own, with its configuration, keys and agent). Token and certificates travel inside the connections. When a connection breaks,
 * or this program ends, what runs there ends too.
 *
 * `scale` starts workers on the hosts in turn.
 *
 * @example
 * const cluster = await SSHCluster.start({ hosts: ['n0', 'n1', { host: 'n2', threads: 16 }], defaults: { user: 'me' } })
 * const client = await Client.connect(cluster)
 */
export class SSHCluster extends StartedCluster {
  readonly #opened: Opened

  private constructor(opened: Opened) {
    super(opened.scheduler, opened.worker)
    this.#opened = opened
  }

  /**
   * Starts the scheduler, then the workers; all have joined when it resolves.
   *
   * @throws SSHError with what ssh or the remote process said; ArgumentError for hosts that are none. Nothing is left behind.
   */
  static async start(options: SSHClusterOptions): Promise<SSHCluster> {
    const { openCluster } = await import('./open-cluster.js')
    const opened = await openCluster(options)
    opened.scheduler.reference?.(false)
    const cluster = new SSHCluster(opened)
    try {
      await cluster.start(opened.workers)
    } catch (error) {
      await cluster.close()
      throw asError(error)
    }
    return cluster
  }

  /** where the scheduler may be reached, from here or from elsewhere */
  get addresses(): readonly string[] {
    return this.#opened.scheduler.addresses
  }

  /** The last lines that each of the remote processes wrote. */
  logs(): Record<string, string> {
    return Object.fromEntries(Array.from(this.#opened.processes, ([name, { tail }]) => [name, tail]))
  }
}
