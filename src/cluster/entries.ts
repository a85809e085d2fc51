/** The program of a scheduler process, for a `Nanny` to start; its options are `SchedulerServerOptions`. */
export const schedulerEntry = new URL('./scheduler/scheduler-entry.js', import.meta.url)
/** The program of a worker process; its options are `WorkerServerOptions`. */
export const workerEntry = new URL('./worker/worker-entry.js', import.meta.url)
