import { loadNow } from '../base/index.js'
import type { FetchJob } from './fetch-apart.js'

/**
 * Copies files of servers into local files while this thread stands still. Few programs need it: its code is loaded then.
 *
 * Throws `FileChangedError` when a file is not what it was when it was looked at, `RemoteError` when its server fails.
 */
export function fetchNow(jobs: readonly FetchJob[]): void {
  const apart = loadNow(import.meta.url, './fetch-apart.js') as typeof import('./fetch-apart.js')
  apart.fetchApart(jobs)
}
