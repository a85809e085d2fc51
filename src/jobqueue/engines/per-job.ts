import type { JobState } from '../engine.js'

/** The states of these jobs, in their order; those that the engine did not mention are forgotten. */
export function inOrder(title: string, ids: readonly string[], states: Iterable<JobState>): JobState[] {
  const known = new Map<string, JobState>()
  for (const job of states) known.set(job.id, job)
  return ids.map((id) => known.get(id) ?? { id, state: 'unknown', reason: `${title} does not know it any more` })
}

/** A state without what is empty. */
export function stateOf(
  id: string,
  state: JobState['state'],
  {
    reason,
    start,
    exitCode,
    started,
    ends,
  }: {
    reason?: string | undefined
    start?: Date | undefined
    exitCode?: number | undefined
    started?: Date | undefined
    ends?: Date | undefined
  } = {},
): JobState {
  return {
    id,
    state,
    ...(reason ? { reason } : {}),
    ...(isDate(start) ? { estimatedStart: start } : {}),
    ...(isDate(started) ? { started } : {}),
    ...(isDate(ends) ? { ends } : {}),
    ...(exitCode === undefined || Number.isNaN(exitCode) ? {} : { exitCode }),
  }
}

function isDate(date: Date | undefined): date is Date {
  return date !== undefined && !Number.isNaN(date.getTime())
}
