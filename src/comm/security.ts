import { createHmac, randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../base/index.js'
import type { Credentials } from './comm.js'
import { AuthenticationError, CommError } from './errors.js'

/** A new secret for a cluster: 32 random bytes. */
export function generateToken(): Uint8Array {
  return new Uint8Array(randomBytes(32))
}

/**
 * A key that whoever knows the token of a cluster can make, and that gives the token away to nobody: for what is less secret,
 * such as the page that shows what goes on.
 */
export function keyFor(purpose: string, { token }: Credentials): string {
  return createHmac('sha256', token).update(`heddle ${purpose}`).digest('base64url')
}

/** The address of the page that shows what goes on, with the key to it. */
export function linkWithKey(address: string, credentials: Credentials): string {
  return `${address}/?key=${keyFor('dashboard', credentials)}`
}

export interface TemporaryOptions {
  /** how long the certificates are valid, in days; 365 unless told */
  readonly days?: number
}

const TOKEN = 'token'
const FILES = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const

/** The credentials of a cluster: a token, which every connection proves to know, and certificates for TLS. */
export class Security implements Credentials {
  readonly token: Uint8Array
  readonly tls: Credentials['tls']

  constructor(credentials: Credentials) {
    this.token = credentials.token
    this.tls = credentials.tls
  }

  /**
   * New credentials: a random token, a CA of the cluster's own, and a certificate that it has signed. The key of the CA is
   * thrown away at once, so nothing else will ever be signed by it.
   *
   * @example
   * const credentials = await Security.temporary()
   * const listener = await listen('tls://0.0.0.0:8786', { credentials, accept })
   */
  static async temporary(options: TemporaryOptions = {}): Promise<Security> {
    const { makeCertificates } = await import('./make-certificates.js')
    return new Security({ token: generateToken(), tls: await makeCertificates(options.days ?? 365) })
  }

  /**
   * Reads what `toFiles` wrote.
   *
   * @throws AuthenticationError when the files can be read by other users, or the token is none; CommError when they cannot be
   * read at all.
   */
  static async fromFiles(folder: string): Promise<Security> {
    const text = (await readPrivate(join(folder, TOKEN))).trim()
    if (!/^[0-9a-f]{64}$/.test(text))
      throw new AuthenticationError(
        `${join(folder, TOKEN)} holds no token: 64 hexadecimal digits, as Security.toFiles writes them`,
      )
    const token = new Uint8Array(Buffer.from(text, 'hex'))
    const ca = await readFile(join(folder, FILES.ca), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw unreadable(join(folder, FILES.ca), error)
    })
    if (ca === undefined) return new Security({ token })
    const [cert, key] = await Promise.all([readPrivate(join(folder, FILES.cert)), readPrivate(join(folder, FILES.key))])
    return new Security({ token, tls: { ca, cert, key } })
  }

  /**
   * Writes the credentials into a folder, which is made if there is none, as files that only this user can read.
   *
   * @throws CommError when a file is there already or cannot be written.
   */
  async toFiles(folder: string): Promise<void> {
    makeFolder(folder, 0o700)
    await writePrivate(join(folder, TOKEN), `${Buffer.from(this.token).toString('hex')}\n`)
    if (this.tls === undefined) return
    for (const name of ['ca', 'cert', 'key'] as const) await writePrivate(join(folder, FILES[name]), this.tls[name])
  }
}

async function readPrivate(path: string): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { mode } = await file.stat()
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new AuthenticationError(
        `${path} can be read by other users (mode ${(mode & 0o777).toString(8)}): whoever read it may control the cluster. Make new ` +
          'credentials, or, if nobody can have read it, run chmod 600 on it',
      )
    return await file.readFile('utf8')
  } catch (error) {
    throw error instanceof CommError ? error : unreadable(path, error)
  } finally {
    await file?.close()
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  try {
    // Exclusive: neither an old file with another mode nor a link of somebody else is written through.
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    const advice = exists ? 'it exists already; choose another folder, or remove the old credentials' : (error as Error).message
    throw new CommError(`${path} cannot be written: ${advice}`, { cause: error })
  }
}

function unreadable(path: string, error: unknown): CommError {
  return new CommError(`${path} cannot be read: ${(error as Error).message}; Security.toFiles writes such files`, {
    cause: error,
  })
}
