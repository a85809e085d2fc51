import { ArgumentError, formatDuration } from '../base/index.js'
import { WaitTimeout } from './errors.js'
import type { Future } from './future.js'

export interface WaitOptions {
  /** until all have come to their ends, the first one has, or the first has failed; 'all' unless told */
  readonly returnWhen?: 'all' | 'first' | 'firstError'
  /** milliseconds until it is given up; for ever unless told */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
}

/** Futures that have come to their ends, good or bad, and the others. */
export interface Waited<F> {
  readonly done: F[]
  readonly pending: F[]
}

/**
 * Waits for futures; their values stay where they are.
 *
 * @throws WaitTimeout when they take too long, the reason of the signal when it is aborted. Never because a task failed.
 * @example
 * const { done, pending } = await wait(futures, { returnWhen: 'first' })
 */
export async function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  { returnWhen = 'all', timeout, signal }: WaitOptions = {},
): Promise<Waited<F>> {
  if (!['all', 'first', 'firstError'].includes(returnWhen)) {
    throw new ArgumentError(`wait: returnWhen is 'all', 'first' or 'firstError', not '${String(returnWhen)}'`)
  }
  signal?.throwIfAborted()
  const all = [...futures]
  const isOver = (): boolean =>
    returnWhen === 'all'
      ? all.every((future) => future.done)
      : returnWhen === 'first'
        ? all.length === 0 || all.some((future) => future.done)
        : all.every((future) => future.done) || all.some((future) => future.done && future.status !== 'finished')
  if (!isOver()) await untilOver(all, returnWhen, timeout, signal)
  const done: F[] = []
  const pending: F[] = []
  for (const future of all) (future.done ? done : pending).push(future)
  return { done, pending }
}

async function untilOver(
  futures: readonly Future<unknown>[],
  returnWhen: 'all' | 'first' | 'firstError',
  timeout: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  // While it waits the process stays alive.
  const owners = new Set(futures.map((future) => future.owner))
  for (const owner of owners) owner.refer(1)
  let timer: NodeJS.Timeout | undefined
  let aborted: (() => void) | undefined
  const stops: (() => void)[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      if (timeout !== undefined) {
        const tooLong = `the futures that were waited for took longer than ${formatDuration(timeout)}`
        timer = setTimeout(() => reject(new WaitTimeout(tooLong)), timeout)
      }
      aborted = () => reject(signal!.reason as Error)
      signal?.addEventListener('abort', aborted, { once: true })
      let left = futures.length
      for (const future of futures) {
        const stop = future.whenDone(() => {
          if (--left === 0 || returnWhen === 'first' || (returnWhen === 'firstError' && future.status !== 'finished')) resolve()
        })
        stops.push(stop)
      }
    })
  } finally {
    for (const stop of stops) stop()
    for (const owner of owners) owner.refer(-1)
    clearTimeout(timer)
    if (aborted) signal?.removeEventListener('abort', aborted)
  }
}
