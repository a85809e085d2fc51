import { setTimeout as delay } from 'node:timers/promises'
import { asError, formatDuration } from '../base/index.js'
import { AuthenticationError, ConnectionRejected, type Credentials, VersionMismatch } from '../comm/index.js'
import { config } from '../config/index.js'
import { type Reached, reachAny } from '../protocol/index.js'
import { ServiceError } from './errors.js'
import { ExitCode } from './exit-codes.js'

const FIRST_PAUSE = 50
const LONGEST_PAUSE = 2000

export interface ReachOptions {
  readonly addresses: readonly string[]
  readonly credentials: Credentials
  /** milliseconds after which it is given up */
  readonly timeout: number
  readonly signal: AbortSignal
  /** Told once, when the first attempt has failed and more follow. */
  readonly waiting?: (reason: Error) => void
}

/**
 * Finds out at which of its addresses a scheduler can be reached, and waits for one that is not there yet. What will never
 * become right (a wrong token, an expired certificate, another version) is an error at once.
 *
 * @throws ServiceError with the exit code for it when nobody answers within the timeout
 */
export async function reachScheduler({ addresses, credentials, timeout, signal, waiting }: ReachOptions): Promise<Reached> {
  const end = performance.now() + timeout
  let pause = FIRST_PAUSE
  let told = false
  for (;;) {
    try {
      const left = Math.max(1, end - performance.now())
      const limit = Math.min(left, config.get('comm.connectTimeout'))
      return await reachAny({ addresses, credentials, role: 'worker', timeout: limit, signal })
    } catch (error) {
      signal.throwIfAborted()
      const reason = worst(error)
      if (isFinal(reason)) throw reason
      if (performance.now() + pause >= end) throw unreachable(addresses, timeout, reason)
      if (!told) waiting?.(reason)
      told = true
      await delay(pause, undefined, { signal })
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  }
}

function isFinal(error: Error): boolean {
  return error instanceof AuthenticationError || error instanceof VersionMismatch || error instanceof ConnectionRejected
}

/** Of what went wrong at several addresses what says most. */
function worst(thrown: unknown): Error {
  if (!(thrown instanceof AggregateError)) return asError(thrown)
  const errors = thrown.errors.map(asError)
  return errors.find(isFinal) ?? errors[0]!
}

function unreachable(addresses: readonly string[], timeout: number, reason: Error): ServiceError {
  return new ServiceError(
    `no scheduler could be reached at ${addresses.join(' or ')} within ${formatDuration(timeout)} (--death-timeout): ${reason.message}`,
    ExitCode.unreachable,
    { cause: reason },
  )
}
