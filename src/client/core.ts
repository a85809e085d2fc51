import { addCaller, keepWith } from '../actors/index.js'
import { ArgumentError, InvariantError, asError } from '../base/index.js'
import { type Credentials, linkWithKey } from '../comm/index.js'
import { type Executor, HeldValue, type Holder, type RunOptions, announceCall, announceRun, localise } from '../executor/index.js'
import type { Expression } from '../expr/index.js'
import type { Graph } from '../graph/index.js'
import { type Answers, Frame, PeerValues, RecordWriter } from '../protocol/index.js'
import { ERRED, FINISHED, RELEASED, type Settled } from './client-graph.js'
import { ClientGraphs } from './client-graphs.js'
import { Cancelled, SchedulerLost } from './errors.js'
import { Future, type FutureOwner, type Status } from './future.js'
import { gather } from './gather.js'
import { FollowedLog } from './followed-log.js'
import { WorkerlessWatch } from './workerless-watch.js'
import { SchedulerConnection } from './scheduler-connection.js'
import { Submitter } from './submitter.js'
import type { ClientGraph } from './client-graph.js'
import { type Located, ValueGetter, type Wanted } from './value-getter.js'

export interface CoreOptions {
  readonly address: string
  readonly credentials: Credentials
  readonly name: string
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
  /** what the scheduler may ask or tell, beside what every client answers */
  readonly answers?: Answers
}

/** A task by the client's number of its graph, as it travels. */
export interface TaskName {
  readonly graph: number
  readonly task: number
}

/** What the faces of one client (see `Client.with`) share: the connection, the graphs and their values. */
export class ClientCore implements FutureOwner {
  readonly name: string
  readonly address: string
  readonly graphs = new ClientGraphs()
  readonly submitter: Submitter
  readonly peers: PeerValues
  /** threads of all workers */
  threads = 1
  /** how often workers have come or gone */
  workersVersion = 0
  readonly log = new FollowedLog()
  /** Takes the cluster's token out of a text that is to be kept. */
  readonly conceal: (text: string) => string
  readonly #credentials: Credentials
  readonly #connection: SchedulerConnection
  readonly #values: ValueGetter
  readonly #watch: WorkerlessWatch
  readonly #records = new RecordWriter()
  readonly #holder: Holder
  #executor: Executor | undefined
  readonly #onEnd: (() => Promise<void> | void)[] = []
  readonly #kept = new Set<readonly HeldValue[]>()
  #scheduled = false
  /** waits that keep the process alive, and those of them that are for results, which workers must compute */
  #pending = 0
  #awaited = 0
  #end: Error | undefined
  #workersChanged: (() => void)[] = []

  constructor({ address, credentials, name, signal, timeout, answers }: CoreOptions) {
    this.name = name
    this.address = address
    this.#credentials = credentials
    this.peers = new PeerValues({ credentials })
    this.conceal = (text) => withoutToken(text, credentials.token)
    this.#watch = new WorkerlessWatch(address, (error) => this.graphs.failAll(error))
    this.#connection = new SchedulerConnection({
      address,
      credentials,
      name,
      signal,
      timeout,
      answers: {
        ...answers,
        closing: () => this.#lost(new SchedulerLost(`the scheduler at ${address} has ended`)),
        workers: ({ threads }: { threads: number }) => {
          this.threads = Math.max(1, threads)
          this.#watch.workerless = threads === 0
          this.workersVersion++
          for (const changed of this.#workersChanged.splice(0)) changed()
        },
        cancelled: (names: readonly TaskName[]) => this.#releaseEach(names),
        restarted: () => {
          this.graphs.releaseAll()
          this.#schedule()
        },
      },
      records: (body) => this.graphs.take(body),
      happened: (body) => this.log.take(body),
      lost: (error) => this.#lost(error),
    })
    const faceOf = (): Executor => this.executor
    this.#holder = {
      get executor() {
        return faceOf()
      },
      value: (graph, task) => this.#value(graph, task, undefined),
      release: (graph, task) => this.#release(graph, task),
    }
    this.log.onFollowed = (on) => this.#connection.control.tell('follow', { on })
    this.submitter = new Submitter(this.#connection.session, this.graphs, this.#holder, this.log)
    this.#values = new ValueGetter({
      peers: this.peers,
      graphs: this.graphs,
      locate: async ({ graph, task }) => {
        const [found] = (await this.ask('locate', [{ graph: graph.name, task }])) as [Located]
        return found
      },
      settled: ({ graph, task }, signal) => this.#settled(signal, (settled) => graph.whenSettled(task, settled)),
      check: () => this.check(),
    })
  }

  /** where a browser sees what goes on, with the key to it; undefined: nowhere */
  get dashboardLink(): string | undefined {
    const { dashboard } = this.#connection
    return dashboard && linkWithKey(dashboard, this.#credentials)
  }

  /** the face that collections are computed on */
  get executor(): Executor {
    if (!this.#executor) throw new InvariantError(`the client ${this.name} is used before it is open`)
    return this.#executor
  }

  get ended(): boolean {
    return this.#end !== undefined
  }

  /** why it has come to its end, if it has */
  get end(): Error | undefined {
    return this.#end
  }

  async open(executor: Executor): Promise<void> {
    this.#executor = executor
    await this.#connection.open()
    this.onEnd(
      addCaller({
        scheduler: this.address,
        credentials: this.#credentials,
        resolve: (args) => this.#resolve(args),
      }),
    )
  }

  /** Arguments of actors, with the values of futures and collections in their place. */
  async #resolve(args: readonly unknown[]): Promise<readonly unknown[]> {
    const values = await gather(args, {
      collection: (collection) => collection.compute({ executor: this.executor }),
      futures: (futures) => Promise.all(futures.map((future) => future.result())),
    })
    return values as readonly unknown[]
  }

  /** Asks the scheduler. */
  async ask(name: string, args?: unknown): Promise<unknown> {
    this.check()
    this.#keepAlive(1)
    try {
      return await this.#connection.control.ask(name, args)
    } finally {
      this.#keepAlive(-1)
    }
  }

  /** Throws when the client has come to its end. */
  check(): void {
    if (this.#end) throw this.#end
  }

  /** Is called, the newest first, when the client has come to its end; `close` waits for what it returns. */
  onEnd(callback: () => Promise<void> | void): void {
    this.#onEnd.push(callback)
  }

  async close(): Promise<void> {
    if (!this.#end) {
      this.flush()
      this.#flushRecords()
      await this.waitingFor(() => this.#connection.close())
    }
    this.#ended(new Cancelled(`the client ${this.name} was closed`))
    await this.#runOnEnd()
  }

  // ---- submitting

  /** A future for a call, which is sent at the end of the tick with all others. */
  submit(call: Expression): Future<unknown> {
    this.check()
    const future = new Future<unknown>(this, call)
    this.submitter.add(future, announceCall(call.label, this.executor))
    this.#schedule()
    return future
  }

  flush(): void {
    this.submitter.flush()
  }

  async compute(graph: Graph, wanted: Int32Array, { signal, priority = 0 }: RunOptions = {}): Promise<unknown[]> {
    signal?.throwIfAborted()
    this.check()
    this.flush()
    const local = await localise(graph, wanted, this.executor)
    signal?.throwIfAborted()
    this.check()
    const ended = announceRun(local.graph, this.executor)
    const unique = Int32Array.from(new Set(local.wanted))
    let name: number | undefined
    try {
      const submitted = this.submitter.send(local.graph, unique, priority)
      name = submitted.name
      await this.#settled(signal, (settled) => submitted.whenAllSettled(settled))
      const values = await this.waitingFor(() =>
        this.#values.get(
          Array.from(unique, (task) => ({ graph: submitted, task })),
          signal,
        ),
      )
      ended()
      if (unique.length === local.wanted.length) return values
      const byTask = new Map<number, unknown>()
      unique.forEach((task, i) => byTask.set(task, values[i]))
      return Array.from(local.wanted, (task) => byTask.get(task))
    } catch (error) {
      ended(error)
      throw error
    } finally {
      if (name !== undefined) for (const task of unique) this.#release(name, task)
    }
  }

  persist(graph: Graph, wanted: Int32Array, { priority = 0, signal }: RunOptions): HeldValue[] {
    signal?.throwIfAborted()
    this.check()
    this.flush()
    const ended = announceRun(graph, this.executor)
    const unique = Int32Array.from(new Set(wanted))
    const submitted = this.submitter.send(graph, unique, priority)
    const handles = new Map<number, HeldValue>()
    for (const task of unique) handles.set(task, this.handle(submitted.name, task, graph.layer(task).name, graph.indexOf[task]!))
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

  /** Keeps handles from being collected until the promise is kept. */
  keepUntil(held: readonly HeldValue[], promise: Promise<unknown>): void {
    this.#kept.add(held)
    promise
      .catch((error: unknown) => {
        if (!this.#end) process.emitWarning(asError(error))
      })
      .finally(() => this.#kept.delete(held))
      .catch(() => undefined)
  }

  /** A handle of a result: its whole key, or the name of its layer and where it stands there. */
  handle(graph: number, task: number, name: string, index?: number): HeldValue {
    return new HeldValue(this.#holder, graph, task, name, index)
  }

  // ---- futures

  statusOf(held: HeldValue): Status {
    const state = this.graphs.get(held.graph)?.stateOf(held.task) ?? RELEASED
    if (state === ERRED) return 'error'
    if (state === RELEASED) return 'cancelled'
    if (this.#end) return this.#end instanceof SchedulerLost ? 'lost' : 'cancelled'
    return state === FINISHED ? 'finished' : 'pending'
  }

  async result(held: HeldValue, signal: AbortSignal | undefined): Promise<unknown> {
    const value = await this.#value(held.graph, held.task, signal)
    keepWith(value, held)
    return value
  }

  /** The values of results, all of them or the first error. */
  async gather(held: readonly HeldValue[], signal: AbortSignal | undefined): Promise<unknown[]> {
    const wanted = this.#wantedOf(held)
    await this.#settled(signal, (settled) => whenEachSettled(wanted, settled))
    this.check()
    const values = await this.waitingFor(() => this.#values.get(wanted, signal))
    values.forEach((value, i) => keepWith(value, held[i]!))
    return values
  }

  async cancel(held: readonly HeldValue[]): Promise<void> {
    this.check()
    this.flush()
    // What was released is cancelled as far as this client is concerned.
    const wanted = held.filter(({ graph, task }) => (this.graphs.get(graph)?.stateOf(task) ?? RELEASED) !== RELEASED)
    const names = await this.namesOf(wanted)
    const cancelled = this.ask('cancel', names)
    this.#releaseEach(names)
    await cancelled
  }

  async retry(held: readonly HeldValue[]): Promise<void> {
    this.check()
    for (const { graph, task } of held) this.graphs.retry(graph, task, this.#records)
    this.#schedule()
  }

  whenDone(held: HeldValue, done: () => void): () => void {
    const graph = this.graphs.get(held.graph)
    if (graph && !this.#end) return graph.whenSettled(held.task, done)
    queueMicrotask(done)
    return () => undefined
  }

  /** The names of results, once the scheduler knows of them. */
  async namesOf(held: readonly HeldValue[]): Promise<TaskName[]> {
    this.check()
    for (const { executor, key, graph, task } of held) {
      if (executor !== this.executor) throw new ArgumentError(`${key} is held by ${executor.name}, not by ${this.name}`)
      if ((this.graphs.get(graph)?.stateOf(task) ?? RELEASED) === RELEASED)
        throw new Cancelled(`${key} was cancelled or released`)
    }
    const names = nameAll(held)
    await this.submitter.sent(names.map(({ graph }) => graph))
    return names
  }

  /** Resolves when these results are in memory; rejects with the first error. */
  async inMemory(held: readonly HeldValue[], signal: AbortSignal | undefined): Promise<void> {
    const wanted = this.#wantedOf(held)
    await this.#settled(signal, (settled) => whenEachSettled(wanted, settled))
  }

  #wantedOf(held: readonly HeldValue[]): Wanted[] {
    return held.map((handle): Wanted => {
      const graph = this.graphs.get(handle.graph)
      if (!graph) throw this.#end ?? new Cancelled(`${handle.key} was cancelled or released`)
      return { graph, task: handle.task }
    })
  }

  async #value(graph: number, task: number, signal: AbortSignal | undefined): Promise<unknown> {
    const g = this.graphs.get(graph)
    if (!g) throw this.#end ?? new Cancelled('the result was cancelled or released: submit the call again to have it')
    await this.#settled(signal, (settled) => g.whenSettled(task, settled))
    this.check()
    const [value] = await this.waitingFor(() => this.#values.get([{ graph: g, task }], signal))
    return value
  }

  // ---- waiting

  /** Resolves when workers have come or gone since then. */
  async workersChange(since: number, signal: AbortSignal | undefined): Promise<void> {
    this.check()
    signal?.throwIfAborted()
    if (this.workersVersion !== since) return
    await this.waitingFor(
      () =>
        new Promise<void>((resolve, reject) => {
          const aborted = (): void => reject(signal!.reason as Error)
          signal?.addEventListener('abort', aborted, { once: true })
          this.#workersChanged.push(() => {
            signal?.removeEventListener('abort', aborted)
            if (this.#end) reject(this.#end)
            else resolve()
          })
        }),
    )
  }

  /** A promise of what is waited for, while which the process stays alive. */
  #settled(signal: AbortSignal | undefined, wait: (settled: Settled) => () => void): Promise<void> {
    return this.waitingFor(
      () =>
        new Promise<void>((resolve, reject) => {
          const aborted = (): void => {
            stop()
            reject(signal!.reason as Error)
          }
          const settled: Settled = (error) => {
            signal?.removeEventListener('abort', aborted)
            if (error) reject(error)
            else resolve()
          }
          // Whoever waits after the end waits for nothing, unless it failed before.
          const stop = this.#end ? atEnd(wait, settled, this.#end) : wait(settled)
          signal?.addEventListener('abort', aborted, { once: true })
        }),
    )
  }

  /** What `wait` gives; while it is waited for, the process stays alive. */
  async waitingFor<T>(wait: () => Promise<T>): Promise<T> {
    this.refer(1)
    try {
      return await wait()
    } finally {
      this.refer(-1)
    }
  }

  /** Somebody waits for results, or no longer. */
  refer(by: 1 | -1): void {
    this.#awaited += by
    if (this.#awaited < 2) this.#watch.waiting = this.#awaited > 0
    this.#keepAlive(by)
  }

  #keepAlive(by: 1 | -1): void {
    this.#pending += by
    if (this.#pending === 1 && by === 1) this.#connection.reference(true)
    else if (this.#pending === 0) this.#connection.reference(false)
  }

  // ---- letting go

  #releaseEach(names: readonly TaskName[]): void {
    for (const { graph, task } of names) this.#release(graph, task)
  }

  #release(graph: number, task: number): void {
    // What was submitted in this tick may use it.
    this.flush()
    if (this.graphs.release(graph, task) && !this.#end) this.#schedule()
  }

  // ---- the tick

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#end) return
      this.flush()
      this.#flushRecords()
    })
  }

  #flushRecords(): void {
    this.graphs.writeReleases(this.#records, this.submitter.isUnsent)
    if (!this.#records.isEmpty) this.#connection.session.send(Frame.records, [this.#records.take()])
  }

  #lost(error: Error): void {
    this.#ended(error)
    this.#runOnEnd().catch((thrown: unknown) => process.emitWarning(asError(thrown)))
  }

  /** Nothing will come any more. */
  #ended(error: Error): void {
    if (this.#end) return
    this.#end = error
    this.peers.close()
    this.submitter.end(error)
    this.graphs.failAll(error)
    for (const changed of this.#workersChanged.splice(0)) changed()
    void this.#connection.end()
  }

  async #runOnEnd(): Promise<void> {
    for (const callback of this.#onEnd.splice(0).reverse()) await callback()
  }
}

function nameAll(held: readonly HeldValue[]): TaskName[] {
  return held.map(({ graph, task }) => ({ graph, task }))
}

/** As `wait`, when nothing will come any more. */
function atEnd(wait: (settled: Settled) => () => void, settled: Settled, end: Error): () => void {
  let done = false
  const stop = wait((error) => {
    done = true
    settled(error)
  })
  if (!done) {
    stop()
    settled(end)
  }
  return () => undefined
}

/** Calls back when all of them are in memory, or one has failed. */
function whenEachSettled(wanted: readonly Wanted[], settled: Settled): () => void {
  const byGraph = new Map<ClientGraph, number[]>()
  for (const { graph, task } of wanted) {
    const tasks = byGraph.get(graph)
    if (tasks) tasks.push(task)
    else byGraph.set(graph, [task])
  }
  const stops: (() => void)[] = []
  let left = byGraph.size
  let over = false
  const stop = (): void => {
    over = true
    for (const each of stops) each()
  }
  const one = (error: Error | undefined): void => {
    if (over || (error === undefined && --left > 0)) return
    stop()
    settled(error)
  }
  if (left === 0) settled(undefined)
  for (const [graph, tasks] of byGraph) {
    if (over) break
    const stopOne = graph.whenTheseSettled(tasks, one)
    if (!over) stops.push(stopOne)
  }
  return stop
}

function withoutToken(text: string, token: Uint8Array): string {
  const bytes = Buffer.from(token)
  let clean = text
  for (const form of ['base64', 'base64url', 'hex'] as const) clean = clean.replaceAll(bytes.toString(form), '…')
  return clean
}
