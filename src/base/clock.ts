/** Where the machines get the time from: seconds since some fixed moment. Injected, so that a simulation has its own. */
export interface Clock {
  now(): number
}

/** The time of this process, in seconds, monotonic, comparable between its threads. */
export const systemClock: Clock = { now: () => (performance.timeOrigin + performance.now()) / 1000 }
