import { ArgumentError } from '../base/index.js'
import { type Comm, type Credentials, connect } from '../comm/index.js'

/** A scheduler that answers. */
export interface Reached {
  readonly address: string
  /** the address of this machine on the way there */
  readonly local: string
}

/** Whom to try to reach, and as what. */
export interface ReachAnyOptions {
  readonly addresses: readonly string[]
  readonly credentials: Credentials
  readonly role: 'worker' | 'manager'
  /** milliseconds for each address; the setting `comm.connectTimeout` unless told */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/**
 * Finds out at which of its addresses a scheduler answers. All are tried at the same time: some addresses of a machine may
 * lead nowhere from here.
 *
 * @throws AggregateError of what went wrong at each of them
 */
export async function reachAny({ addresses, credentials, role, timeout, signal }: ReachAnyOptions): Promise<Reached> {
  if (addresses.length === 0) throw new ArgumentError('the scheduler file names no address')
  const done = new AbortController()
  const either = signal ? AbortSignal.any([signal, done.signal]) : done.signal
  try {
    return await Promise.any(
      addresses.map(async (address) => {
        const events = { frame: () => undefined, closed: () => undefined }
        const limits = timeout === undefined ? {} : { timeout }
        const comm: Comm = await connect(address, { credentials, role, events, signal: either, ...limits })
        const { local } = comm
        await comm.close()
        return { address, local }
      }),
    )
  } finally {
    done.abort()
  }
}
