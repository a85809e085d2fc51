export type { Callbacks, TaskEnd, TaskStart } from './callbacks.js'
export type { ProfilePlot } from './draw-profile.js'
export { installProgress } from './install-progress.js'
export {
  clusterSpans,
  fitText,
  formatTable,
  memorySampler,
  profileResources,
  profileSpans,
  profileTasks,
  progress,
  progressLines,
  renderProfile,
  spanTable,
  textWidth,
  traceRuns,
  withCallbacks,
  withRunObserver,
} from './on-demand.js'
export type { ResourceProfile, ResourceSample, ResourceSummary } from './profile-resources.js'
export type { LabelRecord, TaskProfile, TaskRecord } from './profile-tasks.js'
export type { MemoryMeasure, MemorySample, MemorySampler, SampleOptions } from './memory-sampler.js'
export type { SpanProfile } from './span-profile.js'
export type { TraceOptions } from './trace-runs.js'
