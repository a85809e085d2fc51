import { ArgumentError } from '../base/index.js'
import type { ClusterLoad, ManagerLink } from '../protocol/index.js'
import { Cluster, counted } from './cluster.js'
import { Adaptive, type AdaptiveOptions, type Scalable } from './adaptive.js'
import type { RunningScheduler, RunningWorker, WorkerSpec } from './running.js'
import type { WorkerShape } from './scaling-policy.js'

/** How long workers may take to end in order when the cluster closes, in milliseconds. */
const CLOSING = 2000

/** How large a cluster is to be: `{ cores: 64 }` is as many workers as have 64 threads together. */
export type ClusterSize =
  | number
  | { readonly workers: number }
  | { readonly cores: number }
  /** bytes, of all workers together */
  | { readonly memory: number }

/** A worker of a cluster, from when it is asked for to its end. */
interface Member {
  readonly name: string
  readonly spec: WorkerSpec
  readonly unwanted: AbortController
  /** undefined: it is starting */
  running: RunningWorker | undefined
  /** it was told to end */
  leaving: boolean
}

/** A cluster whose workers are started from here, each by its spec: `LocalCluster`, `SpecCluster` and `SSHCluster`. */
export abstract class StartedCluster extends Cluster {
  readonly #scheduler: RunningScheduler
  readonly #spec: WorkerSpec | undefined
  readonly #members: Member[] = []
  readonly #starting = new Set<Promise<void>>()
  #nextWorker = 0
  #adaptive: Adaptive | undefined
  #manager: ManagerLink | undefined

  /** `spec`: the workers that `scale` starts. */
  protected constructor(scheduler: RunningScheduler, spec: WorkerSpec | undefined) {
    super(scheduler.address, scheduler.credentials, scheduler.dashboard)
    this.#scheduler = scheduler
    this.#spec = spec
  }

  /** kept when its scheduler has ended, for whatever reason */
  get ended(): Promise<unknown> {
    return this.#scheduler.ended
  }

  /** the names of its workers, those too that are starting */
  override get workers(): readonly string[] {
    return this.#members.filter(({ leaving }) => !leaving).map(({ name }) => name)
  }

  /**
   * Starts workers, or has some leave after what they hold has been moved, until there are so many. The last ones leave
   * first. An adaptive cluster is not adaptive from then on.
   *
   * @throws what keeps a worker from starting
   */
  override async scale(size: ClusterSize): Promise<void> {
    const count = this.#countFor(size)
    this.#adaptive?.stop()
    const names = this.workers
    await Promise.all([this.#add(count - names.length), this.#retire(names.slice(count))])
  }

  /**
   * Has the number of workers follow what there is to do, from `minimum` to `maximum`: it grows at once, and shrinks when
   * fewer have been enough for a while. Those leave first that are idle and hold least; those that were started by name, as
   * kinds of their own, count but never leave. Results that are held count: they
   * need the memory of workers. `scale` ends it.
   *
   * @example
   * const adaptive = cluster.adapt({ minimum: 0, maximum: 8 })
   */
  override adapt(options: AdaptiveOptions = {}): Adaptive {
    if (this.closing) throw new ArgumentError('adapt: the cluster is closed')
    this.#kind()
    this.#adaptive?.stop()
    return (this.#adaptive = new Adaptive(this.#scalable(), options))
  }

  protected override get summary(): string {
    const { threads } = this.#spec ?? {}
    return `${counted(this.workers.length, 'worker')}${threads === undefined ? '' : ` of ${threads} threads`}`
  }

  /** threads of each of the workers that `scale` starts */
  protected get workerThreads(): number {
    return this.#spec?.threads ?? 1
  }

  /** Starts workers of kinds of their own, by name. */
  protected async start(specs: Readonly<Record<string, WorkerSpec>>): Promise<void> {
    await allOf(Object.entries(specs).map(([name, spec]) => this.#startWorker(name, spec)))
  }

  #scalable(): Scalable {
    const shapeOf = (): WorkerShape => {
      const { threads = 1, memory, resources } = this.#kind()
      return { threads, memory, resources }
    }
    const names = (): readonly string[] => this.workers
    // Nobody could start those again that are of a kind of their own.
    const lasting = (): ReadonlySet<string> =>
      new Set(this.#members.filter(({ spec }) => spec !== this.#spec).map(({ name }) => name))
    return {
      get workers() {
        return names()
      },
      get lasting() {
        return lasting()
      },
      get shape() {
        return shapeOf()
      },
      load: () => this.#load(),
      add: (count) => this.#add(count),
      retire: (leaving) => this.#retire(leaving),
    }
  }

  async #load(): Promise<ClusterLoad> {
    const { ManagerLink } = await import('../protocol/index.js')
    this.#manager ??= new ManagerLink(this.address, this.credentials)
    return this.#manager.load(this.#kind().resources ?? {})
  }

  #kind(): WorkerSpec {
    if (this.#spec) return this.#spec
    throw new ArgumentError('this cluster does not know what workers to start: give it `worker`, the kind of those that come')
  }

  #countFor(size: ClusterSize): number {
    if (typeof size === 'number') return checkCount('scale', size, 0)
    if ('workers' in size) return checkCount('scale: workers', size.workers, 0)
    if ('cores' in size) {
      if (!(size.cores >= 0 && size.cores < Infinity)) throw new ArgumentError(`scale: ${size.cores} is no number of cores`)
      return Math.ceil(size.cores / (this.#kind().threads ?? 1))
    }
    const { memory } = this.#kind()
    if (!(size.memory >= 0 && size.memory < Infinity)) throw new ArgumentError(`scale: ${size.memory} is no number of bytes`)
    if (memory === undefined || memory === Infinity)
      throw new ArgumentError('scale: its workers have no limit of memory, so no number of them has that much: say how many')
    return Math.ceil(size.memory / memory)
  }

  async #add(count: number): Promise<void> {
    if (count <= 0) return
    const spec = this.#kind()
    await allOf(
      Array.from({ length: count }, () => {
        while (this.#members.some(({ name }) => name === String(this.#nextWorker))) this.#nextWorker++
        return this.#startWorker(String(this.#nextWorker++), spec)
      }),
    )
  }

  async #retire(names: readonly string[]): Promise<void> {
    await allOf(
      names.map(async (name) => {
        const member = this.#members.find((one) => one.name === name && !one.leaving)
        if (!member) return
        member.leaving = true
        // One that has not come yet is not waited for.
        member.unwanted.abort()
        member.running?.reference?.(true)
        await member.running?.close()
      }),
    )
  }

  #startWorker(name: string, spec: WorkerSpec): Promise<void> {
    const starting = this.#tryToStart(name, spec).finally(() => this.#starting.delete(starting))
    this.#starting.add(starting)
    return starting
  }

  async #tryToStart(name: string, spec: WorkerSpec): Promise<void> {
    if (this.closing) throw new ArgumentError('the cluster is closed: it starts no workers')
    if (this.#members.some((member) => member.name === name)) throw new ArgumentError(`there is a worker ${name} already`)
    const member: Member = { name, spec, unwanted: new AbortController(), running: undefined, leaving: false }
    this.#members.push(member)
    const gone = (): void => {
      const at = this.#members.indexOf(member)
      if (at >= 0) this.#members.splice(at, 1)
    }
    const { signal } = member.unwanted
    try {
      const { address: scheduler, credentials } = this
      const running = await spec.start({ name, scheduler, credentials, signal })
      member.running = running
      running.ended.then(gone, gone)
      if (!signal.aborted) {
        running.reference?.(false)
        return
      }
      // It came although nobody wanted it any more.
      if (this.closing) running.kill?.()
      await running.close()
    } catch (error) {
      gone()
      if (!signal.aborted) throw error
    }
  }

  protected override async end(): Promise<void> {
    this.#adaptive?.stop()
    this.#scheduler.reference?.(true)
    for (const { running } of this.#members) running?.reference?.(true)
    const members = [...this.#members]
    // The scheduler tells its workers to go, who then tidy up; one that does not is killed.
    const late = setTimeout(() => {
      for (const { running } of members) running?.kill?.()
      this.#scheduler.kill?.()
    }, CLOSING)
    for (const { unwanted } of members) unwanted.abort()
    await this.#manager?.close()
    await this.#scheduler.close()
    await Promise.all(members.map(({ running }) => closed(running)))
    // Whoever waits for them hears of their errors.
    await Promise.allSettled(this.#starting)
    clearTimeout(late)
  }
}

/** The worker is gone: with its scheduler, mostly. */
async function closed(worker: RunningWorker | undefined): Promise<void> {
  await Promise.all([worker?.close(), worker?.ended])
}

/** Waits for all of them, then throws the first error. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

export function checkCount(what: string, count: number, least: number): number {
  if (Number.isInteger(count) && count >= least) return count
  throw new ArgumentError(`${what}: ${count} is no number of them: it must be a whole number, at least ${least}`)
}
