/**
 * The environment variables for a worker process that somebody starts. The C library gives large pieces of memory back to
 * the system as soon as they are free, rather than to keep them: else a worker whose values are on disk still looks full.
 */
export function workerEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { MALLOC_TRIM_THRESHOLD_: '131072', ...environment }
}
