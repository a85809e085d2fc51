import { timeOf } from './amounts.js'
import { type ClusterSize, jobsFor } from './cluster-size.js'
import type { AdaptiveOptions, Scalable, WorkerShape } from '../deploy/index.js'
import type { ClusterDemand, ClusterLoad } from '../protocol/index.js'
import type { JobPlan } from './job-plan.js'
import type { Pool } from './pool.js'
import { shareDemand } from './pool-demand.js'

/** How a cluster of jobs adapts. Times are such as '30 s', or milliseconds. */
export interface JobAdaptiveOptions {
  /** what there is always: a number of workers, or so much as whole jobs have; nothing unless told */
  readonly minimum?: ClusterSize
  /** what there is never more of; no limit unless told */
  readonly maximum?: ClusterSize
  /** jobs that wait in the queue at most; 100 unless told */
  readonly maximumPending?: number
  /** how long fewer must have been enough before jobs end that run; 30 s unless told */
  readonly cooldown?: string | number
  /** between two looks; the setting `adaptive.interval` unless told */
  readonly interval?: string | number
  /** how often in a row fewer must have been enough before jobs leave; the setting `adaptive.waitCount` unless told */
  readonly waitCount?: number
  /** in which all that there is to do is to be done; the setting `adaptive.targetDuration` unless told */
  readonly targetDuration?: string | number
}

const MAXIMUM_PENDING = 100
const COOLDOWN = 30_000

/** The options in jobs and milliseconds. */
export function readAdaptive(options: JobAdaptiveOptions, plan: JobPlan): AdaptiveOptions {
  const { minimum, maximum, maximumPending = MAXIMUM_PENDING, cooldown = COOLDOWN, waitCount, interval, targetDuration } = options
  return {
    maximumPending,
    // None at all is a time, too.
    cooldown: cooldown === 0 ? 0 : timeOf('adapt: cooldown', cooldown),
    ...(minimum === undefined ? {} : { minimum: jobsFor('adapt: minimum', minimum, plan) }),
    ...(maximum === undefined ? {} : { maximum: jobsFor('adapt: maximum', maximum, plan) }),
    ...(waitCount === undefined ? {} : { waitCount }),
    ...(interval === undefined ? {} : { interval: timeOf('adapt: interval', interval) }),
    ...(targetDuration === undefined ? {} : { targetDuration: timeOf('adapt: targetDuration', targetDuration) }),
  }
}

/** What a pool's cluster does for it. */
export interface PoolActions {
  demand(): Promise<ClusterDemand>
  add(jobs: number): Promise<void>
  retire(jobs: readonly string[]): Promise<void>
}

/** A pool as `Adaptive` scales it: its units are jobs, those that wait in the queue too. */
export class PoolScaler implements Scalable {
  readonly shape: WorkerShape
  readonly #pool: Pool
  readonly #all: readonly Pool[]
  readonly #actions: PoolActions

  constructor(pool: Pool, all: readonly Pool[], actions: PoolActions) {
    const { threads, processes, memory } = pool.plan
    this.#pool = pool
    this.#all = all
    this.#actions = actions
    this.shape = { threads: threads * processes, memory, resources: pool.resources }
  }

  get workers(): readonly string[] {
    return this.#pool.book.jobs.map(({ id }) => id)
  }

  async load(): Promise<ClusterLoad> {
    const shapes = this.#all.map((pool) => ({
      name: pool.name,
      memory: Math.floor(pool.plan.memory / pool.plan.processes),
      resources: pool.resources,
      has: (worker: string) => pool.jobOf(worker) !== undefined,
    }))
    return shareDemand(await this.#actions.demand(), shapes).get(this.#pool.name)!
  }

  add(count: number): Promise<void> {
    return this.#actions.add(count)
  }

  retire(ids: readonly string[]): Promise<void> {
    return this.#actions.retire(ids)
  }

  unitOf(worker: string): string {
    return this.#pool.jobOf(worker) ?? worker
  }
}
