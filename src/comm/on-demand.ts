import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Comm, ConnectOptions, ListenOptions, Listener } from './comm.js'

/*
 * The face of the transports. What stands behind it is twenty files and Node's own TLS, which a program that stays on one
 * machine does not need, and importing `heddle` must not wait for: it is loaded on first use.
 */

/**
 * Connects to a listener: `tcp://host:port`, `tls://…`, `ws://…`, `wss://…`, `unix:///path` or `inproc://name`. Both ends
 * have proved that they know the token when it resolves. Frames are told of only after whoever awaits it has gone on.
 *
 * @throws ArgumentError for something that is no address.
 * @throws ConnectError when nobody listens there; ConnectTimeout when it takes too long; AuthenticationError when the other
 * end does not know the token; CertificateError when a certificate is not accepted; VersionMismatch; ConnectionRejected when
 * the program that listens turns this one away; the reason of `signal` when that aborts.
 * @example
 * const comm = await connect('tcp://10.0.0.3:8786', { credentials, role: 'worker', events })
 * comm.send(1, [bytes])
 */
export async function connect(address: string, options: ConnectOptions): Promise<Comm> {
  return (await import('./connect.js')).connect(address, options)
}

/**
 * Listens at an address: `tcp://host:port`, `tls://…`, `ws://…`, `wss://…` (port 0: any that is free; a range such as
 * 8786-8800: the first that is free), `unix:///path` (for this user only) or `inproc://name`. Connections prove that they
 * know the token before anything else of them is looked at, a few at a time.
 *
 * @throws ArgumentError for something that is no address; AddressInUse; ListenError when this process may not or cannot
 * listen there; CertificateError when tls:// or wss:// lacks certificates.
 * @example
 * const listener = await listen('tcp://0.0.0.0:0', {
 *   credentials,
 *   accept: (comm, role) => ({ frame: (kind, body) => comm.send(kind, [body]), closed: () => {} }),
 * })
 */
export async function listen(address: string, options: ListenOptions): Promise<Listener> {
  return (await import('./listen.js')).listen(address, options)
}

/** Loads what `connect` and `listen` need now: for processes that have nothing better to do before they know where. */
export async function preloadTransports(): Promise<void> {
  await Promise.all([import('./connect.js'), import('./listen.js')])
}

/** A WebSocket to a browser: whole messages, texts from it, texts and bytes to it. */
export interface MessageSocket {
  send(message: string | Uint8Array): void
  /** bytes that the network has not taken yet */
  readonly waiting: number
  close(): void
  onText: (text: string) => void
  onClose: () => void
}

/** Takes the request of a browser for a WebSocket, which has been found to come from whom it should. */
export async function acceptMessages(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<MessageSocket> {
  return (await import('./message-socket.js')).acceptMessages(request, socket, head)
}
