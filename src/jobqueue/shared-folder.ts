import { randomBytes } from 'node:crypto'
import { access, constants, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { ArgumentError, asError, makeFolder } from '../base/index.js'
import { mountOf } from '../memory/index.js'

/** Where clusters of this user have their folders. */
export function clustersFolder(below: string | undefined): string {
  const state = process.env.XDG_STATE_HOME
  return resolve(below ?? join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'heddle', 'clusters'))
}

/** Makes a folder of a cluster's own, which nobody else can look into, below one that all machines share. */
export async function makeSharedFolder(below: string | undefined): Promise<string> {
  const folder = join(clustersFolder(below), `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    makeFolder(folder, 0o700)
  } catch (error) {
    throw new ArgumentError(
      `the shared folder ${folder} cannot be made: ${asError(error).message}; choose another with sharedDirectory`,
      { cause: error },
    )
  }
  return folder
}

export async function removeSharedFolder(folder: string): Promise<void> {
  try {
    // Jobs that are ending may write their last lines meanwhile.
    await rm(folder, { recursive: true, force: true, maxRetries: 8, retryDelay: 50 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    process.emitWarning(`${folder} is left: jobs that are ending still write there`, 'HeddleJobWarning')
  }
}

/** Sees to it that jobs can write their logs: engines accept a job that cannot, and then it fails without a word. */
export async function prepareLogFolder(folder: string): Promise<void> {
  try {
    makeFolder(folder)
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new ArgumentError(`logDirectory: ${folder} cannot be written: ${asError(error).message}`, { cause: error })
  }
}

/** Says of a folder for what does not fit into memory that it is on the network: that is slow, and troubles everybody. */
export function warnOfNetworkFolders(
  name: string,
  pools: readonly { readonly localDirectory: string | undefined }[],
  mountInfo: string = readMounts(),
): void {
  for (const folder of new Set(pools.map(({ localDirectory }) => localDirectory ?? process.env.TMPDIR))) {
    // What the shell is to replace is not known here.
    if (folder === undefined || folder.includes('$')) continue
    const mount = mountOf(resolve(folder), mountInfo)
    if (!mount?.network) continue
    process.emitWarning(
      `${name}: workers would put what does not fit into memory into ${folder}, which is on the network (${mount.type} at ${mount.point}): ` +
        "choose a folder on the nodes' own disks with localDirectory, such as '/scratch/$USER'",
      'HeddleJobWarning',
    )
  }
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch (error) {
    // Other systems have none.
    if ((error as NodeJS.ErrnoException).code !== undefined) return ''
    throw error
  }
}
