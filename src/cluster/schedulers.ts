// What the process of a scheduler is made of, without what workers are made of.
export { superviseMe } from './nanny/child.js'
export { SchedulerServer } from './scheduler/scheduler-server.js'
