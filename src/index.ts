import { startClustersWith } from './client/index.js'
import { LocalCluster } from './deploy/index.js'
import { installProgress } from './diagnostics/index.js'

export type { Actor } from './actors/index.js'
export { ActorLost, ArgumentError, HeddleError, NonError } from './base/index.js'
export {
  type AsCompleted,
  type CallProfile,
  Cancelled,
  Client,
  type ClusterDump,
  type ClusterVersions,
  type Completed,
  type CoordinationOptions,
  Event,
  Future,
  PackageMismatch,
  type ProfileOptions,
  type ProfiledFunction,
  type Lease,
  LeaseExpired,
  Lock,
  MultiLock,
  Queue,
  QueueEmpty,
  QueueFull,
  type QueueOptions,
  SchedulerLost,
  Semaphore,
  type SchedulerDescription,
  type Status,
  type Story,
  type StoryEvent,
  type Target,
  type TaskInfo,
  type TaskMetadata,
  type TaskRun,
  type TaskStreamOptions,
  type TaskTransfer,
  type TaskOptions,
  Variable,
  type WaitLimits,
  WaitTimeout,
  type WorkerDescription,
  asCompleted,
  fireAndForget,
  futuresOf,
  getClient,
  getTask,
  getTaskMetadata,
  getTaskStream,
  getWorker,
  readDump,
  setTaskMetadata,
  uploaded,
  wait,
  workerClient,
} from './client/index.js'
export { type Credentials, Security } from './comm/index.js'
export { ConfigError, type Settings, type SettingsPatch, config } from './config/index.js'
export {
  type Computed,
  Delayed,
  type DelayedOptions,
  type FutureLike,
  type Lazy,
  type Lift,
  type LiftArgs,
  type Settled,
  compute,
  delayed,
  optimize,
  persist,
  value,
} from './delayed/index.js'
export { type Dashboard, type OpenDashboardOptions, openDashboard, performanceReport } from './dashboard/index.js'
export {
  Adaptive,
  type AdaptiveOptions,
  type Cluster,
  type ClusterSize,
  LocalCluster,
  type LocalClusterOptions,
  Nanny,
  type RunningScheduler,
  type RunningWorker,
  type Scalable,
  type ScalingDecision,
  Scheduler,
  type SchedulerOptions,
  type SchedulerSpec,
  SpecCluster,
  type SpecClusterOptions,
  Worker,
  type WorkerOptions,
  type WorkerSpec,
  type WorkerStart,
} from './deploy/index.js'
export {
  type Callbacks,
  type MemorySample,
  type MemorySampler,
  type ResourceProfile,
  type ResourceSample,
  type ResourceSummary,
  type SpanProfile,
  type TaskEnd,
  type TaskProfile,
  type TaskRecord,
  type TaskStart,
  type TraceOptions,
  clusterSpans,
  memorySampler,
  profileResources,
  profileSpans,
  profileTasks,
  progress,
  renderProfile,
  traceRuns,
  withCallbacks,
} from './diagnostics/index.js'
export {
  type Executor,
  type ExecutorChoice,
  ExecutorClosed,
  HeldValue,
  TaskError,
  chooseExecutor,
} from './executor/index.js'
export {
  type Collection,
  type ComputeOptions,
  Expression,
  LazyCollection,
  type LowerContext,
  type Pass,
  annotate,
  span,
} from './expr/index.js'
export { type Annotations, CycleError, Graph, GraphBuilder, UnknownTaskError, call, graphFromTasks } from './graph/index.js'
export {
  NannyPlugin,
  PluginError,
  type PluginKind,
  type PluginNanny,
  type PluginScheduler,
  type PluginWorker,
  SchedulerPlugin,
  type SchedulerTransition,
  type TaskPhase,
  type TaskTransition,
  WorkerPlugin,
} from './plugins/plugin.js'
export { DataLost, KilledWorker, WorkerLost } from './scheduler/errors.js'
export { Reschedule } from './lanes/reschedule.js'
export { rejoin, secede } from './lanes/secede.js'
export { TransferError, fromTransfer, task, toTransfer } from './transfer/index.js'

startClustersWith((target) => LocalCluster.start(target))
installProgress()
export {
  SSHCluster,
  type SSHClusterOptions,
  SSHError,
  type SSHHost,
  type SSHHostOptions,
  type SSHScheduler,
} from './ssh/index.js'
