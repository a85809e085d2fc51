import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { inspect } from 'node:util'
import type { Actor, ActorArguments } from '../actors/index.js'
import { ArgumentError, asError, loadNow } from '../base/index.js'
import { ConnectError, ConnectTimeout, type Credentials } from '../comm/index.js'
import { config } from '../config/index.js'
import { type Computed, type Lazy, type Lift, delayed } from '../delayed/index.js'
import type { EventLog } from '../events/index.js'
import { type Executor, HeldValue, type RunOptions, useByDefault } from '../executor/index.js'
import { type Collection, type Expression, LazyCollection, annotate } from '../expr/index.js'
import type { Annotations, Graph } from '../graph/index.js'
import type { ClusterLoad } from '../protocol/index.js'
import type { NannyPlugin, PluginKind, SchedulerPlugin, WorkerPlugin } from '../plugins/index.js'
import { decode, encode, prepare } from '../transfer/index.js'
import type { CallProfile, ProfileOptions, StartProfileOptions } from './call-profile.js'
import { type SchedulerDescription, type WorkerDescription, describeWorkers } from './cluster-info.js'
import { type ExpiredLease, leaseExpired } from './coordination/lease.js'
import type { ClientCore } from './core.js'
import { WaitTimeout } from './errors.js'
import { Future } from './future.js'
import { futuresOf } from './futures-of.js'
import { openClients } from './open-clients.js'
import { setCore } from './owners.js'
import type { PluginOptions } from './plugins.js'
import type { Story } from './story.js'
import type { Target } from './target.js'
import type { TaskMetadata } from './task-context.js'
import type { TaskRun, TaskStreamOptions } from './task-stream.js'
import { type TopicEvent, type TopicHandler, Topics } from './topics.js'
import type { UploadDirectoryOptions } from './upload-directory.js'
import type { ClusterVersions, VersionsOptions } from './versions.js'

/** How tasks that a client submits are to be run. */
export interface TaskOptions extends Annotations {
  /** equal calls with equal arguments are computed once; false unless told */
  readonly pure?: boolean
  /** what people read in progress bars and errors; the function's name unless told */
  readonly label?: string
}

/** How a client connects. */
export interface ConnectOptions {
  /** the token and the certificates of the cluster, where the target does not say them */
  readonly security?: Credentials | undefined
  /** what people know it by */
  readonly name?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** milliseconds until connecting is given up; the setting `comm.connectTimeout` unless told */
  readonly timeout?: number | undefined
  /** whether collections are computed on it when nobody says where; true unless told */
  readonly setAsDefault?: boolean | undefined
}

export interface ClientOptions extends Omit<ConnectOptions, 'security'> {
  readonly address: string
  readonly credentials: Credentials
}

/** Futures and persisted collections, one or several. */
export type Held = Future<unknown> | Collection<unknown> | readonly (Future<unknown> | Collection<unknown>)[]

/** A scheduler and what it lets its clients do, with one's own options. */
type Shared = { readonly core: ClientCore; readonly topics: Topics }

/**
 * A program's connection to a cluster. Collections are computed on it; `submit` and `map` run functions at once and give
 * futures.
 *
 * @example
 * const client = await Client.connect(cluster)
 * const squares = client.map((x: number) => x * x, [1, 2, 3])
 * console.log(await client.gather(squares)) // [1, 4, 9]
 * await client.close()
 */
export class Client implements Executor {
  readonly name: string
  readonly isolated = true
  readonly log: EventLog
  readonly #core: ClientCore
  readonly #topics: Topics
  readonly #options: TaskOptions

  private constructor({ core, topics }: Shared, options: TaskOptions, log: EventLog) {
    this.#core = core
    this.#topics = topics
    this.#options = options
    this.log = log
    this.name = core.name
    setCore(this, core)
  }

  /**
   * Connects to a cluster: something that has an address and credentials, as a `LocalCluster` has; an address, with the
   * token in `security`; `{ schedulerFile }`; or `{ workers, threadsPerWorker, memoryLimit }`, which starts a cluster on this
   * machine that ends with the client.
   *
   * @throws ConnectError, ConnectTimeout, AuthenticationError, VersionMismatch, CertificateError, SchedulerFileError
   * @example
   * const client = await Client.connect({ workers: 2, threadsPerWorker: 2 })
   */
  static async connect(target: Target, { security, ...options }: ConnectOptions = {}): Promise<Client> {
    const { resolveTarget } = await import('./target.js')
    const { addresses, credentials, close } = await resolveTarget(target, security)
    try {
      const client = await openFirst(addresses, credentials, options)
      if (close) client.#core.onEnd(close)
      return client
    } catch (error) {
      await close?.()
      throw error
    }
  }

  /** Connects to the scheduler at an address; `connect` knows more. */
  static async open({ address, credentials, setAsDefault = true, ...options }: ClientOptions): Promise<Client> {
    const { name = `client-${process.pid}`, signal, timeout } = options
    const topics = new Topics()
    // Most of the client is not needed by programs that stay on one machine.
    const { ClientCore } = await import('./core.js')
    const core = new ClientCore({
      address,
      credentials,
      name,
      signal,
      timeout,
      answers: { ...topics.answers, leaseExpired: (expired: ExpiredLease) => leaseExpired(core, expired) },
    })
    const client = new Client({ core, topics }, {}, core.log)
    await core.open(client)
    openClients.push(client)
    const endDefault = setAsDefault ? useByDefault(client) : undefined
    core.onEnd(() => {
      openClients.splice(openClients.indexOf(client), 1)
      endDefault?.()
    })
    return client
  }

  /** threads of all workers */
  get concurrency(): number {
    return this.#core.threads
  }

  /** where its scheduler is */
  get address(): string {
    return this.#core.address
  }

  /**
   * Where a browser shows what the cluster does: an address with the key to it, which is for this cluster's user only.
   * Undefined when the setting `dashboard.enabled` says that there is to be none.
   *
   * @example
   * console.log(client.dashboardLink) // http://127.0.0.1:8787/?key=…
   */
  get dashboardLink(): string | undefined {
    return this.#core.dashboardLink
  }

  /**
   * The same client, whose tasks are run as `options` say: where, with which priority, how often again. With
   * `{ actor: true }`, `submit` and `map` make actors of a class, as `actor` does.
   */
  with(options: TaskOptions & { readonly actor: true }): ActorClient
  with(options: TaskOptions): Client
  with(options: TaskOptions): unknown {
    return new Client({ core: this.#core, topics: this.#topics }, { ...this.#options, ...options }, this.log)
  }

  // ---- functions

  /**
   * Runs a function on the cluster, now. Futures among the arguments, also inside arrays and objects, are its inputs:
   * it is called with their values.
   *
   * @example
   * const total = client.submit((a, b) => a + b, client.submit(load, 'a.csv'), 1)
   */
  submit<A extends readonly unknown[], R>(
    fn: (...args: { [K in keyof A]: Computed<A[K]> }) => R,
    ...args: A
  ): Future<Awaited<R>> {
    if (this.#options.actor) return this.#actor(fn as unknown as AnyClass, args) as Future<Awaited<R>>
    const call = this.#caller(fn as (...args: never[]) => unknown)
    return this.#core.submit(call(args)) as Future<Awaited<R>>
  }

  /**
   * Runs a function for each item, or for the first items of several iterables, the second ones, …, now. Items may be
   * futures.
   *
   * @example
   * const squares = client.map((x) => x * x, [1, 2, 3])
   */
  map<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...inputs: { [K in keyof A]: Iterable<A[K] | Lazy<A[K]>> }
  ): Future<Awaited<R>>[] {
    const { actor } = this.#options
    const call = actor ? undefined : this.#caller(fn as (...args: never[]) => unknown)
    const columns = (inputs as readonly Iterable<unknown>[]).map((input) => (Array.isArray(input) ? input : [...input]))
    if (columns.length === 0) throw new ArgumentError('map: what is the function to be called for? Give at least one iterable')
    const length = Math.min(...columns.map((column) => column.length))
    const only = columns[0] as readonly unknown[]
    const futures = new Array<Future<unknown>>(length)
    for (let i = 0; i < length; i++) {
      const args = columns.length === 1 ? [only[i]] : columns.map((column) => column[i] as unknown)
      futures[i] = call ? this.#core.submit(call(args)) : this.#actor(fn as unknown as AnyClass, args)
    }
    return futures as Future<Awaited<R>>[]
  }

  /**
   * Has a worker make an object of a class, which stays there and keeps its state. Awaiting the future gives an `Actor`,
   * whose methods and properties are those of the object and answer with promises. See `Actor` for how calls are ordered,
   * and how long it lives.
   *
   * @example
   * class Counter { n = 0; add(by: number) { return (this.n += by) } }
   * const counter = await client.actor(Counter)
   * console.log(await counter.add(2)) // 2
   */
  actor<C extends AnyClass>(type: C, ...args: ActorArguments<C>): Future<Actor<InstanceType<C>>> {
    return this.#actor(type, args) as Future<Actor<InstanceType<C>>>
  }

  /**
   * The values of futures and collections, and of those inside arrays and objects.
   *
   * @throws the first error among them
   */
  async gather<const T>(x: T, { signal }: { signal?: AbortSignal } = {}): Promise<Computed<T>> {
    const core = this.#core
    const { gather } = loadNow(import.meta.url, './gather.js') as typeof import('./gather.js')
    const values = await gather(x, {
      collection: (collection) => collection.compute({ executor: this, signal }),
      futures: async (futures) => {
        if (futures.every((future) => future.owner === core)) return core.gather(heldBy(futures), signal)
        return Promise.all(futures.map((future) => future.result(signal ? { signal } : {})))
      },
    })
    return values as Computed<T>
  }

  /** Computes a collection on this cluster. */
  compute<R>(collection: Collection<R>, options: RunOptions = {}): Promise<R> {
    return this.#annotated(() => collection.compute({ ...options, executor: this }))
  }

  // ---- data

  /**
   * Puts a value on a worker, or on all of them (`broadcast`), straight from here. Use it for what many calls need.
   *
   * @example
   * const table = client.scatter(bigTable, { broadcast: true })
   * const found = client.map((key) => table.get(key), keys)      // a closure that captures a future gets its value
   */
  scatter<T>(value: T, { broadcast = false }: { broadcast?: boolean } = {}): Future<T> {
    const { workers, label } = this.#options
    const { scatter } = loadNow(import.meta.url, './scatter.js') as typeof import('./scatter.js')
    return scatter(this.#core, value, { broadcast, workers, label })
  }

  /** Sees to it that results are on so many workers, or on those workers, so that their loss costs nothing. Waits for them. */
  async replicate(
    held: Held,
    { copies, workers, signal }: { copies?: number; workers?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<void> {
    const core = this.#core
    const values = this.#heldBy(held)
    await core.inMemory(values, signal)
    await core.ask('replicate', { tasks: await core.namesOf(values), copies, workers })
  }

  /** Moves results from workers that hold many bytes to those that hold few. Gives how many have been moved. */
  async rebalance(): Promise<number> {
    return (await this.#core.ask('rebalance')) as number
  }

  /** The names of the workers that have the results, by key. */
  async whoHas(held: Held): Promise<Map<string, string[]>> {
    const values = this.#heldBy(held)
    const holders = (await this.#core.ask('whoHas', await this.#core.namesOf(values))) as string[][]
    return new Map(values.map(({ key }, i) => [key, holders[i]!]))
  }

  /** The keys of the results that workers have, by name of the worker; of all workers unless told. */
  async hasWhat(workers?: readonly string[]): Promise<Map<string, string[]>> {
    return new Map((await this.#core.ask('hasWhat', { workers })) as [string, string[]][])
  }

  /** Gives up the tasks of results, for everybody who wants them. What others need them for is computed all the same. */
  async cancel(held: Held): Promise<void> {
    await this.#core.cancel(this.#heldBy(held))
  }

  /** Has tasks that failed run again, and those that failed before them. */
  async retry(held: Held): Promise<void> {
    await this.#core.retry(this.#heldBy(held))
  }

  /**
   * Publishes futures, collections, or a structure of them under a name, for other clients. The cluster keeps the values
   * until they are unpublished; what is lazy is persisted.
   *
   * @throws DatasetError when there is a dataset of the name, unless told to `overwrite`
   * @example
   * await client.publishDataset('words', words.persist())
   */
  async publishDataset(name: string, thing: object, { overwrite = false }: { overwrite?: boolean } = {}): Promise<void> {
    await datasets().publish(this.#core, name, thing, overwrite)
  }

  /**
   * What was published under a name: the same type of thing, in a box, because a promise of a future would be one of its
   * value.
   *
   * @throws DatasetError when there is none
   * @example
   * const { value: words } = await client.getDataset<Bag<string>>('words')
   */
  async getDataset<T = unknown>(name: string): Promise<Published<T>> {
    return (await datasets().getDataset(this.#core, name)) as Published<T>
  }

  async listDatasets(): Promise<string[]> {
    return (await this.#core.ask('listDatasets')) as string[]
  }

  /** Lets a dataset go; those who have got it keep it. */
  async unpublishDataset(name: string): Promise<void> {
    await datasets().askAbout(this.#core, 'unpublish', name)
  }

  // ---- the cluster

  /** The workers that there are. */
  async workers(): Promise<WorkerDescription[]> {
    return describeWorkers(await this.#core.ask('workers'))
  }

  /** How many tasks each worker runs at once, by name. */
  async ncores(): Promise<Map<string, number>> {
    return new Map((await this.workers()).map(({ name, threads }) => [name, threads]))
  }

  /** The scheduler, and what it serves. */
  async schedulerInfo(): Promise<SchedulerDescription> {
    const [{ id, graphs, clients }, workers] = (await Promise.all([this.#core.ask('identity'), this.workers()])) as [
      { id: string; graphs: number; clients: string[] },
      WorkerDescription[],
    ]
    return { id, address: this.address, graphs, clients, workers }
  }

  /**
   * What there is to do, and on which workers: what `Adaptive` goes by. `resources`: those of a worker that could be started;
   * tasks that it could run count even if no worker there is can.
   */
  async load(resources: Readonly<Record<string, number>> = {}): Promise<ClusterLoad> {
    return (await this.#core.ask('load', { resources })) as ClusterLoad
  }

  /**
   * Resolves when there are at least so many workers.
   *
   * @throws WaitTimeout when there are not after `timeout` milliseconds (for ever unless told)
   */
  async waitForWorkers(count: number, { timeout, signal }: { timeout?: number; signal?: AbortSignal } = {}): Promise<void> {
    const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
    const either = late && signal ? AbortSignal.any([late, signal]) : (late ?? signal)
    let there = 0
    try {
      for (;;) {
        either?.throwIfAborted()
        const { workersVersion } = this.#core
        there = (await this.workers()).length
        if (there >= count) return
        await this.#core.workersChange(workersVersion, either)
      }
    } catch (error) {
      if (!late?.aborted || signal?.aborted) throw error
      const found = `${there} of ${count} workers have joined the scheduler at ${this.address}`
      throw new WaitTimeout(`${found} within ${timeout! / 1000} s: do the others find it, and do they know its token?`)
    }
  }

  /**
   * Calls a function on every worker, in its main thread, and gives what it returned by the worker's name. On some of them:
   * `client.with({ workers }).run(…)`.
   *
   * @throws RemoteError when it fails on one
   * @example
   * const pids = await client.run(() => process.pid)
   */
  async run<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Map<string, Awaited<R>>>
  async run(graph: Graph, wanted: Int32Array, options?: RunOptions): Promise<unknown[]>
  async run(what: Graph | ((...args: never[]) => unknown), ...rest: unknown[]): Promise<unknown> {
    if (typeof what !== 'function') return this.#core.compute(what, rest[0] as Int32Array, rest[1] as RunOptions | undefined)
    const { workers } = this.#options
    const results = (await this.#core.ask('runOnWorkers', { payload: callPayload(what, rest), workers })) as [
      string,
      Uint8Array,
    ][]
    return new Map(await Promise.all(results.map(async ([name, bytes]) => [name, await opened(bytes)] as const)))
  }

  /** Calls a function in the scheduler's process. */
  async runOnScheduler<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return (await opened((await this.#core.ask('runOnScheduler', callPayload(fn, args))) as Uint8Array)) as Awaited<R>
  }

  /**
   * Brings a file to all workers, also those that come later. Tasks import it with `uploaded(name)`, or open
   * `uploadedFile(name)`.
   */
  async uploadFile(path: string): Promise<void> {
    await this.#core.ask('uploadFile', { name: basename(path), bytes: new Uint8Array(await readFile(path)) })
  }

  /**
   * Brings a directory to all workers, also those that come later; it replaces one of the same name. Tasks import modules of
   * it with `uploaded('name/module.mjs')`, or open `uploadedFile('name/data.csv')`.
   *
   * @throws ArgumentError when it is larger than the setting `transfer.uploadLimit` allows
   * @example
   * await client.uploadDirectory('./model', { skip: (path) => path.endsWith('.log') })
   */
  async uploadDirectory(path: string, options: UploadDirectoryOptions = {}): Promise<void> {
    const { packDirectory } = await import('./upload-directory.js')
    await this.#core.ask('uploadFile', { ...(await packDirectory(path, options)), directory: true })
  }

  /**
   * The versions of Node, of Heddle and of the packages that this program depends on, here, on the scheduler and on all
   * workers.
   *
   * @throws PackageMismatch, if told to `check`, when they are not the same: its message is a table of what differs
   * @example
   * await client.versions({ check: true })
   */
  async versions(options: VersionsOptions = {}): Promise<ClusterVersions> {
    const { clusterVersions } = await import('./versions.js')
    return clusterVersions(this.#core, options)
  }

  /**
   * Has a plugin run in the scheduler, on every worker, or beside every nanny, also those that come later; it goes there by
   * value. It stays when the client leaves. Gives its name; one of the same name is replaced.
   *
   * @throws PluginError when it could not be set up: it is then registered nowhere
   * @example
   * await client.registerPlugin({ setup: (worker) => console.log(`hello from ${worker.name}`) }, { on: 'worker', name: 'hello' })
   */
  async registerPlugin(plugin: SchedulerPlugin, options: PluginOptions & { readonly on: 'scheduler' }): Promise<string>
  async registerPlugin(plugin: WorkerPlugin, options: PluginOptions & { readonly on: 'worker' }): Promise<string>
  async registerPlugin(plugin: NannyPlugin, options: PluginOptions & { readonly on: 'nanny' }): Promise<string>
  async registerPlugin(plugin: SchedulerPlugin | WorkerPlugin | NannyPlugin, options?: PluginOptions): Promise<string>
  async registerPlugin(plugin: SchedulerPlugin | WorkerPlugin | NannyPlugin, options: PluginOptions = {}): Promise<string> {
    const plugins = await import('./plugins.js')
    return plugins.registerPlugin(this.#core, plugin, options)
  }

  /**
   * Takes a plugin down, everywhere.
   *
   * @throws ArgumentError when there is none of that name; PluginError when it throws
   */
  async unregisterPlugin(name: string): Promise<void> {
    const plugins = await import('./plugins.js')
    await plugins.unregisterPlugin(this.#core, name)
  }

  /** The plugins that are registered, by name. */
  async listPlugins(): Promise<Map<string, PluginKind>> {
    const plugins = (await this.#core.ask('listPlugins')) as { name: string; kind: PluginKind }[]
    return new Map(plugins.map(({ name, kind }) => [name, kind]))
  }

  /**
   * Has the cluster forget everything, for everybody: futures become cancelled, datasets are gone. Workers that have a nanny
   * are started again; resolves when they are back.
   *
   * @throws WaitTimeout when they are not back in time (milliseconds; the setting `nanny.startTimeout` unless told)
   */
  async restart({ timeout = config.get('nanny.startTimeout') }: { timeout?: number } = {}): Promise<void> {
    const before = (await this.#core.ask('restart')) as { name: string; pid: number }[]
    const signal = AbortSignal.timeout(timeout)
    for (;;) {
      const { workersVersion } = this.#core
      const workers = await this.workers()
      const missing = before.filter(({ name, pid }) => !workers.some((w) => w.name === name && w.pid !== pid))
      if (missing.length === 0) return
      try {
        await this.#core.workersChange(workersVersion, signal)
      } catch (error) {
        if (!signal.aborted) throw error
        const names = missing.map(({ name }) => name).join(', ')
        throw new WaitTimeout(`the workers ${names} have not come back within ${timeout / 1000} s of the restart`)
      }
    }
  }

  // ---- debugging

  /**
   * Runs the task of a future once more, in this very thread, where breakpoints and `debugger` statements stop it: it is
   * given the inputs that it had, some of which the cluster may have to compute again. Of a task that failed because of
   * another one, that other one is run. Gives what it gives.
   *
   * @throws TaskError when it fails here too; RemoteError when its inputs cannot be had any more, or it has no task
   * @example
   * const future = client.submit(parse, path)
   * if (await future.exception()) await client.recreateLocally(future)
   */
  async recreateLocally<T>(future: Future<T>, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
    const { recreateLocally } = await import('./recreate.js')
    return (await recreateLocally(this.#core, future.held, signal)) as T
  }

  /** The facts that the task of a future has attached to itself with `setTaskMetadata`, so far; none: an empty object. */
  async getTaskMetadata(future: Future<unknown>): Promise<TaskMetadata> {
    const { taskMetadata } = await import('./task-metadata.js')
    return taskMetadata(this.#core, future.held)
  }

  /**
   * What the scheduler and the workers know of the lives of tasks, merged by time; print it to read it. Tasks that were let go
   * are known by their keys for a while.
   *
   * @throws ArgumentError, RemoteError for keys of which nothing is known
   * @example
   * console.log(await client.story(future))
   */
  async story(...tasks: readonly (string | Future<unknown>)[]): Promise<Story> {
    const { askForStory } = await import('./story.js')
    return askForStory(this.#core, tasks)
  }

  /**
   * The tasks that workers ran, in the order in which they ended: which, where, when, and what had to be got for them.
   *
   * @example
   * const last = await client.getTaskStream({ count: 100 })
   */
  async getTaskStream(options: TaskStreamOptions = {}): Promise<TaskRun[]> {
    const { taskStream } = await import('./task-stream.js')
    return taskStream(this.#core, this.#onItsWorkers(options))
  }

  /**
   * Finds out what the threads that run tasks spend their time with: samples their stacks for `duration` milliseconds, or
   * `during` a function, and puts them together to one call tree. Sampled threads are a few percent slower. A function that
   * the engine had merged into its caller before, to make it faster, counts as that caller.
   *
   * @throws ArgumentError; RemoteError when a worker is being profiled already; what `during` throws
   * @example
   * const profile = await client.profile({ during: () => words.compute() })
   * console.log(profile)
   * await writeFile('words.cpuprofile', profile.toCpuProfile())
   */
  async profile(options: ProfileOptions = {}): Promise<CallProfile> {
    const { profile } = await import('./call-profile.js')
    return profile(this.#core, this.#onItsWorkers(options))
  }

  /** As `profile`, until the function that it gives is called, which gives the profile. */
  async startProfile(options: StartProfileOptions = {}): Promise<() => Promise<CallProfile>> {
    const { startProfile } = await import('./call-profile.js')
    return startProfile(this.#core, this.#onItsWorkers(options))
  }

  /**
   * Writes what is known of the cluster to a file that `readDump` reads: versions, settings, workers, tasks and their states,
   * events, what workers ran and what programs logged; no values and no secrets. Only its owner can read the file, which is
   * JSON lines, compressed unless told otherwise.
   *
   * @example
   * await client.dump('cluster.dump')
   */
  async dump(path: string, { compress = true }: { compress?: boolean } = {}): Promise<void> {
    const { writeDump } = await import('./dump.js')
    await writeDump(this.#core, path, compress)
  }

  // ---- events

  /** Logs something under a topic, for whoever is interested. */
  async logEvent(topic: string, value: unknown): Promise<void> {
    await this.#topics.log(this.#core, topic, value)
  }

  /** What was logged under a topic lately, the oldest first. */
  async getEvents(topic: string): Promise<TopicEvent[]> {
    return this.#topics.events(this.#core, topic)
  }

  /** Calls the handler with everything that is logged under a topic from now on. Gives a function that stops it. */
  async subscribeTopic(topic: string, handler: TopicHandler): Promise<() => Promise<void>> {
    return this.#topics.subscribe(this.#core, topic, handler)
  }

  /**
   * The values of tasks that were written by hand (see `graphFromTasks`), in the order of `keys`; tasks that these do not need
   * are not run.
   *
   * @throws ArgumentError for a key that is not there, CycleError, UnknownTaskError
   * @example
   * await client.get({ a: 1, b: call((x: number) => x + 1, 'a') }, ['b']) // [2]
   */
  async get(tasks: Readonly<Record<string, unknown>>, keys: readonly string[]): Promise<unknown[]> {
    const { getTasks } = await import('./get-tasks.js')
    return getTasks(this.#core, tasks, keys)
  }

  // ---- what collections need, and the end

  persist(graph: Graph, wanted: Int32Array, options?: RunOptions): HeldValue[]
  /** Starts computing a collection on this cluster. */
  persist<C extends Collection<unknown>>(collection: C, options?: RunOptions): C
  persist(what: Graph | Collection<unknown>, ...rest: unknown[]): unknown {
    if (what instanceof LazyCollection) {
      return this.#annotated(() => what.persist({ ...(rest[0] as RunOptions | undefined), executor: this }))
    }
    return this.#core.persist(what as Graph, rest[0] as Int32Array, (rest[1] as RunOptions | undefined) ?? {})
  }

  /** Lets everything go that this client wanted, and leaves. A cluster that was started for it ends. */
  async close(): Promise<void> {
    await this.#core.close()
  }

  /** Ends the scheduler and its workers, then closes. */
  async shutdown(): Promise<void> {
    // The answer may be the end of the connection.
    await this.#core.ask('shutdown').catch(() => undefined)
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [inspect.custom](): string {
    return `Client { ${this.#core.address}, ${this.concurrency} threads }`
  }

  #caller(fn: (...args: never[]) => unknown): (args: readonly unknown[]) => Expression {
    const { pure = false, label, ...annotations } = this.#options
    const make = delayed(fn as (...args: unknown[]) => unknown, { pure, ...(label === undefined ? {} : { name: label }) })
    if (Object.keys(annotations).length === 0) return (args) => make(...args).expression
    return (args) => annotate(annotations, () => make(...args).expression)
  }

  /** Who asks `client.with({ workers })` means those workers. */
  #onItsWorkers<O extends { readonly workers?: readonly string[] | undefined }>(options: O): O {
    return { ...options, workers: options.workers ?? this.#options.workers }
  }

  #actor(type: AnyClass, args: readonly unknown[]): Future<unknown> {
    const { pure: _pure, label, ...annotations } = this.#options
    const { makeActor } = loadNow(import.meta.url, './actor.js') as typeof import('./actor.js')
    return makeActor(this.#core, type, args, label, annotations)
  }

  #annotated<R>(make: () => R): R {
    const { pure: _pure, label: _label, actor: _actor, ...annotations } = this.#options
    return Object.keys(annotations).length === 0 ? make() : annotate(annotations, make)
  }

  /** The handles of futures and persisted collections. */
  #heldBy(held: Held): HeldValue[] {
    const things = (Array.isArray(held) ? held : [held]) as readonly unknown[]
    for (const thing of things) {
      if (thing instanceof Future || futuresOf(thing).length > 0) continue
      throw new ArgumentError('a future or a persisted collection is needed: persist what is lazy first')
    }
    return heldBy(futuresOf(things))
  }
}

type AnyClass = new (...args: never[]) => object

/** The arguments of several calls. */
type Columns<A extends readonly unknown[]> = { [K in keyof A]: Iterable<Lift<A[K]>> }

/** A client that makes actors: `client.with({ actor: true })`. See `Client.actor`. */
export interface ActorClient {
  submit<C extends AnyClass>(type: C, ...args: ActorArguments<C>): Future<Actor<InstanceType<C>>>
  /** One for each item, or for the first items of several iterables, the second ones, … */
  map<C extends AnyClass>(type: C, ...inputs: Columns<ConstructorParameters<C>>): Future<Actor<InstanceType<C>>>[]
}

/** A dataset: in a box, because a future is thenable. */
export interface Published<out T> {
  readonly value: T
}

function heldBy(futures: readonly Future<unknown>[]): HeldValue[] {
  return futures.map((future) => future.held)
}

function callPayload(fn: (...args: never[]) => unknown, args: readonly unknown[]): Uint8Array {
  return encode({ fn, args }, { subject: fn.name === '' ? 'the function' : `the function ${fn.name}` })
}

async function opened(bytes: Uint8Array): Promise<unknown> {
  await prepare(bytes)
  return decode(bytes)
}

/** Connects to the first address that answers. */
async function openFirst(
  addresses: readonly string[],
  credentials: Credentials,
  options: Omit<ConnectOptions, 'security'>,
): Promise<Client> {
  let last: Error | undefined
  for (const address of addresses) {
    try {
      return await Client.open({ ...options, address, credentials })
    } catch (error) {
      last = asError(error)
      if (!(last instanceof ConnectError || last instanceof ConnectTimeout)) throw last
    }
  }
  throw last ?? new ArgumentError('connect: there is no address')
}

function datasets(): typeof import('./datasets.js') {
  return loadNow(import.meta.url, './datasets.js') as typeof import('./datasets.js')
}
