import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatDuration, makeFolder } from '../base/index.js'
import type { SchedulerServer } from '../cluster/index.js'
import { type Credentials, Security, generateToken } from '../comm/index.js'
import { addressOf, addressOfInterface, contactAddresses } from '../protocol/index.js'
import { RunnerError } from './errors.js'
import type { RunnerHooks, RunnerScheduler } from './runner-options.js'

export interface SchedulerRank {
  readonly file: string
  readonly place: RunnerScheduler
  readonly hooks: RunnerHooks
  /** whether a program is expected, with whose end the scheduler ends */
  readonly owned: boolean
  /** milliseconds that it waits for the program */
  readonly joinTimeout: number
}

/** A scheduler that is all that this rank does, or does besides a worker. */
export interface RankScheduler {
  /** kept when it has ended as it was asked to */
  readonly ended: Promise<void>
  /** Ends it. */
  close(): Promise<void>
}

/**
 * Starts the scheduler in this process, and writes its file, which is removed when the process ends. It ends with the
 * program that it is there for.
 */
export async function runScheduler({ file, place, hooks, owned, joinTimeout }: SchedulerRank): Promise<RankScheduler> {
  const { protocol = 'tls', contactAddress, port = 0 } = place
  await hooks.beforeScheduler?.()
  // What an earlier run has left leads the other ranks astray.
  rmSync(file, { force: true })
  const secure = protocol === 'tls' || protocol === 'wss'
  const credentials: Credentials = secure ? await Security.temporary() : { token: generateToken() }
  const host = place.host ?? (place.interface === undefined ? '0.0.0.0' : addressOfInterface(place.interface))
  const cluster = await import('../cluster/index.js')
  const server = await cluster.SchedulerServer.start({
    credentials,
    addresses: [addressOf(protocol, host, String(port))],
    preload: (place.preload ?? []).map((module) => cluster.preloadUrl(module)),
  })
  const ended = endWithOwner(server, owned, joinTimeout)
  try {
    const addresses = contactAddress === undefined ? server.addresses.flatMap((one) => contactAddresses(one)) : [contactAddress]
    await (await import('../history/index.js')).recordHistory(server)
    const { serveScheduler } = await import('../dashboard/index.js')
    // Whoever finds the scheduler asks it for its page.
    const dashboard = await serveScheduler(server, credentials)
    const { writeSchedulerFile } = await import('../protocol/index.js')
    makeFolder(dirname(file))
    await writeSchedulerFile(file, { id: server.id, addresses, credentials })
    process.once('exit', () => rmSync(file, { force: true }))
    await hooks.onScheduler?.({ address: addresses[0]!, credentials, dashboard: dashboard?.address })
  } catch (error) {
    await server.close()
    throw error
  }
  return { ended, close: () => server.close() }
}

/** Resolves when the scheduler has ended, as it does with its owner; rejects when the owner does not come. */
async function endWithOwner(server: SchedulerServer, owned: boolean, joinTimeout: number): Promise<void> {
  let absent: RunnerError | undefined
  const late = setTimeout(() => {
    absent = new RunnerError(
      `the rank of the program has not joined within ${formatDuration(joinTimeout)} (joinTimeout): it failed, or cannot reach this one`,
    )
    void server.close()
  }, joinTimeout)
  if (!owned) clearTimeout(late)
  server.onOwner = () => clearTimeout(late)
  server.onOwnerGone = () => void server.close()
  await server.ended
  clearTimeout(late)
  if (absent) throw absent
}
