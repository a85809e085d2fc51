import { type SocketAddress, networkAddress } from './address.js'
import type { Candidate } from './admission.js'
import type { Credentials } from './comm.js'
import { CommError, ProtocolError } from './errors.js'
import { startsWithMagic } from './hello.js'
import type { Pipe } from './pipe.js'
import { SocketPipe } from './socket-pipe.js'

/** How a listener makes pipes of the sockets that come in. */
export interface Incoming {
  open(candidate: Candidate, listener: string): Promise<Opened>
}

export interface Opened {
  readonly pipe: Pipe
  /** the other end is to be told why, by one of STATUS, instead of a proof */
  readonly refusal?: { readonly status: number; readonly error: Error } | undefined
}

export interface Opened {
  readonly pipe: Pipe
  /** the other end is to be told why, by one of STATUS, instead of a proof */
  readonly refusal?: { readonly status: number; readonly error: Error } | undefined
}

/** The first byte of whatever speaks TLS. */
export const TLS_RECORD = 0x16

export async function incomingOf(scheme: SocketAddress['scheme'], credentials: Credentials, address: string): Promise<Incoming> {
  if (scheme === 'tcp' || scheme === 'unix') return plain(scheme)
  const { layeredIncoming } = await import('./layered-incoming.js')
  return layeredIncoming(scheme, credentials, address)
}

function plain(scheme: string): Incoming {
  return {
    async open({ socket, peer, first }, listener) {
      if (first[0] === TLS_RECORD)
        throw new CommError(`${peer} speaks TLS, and ${listener} does not: one of the two addresses is meant to be tls://`)
      if (!startsWithMagic(first)) throw new ProtocolError(`${peer} connected and sent something that Heddle does not speak`)
      const local = scheme === 'unix' ? listener : networkAddress(scheme, socket.localAddress, socket.localPort)
      return { pipe: new SocketPipe(socket, { peer, local, binding: new Uint8Array(0) }) }
    },
  }
}
