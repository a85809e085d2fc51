import type { TLSSocket } from 'node:tls'
import type { Credentials } from './comm.js'
import { CertificateError } from './errors.js'

/** What both ends of a TLS connection use: the cluster's own CA, a certificate each, nothing older than TLS 1.3. */
export interface TlsOptions {
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly minVersion: 'TLSv1.3'
}

export async function tlsOf(credentials: Credentials, address: string): Promise<TlsOptions> {
  const { tls } = credentials
  if (tls === undefined)
    throw new CertificateError(
      `${address} needs certificates, and the credentials have none: make them with Security.temporary(), or read them with ` +
        'Security.fromFiles()',
    )
  const { createSecureContext } = await import('node:tls')
  const options = { ca: tls.ca, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.3' } as const
  try {
    createSecureContext(options)
  } catch (error) {
    throw new CertificateError(`the certificates of the credentials cannot be read: ${(error as Error).message}`, { cause: error })
  }
  return options
}

/** What a connecting end says and checks besides: the CA is the cluster's own, so hosts may be called what they like. */
export const CLUSTER_TLS = { servername: 'heddle', checkServerIdentity: () => undefined } as const

/** A secret of the session that somebody in the middle cannot have on both sides (RFC 9266). */
export function bindingOf(socket: TLSSocket): Uint8Array {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
}
