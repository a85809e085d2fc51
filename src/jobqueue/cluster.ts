import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { ArgumentError, asError } from '../base/index.js'
import { type Credentials, linkWithKey } from '../comm/index.js'
import { config } from '../config/index.js'
import { memoryOf, timeOf } from './amounts.js'
import type { ClusterOptions } from './cluster-options.js'
import { type Engine, isOver } from './engine.js'
import { EngineRefused, JobFailed, JobQueueError } from './errors.js'
import { type Job, JobBook, type LostJob } from './job-book.js'
import type { JobPlan } from './job-plan.js'
import { logTail } from './log-tail.js'
import { SchedulerLink } from './scheduler-link.js'
import type { ClusterScheduler } from './scheduler-process.js'
import { prepareLogFolder, removeSharedFolder } from './shared-folder.js'

/** How large a cluster is to be: a number of workers, or so much as whole jobs have. */
export type ClusterSize =
  | number
  | { readonly jobs: number }
  | { readonly workers: number }
  | { readonly cores: number }
  /** with its unit: '2 TB' */
  | { readonly memory: string }

/** What a cluster is made of; `start` of each class puts it together. */
export interface ClusterParts {
  /** the class, for messages */
  readonly name: string
  readonly engine: Engine
  readonly plan: JobPlan
  readonly scheduler: ClusterScheduler
  /** its own folder, that nodes share */
  readonly folder: string
  readonly options: ClusterOptions
}

const POLL_INTERVAL = 5000
const REPLACEMENTS = 10
/** Milliseconds from the loss of a worker to the question to the engine; twice as long each time that it does not know why yet. */
const SOON = 300

/**
 * A cluster whose workers are jobs of a queue: a scheduler here, and as many jobs as `scale` says. Jobs that end before they
 * are unwanted are replaced or reported. It does not keep the program alive, and ends with it; when the program is killed, jobs
 * end within their `deathTimeout`.
 */
export class JobQueueCluster implements AsyncDisposable {
  /** where its scheduler can be reached from here */
  readonly address: string
  readonly credentials: Credentials
  /** where a browser shows what the cluster does, with the key to it; undefined: nowhere, or clients know (`client.dashboardLink`) */
  readonly dashboardLink: string | undefined
  /** the file by which other programs of this user reach it: `Client.connect({ schedulerFile })` */
  readonly schedulerFile: string
  readonly #parts: ClusterParts
  readonly #book: JobBook
  readonly #link: SchedulerLink
  readonly #interval: number
  readonly #timer: NodeJS.Timeout
  readonly #changes = new Set<() => void>()
  #workers: readonly string[] = []
  #lastFailure: JobFailed | undefined
  /** jobs that are held, which has been told */
  readonly #held = new Set<string>()
  /** what submits and cancels, one after the other */
  #scaling: Promise<void> = Promise.resolve()
  #refreshing: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
  #warned = false
  #closing: Promise<void> | undefined
  /** The program ends and has not closed it: what can be said without waiting is said. */
  readonly #onExit = (): void => {
    const ids = this.#book.live
    if (ids.length > 0) this.#parts.engine.cancel(ids).catch(() => undefined)
    rmSync(this.#parts.folder, { recursive: true, force: true })
  }

  protected constructor(parts: ClusterParts, link: SchedulerLink, address: string) {
    const { scheduler, options } = parts
    this.#parts = parts
    this.#link = link
    this.address = address
    this.credentials = scheduler.credentials
    this.dashboardLink = scheduler.dashboard && linkWithKey(scheduler.dashboard, scheduler.credentials)
    this.schedulerFile = scheduler.file
    this.#book = new JobBook(options.replacements ?? REPLACEMENTS)
    link.onWorkers = () => void this.#takeWorkers().catch((error: unknown) => this.#warn(error))
    this.#interval = timeOf('pollInterval', options.pollInterval ?? POLL_INTERVAL)
    this.#timer = setInterval(() => void this.refresh().catch((error: unknown) => this.#warn(error)), this.#interval)
    this.#timer.unref()
    process.once('exit', this.#onExit)
  }

  /** Checks what can be checked, and submits the first jobs. What is wrong leaves nothing behind. */
  protected static async open<C extends JobQueueCluster>(
    parts: ClusterParts,
    make: (link: SchedulerLink, address: string) => C,
  ): Promise<C> {
    const { engine, plan, scheduler, folder, options } = parts
    const link = new SchedulerLink(scheduler.addresses, scheduler.credentials)
    let cluster: C | undefined
    try {
      if (plan.logDirectory !== undefined) await prepareLogFolder(plan.logDirectory)
      await writeFile(join(folder, 'job.sh'), engine.script(), { mode: 0o700 })
      if (options.preflight !== false) await engine.check?.()
      cluster = make(link, await link.reach())
      if (options.jobs !== undefined) await cluster.scale({ jobs: options.jobs })
      return cluster
    } catch (error) {
      if (cluster) await cluster.close()
      else {
        await link.close()
        await scheduler.close()
        await removeSharedFolder(folder)
      }
      throw error
    }
  }

  /** the names of the workers that have joined */
  get workers(): readonly string[] {
    return this.#workers
  }

  /** The jobs that are wanted and not over, as the engine saw them last: their states, why they wait, their workers. */
  get jobs(): readonly Job[] {
    return this.#book.jobs
  }

  /** The script that each job runs. */
  jobScript(): string {
    return this.#parts.engine.script()
  }

  /**
   * Submits jobs, or cancels some, until there are so many: those that wait first; the workers of others move what they hold to
   * those that stay. Resolves when the engine has accepted them; `waitForWorkers` waits for them.
   *
   * @throws EngineRefused with the engine's own words
   * @example
   * await cluster.scale({ jobs: 2 })
   * await cluster.scale({ cores: 128 })
   */
  scale(size: ClusterSize): Promise<void> {
    const count = this.#jobsFor(size)
    if (this.#closing) return Promise.reject(new JobQueueError(`${this.#parts.name}: it is closed`))
    return this.#inTurn(async () => {
      const before = this.#book.target
      this.#book.target = count
      try {
        await this.#submitMissing()
      } catch (error) {
        this.#book.target = Math.min(before, count)
        throw error
      }
      await this.#removeExcess()
    })
  }

  /**
   * Resolves when there are at least so many workers.
   *
   * @throws JobFailed when so many jobs have failed that there will not be; whatever the signal is aborted with
   */
  async waitForWorkers(count: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { name, plan } = this.#parts
    for (;;) {
      signal?.throwIfAborted()
      if (this.#workers.length >= count) return
      if (this.#closing) throw new JobQueueError(`${name}: it is closed`)
      const most = this.#book.target * plan.processes
      if (most < count) {
        throw new JobFailed(
          `${this.#workers.length} of ${count} workers are there, and ${most} is all that the cluster has jobs for` +
            (this.#lastFailure ? `: ${this.#lastFailure.message}` : '; scale it first'),
          { cause: this.#lastFailure },
        )
      }
      await this.#changed(signal)
    }
  }

  /** Asks the engine and the scheduler now, rather than after `pollInterval`. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  /** Cancels all jobs, and ends the scheduler if it was started here. Results that are still there are lost. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [inspect.custom](): string {
    const { length } = this.#book.jobs
    const workers = `${this.#workers.length} ${this.#workers.length === 1 ? 'worker' : 'workers'}`
    return `${this.#parts.name} { ${this.address}, ${length} ${length === 1 ? 'job' : 'jobs'}, ${workers} }`
  }

  #jobsFor(size: ClusterSize): number {
    const { cores, memory, processes } = this.#parts.plan
    if (typeof size === 'number') return Math.ceil(checkCount('workers', size) / processes)
    if ('jobs' in size) return checkCount('jobs', size.jobs)
    if ('workers' in size) return Math.ceil(checkCount('workers', size.workers) / processes)
    if ('cores' in size) return Math.ceil(checkCount('cores', size.cores) / cores)
    return Math.ceil(memoryOf('scale: memory', size.memory) / memory)
  }

  async #refresh(): Promise<void> {
    if (this.#closing) return
    await this.#takeWorkers()
    const ids = this.#book.live
    if (ids.length === 0) return
    const states = await this.#parts.engine.list(ids)
    if (this.#closing) return
    const lost = this.#book.takeStates(states)
    for (const one of lost) await this.#tell(one)
    for (const job of this.#book.jobs) this.#tellHeld(job)
    this.#notify()
    if (lost.some(({ replaced }) => replaced)) await this.#inTurn(() => this.#submitMissing())
    this.#warned = false
  }

  async #takeWorkers(): Promise<void> {
    if (this.#closing) return
    const names = await this.#link.workers()
    const gone = this.#workers.some((name) => !names.includes(name))
    this.#workers = names
    this.#book.takeWorkers(names)
    this.#notify()
    // Perhaps their jobs have ended.
    if (gone) this.#refreshSoon(SOON)
  }

  /** Engines take a moment to know that a job has ended, longer than its workers take to be gone. */
  #refreshSoon(delay: number): void {
    if (this.#soon || delay >= this.#interval) return
    this.#soon = setTimeout(() => {
      this.#soon = undefined
      this.refresh().then(
        () => {
          if (this.#book.bereft) this.#refreshSoon(2 * delay)
        },
        (error: unknown) => this.#warn(error),
      )
    }, delay).unref()
  }

  async #submitMissing(): Promise<void> {
    const { missing } = this.#book
    if (missing === 0 || this.#closing) return
    this.#book.add(await this.#parts.engine.submit(join(this.#parts.folder, 'job.sh'), missing))
    this.#notify()
  }

  async #removeExcess(): Promise<void> {
    const excess = this.#book.excess()
    if (excess.length === 0) return
    const idle = excess.filter(({ workers }) => workers.length === 0)
    const busy = excess.filter(({ workers }) => workers.length > 0)
    if (idle.length > 0) await this.#cancel(idle.map(({ id }) => id))
    if (busy.length > 0) {
      await this.#retire(busy.flatMap(({ workers }) => workers))
      await this.#cancel(busy.map(({ id }) => id))
    }
    await this.refresh()
  }

  /** Some engines refuse to cancel what is over already, in words of their own, or in none. */
  async #cancel(ids: readonly string[]): Promise<void> {
    const { engine } = this.#parts
    try {
      await engine.cancel(ids)
    } catch (error) {
      if (!(error instanceof EngineRefused)) throw error
      const states = await engine.list(ids)
      if (states.some(({ state }) => !isOver(state))) throw error
    }
  }

  /** Resolves when these workers have left, or have had as long as any worker has to end. */
  async #retire(names: readonly string[]): Promise<void> {
    await this.#link.retire(names)
    const late = AbortSignal.timeout(config.get('nanny.gracePeriod'))
    while (this.#workers.some((name) => names.includes(name)) && !late.aborted && !this.#closing) {
      await this.#changed(late).catch(() => undefined)
    }
  }

  async #tell({ job, joined, replaced }: LostJob): Promise<void> {
    const { name, engine, options } = this.#parts
    const how = job.reason === undefined ? '' : ` (${job.reason})`
    const code = job.exitCode === undefined ? '' : `, exit code ${job.exitCode}`
    const after = joined ? '' : ' before any of its workers had joined'
    const then = replaced ? 'another one takes its place' : 'it is not replaced'
    const ended = job.state === 'unknown' ? 'is gone' : job.state === 'completed' ? 'has ended' : `was ${job.state}`
    const tail = job.state === 'completed' && joined ? '' : await logTail(engine.logFiles(job.id))
    const error = new JobFailed(
      `${name}: the job ${job.id} ${job.state === 'failed' ? 'has failed' : ended}${how}${code}${after}; ${then}${tail}`,
    )
    if (!replaced) this.#lastFailure = error
    if (options.onJobFailed) options.onJobFailed(error, job)
    else if (job.state !== 'completed' || !joined) process.emitWarning(error.message, 'HeddleJobWarning')
  }

  /** Once for each job that will not start unless somebody does something. */
  #tellHeld({ id, state, reason }: Job): void {
    if (state !== 'held') this.#held.delete(id)
    else if (!this.#held.has(id)) {
      this.#held.add(id)
      const why = reason === undefined ? '' : ` (${reason})`
      process.emitWarning(`${this.#parts.name}: the job ${id} is held${why}: it does not start by itself`, 'HeddleJobWarning')
    }
  }

  /** The engine does not answer at the moment: said once, until it does again. */
  #warn(thrown: unknown): void {
    if (this.#warned || this.#closing) return
    this.#warned = true
    process.emitWarning(`${this.#parts.name}: the jobs cannot be looked after: ${asError(thrown).message}`, 'HeddleJobWarning')
  }

  async #close(): Promise<void> {
    const { scheduler, folder } = this.#parts
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    process.off('exit', this.#onExit)
    scheduler.reference(true)
    this.#notify()
    await this.#scaling
    await this.#refreshing?.catch(() => undefined)
    const failures: unknown[] = []
    const attempt = async (work: () => Promise<void>): Promise<void> =>
      work().catch((error: unknown) => void failures.push(error))
    await attempt(() => this.#link.close())
    // It tells its workers to go; those whose job is cancelled while it is there would look for a place for what they hold.
    await attempt(() => scheduler.close())
    const ids = this.#book.live
    if (ids.length > 0) await attempt(() => this.#cancel(ids))
    await attempt(() => removeSharedFolder(folder))
    if (failures.length > 0) throw failures[0]
  }

  /** Runs what changes the jobs after what is doing so already. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#scaling.then(work)
    this.#scaling = done.catch(() => undefined)
    return done
  }

  #notify(): void {
    for (const wake of this.#changes) wake()
  }

  #changed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#changes.delete(wake)
        signal?.removeEventListener('abort', abort)
        if (this.#changes.size === 0) this.#timer.unref()
      }
      const wake = (): void => {
        end()
        resolve()
      }
      const abort = (): void => {
        end()
        reject(asError(signal?.reason))
      }
      this.#changes.add(wake)
      signal?.addEventListener('abort', abort)
      // Whoever waits for something of the cluster wants the program to stay.
      this.#timer.ref()
    })
  }
}

function checkCount(what: string, count: number): number {
  if (Number.isInteger(count) && count >= 0) return count
  throw new ArgumentError(`scale: ${what}: ${count} is no number of them: it must be a whole number, at least 0`)
}
