import { addressSpaceFlags } from '../config/index.js'

/**
 * Flags of Node's for both. Records and values live longer than a small nursery lets them, but not long: with a larger one
 * fewer of them are moved about (twice the tasks a second).
 * Where address space is limited, memories of arrays reserve no more than they are.
 */
export const processFlags: readonly string[] = ['--max-semi-space-size=32', ...addressSpaceFlags()]
/** The program of a worker process; its options are `WorkerServerOptions`. */
export const workerEntry = new URL('./worker/worker-entry.js', import.meta.url)
