export { ArgumentError, HeddleError, NonError } from './base/index.js'
export { ConfigError, type Settings, config } from './config/index.js'
export { Delayed, type DelayedOptions, type Lazy, compute, delayed, optimize, persist, value } from './delayed/index.js'
export {
  type Executor,
  type ExecutorChoice,
  ExecutorClosed,
  HeldValue,
  InlineExecutor,
  PoolExecutor,
  TaskError,
  chooseExecutor,
  observeRuns,
} from './executor/index.js'
export { type Collection, type ComputeOptions, Expression, LazyCollection, type LowerContext, type Pass, annotate } from './expr/index.js'
export { type Annotations, Graph, GraphBuilder } from './graph/index.js'
export { DataLost, WorkerLost } from './scheduler/index.js'
export { TransferError, fromTransfer, task, toTransfer } from './transfer/index.js'
