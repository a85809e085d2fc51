import { inspect } from 'node:util'
import { ArgumentError, asError, describe } from '../base/index.js'
import { type Credentials } from '../comm/index.js'
import { type Computed, delayed } from '../delayed/index.js'
import { EventLog } from '../events/index.js'
import {
  type Executor,
  HeldValue,
  type Holder,
  type RunOptions,
  announceRun,
  errorOfTask,
  localise,
  useByDefault,
} from '../executor/index.js'
import { annotate, lower } from '../expr/index.js'
import { type Annotations, type Graph, checkWanted } from '../graph/index.js'
import {
  type FailureMessage,
  Frame,
  FromClient,
  PeerValues,
  RecordReader,
  RecordWriter,
  ToClient,
  writeGraph,
} from '../protocol/index.js'
import { decode, encode, prepare } from '../transfer/index.js'
import { ClientGraph, ERRED, FINISHED, RELEASED } from './client-graph.js'
import { Cancelled, SchedulerLost } from './errors.js'
import { Future, type FutureOwner, type Status } from './future.js'
import { graphMessage } from './graph-writer.js'
import { SchedulerConnection } from './scheduler-connection.js'

/** Tries of getting a value from workers that turn out not to have it. */
const MOST_TRIES = 10

/** How tasks that a client submits are to be run. */
export interface TaskOptions extends Annotations {
  /** equal calls with equal arguments are computed once; false unless told */
  readonly pure?: boolean
  /** what people read in progress bars and errors; the function's name unless told */
  readonly label?: string
}

export interface ClientOptions {
  readonly address: string
  readonly credentials: Credentials
  /** what people know it by */
  readonly name?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** milliseconds until connecting is given up; the setting `comm.connectTimeout` unless told */
  readonly timeout?: number | undefined
  /** whether collections are computed on it when nobody says where; true unless told */
  readonly setAsDefault?: boolean | undefined
}

/** A worker, as the scheduler knows it. */
export interface WorkerDescription {
  readonly name: string
  readonly address: string
  readonly host: string
  readonly pid: number
  readonly threads: number
  readonly memoryLimit: number | undefined
}

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
  readonly log = new EventLog()
  readonly #core: ClientCore
  readonly #options: TaskOptions

  private constructor(core: ClientCore, options: TaskOptions) {
    this.#core = core
    this.#options = options
    this.name = core.name
  }

  /** Connects to the scheduler at an address. */
  static async open(options: ClientOptions): Promise<Client> {
    const core = new ClientCore(options)
    const client = new Client(core, {})
    core.executor = client
    await core.open()
    if (options.setAsDefault ?? true) core.endDefault = useByDefault(client)
    return client
  }

  /** threads of all workers */
  get concurrency(): number {
    return this.#core.threads
  }

  /** The same client, whose tasks are run as `options` say. */
  with(options: TaskOptions): Client {
    return new Client(this.#core, { ...this.#options, ...options })
  }

  /**
   * Runs a function on the cluster, now. Futures among the arguments, also inside arrays and objects, are its inputs:
   * it is called with their values.
   */
  submit<A extends readonly unknown[], R>(
    fn: (...args: { [K in keyof A]: Computed<A[K]> }) => R,
    ...args: A
  ): Future<Awaited<R>> {
    const call = this.#caller(fn as (...args: never[]) => unknown)
    return this.#core.submit(call(args)) as Future<Awaited<R>>
  }

  /** Runs a function for each item, or for the first items of several iterables, the second ones, …, now. */
  map<A extends readonly unknown[], R>(
    fn: (...args: { [K in keyof A]: Computed<A[K]> }) => R,
    ...inputs: { [K in keyof A]: Iterable<A[K]> }
  ): Future<Awaited<R>>[] {
    const call = this.#caller(fn as (...args: never[]) => unknown)
    const columns = (inputs as readonly Iterable<unknown>[]).map((input) => (Array.isArray(input) ? input : [...input]))
    const length = Math.min(...columns.map((column) => column.length))
    if (columns.length === 0) throw new ArgumentError('map: what is the function to be called for? Give at least one iterable')
    return Array.from({ length }, (_, i) => this.#core.submit(call(columns.map((column) => column[i] as unknown)))) as Future<
      Awaited<R>
    >[]
  }

  /** The values of futures, and of those inside arrays and objects. */
  async gather<const T>(x: T): Promise<Computed<T>> {
    return (await gather(x, this.#core)) as Computed<T>
  }

  /** The workers that there are. */
  async workers(): Promise<WorkerDescription[]> {
    const workers = (await this.#core.ask('workers')) as { info: WorkerDescription }[]
    return workers.map(({ info: { name, address, host, pid, threads, memoryLimit } }) => ({
      name,
      address,
      host,
      pid,
      threads,
      memoryLimit,
    }))
  }

  /** Resolves when there are at least so many workers. */
  async waitForWorkers(count: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#core.waitForWorkers(count, signal)
  }

  /** Calls a function on every worker, in its main thread, and gives what it returned by the worker's name. */
  async run<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Map<string, Awaited<R>>>
  async run(graph: Graph, wanted: Int32Array, options?: RunOptions): Promise<unknown[]>
  async run(what: Graph | ((...args: never[]) => unknown), ...rest: unknown[]): Promise<unknown> {
    if (typeof what === 'function') return this.#core.runOnWorkers(what, rest)
    return this.#core.compute(what, rest[0] as Int32Array, rest[1] as RunOptions | undefined)
  }

  persist(graph: Graph, wanted: Int32Array, options: RunOptions = {}): HeldValue[] {
    return this.#core.persist(graph, wanted, options)
  }

  /** Lets everything go that this client wanted, and leaves. */
  async close(): Promise<void> {
    await this.#core.close()
  }

  /** Ends the scheduler and its workers, then closes. */
  async shutdown(): Promise<void> {
    await this.#core.ask('shutdown').catch(() => undefined)
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [inspect.custom](): string {
    return `Client { ${this.#core.address}, ${this.concurrency} threads }`
  }

  #caller(fn: (...args: never[]) => unknown): (args: readonly unknown[]) => import('../expr/index.js').Expression {
    const { pure = false, label, ...annotations } = this.#options
    const make = delayed(fn as (...args: unknown[]) => unknown, { pure, ...(label === undefined ? {} : { name: label }) })
    if (Object.keys(annotations).length === 0) return (args) => make(...args).expression
    return (args) => annotate(annotations, () => make(...args).expression)
  }
}

interface ErrorEntry {
  error: Error | undefined
  readonly ready: Promise<void> | undefined
}

/** What the faces of one client (see `Client.with`) share. */
class ClientCore implements FutureOwner {
  readonly name: string
  readonly address: string
  executor!: Executor
  endDefault: (() => void) | undefined
  threads = 1
  readonly #connection: SchedulerConnection
  readonly #peers: PeerValues
  readonly #graphs = new Map<number, ClientGraph>()
  readonly #errors = new Map<number, ErrorEntry>()
  readonly #addresses: string[] = []
  readonly #records = new RecordWriter()
  readonly #released = new Map<number, number[]>()
  readonly #cancelled = new WeakSet<HeldValue>()
  readonly #holder: Holder
  #submitted: Future<unknown>[] = []
  #flushing = false
  #scheduled = false
  #nextGraph = 1
  #pending = 0
  #end: Error | undefined
  #workersChanged: (() => void)[] = []

  constructor({ address, credentials, name = `client-${process.pid}`, signal, timeout }: ClientOptions) {
    this.name = name
    this.address = address
    this.#peers = new PeerValues({ credentials })
    this.#connection = new SchedulerConnection({
      address,
      credentials,
      name,
      signal,
      timeout,
      answers: {
        closing: () => this.#ended(new SchedulerLost(`the scheduler at ${address} has ended`)),
        workers: ({ threads }: { threads: number }) => {
          this.threads = Math.max(1, threads)
          for (const changed of this.#workersChanged.splice(0)) changed()
        },
      },
      records: (body) => this.#take(body),
      lost: (error) => this.#ended(error),
    })
    this.#holder = {
      // oxlint-disable-next-line typescript/no-this-alias -- a getter of another object
      executor: undefined as unknown as Executor,
      value: (graph, task) => this.#value(graph, task, undefined),
      release: (graph, task) => this.#release(graph, task),
    }
  }

  async open(): Promise<void> {
    ;(this.#holder as { executor: Executor }).executor = this.executor
    await this.#connection.open()
  }

  ask(name: string, args?: unknown): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end)
    this.#refer(1)
    return this.#connection.control.ask(name, args).finally(() => this.#refer(-1))
  }

  async close(): Promise<void> {
    if (this.#end) return
    this.flush()
    this.#flushRecords()
    this.endDefault?.()
    await this.#connection.close()
    this.#ended(new Cancelled(`the client ${this.name} was closed`))
  }

  // ---- submitting

  /** A future for a call, which is sent at the end of the tick with all others. */
  submit(call: import('../expr/index.js').Expression): Future<unknown> {
    if (this.#end) throw this.#end
    const future = new Future<unknown>(this, call)
    this.#submitted.push(future)
    this.#schedule()
    return future
  }

  flush(): void {
    if (this.#flushing || this.#submitted.length === 0) return
    this.#flushing = true
    const futures = this.#submitted
    this.#submitted = []
    try {
      const { graph, outputs } = lower(
        futures.map((future) => future.call!),
        true,
      )
      const wanted = Int32Array.from(outputs, (tasks) => tasks[0]!)
      const held = this.#submitGraph(graph, wanted, 0)
      const taken = new Map<number, HeldValue>()
      futures.forEach((future, i) => {
        const task = wanted[i]!
        // Equal pure calls are one task, with one handle.
        let value = taken.get(task)
        if (!value) {
          value = new HeldValue(this.#holder, held.name, task, graph.keyOf(task))
          taken.set(task, value)
        }
        future.submitted(value)
      })
    } catch (thrown) {
      if (futures.length === 1) futures[0]!.submitted(asError(thrown))
      else this.#submitOneByOne(futures)
    } finally {
      this.#flushing = false
    }
  }

  /** One of several cannot be sent: the others can. */
  #submitOneByOne(futures: readonly Future<unknown>[]): void {
    this.#flushing = false
    for (const future of futures) {
      this.#submitted.push(future)
      this.flush()
    }
  }

  async compute(graph: Graph, wanted: Int32Array, options: RunOptions = {}): Promise<unknown[]> {
    const { signal } = options
    signal?.throwIfAborted()
    const local = await localise(graph, wanted, this.executor)
    signal?.throwIfAborted()
    const ended = announceRun(local.graph, this.executor)
    let submitted: ClientGraph | undefined
    const unique = Int32Array.from(new Set(local.wanted))
    try {
      submitted = this.#submitGraph(local.graph, unique, options.priority ?? 0)
      await this.#allSettled(submitted, signal)
      const values = await this.#values(submitted, unique, signal)
      ended()
      if (unique.length === local.wanted.length) return values
      const byTask = new Map<number, unknown>()
      unique.forEach((task, i) => byTask.set(task, values[i]))
      return Array.from(local.wanted, (task) => byTask.get(task))
    } catch (error) {
      ended(error)
      throw error
    } finally {
      if (submitted) for (const task of unique) this.#release(submitted.name, task)
    }
  }

  persist(graph: Graph, wanted: Int32Array, { priority = 0, signal }: RunOptions): HeldValue[] {
    signal?.throwIfAborted()
    for (const layer of graph.layers) {
      for (const held of (layer.run === undefined ? layer.own : undefined) ?? []) {
        if (held instanceof HeldValue && held.executor !== this.executor) {
          throw new ArgumentError(`${held.key} is held by ${held.executor.name}; what is persisted in ${this.name} cannot use it`)
        }
      }
    }
    const ended = announceRun(graph, this.executor)
    const unique = Int32Array.from(new Set(wanted))
    const submitted = this.#submitGraph(graph, unique, priority)
    const handles = new Map<number, HeldValue>()
    for (const task of unique) handles.set(task, new HeldValue(this.#holder, submitted.name, task, graph.keyOf(task)))
    const aborted = (): void => {
      for (const task of unique) this.#release(submitted.name, task)
    }
    signal?.addEventListener('abort', aborted, { once: true })
    submitted.whenAllSettled((error) => {
      signal?.removeEventListener('abort', aborted)
      ended(error)
    })
    return Array.from(wanted, (task) => handles.get(task)!)
  }

  #submitGraph(graph: Graph, wanted: Int32Array, priority: number): ClientGraph {
    if (this.#end) throw this.#end
    checkWanted(graph, wanted)
    const name = this.#nextGraph++
    const message = graphMessage(name, graph, wanted, priority)
    const submitted = new ClientGraph(name, graph, wanted, (number) => this.#errors.get(number)!.error!)
    this.#graphs.set(name, submitted)
    this.#connection.session.send(Frame.graph, writeGraph(message))
    return submitted
  }

  // ---- futures

  statusOf(held: HeldValue): Status {
    if (this.#cancelled.has(held)) return 'cancelled'
    const graph = this.#graphs.get(held.graph)
    switch (graph?.stateOf(held.task)) {
      case FINISHED:
        return 'finished'
      case ERRED:
        return 'error'
      case RELEASED:
      case undefined:
        return this.#end instanceof SchedulerLost ? 'lost' : 'cancelled'
      default:
        return this.#end ? 'lost' : 'pending'
    }
  }

  async result(held: HeldValue, signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#cancelled.has(held)) throw new Cancelled(`${held.key} was cancelled`)
    return this.#value(held.graph, held.task, signal)
  }

  cancel(held: HeldValue): void {
    this.#cancelled.add(held)
    held.release()
  }

  whenDone(held: HeldValue, done: () => void): void {
    const graph = this.#graphs.get(held.graph)
    if (graph) graph.whenSettled(held.task, done)
    else queueMicrotask(done)
  }

  // ---- values

  /** The values of futures of this client, all at once: a promise for each of many would cost more than all the rest. */
  async results(futures: readonly Future<unknown>[]): Promise<unknown[]> {
    this.flush()
    const byGraph = new Map<number, { readonly tasks: number[]; readonly places: number[] }>()
    futures.forEach((future, place) => {
      const held = future.handle()
      if (this.#cancelled.has(held)) throw new Cancelled(`${held.key} was cancelled`)
      let group = byGraph.get(held.graph)
      if (!group) {
        group = { tasks: [], places: [] }
        byGraph.set(held.graph, group)
      }
      group.tasks.push(held.task)
      group.places.push(place)
    })
    const values = new Array<unknown>(futures.length)
    await Promise.all(
      Array.from(byGraph, async ([name, { tasks, places }]) => {
        const g = this.#graphs.get(name)
        if (!g) throw this.#end ?? new Cancelled('a value was released')
        await this.#settled(undefined, (settled) => g.whenTheseSettled(tasks, settled))
        const found = await this.#values(g, Int32Array.from(tasks), undefined)
        places.forEach((place, i) => {
          values[place] = found[i]
        })
      }),
    )
    return values
  }

  async #value(graph: number, task: number, signal: AbortSignal | undefined): Promise<unknown> {
    const g = this.#graphs.get(graph)
    if (!g) throw this.#end ?? new Cancelled('the value was released')
    await this.#settled(signal, (settled) => g.whenSettled(task, settled))
    const [value] = await this.#values(g, Int32Array.of(task), signal)
    return value
  }

  #allSettled(g: ClientGraph, signal: AbortSignal | undefined): Promise<void> {
    return this.#settled(signal, (settled) => g.whenAllSettled(settled))
  }

  /** A promise of what is waited for, while which the process stays alive. */
  #settled(signal: AbortSignal | undefined, wait: (settled: (error: Error | undefined) => void) => () => void): Promise<void> {
    this.#refer(1)
    return new Promise<void>((resolve, reject) => {
      const stop = wait((error) => {
        signal?.removeEventListener('abort', aborted)
        if (error) reject(error)
        else resolve()
      })
      const aborted = (): void => {
        stop()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', aborted, { once: true })
    }).finally(() => this.#refer(-1))
  }

  /** The values of tasks that are in memory. */
  async #values(g: ClientGraph, tasks: Int32Array, signal: AbortSignal | undefined): Promise<unknown[]> {
    this.#refer(1)
    try {
      const values = new Array<unknown>(tasks.length)
      let missing: number[] = []
      const imports: Promise<void>[] = []
      const encoded = new Array<Uint8Array | undefined>(tasks.length)
      await new Promise<void>((resolve) => {
        let left = tasks.length
        if (left === 0) resolve()
        for (let i = 0; i < tasks.length; i++) {
          const task = tasks[i]!
          const address = this.#addresses[g.holderOf(task)]
          const take = (value: Uint8Array | undefined): void => {
            if (value) {
              encoded[i] = value
              const imported = prepare(value)
              if (imported) imports.push(imported)
            } else missing.push(i)
            if (--left === 0) resolve()
          }
          if (address) {
            const at = g.addressOf(task)
            this.#peers.get(address, at.graph, at.task, -1, take)
          } else take(undefined)
        }
      })
      for (let tries = 0; missing.length > 0; tries++) {
        signal?.throwIfAborted()
        if (this.#end) throw this.#end
        const again = missing
        missing = []
        for (const i of again) {
          const value = await this.#locateAndGet(g, tasks[i]!, signal, tries)
          if (!value) missing.push(i)
          else {
            encoded[i] = value
            const imported = prepare(value)
            if (imported) imports.push(imported)
          }
        }
      }
      if (imports.length > 0) await Promise.all(imports)
      for (let i = 0; i < tasks.length; i++) values[i] = decode(encoded[i]!)
      return values
    } finally {
      this.#refer(-1)
    }
  }

  /** Asks the scheduler where a value is now, and gets it there. */
  async #locateAndGet(
    g: ClientGraph,
    task: number,
    signal: AbortSignal | undefined,
    tries: number,
  ): Promise<Uint8Array | undefined> {
    const [found] = (await this.#connection.control.ask('locate', [{ graph: g.name, task }])) as {
      graph: number
      task: number
      holders: string[]
    }[]
    for (const address of found!.holders) {
      const value = await new Promise<Uint8Array | undefined>((resolve) =>
        this.#peers.get(address, found!.graph, found!.task, -1, resolve),
      )
      if (value) return value
    }
    if (tries >= MOST_TRIES) {
      throw new SchedulerLost(
        `a result is on ${found!.holders.join(', ') || 'no worker'}, but this client cannot get it there: can this host reach the worker?`,
      )
    }
    // It is being computed again, or was moved: the scheduler says when it is there.
    await this.#settled(signal, (settled) => g.whenSettled(task, settled))
    return undefined
  }

  // ---- letting go

  #release(graph: number, task: number): void {
    const g = this.#graphs.get(graph)
    if (!g?.release(task)) return
    if (g.isOver) this.#graphs.delete(graph)
    if (this.#end) return
    const list = this.#released.get(graph)
    if (list) list.push(task)
    else this.#released.set(graph, [task])
    this.#schedule()
  }

  // ---- the tick

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.flush()
      this.#flushRecords()
    })
  }

  #flushRecords(): void {
    const records = this.#records
    for (const [graph, tasks] of this.#released) {
      records.words3(FromClient.release, graph, tasks.length)
      for (const task of tasks) records.word(task)
    }
    this.#released.clear()
    if (!records.isEmpty) this.#connection.session.send(Frame.records, [records.take()])
  }

  #take(body: Uint8Array): void {
    const reader = new RecordReader(body)
    const { words } = reader
    while (!reader.isDone) {
      const at = reader.at
      switch (words[at]) {
        case ToClient.inMemory:
          this.#graphs.get(words[at + 1]!)?.inMemory(words[at + 2]!, words[at + 3]!, words[at + 4]!, words[at + 5]!)
          reader.at += 6
          continue
        case ToClient.erred:
          this.#erred(words[at + 1]!, words[at + 2]!, words[at + 3]!)
          reader.at += 4
          continue
        case ToClient.lost:
          this.#graphs.get(words[at + 1]!)?.lost(words[at + 2]!)
          reader.at += 3
          continue
        case ToClient.peer:
          reader.at++
          this.#addresses[reader.word()] = reader.text()
          continue
        case ToClient.error: {
          reader.at++
          const number = reader.word()
          this.#errors.set(number, errorEntry(reader.block().slice()))
          continue
        }
        default:
          throw new ArgumentError(`the scheduler sends a record ${words[at]}, which is nothing that there is`)
      }
    }
  }

  #erred(graph: number, task: number, error: number): void {
    const { ready } = this.#errors.get(error)!
    if (ready) void ready.then(() => this.#graphs.get(graph)?.erred(task, error))
    else this.#graphs.get(graph)?.erred(task, error)
  }

  async waitForWorkers(count: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      const changed = new Promise<void>((resolve, reject) => {
        this.#workersChanged.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
      changed.catch(() => undefined)
      const workers = (await this.ask('workers')) as unknown[]
      if (workers.length >= count) return
      this.#refer(1)
      try {
        await changed
      } finally {
        this.#refer(-1)
      }
    }
  }

  async runOnWorkers(fn: (...args: never[]) => unknown, args: readonly unknown[]): Promise<Map<string, unknown>> {
    const payload = encode({ fn, args }, { subject: fn.name === '' ? 'the function' : `the function ${fn.name}` })
    const results = (await this.ask('runOnWorkers', { payload })) as [string, Uint8Array][]
    await Promise.all(results.map(([, bytes]) => prepare(bytes)))
    return new Map(results.map(([name, bytes]) => [name, decode(bytes)]))
  }

  /** Nothing will come any more. */
  #ended(error: Error): void {
    if (this.#end) return
    this.#end = error
    this.endDefault?.()
    this.#peers.close()
    for (const future of this.#submitted) future.submitted(error)
    this.#submitted = []
    for (const graph of this.#graphs.values()) graph.fail(error)
    void this.#connection.close()
  }

  /** Something is (not) waited for any more: while something is, the process stays alive. */
  #refer(by: number): void {
    this.#pending += by
    if (this.#pending === by && by > 0) this.#connection.reference(true)
    else if (this.#pending === 0) this.#connection.reference(false)
  }
}

/** An error that came from a worker; `ready` is there while what it refers to is being imported. */
function errorEntry(bytes: Uint8Array): ErrorEntry {
  const entry: { error: Error | undefined; ready: Promise<void> | undefined } = { error: undefined, ready: undefined }
  const failure = decode(bytes) as FailureMessage
  const make = (): void => {
    let thrown: unknown
    try {
      thrown = decode(failure.error)
    } catch (error) {
      thrown = error
    }
    entry.error =
      failure.key === undefined
        ? asError(thrown)
        : errorOfTask(failure.key, failure.step?.label ?? failure.label ?? failure.key, thrown, failure.where)
  }
  const imported = prepare(failure.error)
  if (imported) entry.ready = imported.then(make, make)
  else make()
  return entry
}

/** The structure with its futures' values in their place. */
async function gather(x: unknown, core: ClientCore): Promise<unknown> {
  const futures: Future<unknown>[] = []
  collect(x, futures)
  const values = await core.results(futures)
  let next = 0
  const put = (y: unknown): unknown => {
    if (y instanceof Future) return values[next++]
    if (Array.isArray(y)) return y.map(put)
    if (!isRecord(y)) return y
    return Object.fromEntries(Object.entries(y).map(([key, item]) => [key, put(item)]))
  }
  return put(x)
}

/** The futures of a structure, in the order of a walk. */
function collect(x: unknown, futures: Future<unknown>[]): void {
  if (x instanceof Future) futures.push(x)
  else if (Array.isArray(x)) for (const item of x) collect(item, futures)
  else if (isRecord(x)) for (const item of Object.values(x)) collect(item, futures)
  else if (typeof x === 'object' && x !== null && typeof (x as { then?: unknown }).then === 'function')
    throw new ArgumentError(`gather: ${describe(x)} is no future`)
}

function isRecord(x: unknown): x is Record<string, unknown> {
  if (typeof x !== 'object' || x === null) return false
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}
