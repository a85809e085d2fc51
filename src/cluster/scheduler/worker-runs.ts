import { systemClock } from '../../base/index.js'
import type { RunMessage, RunQuery } from '../worker/task-trail.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** A transfer as clients are told of it: times in seconds of the scheduler's clock. */
export interface KnownTransfer {
  /** the name of the worker that it came from; undefined: it has left */
  readonly from: string | undefined
  readonly bytes: number
  readonly start: number
  readonly stop: number
}

/** A run as clients are told of it: times in seconds of the scheduler's clock. */
export interface KnownRun extends Omit<RunMessage, 'transfers'> {
  /** the name of the worker */
  readonly worker: string
  readonly transfers: readonly KnownTransfer[]
}

/** Asks workers what they ran; those that go meanwhile know nothing. `since` is in seconds of the scheduler's clock. */
export async function askForRuns(state: ClusterState, links: readonly WorkerLink[], query: RunQuery): Promise<KnownRun[]> {
  const all = await Promise.all(
    links.map(async (link): Promise<KnownRun[]> => {
      const ahead = link.clockAhead ?? (await measure(link))
      const asked = query.since === undefined ? query : { ...query, since: query.since + ahead }
      let runs: readonly RunMessage[]
      try {
        ;({ runs } = (await link.control.ask('runs', asked)) as { runs: readonly RunMessage[] })
      } catch (error) {
        if (state.workers.get(link.index) !== link) return []
        throw error
      }
      return runs.map((run) => ({
        ...run,
        worker: link.info.name,
        received: run.received - ahead,
        given: run.given - ahead,
        waited: run.waited - ahead,
        stop: run.stop - ahead,
        transfers: run.transfers.map(({ from, bytes, start, stop }) => ({
          from: state.workers.get(from)?.info.name,
          bytes,
          start: start - ahead,
          stop: stop - ahead,
        })),
      }))
    }),
  )
  return all.flat()
}

/** How far the clock of a worker is ahead, in seconds. Less than the question took is nothing: it may be the same clock. */
async function measure(link: WorkerLink): Promise<number> {
  const asked = systemClock.now()
  const { now } = (await link.control.ask('runs', { count: 0 }).catch(() => ({ now: asked }))) as { now: number }
  const answered = systemClock.now()
  const ahead = now - (asked + answered) / 2
  const measured = Math.abs(ahead) <= (answered - asked) / 2 ? 0 : ahead
  link.clockAhead = measured
  return measured
}
