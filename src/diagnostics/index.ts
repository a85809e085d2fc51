export type { Callbacks, TaskEnd, TaskStart } from './callbacks.js'
export type { ProfilePlot } from './draw-profile.js'
export { installProgress } from './install-progress.js'
export {
  clusterSpans,
  formatTable,
  profileResources,
  profileSpans,
  profileTasks,
  progress,
  renderProfile,
  textWidth,
  withCallbacks,
  withRunObserver,
} from './on-demand.js'
export type { ResourceProfile, ResourceSample, ResourceSummary } from './profile-resources.js'
export type { LabelRecord, TaskProfile, TaskRecord } from './profile-tasks.js'
export type { SpanProfile } from './span-profile.js'
