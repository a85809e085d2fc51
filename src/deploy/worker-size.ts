import { ArgumentError } from '../base/index.js'
import { availableCores, memoryLimit as memoryLimitOf } from '../config/index.js'
import type { WorkerOptions } from './worker-options.js'

/** What a worker has: its threads, and its memory in bytes. */
export interface WorkerSize {
  readonly threads: number
  readonly memory: number
}

/** How large a worker is, from its options and from this machine. */
export function workerSize({ threads = availableCores(), memoryLimit }: WorkerOptions): WorkerSize {
  if (!(Number.isInteger(threads) && threads >= 1))
    throw new ArgumentError(`threads: ${threads} is no number of them: it must be a whole number, at least 1`)
  return { threads, memory: memoryLimitOf(memoryLimit ?? 'auto', threads) }
}
