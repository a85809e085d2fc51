import { formatDuration } from '../../base/index.js'
import type { ClientCore } from '../core.js'
import { LeaseExpired } from '../errors.js'

/** What the scheduler says of a lease that it has taken away. */
export interface ExpiredLease {
  readonly lease: number
  /** milliseconds without a connection */
  readonly away: number
}

/** by client, what it holds */
const held = new WeakMap<ClientCore, Map<number, Lease>>()

/** The scheduler has taken a lease away. */
export function leaseExpired(core: ClientCore, { lease, away }: ExpiredLease): void {
  held.get(core)?.get(lease)?.expire(away)
}

/** What a program or a task has of a lock or semaphore, until it gives it back. */
export class Lease {
  /** the names of the locks that are held */
  readonly names: readonly string[]
  readonly #kind: string
  readonly #number: number
  readonly #core: ClientCore
  readonly #lost = new AbortController()
  #released = false

  /** Made by `acquire`. */
  constructor(core: ClientCore, kind: string, number: number, names: readonly string[]) {
    this.names = names
    this.#kind = kind
    this.#number = number
    this.#core = core
    leasesOf(core).set(number, this)
  }

  /**
   * Aborted with a `LeaseExpired` when the connection to the scheduler was gone for longer than the setting
   * `coordination.lease`, so that others may have the lock by now.
   */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * Gives it back. The second time nothing happens.
   *
   * @throws LeaseExpired when it was given to others before: what it protected may have been changed by them.
   */
  async release(): Promise<void> {
    if (this.#released) return
    this.#released = true
    held.get(this.#core)?.delete(this.#number)
    this.signal.throwIfAborted()
    if (await this.#core.ask('releaseLease', this.#number)) return
    // The scheduler said when it took it away, unless it has forgotten this client meanwhile.
    this.signal.throwIfAborted()
    throw this.#expired('for too long')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** It was taken away, after so many milliseconds without a connection. */
  expire(away: number): void {
    this.#lost.abort(this.#expired(`for ${formatDuration(away)}`))
  }

  /** The client has come to its end. */
  lose(error: Error): void {
    this.#lost.abort(error)
  }

  #expired(time: string): LeaseExpired {
    const names = this.names.map((name) => `'${name}'`).join(', ')
    return new LeaseExpired(
      `the ${this.#kind} ${names}, held by ${this.#core.name}, was given to others: its holder had been without a connection ` +
        `to the scheduler ${time} (coordination.lease). Do again what it protected, or give leases more time.`,
    )
  }
}

function leasesOf(core: ClientCore): Map<number, Lease> {
  const known = held.get(core)
  if (known) return known
  const leases = new Map<number, Lease>()
  held.set(core, leases)
  core.onEnd(() => {
    held.delete(core)
    for (const lease of leases.values()) lease.lose(core.end!)
  })
  return leases
}
