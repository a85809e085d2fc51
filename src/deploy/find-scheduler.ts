import { ArgumentError, asError } from '../base/index.js'
import { type Credentials, parseAddress } from '../comm/index.js'

/** A scheduler, for a worker: its address (with the credentials in `security`), something that has both, or the file that it wrote. */
export type SchedulerTarget =
  | string
  | { readonly address: string; readonly credentials: Credentials }
  | { readonly schedulerFile: string }

/** A scheduler that answers. */
export interface FoundScheduler {
  readonly address: string
  readonly credentials: Credentials
  /** where workers of this machine can be reached by those who reach the scheduler */
  readonly listen: string
}

/**
 * Finds out where a scheduler is, and from where on this machine it is reached.
 *
 * @throws ConnectError and its like when nobody answers; SchedulerFileError
 */
export async function findScheduler(target: SchedulerTarget, security: Credentials | undefined): Promise<FoundScheduler> {
  const { addresses, credentials } = await placesOf(target, security)
  const { reachAny } = await import('../protocol/index.js')
  try {
    const { address, local } = await reachAny({ addresses, credentials, role: 'manager' })
    return { address, credentials, listen: listenAddress(address, local) }
  } catch (error) {
    throw error instanceof AggregateError ? asError(error.errors[0]) : error
  }
}

async function placesOf(
  target: SchedulerTarget,
  security: Credentials | undefined,
): Promise<{ addresses: readonly string[]; credentials: Credentials }> {
  if (typeof target === 'object' && 'schedulerFile' in target) {
    const { readSchedulerFile } = await import('../protocol/index.js')
    const { addresses, credentials } = await readSchedulerFile(target.schedulerFile)
    return { addresses, credentials: security ?? credentials }
  }
  const address = typeof target === 'string' ? target : target.address
  const credentials = security ?? (typeof target === 'string' ? undefined : target.credentials)
  if (!credentials) {
    throw new ArgumentError(
      `the scheduler at ${address} lets in only who knows the token of its cluster: give it (security), or the scheduler file`,
    )
  }
  return { addresses: [address], credentials }
}

/** At the address of this machine that leads to the scheduler, speaking what the scheduler speaks. */
function listenAddress(scheduler: string, local: string): string {
  const theirs = parseAddress(scheduler)
  const here = parseAddress(local)
  const scheme = theirs.scheme === 'unix' || theirs.scheme === 'inproc' ? 'tcp' : theirs.scheme
  const host = 'host' in here ? here.host : '127.0.0.1'
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:0`
}
