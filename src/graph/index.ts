export { type Annotations, spansOf } from './annotations.js'
export { GraphBuilder, type LayerSpec } from './builder.js'
export {
  Graph,
  type Layer,
  type Rows,
  type ShuffleRole,
  type TaskContext,
  type TaskFunction,
  type Wanted,
  checkWanted,
} from './graph.js'
export { cull } from './cull.js'
export { order } from './order.js'
export { pressure } from './pressure.js'
export { fuse } from './fuse.js'
export { runFused, runsOf, stepsOf } from './run-fused.js'
export { CycleError, UnknownTaskError } from './errors.js'
export { type KeysFor, type TaskCall, call, graphFromTasks } from './graph-from-tasks.js'
export { describeGraph } from './describe-graph.js'
export type { DrawOptions } from './to-dot.js'
export { visualize } from './visualize.js'
