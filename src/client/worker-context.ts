import { loadNow } from '../base/index.js'
import type { WorkerContext } from '../protocol/index.js'

/** What a task may know of the worker that it runs on; undefined: it runs on none. */
export function workerContext(): WorkerContext | undefined {
  const protocol = loadNow(import.meta.url, '../protocol/index.js') as typeof import('../protocol/index.js')
  return protocol.workerContext()
}
