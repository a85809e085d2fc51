import { formatBytes } from '../../base/index.js'
import type { NannyWorld } from './world.js'

/** How much a worker process may take, and how often that is checked. */
export interface MemoryWatchOptions {
  /** bytes; Infinity: as much as it likes */
  readonly limit: number
  /** the share of the limit from which it is too much; false: none is */
  readonly terminate: number | false
  /** milliseconds */
  readonly interval: number
  readonly world: NannyWorld
  /** It takes too much. `reason` completes the sentence "the worker …". Nothing is checked any more. */
  onExceeded(reason: string): void
  /** It cannot be found out how much the process takes. Nothing is checked any more. */
  onProblem(error: unknown): void
}

/** Watches how much memory a process takes. Gives a function that ends that. */
export function watchMemory(pid: number, options: MemoryWatchOptions): () => void {
  const { limit, terminate, interval, world } = options
  if (terminate === false || limit === Infinity) return () => undefined
  const most = limit * terminate
  let over = false
  let cancel = world.after(interval, check)

  function check(): void {
    world.residentBytes(pid).then((bytes) => {
      // It is no more, which its end tells.
      if (over || bytes === undefined) return
      if (bytes <= most) cancel = world.after(interval, check)
      else {
        options.onExceeded(
          `took ${formatBytes(bytes)} of memory, more than ${formatBytes(most)}, the most that its limit of ${formatBytes(limit)} allows, and was killed by its nanny`,
        )
      }
    }, options.onProblem)
  }

  return () => {
    over = true
    cancel()
  }
}
