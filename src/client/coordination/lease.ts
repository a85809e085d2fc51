import { formatDuration } from '../../base/index.js'
import type { ClientCore } from '../core.js'
import { LeaseExpired } from '../errors.js'

/** What the scheduler says of a lease that it has taken away. */
export interface ExpiredLease {
  readonly lease: number
  /** milliseconds without a connection */
  readonly away: number
}

/** By client and number, what it holds, or what was taken away before it was known here: a number of milliseconds. */
const held = new WeakMap<ClientCore, Map<number, Lease | number>>()

/** The scheduler has taken a lease away. */
export function leaseExpired(core: ClientCore, { lease: number, away }: ExpiredLease): void {
  const leases = leasesOf(core)
  const lease = leases.get(number)
  if (lease instanceof Lease) lease.expire(away)
  // That it was granted is just being told.
  else leases.set(number, away)
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
    const leases = leasesOf(core)
    const away = leases.get(number)
    leases.set(number, this)
    if (typeof away === 'number') this.expire(away)
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
    const leases = leasesOf(this.#core)
    try {
      this.signal.throwIfAborted()
      // When it has none of that number it has said before that it took it away.
      if (!(await this.#core.ask('releaseLease', this.#number))) this.signal.throwIfAborted()
    } finally {
      leases.delete(this.#number)
    }
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

function leasesOf(core: ClientCore): Map<number, Lease | number> {
  const known = held.get(core)
  if (known) return known
  const leases = new Map<number, Lease | number>()
  held.set(core, leases)
  core.onEnd(() => {
    held.delete(core)
    for (const lease of leases.values()) if (lease instanceof Lease) lease.lose(core.end!)
  })
  return leases
}
