// What is needed to start processes of a cluster, apart from what runs in them: a program that starts a cluster loads no
// scheduler and no worker.
export { Nanny, type NannyOptions, type WorkerDeath } from './nanny/index.js'
export { processFlags, workerEntry } from './entries.js'
export { preloadFlags, preloadUrl } from './preload.js'
export { quietWorld } from './quiet-world.js'
export { SCHEDULER_UNREACHABLE } from './worker/exit-codes.js'
export { workerEnvironment } from './worker/worker-environment.js'
export { type Division, divide } from '../config/index.js'
