import { ArgumentError, formatDuration } from '../base/index.js'
import { config } from '../config/index.js'
import { type SocketAddress, parseAddress } from './address.js'
import { Attempt } from './attempt.js'
import type { Comm, ConnectOptions } from './comm.js'
import { ConnectTimeout } from './errors.js'
import { FramedComm } from './framed-comm.js'
import { checkCredentials, proveAsConnector } from './handshake.js'
import { isRole } from './hello.js'
import { connectInProcess } from './in-process.js'
import { openSocket } from './open-socket.js'
import type { Pipe } from './pipe.js'

/** See on-demand.ts. */
export async function connect(address: string, options: ConnectOptions): Promise<Comm> {
  const where = parseAddress(address)
  checkCredentials(options.credentials)
  if (!isRole(options.role))
    throw new ArgumentError(`a role is up to 24 letters, digits, dots and hyphens, not '${options.role}'`)
  const settings = config.get('comm')
  const timeout = options.timeout ?? settings.connectTimeout
  const late = () =>
    new ConnectTimeout(
      `${address} did not answer within ${formatDuration(timeout)}: check that the process there is alive and not overloaded, or ` +
        'raise the setting comm.connectTimeout',
    )
  const attempt = new Attempt(timeout, late, options.signal)
  try {
    attempt.signal.throwIfAborted()
    if (where.scheme === 'inproc') return connectInProcess(where.name, options)
    const pipe = await open(where, address, options, attempt.signal)
    const maximumFrame = options.maximumFrame ?? settings.maximumFrame
    try {
      const proving = { token: options.credentials.token, maximumFrame, signal: attempt.signal }
      const { peerMaximum, rest } = await proveAsConnector(pipe, options.role, proving)
      const comm = new FramedComm(pipe, { ...settings, maximumFrame, peerMaximum })
      setImmediate(() => comm.start(options.events, rest()))
      return comm
    } catch (error) {
      pipe.destroy()
      throw error
    }
  } finally {
    attempt.end()
  }
}

async function open(where: SocketAddress, address: string, { credentials }: ConnectOptions, signal: AbortSignal): Promise<Pipe> {
  if (where.scheme !== 'unix' && (where.firstPort === 0 || where.firstPort !== where.lastPort))
    throw new ArgumentError(`'${address}' is not an address to connect to: it has no single port`)
  if (where.scheme === 'ws' || where.scheme === 'wss') {
    const { openWebSocket } = await import('./web-socket.js')
    return openWebSocket(where, address, credentials, signal)
  }
  return openSocket(where, address, credentials, signal)
}
