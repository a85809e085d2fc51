import { asError } from '../base/index.js'
import { type Credentials, Security, generateToken, parseAddress } from '../comm/index.js'
import type { RunningScheduler } from '../deploy/index.js'
import { addressOf, reachAny } from '../protocol/index.js'
import { SSHError } from './errors.js'
import type { SSHHost, SSHScheduler } from './options.js'
import { RemoteProcess, type RemoteProcessOptions } from './remote-process.js'
import { started } from './started.js'

/** What remote processes have in common. */
export type Shared = Pick<RemoteProcessOptions, 'ssh' | 'startTimeout' | 'silence'> & {
  readonly logFile: (name: string) => string | undefined
  readonly onLine: (name: string) => (line: string) => void
  readonly processes: Map<string, RemoteProcess>
}

/** A scheduler on a host. */
export interface SSHSchedulerRunning extends RunningScheduler {
  /** where it may be reached from elsewhere */
  readonly addresses: readonly string[]
}

const NAME = 'scheduler'

/**
 * Starts the scheduler on its host. Its credentials are made here, and reach it through stdin.
 *
 * @throws SSHError when it does not start, or cannot be reached from here
 */
export async function startScheduler(host: SSHHost, place: SSHScheduler, shared: Shared): Promise<SSHSchedulerRunning> {
  const { listen, interface: name, port = 0, protocol = 'tls', contactAddress, schedulerArguments = [] } = place
  const secure = protocol === 'tls' || protocol === 'wss'
  const credentials: Credentials = secure ? await Security.temporary() : { token: generateToken() }
  const { token, tls } = credentials
  let listening!: (addresses: readonly string[]) => void
  const heard = new Promise<readonly string[]>((resolve) => (listening = resolve))
  const process = new RemoteProcess({
    ...shared,
    name: NAME,
    host,
    args: [
      'scheduler',
      '--port',
      String(port),
      '--protocol',
      protocol,
      ...(listen === undefined ? [] : ['--host', listen]),
      ...(name === undefined ? [] : ['--interface', name]),
      ...(contactAddress === undefined ? [] : ['--contact-address', contactAddress]),
      ...schedulerArguments,
    ],
    secrets: { token: Buffer.from(token).toString('hex'), tls },
    logFile: shared.logFile(NAME),
    onLine: shared.onLine(NAME),
    onNews: (news) => {
      if (news.event === 'listening') listening(news.addresses as readonly string[])
    },
  })
  shared.processes.set(NAME, process)
  await started(
    process,
    heard.then(() => undefined),
    shared.startTimeout,
  )
  const addresses = withName(await heard, host.host)
  let address: string
  try {
    address = (await reachAny({ addresses, credentials, role: 'manager' })).address
  } catch (thrown) {
    await process.end('close')
    const error = asError(thrown instanceof AggregateError ? thrown.errors[0] : thrown)
    throw new SSHError(
      `the scheduler on ${host.host} listens at ${addresses.join(', ')}, which this machine cannot reach: ${error.message}. A firewall? ` +
        'Give it a port that is open (scheduler: { port })',
      { cause: error },
    )
  }
  return {
    address,
    addresses,
    credentials,
    ended: process.ended,
    close: async () => void (await process.end('close')),
    kill: () => process.kill(),
    reference: (on) => process.reference(on),
  }
}

/** The host may be known to others by the name that it has here only, or not at all. */
function withName(addresses: readonly string[], host: string): readonly string[] {
  const where = parseAddress(addresses[0]!)
  if (!('firstPort' in where)) return addresses
  return [...new Set([...addresses, addressOf(where.scheme, host, String(where.firstPort))])]
}
