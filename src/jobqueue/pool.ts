import { join } from 'node:path'
import { type Clock, formatDuration, systemClock } from '../base/index.js'
import { type Engine, isOver } from './engine.js'
import { EngineRefused, JobFailed } from './errors.js'
import { type Job, JobBook, type LostJob } from './job-book.js'
import type { JobPlan } from './job-plan.js'
import { isWorkerOf } from './worker-command.js'

/** One kind of jobs of a cluster. */
export interface PoolParts {
  /** what `annotate({ pool })` calls it; empty: the cluster has no pools */
  readonly name: string
  readonly engine: Engine
  readonly plan: JobPlan
  /** what each of its workers has of named resources */
  readonly resources: Readonly<Record<string, number>>
  /** where its workers put what does not fit into memory, as sh reads it; undefined: temporary files */
  readonly localDirectory?: string | undefined
}

/** Jobs that fail one after the other before any worker joins: so long none is submitted by itself, in seconds, twice as long each time. */
const FIRST_PAUSE = 10
const LONGEST_PAUSE = 600

/** The jobs of one kind: how many there are to be, and what the engine is told so that there are. */
export class Pool {
  readonly name: string
  readonly engine: Engine
  readonly plan: JobPlan
  readonly resources: Readonly<Record<string, number>>
  readonly localDirectory: string | undefined
  readonly book: JobBook
  readonly #scriptPath: string
  readonly #clock: Clock
  /** jobs that failed one after the other */
  #failures = 0
  #notBefore = -Infinity
  #lastFailure: JobFailed | undefined

  constructor(
    { name, engine, plan, resources, localDirectory }: PoolParts,
    folder: string,
    replacements: number,
    clock: Clock = systemClock,
  ) {
    this.name = name
    this.engine = engine
    this.plan = plan
    this.resources = resources
    this.localDirectory = localDirectory
    this.book = new JobBook(replacements, clock)
    this.#scriptPath = join(folder, name === '' ? 'job.sh' : `job-${name}.sh`)
    this.#clock = clock
  }

  /** what its engine runs */
  get scriptPath(): string {
    return this.#scriptPath
  }

  /** the most workers that there can be */
  get mostWorkers(): number {
    return this.book.target * this.plan.processes
  }

  /** the job that a worker belongs to; undefined: another pool's */
  jobOf(worker: string): string | undefined {
    return this.book.live.find((id) => isWorkerOf(worker, id))
  }

  /** Submits so many jobs as are missing. */
  async submitMissing(): Promise<void> {
    const { missing } = this.book
    if (missing > 0) this.book.add(await this.engine.submit(this.#scriptPath, missing))
  }

  /** @throws JobFailed when jobs fail as soon as they start: no further ones are to be submitted for a while */
  checkFailures(): void {
    const wait = this.#notBefore - this.#clock.now()
    if (wait <= 0) return
    const times = this.#failures === 1 ? 'a job has' : `${this.#failures} jobs in a row have`
    throw new JobFailed(
      `${times} failed before any worker had joined: the next one is submitted in ${formatDuration(Math.ceil(wait) * 1000)}; ` +
        (this.#lastFailure?.message ?? ''),
      { cause: this.#lastFailure },
    )
  }

  /** What has become of a job that was lost. */
  note({ joined, replaced }: LostJob, error: JobFailed): void {
    if (joined || replaced) return
    this.#lastFailure = error
    this.#notBefore = this.#clock.now() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures)
    this.#failures++
  }

  /** Workers of it have joined: jobs can succeed. */
  takeWorkers(names: readonly string[]): void {
    this.book.takeWorkers(names)
    if (!this.book.jobs.some(({ workers }) => workers.length > 0)) return
    this.#failures = 0
    this.#notBefore = -Infinity
  }

  /** Those of some jobs whose workers are still there. */
  workersOf(jobs: readonly Job[]): string[] {
    return jobs.flatMap(({ workers }) => workers)
  }

  /** Some engines refuse to cancel what is over already, in words of their own, or in none. */
  async cancel(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    try {
      await this.engine.cancel(ids)
    } catch (error) {
      if (!(error instanceof EngineRefused)) throw error
      const states = await this.engine.list(ids)
      if (states.some(({ state }) => !isOver(state))) throw error
    }
  }
}
