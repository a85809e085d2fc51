import { CertificateError } from './errors.js'

/** What is wrong with a certificate, from the code that OpenSSL gives it. */
export type CertificateFault = 'expired' | 'foreign'

const EXPIRED = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const FOREIGN = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

export function certificateFault(code: string | undefined): CertificateFault | undefined {
  if (code === undefined) return undefined
  if (EXPIRED.has(code)) return 'expired'
  return FOREIGN.has(code) ? 'foreign' : undefined
}

/** The error for a certificate of the other end that was not accepted; undefined if the error is about something else. */
export function certificateError(error: Error, peer: string): CertificateError | undefined {
  const fault = certificateFault((error as NodeJS.ErrnoException).code)
  if (fault === undefined) return undefined
  const what =
    fault === 'expired'
      ? 'has expired, or is not valid yet: make new certificates for the cluster, and check the clocks of both machines'
      : "is not signed by this cluster's CA: another cluster, or a stranger, listens there, or the certificates are of another run"
  return new CertificateError(`the certificate of ${peer} ${what}`, { cause: error })
}
