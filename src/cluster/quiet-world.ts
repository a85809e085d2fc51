import { systemClock } from '../base/index.js'
import type { NannyOptions } from './nanny/index.js'

/** The world of nannies whose waiting keeps no program alive. */
export const quietWorld: NonNullable<NannyOptions<unknown, unknown>['world']> = {
  now: systemClock.now,
  after(milliseconds, action) {
    // The longest that a timer of Node's can count; nothing here waits for as long.
    const timer = setTimeout(action, Math.min(milliseconds, 2 ** 31 - 1)).unref()
    return () => clearTimeout(timer)
  },
  random: Math.random,
  residentBytes: async (pid) => (await import('../memory/index.js')).residentBytes(pid),
}
