import { connect as connectPlain, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { asError } from '../base/index.js'
import { type SocketAddress, networkAddress } from './address.js'
import { certificateError } from './certificates.js'
import type { Credentials } from './comm.js'
import { CertificateError, CommError, ConnectError } from './errors.js'
import { OnRead, SocketPipe } from './socket-pipe.js'
import { CLUSTER_TLS, bindingOf, tlsOf } from './tls.js'

/** Connects a socket to an address: plain, or for tls:// with the certificates of both ends checked. */
export async function openSocket(
  address: SocketAddress,
  text: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<SocketPipe> {
  const secure = address.scheme === 'tls'
  const reader = new OnRead()
  const onread = { onread: { buffer: reader.buffer, callback: reader.callback } }
  const where = address.scheme === 'unix' ? { path: address.path } : { host: address.host, port: address.firstPort }
  const options = secure ? await tlsOf(credentials, text) : undefined
  const tls = secure ? await import('node:tls') : undefined
  signal.throwIfAborted()
  const socket: Socket = tls
    ? tls.connect({ ...options, ...where, ...onread, ...CLUSTER_TLS })
    : connectPlain({ ...where, ...onread })
  await opened(socket, secure ? 'secureConnect' : 'connect', text, signal)
  const local = address.scheme === 'unix' ? text : networkAddress(address.scheme, socket.localAddress, socket.localPort)
  const binding = secure ? bindingOf(socket as TLSSocket) : new Uint8Array(0)
  return new SocketPipe(socket, { peer: text, local, binding }, reader)
}

function opened(socket: Socket, event: string, text: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      socket.off(event, done)
      socket.off('error', failed)
      signal.removeEventListener('abort', cancelled)
      act()
    }
    const done = () => settle(resolve)
    const failed = (error: Error) => settle(() => reject(connectError(error, text)))
    const cancelled = () => {
      settle(() => reject(asError(signal.reason)))
      // A socket that is ended in the middle of connecting may still tell of an error.
      socket.on('error', () => socket.destroy())
      socket.destroy()
    }
    socket.once(event, done)
    socket.once('error', failed)
    signal.addEventListener('abort', cancelled, { once: true })
    if (signal.aborted) cancelled()
  })
}

/** What went wrong on the way to an address, in words. */
export function connectError(error: Error, text: string): Error {
  if (error instanceof CommError) return error
  const certificate = certificateError(error, text)
  if (certificate) return certificate
  const cause = firstCause(error)
  const { code } = cause
  const options = { cause: error }
  switch (code) {
    case 'ECONNREFUSED':
      return new ConnectError(
        `nobody listens at ${text}: check that the scheduler or worker there runs, that the address and port are the ones that it ` +
          'printed, and that no firewall stands between',
        options,
      )
    case 'ENOENT':
      return new ConnectError(`there is no socket at ${text}: check the path, and that whoever should listen there runs`, options)
    case 'EACCES':
    case 'EPERM':
      return new ConnectError(`this user may not connect to ${text}: the socket, or a firewall, does not let it`, options)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConnectError(`the host of ${text} has no address: check its name, and the name service of this machine`, options)
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new ConnectError(`${text} cannot be reached (${code}): check the address, the network, and firewalls`, options)
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
      return new CertificateError(`${text} wants a certificate of its cluster from this process, which has none`, options)
  }
  if (code === 'ECONNRESET' && /TLS/.test(cause.message))
    return new ConnectError(
      `${text} hung up in the middle of the TLS handshake: it does not speak TLS (then write tcp:// or ws://), or is closing`,
      options,
    )
  if (code?.startsWith('ERR_SSL_'))
    return new CommError(
      `${text} does not speak TLS, or not the way Heddle does (${code}): if it listens at a tcp:// or ws:// address, write that`,
      options,
    )
  return new ConnectError(`connecting to ${text} failed: ${cause.message}`, options)
}

/** Node tries all addresses of a host and gives the errors of all. */
function firstCause(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as Error) : error
}
