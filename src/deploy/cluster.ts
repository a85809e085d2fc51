import { inspect } from 'node:util'
import { type Credentials, linkWithKey } from '../comm/index.js'
import type { Adaptive } from './adaptive.js'

/**
 * A scheduler and its workers, which were started from here and end with it, whatever they are: processes of this machine or of
 * others, or jobs of a queue. `Client.connect` takes it.
 */
export abstract class Cluster implements AsyncDisposable {
  /** where its scheduler can be reached from here */
  readonly address: string
  readonly credentials: Credentials
  /**
   * Where a browser shows what the cluster does: an address with the key to it, which is for this cluster's user only.
   * Undefined when the setting `dashboard.enabled` says that there is to be none, and where only clients know
   * (`client.dashboardLink`).
   */
  readonly dashboardLink: string | undefined
  #closing: Promise<void> | undefined

  protected constructor(address: string, credentials: Credentials, dashboard: string | undefined) {
    this.address = address
    this.credentials = credentials
    this.dashboardLink = dashboard && linkWithKey(dashboard, credentials)
  }

  /** the names of its workers */
  abstract get workers(): readonly string[]

  /** Starts workers, or has some leave after what they hold has been moved, until there are so many. */
  abstract scale(size: number | { readonly workers: number } | { readonly cores: number }): Promise<void>

  /** Has the number of workers follow what there is to do. `scale` ends it. */
  abstract adapt(options?: { readonly minimum?: number; readonly maximum?: number }): Adaptive

  /** Ends the workers and the scheduler. Results that are still there are lost. */
  close(): Promise<void> {
    this.#closing ??= this.end()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [inspect.custom](): string {
    return `${this.constructor.name} { ${this.address}, ${this.summary} }`
  }

  /** whether `close` was called */
  protected get closing(): boolean {
    return this.#closing !== undefined
  }

  /** what there is of it, for whoever prints it */
  protected abstract get summary(): string

  /** What `close` does, once. */
  protected abstract end(): Promise<void>
}

/** '1 worker', '2 workers' */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
