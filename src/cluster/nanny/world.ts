import { systemClock } from '../../base/index.js'
import { residentBytes } from '../../memory/index.js'

/** What a nanny needs of the world apart from processes; tests have their own. */
export interface NannyWorld {
  /** seconds since some moment */
  now(): number
  /** Does something after so many milliseconds, unless the function that it gives is called first. */
  after(ms: number, action: () => void): () => void
  /** a number from 0 to below 1 */
  random(): number
  /** the memory that a process takes; undefined: it is no more */
  residentBytes(pid: number): Promise<number | undefined>
}

/** The most that a timer of Node's can count: beyond it fires at once. */
const LONGEST = 2 ** 31 - 1

export const systemWorld: NannyWorld = {
  now: systemClock.now,
  after(ms, action) {
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      timer = setTimeout(() => (left > LONGEST ? wait(left - LONGEST) : action()), Math.min(left, LONGEST))
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
  residentBytes,
}
