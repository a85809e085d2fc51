export { Adaptive, type AdaptiveOptions, type Scalable, type ScalingDecision } from './adaptive.js'
export { Cluster, type ClusterSize } from './cluster.js'
export type { SchedulerTarget } from './find-scheduler.js'
export { LocalCluster, type LocalClusterOptions } from './local-cluster.js'
export { Nanny } from './nanny.js'
export type { RunningScheduler, RunningWorker, SchedulerSpec, WorkerSpec, WorkerStart } from './running.js'
export {
  ScalingPolicy,
  type ScalingRules,
  type ScalingStep,
  type Unit,
  type WorkerShape,
  desiredWorkers,
} from './scaling-policy.js'
export { Scheduler, type SchedulerOptions } from './scheduler.js'
export { SpecCluster, type SpecClusterOptions } from './spec-cluster.js'
export { Worker } from './worker.js'
export { type Division, divide } from './worker-count.js'
export type { WorkerOptions } from './worker-options.js'
