import type { Engine, JobState } from './engine.js'
import { JobFailed } from './errors.js'
import type { Job, LostJob } from './job-book.js'
import { logTail } from './log-tail.js'

/** What `heddle worker` ends with when it finds no scheduler. */
const UNREACHABLE = 69

/** What ends a job by SIGKILL: shells and PBS count differently. */
const KILLED = [137, 265]

/** Whether a job was killed for the memory that it took: in the words of its engine, or by SIGKILL without any, which mostly is why. */
export function tookTooMuchMemory({ state, reason = '', exitCode }: JobState): boolean {
  if (state !== 'failed' && state !== 'held') return false
  if (/OUT_OF_MEMORY|MEMLIMIT|\bmemory\b/i.test(reason)) return true
  if (/TIMEOUT|RUNLIMIT|NODE_FAIL|PREEMPTED|time/i.test(reason)) return false
  return KILLED.includes(exitCode ?? 0) || /\bSIGKILL\b/.test(reason)
}

/** What is to be said of a job that is over although it was wanted. `name`: the cluster's. */
export async function describeLoss(name: string, engine: Engine, { job, joined, replaced }: LostJob): Promise<JobFailed> {
  const how = job.reason === undefined ? '' : ` (${job.reason})`
  const code = job.exitCode === undefined ? '' : `, exit code ${job.exitCode}`
  const after = joined ? '' : ' before any of its workers had joined'
  const then = replaced ? 'another one takes its place' : 'it is not replaced'
  const ended = job.state === 'unknown' ? 'is gone' : job.state === 'completed' ? 'has ended' : `was ${job.state}`
  const why =
    job.exitCode === UNREACHABLE && !joined
      ? '. Its workers could not reach the scheduler: see the address in its log; the options scheduler.interface, scheduler.port and scheduler.contactAddress say where it is'
      : ''
  const tail = job.state === 'completed' && joined ? '' : await logTail(engine.logFiles(job.id))
  return new JobFailed(
    `${name}: the job ${job.id} ${job.state === 'failed' ? 'has failed' : ended}${how}${code}${after}; ${then}${why}${tail}`,
  )
}

/** Says of each job that will not start by itself so, once. */
export class HeldJobs {
  readonly #name: string
  readonly #told = new Set<string>()

  constructor(name: string) {
    this.#name = name
  }

  take({ id, state, reason }: Job): void {
    if (state !== 'held') this.#told.delete(id)
    else if (!this.#told.has(id)) {
      this.#told.add(id)
      const why = reason === undefined ? '' : ` (${reason})`
      process.emitWarning(`${this.#name}: the job ${id} is held${why}: it does not start by itself`, 'HeddleJobWarning')
    }
  }
}
