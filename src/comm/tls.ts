import type { SecureContext, TLSSocket } from 'node:tls'
import type { Credentials } from './comm.js'
import { CertificateError } from './errors.js'

/** What both ends of a TLS connection use: the cluster's own CA, a certificate each, nothing older than TLS 1.3. */
export interface TlsOptions {
  readonly secureContext: SecureContext
}

export const TLS_VERSION = { minVersion: 'TLSv1.3' } as const

/** Reading certificates takes longer than all the rest of connecting, so it is done once. */
const contexts = new WeakMap<NonNullable<Credentials['tls']>, SecureContext>()

export async function tlsOf({ tls }: Credentials, address: string): Promise<TlsOptions> {
  if (tls === undefined)
    throw new CertificateError(
      `${address} needs certificates, and the credentials have none: make them with Security.temporary(), or read them with ` +
        'Security.fromFiles()',
    )
  const known = contexts.get(tls)
  if (known) return { secureContext: known }
  const { createSecureContext } = await import('node:tls')
  try {
    const secureContext = createSecureContext({ ca: tls.ca, cert: tls.cert, key: tls.key, ...TLS_VERSION })
    contexts.set(tls, secureContext)
    return { secureContext }
  } catch (error) {
    throw new CertificateError(`the certificates of the credentials cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** What a connecting end says and checks besides: the CA is the cluster's own, so hosts may be called what they like. */
export const CLUSTER_TLS = { servername: 'heddle', checkServerIdentity: () => undefined } as const

/** A secret of the session that somebody in the middle cannot have on both sides (RFC 9266). */
export function bindingOf(socket: TLSSocket): Uint8Array {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
}
