export { aboutProgram, askScheduler } from './owners.js'
export { type AsCompleted, type AsCompletedOptions, type Completed, type CompletedOf, asCompleted } from './as-completed.js'
export type { CallProfile, ProfileOptions, ProfiledFunction, StartProfileOptions } from './call-profile.js'
export { Client, type ClientOptions, type ConnectOptions, type Held, type Published, type TaskOptions } from './client.js'
export type { SchedulerDescription, WorkerDescription, WorkerMetrics } from './cluster-info.js'
export type { CoordinationOptions, WaitLimits } from './coordination/connected.js'
export { Event } from './coordination/event.js'
export type { Lease } from './coordination/lease.js'
export { Lock, MultiLock, Semaphore } from './coordination/locks.js'
export { Queue, type QueueOptions } from './coordination/queue.js'
export { Variable } from './coordination/variable.js'
export {
  Cancelled,
  DatasetError,
  LeaseExpired,
  PackageMismatch,
  QueueEmpty,
  QueueFull,
  ResultUnreachable,
  SchedulerLost,
  WaitTimeout,
} from './errors.js'
export { fireAndForget } from './fire-and-forget.js'
export { Future, type Status } from './future.js'
export { futuresOf } from './futures-of.js'
export { type TaskWorker, getClient, getWorker, workerClient } from './in-task.js'
export type { PluginOptions } from './plugins.js'
export { getTaskMetadata, getTaskStream, readDump, watchProgress } from './on-demand.js'
export type { ClusterDump, DumpedTask } from './read-dump.js'
export type { ScatterOptions } from './scatter.js'
export {
  type ClusterStarter,
  type ClusterTarget,
  type LocalTarget,
  type StartedCluster,
  type Target,
  startClustersWith,
} from './target.js'
export type { Story, StoryEvent } from './story.js'
export { type TaskInfo, type TaskMetadata, getTask, setTaskMetadata } from './task-context.js'
export type { TaskRun, TaskStreamOptions, TaskTransfer } from './task-stream.js'
export type { TopicEvent, TopicHandler } from './topics.js'
export type { UploadDirectoryOptions } from './upload-directory.js'
export type { ClusterVersions, VersionsOptions } from './versions.js'
export { uploaded, uploadedFile } from './uploaded.js'
export type { ProgressWatch } from './watch-progress.js'
export { type WaitOptions, type Waited, wait } from './wait.js'
