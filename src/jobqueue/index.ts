export { JobQueueCluster, type PoolChoice } from './cluster.js'
export type { ClusterSize } from './cluster-size.js'
export type { ClusterOptions, PoolOptions, SchedulerPlace } from './cluster-options.js'
export {
  SlurmCluster,
  type SlurmOptions,
  SGECluster,
  type SGEOptions,
  PBSCluster,
  type PBSOptions,
  MoabCluster,
  type MoabOptions,
  OARCluster,
  type OAROptions,
  LSFCluster,
  type LSFOptions,
  HTCondorCluster,
  type HTCondorOptions,
  LocalJobCluster,
  type LocalJobOptions,
} from './clusters.js'
export { type CommandResult, type RunCommand, runCommand } from './commands.js'
export type { JobPhase, JobState } from './engine.js'
export { CommandMissing, EngineRefused, JobFailed, JobQueueError } from './errors.js'
export type { Job } from './job-book.js'
export type { JobOptions } from './job-options.js'
export {
  type ClusterStatus,
  type JobStatus,
  type ListOptions,
  jobScriptFor,
  listClusters,
  removeCluster,
} from './recorded-clusters.js'
export type { JobAdaptiveOptions } from './pool-scaler.js'
