import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { ArgumentError, asError, nearest } from '../base/index.js'
import { Adaptive, Cluster, counted } from '../deploy/index.js'
import { ManagerLink } from '../protocol/index.js'
import { timeOf } from './amounts.js'
import { atExit } from './at-exit.js'
import type { ClusterOptions } from './cluster-options.js'
import { type ClusterSize, jobsFor } from './cluster-size.js'
import { type JobAdaptiveOptions, PoolScaler, readAdaptive } from './pool-scaler.js'
import { JobFailed, JobQueueError } from './errors.js'
import type { Job } from './job-book.js'
import { HeldJobs, describeLoss, tookTooMuchMemory } from './job-reports.js'
import { Keeper } from './keeper.js'
import { Leaving } from './leaving.js'
import { Pool, type PoolParts } from './pool.js'
import type { ClusterScheduler } from './scheduler-process.js'
import { prepareLogFolder, removeSharedFolder, warnOfNetworkFolders } from './shared-folder.js'
import { ClusterRecord } from './cluster-record.js'
import { workersOf } from './worker-command.js'

/** What a cluster is made of; `start` of each class puts it together. */
export interface ClusterParts {
  /** the class, for messages */
  readonly name: string
  /** what settings call the engine */
  readonly engine: string
  /** at least one; of several, tasks that may run anywhere are the first one's */
  readonly pools: readonly PoolParts[]
  readonly scheduler: ClusterScheduler
  /** its own folder, that nodes share */
  readonly folder: string
  readonly options: ClusterOptions
}

/** Which of a cluster's pools is meant. */
export interface PoolChoice {
  /** its name; only a cluster that has pools needs it */
  readonly pool?: string
}

const POLL_INTERVAL = 5000
const REPLACEMENTS = 10
/** Milliseconds from the loss of a worker to the question to the engine; twice as long each time that it does not know why yet. */
const SOON = 300

/**
 * A cluster whose workers are jobs of a queue: a scheduler here, and as many jobs as `scale` says, or as `adapt` finds that
 * there is work for. Jobs that end before they are unwanted are replaced or reported. It does not keep the program alive, and
 * ends with it; when the program is killed, jobs end within their `deathTimeout`.
 */
export class JobQueueCluster extends Cluster {
  /** the file by which other programs of this user reach it: `Client.connect({ schedulerFile })` */
  readonly schedulerFile: string
  readonly #parts: ClusterParts
  readonly #pools: readonly Pool[]
  readonly #link: ManagerLink
  readonly #interval: number
  readonly #timer: NodeJS.Timeout
  readonly #changes = new Set<() => void>()
  readonly #adaptive = new Map<Pool, Adaptive>()
  readonly #leaving: Leaving
  readonly #keeper: Keeper
  readonly #held: HeldJobs
  readonly #record: ClusterRecord
  #workers: readonly string[] = []
  #lastFailure: JobFailed | undefined
  /** what submits and cancels, one after the other */
  #scaling: Promise<void> = Promise.resolve()
  #refreshing: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
  #warned = false
  /** the workers that the scheduler was told may come */
  #expected = ''
  /** The program ends and has not closed it: what can be said without waiting is said. */
  readonly #onExit = (): void => {
    for (const { book, engine } of this.#pools) {
      const ids = book.live
      if (ids.length > 0) engine.cancel(ids).catch(() => undefined)
    }
    this.#parts.scheduler.cancelSoon?.()
    rmSync(this.#parts.folder, { recursive: true, force: true })
  }

  /** forgets `#onExit` */
  readonly #forgetExit: () => void

  protected constructor(parts: ClusterParts, link: ManagerLink, pools: readonly Pool[], address: string) {
    const { name, scheduler, options, folder } = parts
    super(address, scheduler.credentials, scheduler.dashboard)
    this.#parts = parts
    this.#pools = pools
    this.#link = link
    this.schedulerFile = scheduler.file
    this.#held = new HeldJobs(name)
    this.#keeper = new Keeper(address, scheduler)
    this.#leaving = new Leaving(link, () => this.#workers)
    this.#record = new ClusterRecord(folder, parts)
    this.#interval = timeOf('pollInterval', options.pollInterval ?? POLL_INTERVAL)
    this.#timer = setInterval(() => void this.refresh().catch((error: unknown) => this.#warn(error)), this.#interval)
    this.#timer.unref()
    this.#forgetExit = atExit(this.#onExit)
  }

  /** Checks what can be checked, and submits the first jobs. What is wrong leaves nothing behind. */
  protected static async open<C extends JobQueueCluster>(
    parts: ClusterParts,
    make: (link: ManagerLink, pools: readonly Pool[], address: string) => C,
  ): Promise<C> {
    const { scheduler, folder, options } = parts
    let cluster: C | undefined
    const link = new ManagerLink(scheduler.addresses, scheduler.credentials, {
      workers: () => void cluster?.takeWorkers().catch((error: unknown) => cluster!.#warn(error)),
      stuck: () => void cluster?.keep().catch((error: unknown) => cluster!.#warn(error)),
    })
    try {
      const pools = parts.pools.map((pool) => new Pool(pool, folder, options.replacements ?? REPLACEMENTS))
      for (const { plan, engine, scriptPath } of pools) {
        if (plan.logDirectory !== undefined) await prepareLogFolder(plan.logDirectory)
        await writeFile(scriptPath, engine.script(), { mode: 0o700 })
        if (options.preflight !== false) await engine.check?.(scriptPath)
      }
      warnOfNetworkFolders(parts.name, pools)
      cluster = make(link, pools, await link.reach())
      if (options.jobs !== undefined)
        await cluster.scale({ jobs: options.jobs }, pools[0]!.name === '' ? {} : { pool: pools[0]!.name })
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
  override get workers(): readonly string[] {
    return this.#workers
  }

  /** The jobs that are wanted and not over, as the engine saw them last: their states, why they wait, their workers. */
  get jobs(): readonly Job[] {
    return this.#pools.flatMap(({ name, book }) => (name === '' ? book.jobs : book.jobs.map((job) => ({ ...job, pool: name }))))
  }

  /** The script that each job runs. */
  jobScript(choice: PoolChoice = {}): string {
    return this.#pool('jobScript', choice).engine.script()
  }

  /**
   * Submits jobs, or cancels some, until there are so many: those that wait first; the workers of others move what they hold to
   * those that stay, and what nobody is left for to a process of this machine, until there are workers again. Resolves when
   * the engine has accepted them; `waitForWorkers` waits for them. The pool is not adaptive from then on.
   *
   * @throws EngineRefused with the engine's own words
   * @example
   * await cluster.scale({ jobs: 2 })
   * await cluster.scale({ cores: 128 })
   * await cluster.scale({ jobs: 1 }, { pool: 'gpu' })
   */
  override scale(size: ClusterSize, choice: PoolChoice = {}): Promise<void> {
    const pool = this.#pool('scale', choice)
    const count = jobsFor('scale', size, pool.plan)
    if (this.closing) return Promise.reject(new JobQueueError(`${this.#parts.name}: it is closed`))
    this.#adaptive.get(pool)?.stop()
    return this.#scale(pool, count)
  }

  /**
   * Has the number of jobs follow what there is to do: jobs that wait in the queue count as if they were there, are never more
   * than `maximumPending`, and are cancelled first; jobs that run stay until fewer have been enough for `cooldown`. `scale` ends it.
   *
   * @throws ArgumentError when the limits cannot be
   * @example
   * const adaptive = cluster.adapt({ minimum: 0, maximum: { jobs: 4 } })
   * adaptive.log // [{ kind: 'up', from: 0, to: 4, reason: '200 tasks of 400 s in all', … }]
   * cluster.adapt({ maximum: { jobs: 1 } }, { pool: 'gpu' })
   */
  override adapt(options: JobAdaptiveOptions = {}, choice: PoolChoice = {}): Adaptive {
    const pool = this.#pool('adapt', choice)
    if (this.closing) throw new JobQueueError(`${this.#parts.name}: it is closed`)
    const read = readAdaptive(options, pool.plan)
    this.#adaptive.get(pool)?.stop()
    const scaler = new PoolScaler(pool, this.#pools, {
      demand: () => this.#link.demand(),
      add: (count) =>
        this.#inTurn(async () => {
          pool.checkFailures()
          pool.book.target += count
          try {
            await this.#tellSizes()
            await this.#submitMissing(pool)
          } catch (error) {
            pool.book.target -= pool.book.missing
            throw error
          }
        }),
      retire: (ids) =>
        this.#inTurn(async () => {
          // Those that hold something leave in their own time.
          const { left } = await this.#remove(pool, pool.book.dismiss(ids))
          left.catch((error: unknown) => this.#warn(error))
        }),
    })
    const adaptive = new Adaptive(scaler, read)
    this.#adaptive.set(pool, adaptive)
    return adaptive
  }

  /**
   * Resolves when there are at least so many workers.
   *
   * @throws JobFailed when so many jobs have failed that there will not be; whatever the signal is aborted with
   */
  async waitForWorkers(count: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { name } = this.#parts
    for (;;) {
      signal?.throwIfAborted()
      if (this.#workers.length >= count) return
      if (this.closing) throw new JobQueueError(`${name}: it is closed`)
      const most = this.#pools.reduce((sum, { mostWorkers }) => sum + mostWorkers, 0)
      if (most < count && ![...this.#adaptive.values()].some(({ stopped }) => !stopped)) {
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

  protected override get summary(): string {
    return `${counted(this.jobs.length, 'job')}, ${counted(this.#workers.length, 'worker')}`
  }

  /** Asks the scheduler which workers there are. */
  protected async takeWorkers(): Promise<void> {
    if (this.closing) return
    const names = await this.#link.workers()
    const gone = this.#workers.some((name) => !names.includes(name))
    this.#workers = names
    for (const pool of this.#pools) pool.takeWorkers(names)
    this.#notify()
    // Perhaps their jobs have ended.
    if (gone) this.#refreshSoon(SOON)
  }

  #pool(what: string, { pool: name }: PoolChoice): Pool {
    const names = this.#pools.map((pool) => pool.name)
    const [only] = this.#pools
    if (names.length === 1 && names[0] === '') {
      if (name === undefined) return only!
      throw new ArgumentError(`${what}: this cluster has no pools, and so none that is called ${JSON.stringify(name)}`)
    }
    const found = this.#pools.find((pool) => pool.name === name)
    if (found) return found
    if (name === undefined) throw new ArgumentError(`${what}: which pool? There are ${names.join(', ')}: { pool: '${names[0]}' }`)
    const near = nearest(name, names)
    throw new ArgumentError(
      `${what}: there is no pool ${JSON.stringify(name)}; ${near ? `did you mean ${near}?` : `there are ${names.join(', ')}`}`,
    )
  }

  async #scale(pool: Pool, count: number): Promise<void> {
    let left: Promise<void> | undefined
    await this.#inTurn(async () => {
      const before = pool.book.target
      pool.book.target = count
      try {
        await this.#tellSizes()
        await this.#submitMissing(pool)
      } catch (error) {
        pool.book.target = Math.min(before, count)
        throw error
      }
      ;({ left } = await this.#remove(pool, pool.book.excess()))
    })
    await left
    if (!this.closing) await this.refresh()
  }

  async #refresh(): Promise<void> {
    if (this.closing) return
    await this.takeWorkers()
    let again = false
    for (const pool of this.#pools) again = (await this.#refreshPool(pool)) || again
    if (this.closing) return
    this.#notify()
    await this.#tellJobs()
    if (again) await this.#inTurn(async () => void (await Promise.all(this.#pools.map((pool) => this.#submitMissing(pool)))))
    this.#warned = false
  }

  /** Those who look at the scheduler see the jobs too. */
  async #tellJobs(): Promise<void> {
    const { jobs } = this
    if (jobs.length === 0) return
    await this.#link.tellJobs(
      this.#parts.name,
      jobs.map(({ id, pool, state, reason, workers, estimatedStart, started, ends }) => {
        const times = { estimatedStart: estimatedStart?.getTime(), started: started?.getTime(), ends: ends?.getTime() }
        return { id, pool, state, reason, workers: workers.length, ...times }
      }),
    )
  }

  /** Gives whether jobs are to be submitted in place of others. */
  async #refreshPool(pool: Pool): Promise<boolean> {
    const ids = pool.book.live
    if (ids.length === 0) return false
    const states = await pool.engine.list(ids)
    if (this.closing) return false
    const lost = pool.book.takeStates(states)
    for (const one of lost) {
      const error = await describeLoss(this.#parts.name, pool.engine, one)
      pool.note(one, error)
      if (!one.replaced) this.#lastFailure = error
      const { onJobFailed } = this.#parts.options
      if (onJobFailed) onJobFailed(error, one.job)
      else if (one.job.state !== 'completed' || !one.joined) process.emitWarning(error.message, 'HeddleJobWarning')
    }
    for (const { job } of lost) await this.#tellEnd(pool, job)
    for (const job of pool.book.jobs) {
      this.#held.take(job)
      // Some engines keep what took too much memory, and do not run it again.
      if (tookTooMuchMemory(job)) await this.#tellEnd(pool, job)
    }
    const { walltime, margin } = pool.plan
    const expiring = margin === undefined ? [] : pool.book.expiring(walltime, margin)
    // Their jobs end with them.
    if (expiring.length > 0) this.#leaving.leave(pool.workersOf(expiring)).catch((error: unknown) => this.#warn(error))
    return expiring.length > 0 || lost.some(({ replaced }) => replaced)
  }

  /** A job that is killed takes its workers and their nannies with it: nobody else could say why they are gone. */
  async #tellEnd({ plan }: Pool, job: Job): Promise<void> {
    if (this.closing) return
    const { id, state, reason, exitCode } = job
    const why = reason === undefined ? '' : ` (${reason})`
    const code = exitCode === undefined ? '' : `, exit code ${exitCode}`
    const text = `was part of the job ${id}, which is over: ${state}${why}${code}`
    await this.#link.tellEnd(workersOf(id, plan.processes), text, tookTooMuchMemory(job))
  }

  /** Engines take a moment to know that a job has ended, longer than its workers take to be gone. */
  #refreshSoon(delay: number): void {
    if (this.#soon || delay >= this.#interval) return
    this.#soon = setTimeout(() => {
      this.#soon = undefined
      this.refresh().then(
        () => {
          if (this.#pools.some(({ book }) => book.bereft)) this.#refreshSoon(2 * delay)
        },
        (error: unknown) => this.#warn(error),
      )
    }, delay).unref()
  }

  async #submitMissing(pool: Pool): Promise<void> {
    if (pool.book.missing === 0 || this.closing) return
    await pool.submitMissing()
    this.#notify()
  }

  /** Cancels jobs without workers now. `left` is kept when those with workers have left. */
  async #remove(pool: Pool, jobs: readonly Job[]): Promise<{ readonly left: Promise<void> }> {
    const idle = jobs.filter(({ workers }) => workers.length === 0)
    const busy = jobs.filter(({ workers }) => workers.length > 0)
    await pool.cancel(idle.map(({ id }) => id))
    if (busy.length === 0) return { left: Promise.resolve() }
    const left = this.#leaving.leave(pool.workersOf(busy)).then(async () => {
      if (!this.closing) await pool.cancel(busy.map(({ id }) => id))
    })
    // Whoever waits for it hears of what goes wrong.
    left.catch(() => undefined)
    return { left }
  }

  /** Workers are to leave, and nobody can take what they hold. */
  protected async keep(): Promise<void> {
    if (this.closing || this.#parts.options.keepResults === false || !this.#leaving.any) return
    await this.#keeper.start()
  }

  /** Tasks that took more memory than there was wait for larger workers only if there are going to be some. */
  async #tellSizes(): Promise<void> {
    const coming = this.#pools.filter((pool) => pool.book.target > 0 || this.#adaptive.get(pool)?.stopped === false)
    const workers = coming.map(({ plan, resources }) => ({ memory: Math.floor(plan.memory / plan.processes), resources }))
    const expected = JSON.stringify(workers)
    if (expected === this.#expected) return
    this.#expected = expected
    await this.#link.expectWorkers(workers)
  }

  /** The engine does not answer at the moment: said once, until it does again. */
  #warn(thrown: unknown): void {
    if (this.#warned || this.closing) return
    this.#warned = true
    process.emitWarning(`${this.#parts.name}: the jobs cannot be looked after: ${asError(thrown).message}`, 'HeddleJobWarning')
  }

  /** Cancels all jobs, and ends the scheduler if it was started here. */
  protected override async end(): Promise<void> {
    const { scheduler, folder } = this.#parts
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    for (const adaptive of this.#adaptive.values()) adaptive.stop()
    this.#forgetExit()
    scheduler.reference(true)
    this.#notify()
    await this.#scaling
    await this.#refreshing?.catch(() => undefined)
    const failures: unknown[] = []
    const attempt = async (work: () => Promise<void>): Promise<void> =>
      work().catch((error: unknown) => void failures.push(error))
    this.#leaving.close()
    await attempt(() => this.#keeper.close())
    await attempt(() => this.#link.close())
    // It tells its workers to go; those whose job is cancelled while it is there would look for a place for what they hold.
    await attempt(() => scheduler.close())
    for (const pool of this.#pools) await attempt(() => pool.cancel(pool.book.live))
    await attempt(() => this.#record.close())
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
    this.#record.update(this.#pools)
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
