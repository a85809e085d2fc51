export { compute, optimize, persist } from './compute.js'
export { Delayed, type DelayedOptions, delayed, value } from './delayed.js'
export { Gathered } from './gathered.js'
export type { Computed, FutureLike, Lazy, Lift, LiftArgs, Settled } from './types.js'
