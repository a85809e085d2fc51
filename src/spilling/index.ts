export { FilledSegments } from './filled-segments.js'
export { IncomingSegments, type Room } from './incoming-segments.js'
export { Spilling, type SpillingOptions } from './spilling.js'
export { TaskFeed, type TaskFeedOptions } from './task-feed.js'
