import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CertificateError, type Credentials, Security, generateToken } from '../comm/index.js'
import { ServiceError } from './errors.js'

/** The credentials of a new scheduler: those of a folder, which gets some if it has none, or else some of its own. */
export async function credentialsOfScheduler(folder: string | undefined, secure: boolean): Promise<Credentials> {
  if (folder !== undefined && existsSync(join(folder, 'token'))) return credentialsIn(folder, secure)
  if (folder !== undefined) {
    // With certificates in any case, so that they do for whatever is listened at next time.
    const made = await Security.temporary()
    await made.toFiles(folder)
    return made
  }
  return secure ? Security.temporary() : { token: generateToken() }
}

/** The credentials in a folder. */
export async function credentialsIn(folder: string, secure: boolean): Promise<Credentials> {
  if (!existsSync(join(folder, 'token'))) {
    throw new ServiceError(
      `--security-folder ${folder}: there is no token in it; heddle scheduler --security-folder writes one, and certificates, ` +
        'into a folder that is empty',
    )
  }
  const credentials = await Security.fromFiles(folder)
  if (secure) checkCertificate(credentials, folder)
  return credentials
}

/** @throws CertificateError when the certificate of these credentials is not valid now */
export function checkCertificate({ tls }: Credentials, where: string, now: number = Date.now()): void {
  if (tls === undefined) return
  let from: number
  let to: number
  try {
    const certificate = new X509Certificate(tls.cert)
    from = Date.parse(certificate.validFrom)
    to = Date.parse(certificate.validTo)
  } catch (error) {
    throw new CertificateError(`the certificate in ${where} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  const day = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
  if (now > to) {
    throw new CertificateError(
      `the certificate in ${where} has expired on ${day(to)}: make new credentials for the cluster, for the scheduler and every worker`,
    )
  }
  if (now < from) {
    throw new CertificateError(`the certificate in ${where} is not valid before ${day(from)}: check the clock of this machine`)
  }
}
