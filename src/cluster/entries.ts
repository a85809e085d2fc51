/**
 * Flags of Node's for both. Records and values live longer than a small nursery lets them, but not long: with a larger one
 * fewer of them are moved about (twice the tasks a second).
 */
export const processFlags: readonly string[] = ['--max-semi-space-size=32']
/** The program of a worker process; its options are `WorkerServerOptions`. */
export const workerEntry = new URL('./worker/worker-entry.js', import.meta.url)
