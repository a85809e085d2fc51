export { type ExecutorChoice, chooseExecutor, executorElsewhere, useByDefault } from './choice.js'
export { ExecutorClosed, TaskError, errorOfTask } from './errors.js'
export type { Executor, RunOptions } from './executor.js'
export { HeldValue, type Holder } from './held-value.js'
export { localise } from './localise.js'
export { type TravellingTask, runHere } from './run-here.js'
export {
  type CallEnd,
  type CallObserver,
  type CallStart,
  type RunObserver,
  type RunStart,
  announceCall,
  announceRun,
  observeCalls,
  observeRuns,
} from './observers.js'
