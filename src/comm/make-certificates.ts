import { webcrypto } from 'node:crypto'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY = 24 * 60 * 60 * 1000

/** A CA and one certificate signed by it, good for both ends of connections, as PEM. The key of the CA is not kept. */
export async function makeCertificates(
  days: number,
  now: number = Date.now(),
): Promise<{ ca: string; cert: string; key: string }> {
  // The library wants the polyfill to be there before it is loaded.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])
  // Clocks of machines differ: valid since yesterday.
  const valid = { notBefore: new Date(now - DAY), notAfter: new Date(now + days * DAY) }
  const usages = ['sign', 'verify'] as const
  const caKeys = await webcrypto.subtle.generateKey(CURVE, false, [...usages])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...valid,
    // A name of its own for each CA: OpenSSL looks issuers up by name, and says more of a stranger than of a namesake.
    name: `CN=Heddle CA ${x509SerialNumber()}`,
    serialNumber: x509SerialNumber(),
    keys: caKeys as Keys,
    signingAlgorithm: CURVE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey as Keys['publicKey']),
    ],
  })
  const keys = await webcrypto.subtle.generateKey(CURVE, true, [...usages])
  const cert = await x509.X509CertificateGenerator.create({
    ...valid,
    subject: 'CN=heddle',
    issuer: ca.subject,
    serialNumber: x509SerialNumber(),
    publicKey: keys.publicKey as Keys['publicKey'],
    signingKey: caKeys.privateKey as Keys['privateKey'],
    signingAlgorithm: CURVE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'heddle' }]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey as Keys['publicKey']),
    ],
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    ca: ca.toString('pem'),
    cert: cert.toString('pem'),
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
  }
}

/** The library's types are those of browsers; Node's keys are the same objects. */
type Keys = Parameters<typeof import('@peculiar/x509')['X509CertificateGenerator']['createSelfSigned']>[0] extends {
  keys: infer K
}
  ? K
  : never

/** 16 random bytes, positive: what serial numbers should be (RFC 5280). */
function x509SerialNumber(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}
