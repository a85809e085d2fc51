import { startClustersWith } from './client/index.js'
import { LocalCluster } from './deploy/index.js'
import { installProgress } from './diagnostics/index.js'

export { ArgumentError, HeddleError, NonError } from './base/index.js'
export {
  type AsCompleted,
  Cancelled,
  Client,
  type Completed,
  type CoordinationOptions,
  Event,
  Future,
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
  type Target,
  type TaskOptions,
  Variable,
  type WaitLimits,
  WaitTimeout,
  type WorkerDescription,
  asCompleted,
  fireAndForget,
  futuresOf,
  getClient,
  getWorker,
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
export { LocalCluster, type LocalClusterOptions } from './deploy/index.js'
export {
  type Callbacks,
  type ResourceProfile,
  type ResourceSample,
  type ResourceSummary,
  type TaskEnd,
  type TaskProfile,
  type TaskRecord,
  type TaskStart,
  profileResources,
  profileTasks,
  renderProfile,
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
} from './expr/index.js'
export { type Annotations, CycleError, Graph, GraphBuilder, UnknownTaskError, call, graphFromTasks } from './graph/index.js'
export { Reschedule } from './lanes/reschedule.js'
export { rejoin, secede } from './lanes/secede.js'
export { DataLost, WorkerLost } from './scheduler/errors.js'
export { TransferError, fromTransfer, task, toTransfer } from './transfer/index.js'

startClustersWith((target) => LocalCluster.start(target))
installProgress()
