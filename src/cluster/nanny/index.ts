export { type Supervision, superviseMe } from './child.js'
export { NannyError, WorkerStartError } from './errors.js'
export { Nanny, type NannyOptions, type WorkerDeath } from './nanny.js'
export { type NannyWorld, systemWorld } from './world.js'
