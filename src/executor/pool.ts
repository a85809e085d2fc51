import { ArgumentError, describe, systemClock } from '../base/index.js'
import { config } from '../config/index.js'
import { EventLog } from '../events/index.js'
import { type Graph, checkWanted, order } from '../graph/index.js'
import { Instruction, Scheduler, type TaskAddress, instructionLength } from '../scheduler/index.js'
import { decode, encode } from '../transfer/index.js'
import { Report, Worker, reportLength } from '../worker/index.js'
import { BatchWriter, subjectOf } from './batch-writer.js'
import { ExecutorClosed, taskError } from './errors.js'
import type { Executor, RunOptions } from './executor.js'
import { HeldValue, type Holder } from './held-value.js'
import type { Lane, LaneEvents, LaneOptions } from './lane.js'
import { END_LENGTH, EndKind, type Ends, type Failure, type LayerPayload } from './lane-protocol.js'
import { LaneBudget } from './lane-budget.js'
import { localise } from './localise.js'
import { announceRun } from './observers.js'
import { removeScratch, scratchFolder } from './scratch.js'
import { SegmentTable } from './segments.js'
import { ValueStore } from './value-store.js'

export interface PoolOptions {
  readonly name: string
  readonly size: number
  readonly start: (id: number, options: LaneOptions, events: LaneEvents) => Lane
}

/** A lane and what the pool knows of it. */
interface LaneState {
  readonly lane: Lane
  readonly writer: BatchWriter
  readonly budget: LaneBudget
  ready: boolean
}

/** A graph that is under way, or of which values are held. */
interface Run {
  readonly graph: Graph
  /** by number of the layer in the graph, its number in the lanes */
  readonly layerIds: Int32Array
  readonly payloads: (LayerPayload | undefined)[]
  scratch: string | undefined
  /** what is to be told when wanted tasks are in memory or have failed */
  readonly waiters: Map<number, Waiter[]>
}

interface Waiter {
  inMemory(): void
  failed(error: unknown): void
  lost(): void
}

/**
 * Runs graphs on a pool of threads or processes of this machine: the scheduler machine and one worker machine in this
 * thread, and lanes that run what the worker machine hands out. Lanes are started when there is work for them, and
 * started again when they die. While a run is pending they keep the process alive; when there is none they do not.
 */
export class PoolExecutor implements Executor {
  readonly name: string
  readonly concurrency: number
  readonly isolated = true
  readonly log: EventLog
  readonly #start: PoolOptions['start']
  readonly #scheduler: Scheduler
  readonly #worker = new Worker()
  readonly #workerIndex: number
  readonly #segments = new SegmentTable()
  readonly #store = new ValueStore(this.#segments)
  readonly #lanes = new Set<LaneState>()
  readonly #runs = new Map<number, Run>()
  /** by slot that was handed out: its lane and its layer's label */
  readonly #laneOf: (LaneState | undefined)[] = []
  readonly #seconds = new Map<string, { mean: number }>()
  readonly #errors = new Map<string, unknown>()
  readonly #holder: Holder
  #nextLane = 1
  #nextLayer = 1
  #pending = 0
  #closed = false
  #stepping = false
  #flushScheduled = false

  constructor({ name, size, start }: PoolOptions) {
    this.name = name
    this.concurrency = size
    this.#start = start
    const settings = config.get('scheduler')
    this.log = new EventLog(settings.historyLength)
    this.#scheduler = new Scheduler({
      clock: systemClock,
      log: this.log,
      allowedFailures: settings.allowedFailures,
      aheadTime: settings.aheadTime / 1000,
      maximumAhead: settings.maximumAhead,
      concurrentWaits: config.get('threadPool.concurrentWaits'),
      validate: settings.validate,
    })
    this.#workerIndex = this.#scheduler.addWorker({ name, host: 'localhost', threads: size })
    this.#holder = {
      executor: this,
      value: (graph, task) => this.#settled(graph, [task]).then(([value]) => value),
      release: (graph, task) => this.#release(graph, [task]),
    }
  }

  async run(graph: Graph, wanted: Int32Array, options: RunOptions = {}): Promise<unknown[]> {
    options.signal?.throwIfAborted()
    const local = await localise(graph, wanted, this)
    options.signal?.throwIfAborted()
    const ended = announceRun(local.graph, this)
    const unique = [...new Set(local.wanted)]
    let id = -1
    try {
      id = this.#submit(local.graph, unique, options)
      const values = await this.#settled(id, unique, options.signal)
      ended()
      if (unique.length === local.wanted.length) return values
      const byTask = new Map(unique.map((task, i) => [task, values[i]]))
      return Array.from(local.wanted, (task) => byTask.get(task))
    } catch (error) {
      ended(error)
      throw error
    } finally {
      if (id >= 0) this.#release(id, unique)
    }
  }

  persist(graph: Graph, wanted: Int32Array, options: RunOptions = {}): HeldValue[] {
    options.signal?.throwIfAborted()
    for (const layer of graph.layers) {
      for (const held of (layer.run === undefined ? layer.own : undefined) ?? []) {
        if (held instanceof HeldValue && held.executor !== this) {
          throw new ArgumentError(`${held.key} is held by ${held.executor.name}; what is persisted in ${this.name} cannot use it`)
        }
      }
    }
    const ended = announceRun(graph, this)
    const unique = [...new Set(wanted)]
    const id = this.#submit(graph, unique, options)
    const handles = new Map(unique.map((task) => [task, new HeldValue(this.#holder, id, task, graph.keyOf(task))]))
    const { signal } = options
    const aborted = (): void => this.#release(id, unique)
    signal?.addEventListener('abort', aborted, { once: true })
    this.#whenSettled(id, unique, (error) => {
      signal?.removeEventListener('abort', aborted)
      ended(error)
    })
    return Array.from(wanted, (task) => handles.get(task)!)
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new ExecutorClosed(`the executor ${this.name} was closed while tasks were under way`)
    for (const run of this.#runs.values()) {
      for (const waiter of new Set([...run.waiters.values()].flat())) waiter.failed(error)
      if (run.scratch) removeScratch(run.scratch)
    }
    this.#runs.clear()
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    await Promise.all(lanes.map(({ lane }) => lane.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Bytes of the values that are held, and of the shared memory that they and the spare segments take. */
  get memory(): { readonly values: number; readonly shared: number } {
    return { values: this.#store.bytes, shared: this.#segments.bytes }
  }

  // ---- graphs in and out

  #submit(graph: Graph, wanted: readonly number[], options: RunOptions): number {
    if (this.#closed) throw new ExecutorClosed(`the executor ${this.name} is closed`)
    checkWanted(graph, wanted)
    const sources = new Map<number, TaskAddress>()
    for (let t = 0; t < graph.size; t++) {
      if (graph.layer(t).run !== undefined) continue
      const held = graph.own(t)
      if (!(held instanceof HeldValue)) throw new ArgumentError(`task ${graph.keyOf(t)} runs nothing and holds ${describe(held)}`)
      sources.set(t, held)
    }
    const layerIds = Int32Array.from(graph.layers, () => this.#nextLayer++)
    const ranks = order(graph, Int32Array.from(wanted))
    const run: Run = { graph, layerIds, payloads: [], scratch: undefined, waiters: new Map() }
    const id = this.#scheduler.submit(graph, { wanted, ranks, priority: options.priority ?? 0, sources })
    this.#runs.set(id, run)
    this.#schedule()
    return id
  }

  /** The values of wanted tasks, when all are in memory. Rejects as soon as one has failed. */
  #settled(id: number, tasks: readonly number[], signal?: AbortSignal): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        stop()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', aborted, { once: true })
      const stop = this.#whenSettled(id, tasks, (error) => {
        signal?.removeEventListener('abort', aborted)
        if (error !== undefined) reject(error as Error)
        else {
          try {
            resolve(tasks.map((task) => this.#value(id, task)))
          } catch (e) {
            reject(e as Error)
          }
        }
      })
    })
  }

  /** Calls back once, when all the tasks are in memory, or one has failed. Gives a function that stops it. */
  #whenSettled(id: number, tasks: readonly number[], settled: (error?: unknown) => void): () => void {
    const run = this.#runs.get(id)
    if (!run) {
      queueMicrotask(() => settled(new ArgumentError('the value was released')))
      return () => undefined
    }
    let missing = 0
    let over = false
    const leave = (): void => {
      over = true
      for (const t of tasks) {
        const list = run.waiters.get(t)!
        list.splice(list.indexOf(waiter), 1)
        if (list.length === 0) run.waiters.delete(t)
      }
      this.#pending--
      if (this.#pending === 0) for (const { lane } of this.#lanes) lane.unref()
    }
    const stop = (error?: unknown): void => {
      if (over) return
      leave()
      settled(error)
    }
    const waiter: Waiter = {
      inMemory: () => {
        if (--missing === 0) stop()
      },
      failed: stop,
      lost: () => {
        missing++
      },
    }
    let error: unknown
    for (const t of tasks) {
      const state = this.#scheduler.stateOf(id, t)
      if (state === 'erred') error = this.#scheduler.errorOf(id, t)
      if (state !== 'memory') missing++
      const list = run.waiters.get(t)
      if (list) list.push(waiter)
      else run.waiters.set(t, [waiter])
    }
    this.#pending++
    if (this.#pending === 1) for (const { lane } of this.#lanes) lane.ref()
    if (error !== undefined || missing === 0) queueMicrotask(() => stop(error))
    return () => {
      if (!over) leave()
    }
  }

  #value(id: number, task: number): unknown {
    const address = this.#scheduler.addressOf(id, task)
    const slot = this.#worker.valueSlot(address.graph, address.task)
    return this.#store.get(slot)
  }

  #release(id: number, tasks: readonly number[]): void {
    this.#scheduler.release(id, tasks)
    this.#schedule()
  }

  // ---- the tick

  /** Has the machines' instructions carried out at the end of this tick. */
  #schedule(): void {
    if (this.#flushScheduled || this.#stepping) return
    this.#flushScheduled = true
    queueMicrotask(() => {
      this.#flushScheduled = false
      this.#step()
    })
  }

  /** Lets the machines talk to each other until they have nothing more to say, then sends the lanes their batches. */
  #step(): void {
    if (this.#stepping) return
    this.#stepping = true
    try {
      do {
        this.#carryReports()
        this.#scheduler.flush()
        this.#carryInstructions()
        this.#dealOut()
      } while (this.#worker.reports.length > 0 || this.#scheduler.instructions.length > 0)
      for (const { writer } of this.#lanes) writer.flush()
      this.log.flush()
    } finally {
      this.#stepping = false
    }
  }

  #carryInstructions(): void {
    const list = this.#scheduler.instructions
    const worker = this.#worker
    const words = list.items
    const end = list.length
    const settled: { waiters: Waiter[]; graph: number; task: number; erred: boolean }[] = []
    for (let at = 0; at < end; at += instructionLength(words, at)) {
      const graph = words[at + 2]!
      const task = words[at + 3]!
      switch (words[at]) {
        case Instruction.compute:
          worker.compute(graph, task, words[at + 4]!, words[at + 5]!, words[at + 6]!, words, at + 8, words[at + 7]!)
          break
        case Instruction.free:
          worker.free(graph, task, words[at + 4]!)
          break
        case Instruction.cancel:
          worker.cancel(graph, task, words[at + 4]!)
          break
        case Instruction.inMemory:
        case Instruction.erred: {
          const waiters = this.#runs.get(graph)?.waiters.get(task)
          if (waiters) settled.push({ waiters: [...waiters], graph, task, erred: words[at] === Instruction.erred })
          break
        }
        case Instruction.lost:
          for (const w of this.#runs.get(graph)?.waiters.get(task) ?? []) w.lost()
          break
        case Instruction.forgotten:
          this.#forget(graph)
          break
      }
    }
    list.clear()
    for (const { waiters, graph, task, erred } of settled) {
      for (const w of waiters) {
        if (erred) w.failed(this.#scheduler.errorOf(graph, task))
        else w.inMemory()
      }
    }
  }

  #carryReports(): void {
    const list = this.#worker.reports
    const scheduler = this.#scheduler
    const me = this.#workerIndex
    const words = list.items
    const end = list.length
    for (let at = 0; at < end; at += reportLength(words[at]!)) {
      const graph = words[at + 1]!
      const task = words[at + 2]!
      const attempt = words[at + 3]!
      switch (words[at]) {
        case Report.finished:
          scheduler.finished(me, graph, task, attempt, words[at + 4]!, words[at + 5]!)
          break
        case Report.erred: {
          const key = errorKey(graph, task, attempt)
          const error = this.#errors.get(key)
          this.#errors.delete(key)
          scheduler.erred(me, graph, task, attempt, error, (error as Error).message)
          break
        }
        case Report.suspended:
          scheduler.suspended(me, graph, task, attempt)
          break
        case Report.interrupted:
          scheduler.interrupted(me, graph, task, attempt, words[at + 4] === 1, this.#lastDeath)
          break
        case Report.drop:
          this.#store.drop(words[at + 4]!)
          break
        // Nothing is fetched in one process, and what runs in a lane cannot be stopped.
        default:
      }
    }
    list.clear()
  }

  #forget(graph: number): void {
    const run = this.#runs.get(graph)
    if (!run) return
    this.#runs.delete(graph)
    for (const { writer } of this.#lanes) for (const layer of run.layerIds) writer.dropLayer(layer)
    if (run.scratch) removeScratch(run.scratch)
  }

  // ---- the lanes

  #lastDeath = ''

  /** Hands ready tasks to lanes that can take them, starting lanes when there are too few. */
  #dealOut(): void {
    const worker = this.#worker
    if (worker.readyCount === 0) return
    for (const state of this.#lanes) {
      if (!state.ready && this.#lanes.size > 1) continue
      while (worker.readyCount > 0 && state.budget.hasRoom()) this.#assign(state, worker.next())
    }
    // A lane that is starting takes what is ready then.
    while (worker.readyCount > 0 && this.#lanes.size < this.concurrency && !this.#hasStarting()) {
      const state = this.#startLane()
      if (this.#lanes.size === 1) while (worker.readyCount > 0 && state.budget.hasRoom()) this.#assign(state, worker.next())
    }
  }

  #hasStarting(): boolean {
    for (const { ready } of this.#lanes) if (!ready) return true
    return false
  }

  #startLane(): LaneState {
    const id = this.#nextLane++
    const limit = config.get('threadPool.memoryLimit')
    let state: LaneState
    const lane = this.#start(id, { memoryLimit: limit === 'auto' ? undefined : limit }, {
      ready: () => {
        state.ready = true
        this.#step()
      },
      ends: (ends) => this.#takeEnds(state, ends),
      gone: (reason) => this.#laneGone(state, reason),
    })
    state = { lane, writer: new BatchWriter(lane, this.#store, this.#segments), budget: new LaneBudget(), ready: false }
    this.#lanes.add(state)
    if (this.#pending > 0) lane.ref()
    return state
  }

  #assign(state: LaneState, slot: number): void {
    const worker = this.#worker
    const graphId = worker.graphOf(slot)
    const task = worker.taskOf(slot)
    const run = this.#runs.get(graphId)!
    const { graph } = run
    const layer = graph.layerOf[task]!
    const mark = state.writer.mark()
    const { start, targets } = graph.dependencies
    const from = start[task]!
    const to = start[task + 1]!
    try {
      state.writer.begin(slot, run.layerIds[layer]!, graph, task, to - from, () => this.#payload(graphId, run, layer))
    } catch (error) {
      // What it runs cannot travel.
      state.writer.rollBack(mark)
      this.#fail(slot, error, undefined, 'the main thread')
      return
    }
    for (let e = from; e < to; e++) {
      let input = worker.valueSlot(graphId, targets[e]!)
      if (input < 0) {
        const address = this.#scheduler.addressOf(graphId, targets[e]!)
        input = worker.valueSlot(address.graph, address.task)
      }
      state.writer.input(input)
    }
    this.#laneOf[slot] = state
    state.budget.begin(slot, this.#durationOf(graph.layers[layer]!.label))
  }

  #payload(graphId: number, run: Run, l: number): LayerPayload {
    const known = run.payloads[l]
    if (known) return known
    const layer = run.graph.layers[l]!
    if (layer.scratch && run.scratch === undefined) run.scratch = scratchFolder(`run-${graphId}`)
    const bytes = layer.payload ?? encode({ run: layer.run, shared: layer.shared }, { subject: subjectOf(layer) })
    const payload: LayerPayload = {
      id: run.layerIds[l]!,
      label: layer.label,
      name: layer.name,
      bytes,
      captures: layer.captures ?? 0,
      scratch: layer.scratch ? run.scratch : undefined,
    }
    run.payloads[l] = payload
    return payload
  }

  #durationOf(label: string): { mean: number } {
    let d = this.#seconds.get(label)
    if (!d) {
      d = { mean: -1 }
      this.#seconds.set(label, d)
    }
    return d
  }

  #takeEnds(state: LaneState, { ends, values, segments, sealed }: Ends): void {
    for (const entry of segments ?? []) this.#segments.made(state.lane.id, entry)
    const worker = this.#worker
    const store = this.#store
    let v = 0
    for (let at = 0; at < ends.length; at += END_LENGTH) {
      const slot = ends[at]!
      const kind = ends[at + 1]!
      const seconds = ends[at + 2]!
      if (kind === EndKind.suspended) {
        state.budget.suspend(slot)
        worker.suspended(slot)
        continue
      }
      state.budget.end(slot, seconds)
      this.#laneOf[slot] = undefined
      if (kind === EndKind.error) {
        const failure = values[v++] as Failure
        this.#fail(slot, failure, failure.label, state.lane.name)
        continue
      }
      const value = kind === EndKind.segment ? undefined : values[v++]
      const needed = worker.isNeeded(slot)
      const bytes = !needed ? 0 : kind === EndKind.segment ? store.putSegment(slot, ends[at + 3]!, ends[at + 4]!, ends[at + 5]!) : store.put(slot, value)
      worker.executed(slot, bytes, seconds)
    }
    for (const id of sealed ?? []) this.#segments.sealed(id)
    this.#step()
  }

  /** A task failed, on a lane or before it got to one. */
  #fail(slot: number, failure: unknown, label: string | undefined, where: string): void {
    const worker = this.#worker
    const graphId = worker.graphOf(slot)
    const task = worker.taskOf(slot)
    const attempt = worker.attemptOf(slot)
    if (!worker.failed(slot)) return
    const run = this.#runs.get(graphId)!
    let thrown = failure
    if (isFailure(failure)) {
      try {
        thrown = decode(failure.error)
      } catch (error) {
        thrown = error
      }
    }
    const step = label === undefined ? undefined : { label, source: undefined }
    this.#errors.set(errorKey(graphId, task, attempt), taskError(run.graph, task, thrown, where, step))
  }

  /** A lane has died. What it was running is charged for it, where that is known; else everything it had. */
  #laneGone(state: LaneState, reason: string): void {
    this.#lanes.delete(state)
    this.#segments.laneGone(state.lane.id)
    this.#lastDeath = reason
    const running = state.lane.running()
    this.#laneOf.forEach((of, slot) => {
      if (of !== state) return
      this.#laneOf[slot] = undefined
      const suspects = running === undefined || running < 0
      this.#worker.interrupted(slot, suspects || slot === running || state.budget.isSuspended(slot))
    })
    this.#step()
  }
}

function errorKey(graph: number, task: number, attempt: number): string {
  return `${graph}:${task}:${attempt}`
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && (value as Failure).error instanceof Uint8Array
}
