import { readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { asError, formatDuration } from '../base/index.js'
import type { Credentials } from '../comm/index.js'
import { RunnerError } from './errors.js'
import type { World } from './world.js'

const FIRST_PAUSE = 20
const LONGEST_PAUSE = 1000
/** What an earlier run has left may name a machine that nobody answers for. */
const LONGEST_ATTEMPT = 10_000
const RUN = '{job_id}'

/** A scheduler that answers. */
export interface Found {
  readonly address: string
  readonly credentials: Credentials
  /** the address of this machine on the way there */
  readonly local: string
}

/**
 * The path of a run's scheduler file.
 *
 * @throws RunnerError when it would be that of other runs too
 */
export function schedulerFileOf(given: string | undefined, { run, launcher }: World, who: string): string {
  const pattern = given ?? `heddle-${RUN}.json`
  if (!pattern.includes(RUN)) return resolve(pattern)
  if (run === undefined) {
    throw new RunnerError(`${who}: ${launcher} does not say what tells this run from others: give it a schedulerFile of its own`)
  }
  return resolve(pattern.replaceAll(RUN, run.replace(/[^\w.-]+/g, '_')))
}

/**
 * Waits for the scheduler that writes a file. A file that an earlier run has left names a scheduler that does not answer: it is
 * read again until the right one has taken its place.
 *
 * @throws RunnerError when there is no such scheduler in time
 */
export async function awaitScheduler(file: string, timeout: number): Promise<Found> {
  const { reachAny, readSchedulerFile } = await import('../protocol/index.js')
  const end = performance.now() + timeout
  let pause = FIRST_PAUSE
  let reason: Error | undefined
  for (;;) {
    if (isThere(file)) {
      try {
        const { addresses, credentials } = await readSchedulerFile(file)
        const left = Math.max(1, Math.min(LONGEST_ATTEMPT, end - performance.now()))
        const { address, local } = await reachAny({ addresses, credentials, role: 'manager', timeout: left })
        return { address, credentials, local }
      } catch (error) {
        reason = asError(error instanceof AggregateError ? error.errors[0] : error)
      }
    }
    if (performance.now() + pause >= end) {
      const why = reason
        ? reason.message
        : 'it does not exist: is the rank of the scheduler there, and does this machine see its folder?'
      throw new RunnerError(`no scheduler has answered by ${file} within ${formatDuration(timeout)} (joinTimeout): ${why}`, {
        cause: reason,
      })
    }
    await delay(pause)
    pause = Math.min(pause * 1.5, LONGEST_PAUSE)
  }
}

/** Network file systems remember that there was no such file until its folder is read. */
function isThere(file: string): boolean {
  try {
    return readdirSync(dirname(file)).includes(basename(file))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
