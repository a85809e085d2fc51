export { Client, type ClientOptions, type TaskOptions, type WorkerDescription } from './client.js'
export { Cancelled, SchedulerLost } from './errors.js'
export { Future, type Status } from './future.js'
