/** How waiting is done, so that tests need not wait. */
export interface Timing {
  sleep(milliseconds: number): Promise<void>
  /** Calls `run` once the time is over, unless what it gives is called before. */
  after(milliseconds: number, run: () => void): () => void
  /** A number in [0, 1). */
  random(): number
}

/** The time of this process. */
export const systemTiming: Timing = {
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

const FIRST = 100
const LONGEST = 20_000

/** How long to wait before try number `failures` + 1: exponential with full jitter, so that many clients spread out. */
export function backoff(failures: number, timing: Timing): number {
  return timing.random() * Math.min(LONGEST, FIRST * 2 ** failures)
}
