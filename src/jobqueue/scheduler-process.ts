import { ArgumentError } from '../base/index.js'
import type { Nanny } from '../cluster/processes.js'
import { type Credentials, Security, generateToken, parseAddress } from '../comm/index.js'
import { config } from '../config/index.js'
import { type SchedulerProcessOptions, type SchedulerReady, schedulerEntry } from '../deploy/index.js'
import { addressOf, addressOfInterface, contactAddresses, isLoopback, isNetwork } from '../protocol/index.js'
import { readSchedulerFile, writeSchedulerFile } from '../protocol/index.js'
import type { SchedulerPlace } from './cluster-options.js'

/** The scheduler of a cluster. */
export interface ClusterScheduler {
  /** where it can be reached: one of them, at least */
  readonly addresses: readonly string[]
  readonly credentials: Credentials
  /** where the page is that shows what it does, without the key; undefined: there is none, or clients know */
  readonly dashboard: string | undefined
  /** the addresses of this machine that it listens at; none: it is on another one */
  readonly here: readonly string[]
  /** what workers find it by */
  readonly file: string
  /** Lets it keep the program alive, or not. */
  reference(on: boolean): void
  /** Ends it, if it is the cluster's own. */
  close(): Promise<void>
  /** Ends it, if it is a job, without waiting for it: the program ends. */
  cancelSoon?(): void
}

/** Starts a scheduler as a process that ends with this one, and writes its file. `elsewhere`: its workers are on other machines. */
export async function startScheduler(file: string, place: SchedulerPlace, elsewhere: boolean): Promise<ClusterScheduler> {
  const { protocol = 'tls', contactAddress } = place
  const secure = protocol === 'tls' || protocol === 'wss'
  const credentials: Credentials = secure ? await Security.temporary() : { token: generateToken() }
  const host = place.host ?? (place.interface === undefined ? '0.0.0.0' : addressOfInterface(place.interface))
  if (contactAddress !== undefined) parseAddress(contactAddress)
  const { Nanny, processFlags, quietWorld } = await import('../cluster/processes.js')
  const options: SchedulerProcessOptions = {
    credentials,
    addresses: [addressOf(protocol, host, String(place.port ?? 0))],
    dashboard: config.get('dashboard'),
    history: config.get('history'),
    metrics: config.get('metrics'),
  }
  const nanny: Nanny<SchedulerProcessOptions, SchedulerReady> = new Nanny({
    entry: schedulerEntry,
    name: 'the scheduler',
    flags: processFlags,
    options,
    terminate: false,
    world: quietWorld,
    // What it knew is gone with it: one that is started again would be another scheduler.
    onDeath: ({ expected }) => {
      if (!expected) void nanny.stop({ graceful: false })
    },
  })
  const { id, addresses: listening, dashboard } = await nanny.start()
  nanny.reference(false)
  const here = listening.flatMap((address) => contactAddresses(address))
  const addresses = contactAddress === undefined ? here : [contactAddress]
  try {
    if (elsewhere) checkReachable(addresses, place)
  } catch (error) {
    await nanny.stop()
    throw error
  }
  try {
    await writeSchedulerFile(file, { id, addresses, credentials })
  } catch (error) {
    await nanny.stop()
    throw error
  }
  return {
    // Its own machine reaches it where it listens, whatever others have to go through.
    addresses: [...new Set([...listening.map(loopbackOf), ...addresses])],
    credentials,
    dashboard,
    here,
    file,
    reference: (on) => nanny.reference(on),
    close: async () => {
      nanny.reference(true)
      await nanny.stop()
    },
  }
}

/** A scheduler that somebody else has started. */
export async function joinScheduler(file: string): Promise<ClusterScheduler> {
  const { addresses, credentials } = await readSchedulerFile(file)
  return {
    addresses,
    credentials,
    dashboard: undefined,
    here: [],
    file,
    reference: () => undefined,
    close: async () => undefined,
  }
}

/**
 * Whether others may reach the scheduler. One that is told to listen at the loopback is meant to.
 *
 * @throws ArgumentError when nobody else can
 */
export function checkReachable(addresses: readonly string[], place: SchedulerPlace): void {
  if (place.host !== undefined || place.interface !== undefined || !addresses.every(isLocal)) return
  throw new ArgumentError(
    `compute nodes cannot reach the scheduler at ${addresses.join(', ')}: this machine has no network interface but its own loopback. ` +
      'Say where they reach it with scheduler.contactAddress',
  )
}

/** Only this machine reaches that. */
function isLocal(address: string): boolean {
  const where = parseAddress(address)
  return isNetwork(where) && isLoopback(where.host)
}

/** All of a machine includes its loopback. */
function loopbackOf(address: string): string {
  const where = parseAddress(address)
  if (!isNetwork(where) || (where.host !== '0.0.0.0' && where.host !== '::')) return address
  return addressOf(where.scheme, where.host === '::' ? '::1' : '127.0.0.1', String(where.firstPort))
}
