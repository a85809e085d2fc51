import { loadKoffi } from '../src/base/index.js'

/** In Linux: the clock of the processor time of the thread that asks. */
const CLOCK_THREAD_CPUTIME_ID = 3

/** Milliseconds between looks at the clocks. */
const EVERY = 1

let clock: ((clock: number, time: BigInt64Array) => unknown) | undefined

/** Seconds of processor time that this thread has had. */
function threadTime(): number {
  clock ??= loadKoffi().load(null).func('int clock_gettime(int clock, void *time)')
  const time = new BigInt64Array(2)
  clock(CLOCK_THREAD_CPUTIME_ID, time)
  return Number(time[0]) + Number(time[1]) / 1e9
}

/** For how long this thread did nothing else, at the most, while it waited for something. In seconds. */
export interface LongestTurn {
  /** that it computed: its own processor time */
  readonly computing: number
  /** by the clock on the wall: others may have had the processor */
  readonly wall: number
}

export async function longestTurnOf(work: () => Promise<unknown>): Promise<LongestTurn> {
  let [wall, computing] = [0, 0]
  let [lastWall, lastComputing] = [performance.now(), threadTime()]
  const look = (): void => {
    const [now, time] = [performance.now(), threadTime()]
    wall = Math.max(wall, (now - lastWall) / 1000)
    computing = Math.max(computing, time - lastComputing)
    ;[lastWall, lastComputing] = [now, time]
  }
  const looking = setInterval(look, EVERY)
  try {
    await work()
  } finally {
    clearInterval(looking)
  }
  look()
  return { computing, wall }
}
