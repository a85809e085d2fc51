import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ArgumentError, formatDuration } from '../base/index.js'
import { type Address, type Credentials, parseAddress } from '../comm/index.js'
import { isNetwork } from '../protocol/index.js'
import { readSchedulerFile } from '../protocol/index.js'
import { ServiceError, UsageError } from './errors.js'
import { ExitCode } from './exit-codes.js'

import type { OptionValues } from './option-values.js'
import { checkCertificate, credentialsIn } from './security-folder.js'
import { schedulerFilesAt } from './state-folder.js'

const FILE_PAUSE = 100

/** Where a scheduler is, and what proves that one belongs to it. */
export interface SchedulerPlace {
  readonly addresses: readonly string[]
  readonly credentials: Credentials
}

export interface FindOptions {
  readonly address: string | undefined
  readonly values: OptionValues
  /** the command that asks, for messages; worker unless told */
  readonly command?: string
  /** milliseconds that a scheduler file is waited for */
  readonly timeout: number
  readonly signal: AbortSignal
  /** Told once, when there is no file yet. */
  readonly waiting?: (path: string) => void
}

/**
 * The scheduler that a worker is to join: at an address, with the credentials of --security-folder or those that a scheduler
 * of this user left on this machine; or what --scheduler-file says.
 */
export async function findScheduler({
  address,
  values,
  timeout,
  signal,
  waiting,
  command = 'worker',
}: FindOptions): Promise<SchedulerPlace> {
  const file = values.text('scheduler-file')
  const folder = values.text('security-folder')
  if ((address === undefined) === (file === undefined)) {
    throw new UsageError(
      `${command}: give either the ADDRESS of a scheduler or its --scheduler-file; see heddle ${command} --help`,
    )
  }
  if (file !== undefined) {
    await waitForFile(resolve(file), timeout, signal, waiting)
    const { addresses, credentials } = await readSchedulerFile(resolve(file))
    const place =
      folder === undefined ? { addresses, credentials } : { addresses, credentials: await credentialsIn(folder, false) }
    if (addresses.some(isSecure)) checkCertificate(place.credentials, folder ?? file)
    return place
  }
  const where = schedulerAddress(address!, command)
  if (folder !== undefined) return { addresses: [address!], credentials: await credentialsIn(folder, isSecure(address!)) }
  const files = isNetwork(where) ? schedulerFilesAt(where.firstPort) : []
  const known = await Promise.all(files.map((path) => readSchedulerFile(path)))
  const found = known.find(({ addresses }) => addresses.includes(address!)) ?? (known.length === 1 ? known[0] : undefined)
  if (!found) {
    throw new ServiceError(
      `no credentials for ${address} are known here: give the --scheduler-file that the scheduler printed when it started, or the ` +
        '--security-folder that it was given',
    )
  }
  return { addresses: [address!], credentials: found.credentials }
}

function schedulerAddress(text: string, command: string): Address {
  try {
    return parseAddress(text)
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    throw new UsageError(`${command}: ${error.message}; see heddle ${command} --help`, { cause: error })
  }
}

function isSecure(address: string): boolean {
  return /^(?:tls|wss):/.test(address)
}

async function waitForFile(
  path: string,
  timeout: number,
  signal: AbortSignal,
  waiting: ((path: string) => void) | undefined,
): Promise<void> {
  const end = performance.now() + timeout
  let told = false
  // Watching would not do: the file may be on a network file system, which tells nobody.
  while (!existsSync(path)) {
    if (performance.now() >= end) {
      throw new ServiceError(
        `there is no --scheduler-file ${path} after ${formatDuration(timeout)} (--death-timeout): start the scheduler, or check the path`,
        ExitCode.unreachable,
      )
    }
    if (!told) waiting?.(path)
    told = true
    await delay(FILE_PAUSE, undefined, { signal })
  }
}
