import { ArgumentError } from '../base/index.js'
import type { Client } from './client.js'
import type { ClientCore } from './core.js'
import { coreOfExecutor } from './owners.js'
import type { KnownRun } from './story.js'

/** A value that a worker got from another one for a task. */
export interface TaskTransfer {
  /** the name of the worker that it came from; undefined: it has left */
  readonly from: string | undefined
  readonly bytes: number
  /** milliseconds since 1970 */
  readonly start: number
  readonly stop: number
}

/** A task that ran on a worker. Times are milliseconds since 1970, as the scheduler's clock counts. */
export interface TaskRun {
  readonly key: string
  /** what people know it by: the name of its function, usually */
  readonly label: string
  /** the spans that it belongs to, the outermost first */
  readonly span: readonly string[]
  /** the name of the worker, and the number of its thread */
  readonly worker: string
  readonly thread: number
  readonly start: number
  readonly stop: number
  /** 'interrupted': its thread was lost */
  readonly status: 'finished' | 'failed' | 'interrupted'
  /** what had to be got for it from other workers */
  readonly transfers: readonly TaskTransfer[]
}

export interface TaskStreamOptions {
  /** runs that ended then or later: milliseconds since 1970, or a date */
  readonly start?: number | Date | undefined
  /** the last so many */
  readonly count?: number | undefined
  /** names or hosts of the workers that are asked; all unless told */
  readonly workers?: readonly string[] | undefined
}

/** See `Client.getTaskStream`. */
export async function taskStream(core: ClientCore, { start, count, workers }: TaskStreamOptions): Promise<TaskRun[]> {
  const since = start === undefined ? undefined : Number(start) / 1000
  if (Number.isNaN(since)) throw new ArgumentError('getTaskStream: start must be a date, or milliseconds since 1970')
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw new ArgumentError(`getTaskStream: count must be 0 or a positive integer, not ${count}`)
  }
  return ((await core.ask('taskStream', { since, count, workers })) as KnownRun[]).map(runFrom)
}

function runFrom({ key, label, span, worker, thread, stop, seconds, status, transfers }: KnownRun): TaskRun {
  return {
    key,
    label,
    span,
    worker,
    thread,
    start: (stop - seconds) * 1000,
    stop: stop * 1000,
    status: status === 'running' ? 'interrupted' : status,
    transfers: transfers.map((transfer) => ({ ...transfer, start: transfer.start * 1000, stop: transfer.stop * 1000 })),
  }
}

/** See `getTaskStream`. */
export async function streamDuring<R>(
  client: Client,
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: Awaited<R>; readonly tasks: readonly TaskRun[] }> {
  const core = coreOfExecutor(client)
  if (!core) throw new ArgumentError('getTaskStream: the first argument must be a client')
  const start = ((await core.ask('now')) as number) * 1000
  const result = await fn()
  return { result, tasks: await taskStream(core, { start }) }
}
