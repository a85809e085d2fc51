import { type IncomingMessage, createServer as createHttpServer } from 'node:http'
import type { Socket } from 'node:net'
import { type TLSSocket, createServer as createTlsServer } from 'node:tls'
import { asError } from '../base/index.js'
import { type NetworkAddress, networkAddress } from './address.js'
import type { Candidate } from './admission.js'
import { certificateFault } from './certificates.js'
import type { Credentials } from './comm.js'
import { CertificateError, CommError, ProtocolError } from './errors.js'
import { NONCE, STATUS, startsWithMagic, writeHello } from './hello.js'
import { type Incoming, type Opened, TLS_RECORD } from './incoming.js'
import { SocketPipe } from './socket-pipe.js'
import { TLS_VERSION, bindingOf, tlsOf } from './tls.js'
import { socketPipeOfUpgrade } from './web-socket.js'

/** Pipes of sockets that come in with TLS, WebSocket, or both. The servers never listen: sockets are handed to them. */
export async function layeredIncoming(
  scheme: NetworkAddress['scheme'],
  credentials: Credentials,
  address: string,
): Promise<Incoming> {
  const overTls = scheme === 'tls' || scheme === 'wss'
  const overHttp = scheme === 'ws' || scheme === 'wss'
  if (overTls) await tlsOf(credentials, address)
  const secure = overTls ? secureSockets(credentials.tls!) : undefined
  const upgrade = overHttp ? webSockets() : undefined
  return {
    async open(candidate, listener) {
      const { socket: raw, peer, first } = candidate
      const local = networkAddress(scheme, raw.localAddress, raw.localPort)
      let socket: Socket = raw
      let binding: Uint8Array = new Uint8Array(0)
      let refusal: Opened['refusal']
      if (secure) {
        if (first[0] !== TLS_RECORD) {
          // Only to a Heddle is it worth explaining.
          if (startsWithMagic(first)) raw.write(writeHello('listener', new Uint8Array(NONCE), 0, STATUS.wantsTls))
          throw new CommError(
            `${peer} does not speak TLS, as ${listener} does: one of the two addresses is meant to be ${scheme}://`,
          )
        }
        const secured = await secure(candidate)
        socket = secured
        if (!secured.authorized) refusal = refusalOf(peer, String(secured.authorizationError))
        binding = bindingOf(secured)
      } else if (first[0] === TLS_RECORD) {
        throw new CommError(`${peer} speaks TLS, and ${listener} does not: one of the two addresses is meant to be ${scheme}s://`)
      }
      const ends = { peer, local, binding }
      const pipe = upgrade ? await upgrade(socket, candidate, ends) : new SocketPipe(socket, ends)
      return { pipe, refusal }
    },
  }
}

function refusalOf(peer: string, code: string): Opened['refusal'] {
  const expired = certificateFault(code) === 'expired'
  const what = expired ? 'has expired, or is not valid yet' : "is not signed by this cluster's CA"
  return {
    status: expired ? STATUS.expiredCertificate : STATUS.foreignCertificate,
    error: new CertificateError(`${peer} connected with a certificate that ${what} (${code})`),
  }
}

/** Waits for what `begin` starts, or for the end of the candidate. */
function until<T>(
  { signal }: Candidate,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(asError(signal.reason))
    signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true })
    begin(resolve, reject)
  })
}

interface Wait<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function secureSockets(pem: NonNullable<Credentials['tls']>): (candidate: Candidate) => Promise<TLSSocket> {
  const waits = new Map<string, Wait<TLSSocket>>()
  // Node's server does not say which of its own sockets it put TLS on, but the two have the same ends.
  const idOf = (socket: Socket) => `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`
  // Certificates are looked at here, not by Node, which would hang up on bad ones without a word to the other end.
  const server = createTlsServer({ ...pem, ...TLS_VERSION, requestCert: true, rejectUnauthorized: false, noDelay: true })
  server.on('secureConnection', (socket) => waits.get(idOf(socket))?.resolve(socket))
  server.on('tlsClientError', (error, socket) => {
    waits.get(idOf(socket))?.reject(new CommError(`the TLS handshake failed: ${error.message}`, { cause: error }))
  })
  return async (candidate) => {
    const id = idOf(candidate.socket)
    try {
      return await until<TLSSocket>(candidate, (resolve, reject) => {
        waits.set(id, { resolve, reject })
        server.emit('connection', candidate.socket)
      })
    } finally {
      waits.delete(id)
    }
  }
}

function webSockets() {
  const waits = new WeakMap<Socket, Wait<{ request: IncomingMessage; head: Buffer }>>()
  const server = createHttpServer({ maxHeaderSize: 8192 }, (request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' })
    response.end('This is a Heddle scheduler or worker; it speaks WebSocket to other Heddles only.\n')
    waits.get(request.socket)?.reject(new ProtocolError('it sent an HTTP request that does not ask for a WebSocket'))
  })
  server.on('upgrade', (request, socket, head) => waits.get(socket as Socket)?.resolve({ request, head }))
  server.on('clientError', (error, socket) => {
    waits
      .get(socket as Socket)
      ?.reject(new ProtocolError(`it sent something that Heddle does not speak: ${error.message}`, { cause: error }))
  })
  return async (socket: Socket, candidate: Candidate, ends: { peer: string; local: string; binding: Uint8Array }) => {
    const { request, head } = await until<{ request: IncomingMessage; head: Buffer }>(candidate, (resolve, reject) => {
      waits.set(socket, { resolve, reject })
      server.emit('connection', socket)
      socket.resume()
    })
    return socketPipeOfUpgrade(request, socket, head, ends)
  }
}
