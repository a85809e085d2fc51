export { Adaptive, type AdaptiveOptions, type Scalable, type ScalingDecision } from './adaptive.js'
export { Cluster, type ClusterSize } from './cluster.js'
export type { SchedulerTarget } from './find-scheduler.js'
export { LocalCluster, type LocalClusterOptions } from './local-cluster.js'
export { type SchedulerProcessOptions, type SchedulerReady, schedulerEntry } from './entries.js'
export { Nanny } from './nanny.js'
export type { RunningScheduler, RunningWorker, SchedulerSpec, WorkerSpec, WorkerStart } from './running.js'
export type { ScalingRules, ScalingStep, Unit, WorkerShape } from './scaling-policy.js'
export { Scheduler, type SchedulerOptions } from './scheduler.js'
export { SpecCluster, type SpecClusterOptions } from './spec-cluster.js'
export { Worker } from './worker.js'
export {
  addressOf,
  addressOfInterface,
  contactAddresses,
  isLoopback,
  isNetwork,
  namedAddress,
} from './contact-addresses.js'
export { quietWorld } from './quiet-world.js'
export { type Division, divide } from './worker-count.js'
export type { WorkerOptions } from './worker-options.js'
