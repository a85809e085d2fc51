import type { Client } from './client.js'
import type { Future } from './future.js'
import type { ClusterDump } from './read-dump.js'
import type { TaskMetadata } from './task-context.js'
import type { TaskRun } from './task-stream.js'
import type { ProgressWatch } from './watch-progress.js'

// What only some programs use is loaded when it is first called.

/**
 * Reads what `client.dump` wrote, compressed or not.
 *
 * @throws DumpError when the file is no dump, is not whole, or is that of a version that this one does not understand
 * @example
 * const { tasks } = await readDump('cluster.dump')
 * console.log(tasks.filter(({ state }) => state === 'erred'))
 */
export async function readDump(path: string): Promise<ClusterDump> {
  const { readDumpFile } = await import('./read-dump.js')
  return readDumpFile(path)
}

/**
 * Calls a function, and gives what it gives with the tasks that the cluster ran meanwhile, in the order in which they ended:
 * those of other programs too. Workers remember a number of them (the setting `worker.historyLength`).
 *
 * @throws what the function throws.
 * @example
 * const { result, tasks } = await getTaskStream(client, () => words.compute({ executor: client }))
 * for (const { label, worker, start, stop } of tasks) console.log(label, worker, stop - start)
 */
export async function getTaskStream<R>(
  client: Client,
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: Awaited<R>; readonly tasks: readonly TaskRun[] }> {
  const { streamDuring } = await import('./task-stream.js')
  return streamDuring(client, fn)
}

/**
 * Calls a function, and gives what it gives with the facts that tasks of the client attached to themselves meanwhile, by the
 * keys of the tasks: also of those whose results were let go. They are those of the last 100,000 tasks that did.
 *
 * @throws what the function throws.
 * @example
 * const { result, metadata } = await getTaskMetadata(client, () => rows.compute({ executor: client }))
 */
export async function getTaskMetadata<R>(
  client: Client,
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: Awaited<R>; readonly metadata: ReadonlyMap<string, TaskMetadata> }> {
  const { metadataDuring } = await import('./task-metadata.js')
  return metadataDuring(client, fn)
}

/** Has the schedulers of futures count how far they are: a watch for each client that they belong to. */
export async function watchProgress(futures: readonly Future<unknown>[]): Promise<ProgressWatch[]> {
  const { startWatches } = await import('./watch-progress.js')
  return startWatches(futures)
}
