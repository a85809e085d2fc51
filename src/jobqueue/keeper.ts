import { Nanny, type RunningWorker } from '../deploy/index.js'
import { parseAddress } from '../comm/index.js'
import { addressOf, isLoopback, isNetwork } from '../protocol/index.js'
import type { ClusterScheduler } from './scheduler-process.js'

/** What it takes of this machine, which is mostly a login node: more goes to disk. */
const MEMORY = '1 GiB'

let started = 0

/**
 * A process of this machine that runs nothing, and holds what the last workers of a cluster held until there are others: so
 * nothing is lost when a cluster has no jobs for a while.
 */
export class Keeper {
  readonly #address: string
  readonly #scheduler: ClusterScheduler
  #running: Promise<RunningWorker> | undefined
  readonly #unwanted = new AbortController()

  constructor(address: string, scheduler: ClusterScheduler) {
    this.#address = address
    this.#scheduler = scheduler
  }

  /** Starts it unless it is there. */
  async start(): Promise<void> {
    const running = (this.#running ??= this.#start())
    const forget = (): void => {
      if (this.#running === running) this.#running = undefined
    }
    running.then(({ ended }) => ended.then(forget, forget), forget)
    await running
  }

  async close(): Promise<void> {
    this.#unwanted.abort()
    const running = await this.#running?.catch(() => undefined)
    running?.kill?.()
    await running?.ended
  }

  async #start(): Promise<RunningWorker> {
    const listen = listenAddress(this.#scheduler.here)
    const spec = Nanny.spec({ threads: 1, memoryLimit: MEMORY, keeper: true, ...(listen === undefined ? {} : { listen }) })
    const running = await spec.start({
      name: `keeper-${process.pid}-${++started}`,
      scheduler: this.#address,
      credentials: this.#scheduler.credentials,
      signal: this.#unwanted.signal,
    })
    running.reference?.(false)
    return running
  }
}

/** Where workers reach this machine, if the scheduler is on it. */
function listenAddress(addresses: readonly string[]): string | undefined {
  const places = addresses.map((address) => parseAddress(address)).filter(isNetwork)
  const place = places.find(({ host }) => !isLoopback(host)) ?? places[0]
  return place && addressOf(place.scheme, place.host, '0')
}
