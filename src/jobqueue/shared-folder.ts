import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, rm } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { ArgumentError, asError } from '../base/index.js'

/** Makes a folder of a cluster's own, which nobody else can look into, below one that all machines share. */
export async function makeSharedFolder(below: string | undefined): Promise<string> {
  const state = process.env.XDG_STATE_HOME
  const parent = below ?? join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'heddle', 'clusters')
  const folder = join(resolve(parent), `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new ArgumentError(
      `the shared folder ${folder} cannot be made: ${asError(error).message}; choose another with sharedDirectory`,
      { cause: error },
    )
  }
  return folder
}

export async function removeSharedFolder(folder: string): Promise<void> {
  // Jobs that are ending may write their last lines meanwhile.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}

/** Sees to it that jobs can write their logs: engines accept a job that cannot, and then it fails without a word. */
export async function prepareLogFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new ArgumentError(`logDirectory: ${folder} cannot be written: ${asError(error).message}`, { cause: error })
  }
}
