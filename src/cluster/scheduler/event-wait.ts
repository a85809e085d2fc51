import type { EventLog } from '../../events/index.js'
import type { ClusterState } from './state.js'

/** Resolves when `isOver` says so: it is asked now, and after all that happens; at the latest after so many milliseconds. */
export function untilEvents(
  state: ClusterState,
  timeout: number,
  isOver: (log: EventLog, from: number, to: number) => boolean,
): Promise<void> {
  const { log } = state
  if (isOver(log, log.length, log.length)) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      stop()
      resolve()
    }
    const timer = setTimeout(end, timeout)
    const stop = log.listen((events, from, to) => {
      if (isOver(events, from, to)) end()
    })
  })
}
