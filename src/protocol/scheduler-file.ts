import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HeddleError } from '../base/index.js'
import type { Credentials } from '../comm/index.js'

/** A scheduler file cannot be written or read, or is not one, or others could have read it. */
export class SchedulerFileError extends HeddleError {
  static {
    SchedulerFileError.prototype.name = 'SchedulerFileError'
  }
}

/** What a scheduler file says: where a scheduler is, and what proves that one belongs to its cluster. */
export interface SchedulerFile {
  /** what tells this scheduler from any other */
  readonly id: string
  /** where it listens: the first one that can be reached is taken */
  readonly addresses: readonly string[]
  readonly credentials: Credentials
}

interface Written {
  readonly id: string
  readonly addresses: readonly string[]
  readonly token: string
  readonly tls?: Credentials['tls']
}

/**
 * Writes a scheduler file, which only this user can read. Whoever reads it meanwhile sees the old one or the new one.
 *
 * @throws SchedulerFileError when it cannot be written.
 * @example
 * await writeSchedulerFile('/shared/scheduler.json', { id: scheduler.id, addresses: scheduler.addresses, credentials })
 */
export async function writeSchedulerFile(path: string, { id, addresses, credentials }: SchedulerFile): Promise<void> {
  const { token, tls } = credentials
  const content: Written = { id, addresses, token: Buffer.from(token).toString('hex'), ...(tls && { tls }) }
  const temporary = join(dirname(path), `.heddle-${randomBytes(8).toString('hex')}`)
  let file: FileHandle | undefined
  try {
    // Exclusive: a link of somebody else's is not written through.
    file = await open(temporary, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`)
    await file.sync()
    await file.close()
    file = undefined
    await rename(temporary, path)
  } catch (error) {
    await file?.close()
    await rm(temporary, { force: true })
    throw new SchedulerFileError(`the scheduler file ${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Reads a scheduler file.
 *
 * @throws SchedulerFileError when there is none, when other users can read or could have written it, or when it is none.
 * @example
 * const { addresses, credentials } = await readSchedulerFile('/shared/scheduler.json')
 */
export async function readSchedulerFile(path: string): Promise<SchedulerFile> {
  return parse(path, await readPrivate(path))
}

async function readPrivate(path: string): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { mode, uid } = await file.stat()
    const me = process.getuid?.()
    if (me !== undefined && uid !== me && uid !== 0) {
      throw new SchedulerFileError(
        `the scheduler file ${path} belongs to another user (uid ${uid}), who could have programs run as you: it is not used`,
      )
    }
    if (me !== undefined && (mode & 0o077) !== 0) {
      throw new SchedulerFileError(
        `the scheduler file ${path} is open to other users (mode ${(mode & 0o777).toString(8)}): whoever read it may control the ` +
          'cluster. Start a new cluster, or, if nobody can have read it, run chmod 600 on it',
      )
    }
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof SchedulerFileError) throw error
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? 'there is none: the scheduler writes it when it has started' : (error as Error).message
    throw new SchedulerFileError(`the scheduler file ${path} cannot be read: ${why}`, { cause: error })
  } finally {
    await file?.close()
  }
}

function parse(path: string, text: string): SchedulerFile {
  const no = (what: string): SchedulerFileError => new SchedulerFileError(`${path} is no scheduler file: ${what}`)
  let content: Partial<Written> | null
  try {
    content = JSON.parse(text) as Partial<Written> | null
  } catch (error) {
    throw no(`it is not JSON (${(error as Error).message})`)
  }
  if (typeof content !== 'object' || content === null) throw no('it holds no object')
  const { id, addresses, token, tls } = content
  if (typeof id !== 'string') throw no('`id` is missing')
  if (!Array.isArray(addresses) || addresses.length === 0 || !addresses.every((a) => typeof a === 'string'))
    throw no('`addresses` must name at least one address')
  if (typeof token !== 'string' || !/^[0-9a-f]{64}$/.test(token)) throw no('`token` must have 64 hexadecimal digits')
  if (tls !== undefined && !(['ca', 'cert', 'key'] as const).every((part) => typeof tls?.[part] === 'string'))
    throw no('`tls` must have `ca`, `cert` and `key`')
  return { id, addresses, credentials: { token: new Uint8Array(Buffer.from(token, 'hex')), ...(tls && { tls }) } }
}
