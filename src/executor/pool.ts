import { ArgumentError, describe, systemClock } from '../base/index.js'
import { config } from '../config/index.js'
import { EventLog } from '../events/index.js'
import { type Graph, checkWanted, order } from '../graph/index.js'
import { Instruction, Scheduler, type TaskAddress, instructionLength } from '../scheduler/index.js'
import { decode, encode, prepare } from '../transfer/index.js'
import { Report, Worker, reportLength } from '../worker/index.js'
import { BatchWriter, subjectOf } from './batch-writer.js'
import { ExecutorClosed, taskError } from './errors.js'
import type { Executor, RunOptions } from './executor.js'
import { HeldValue, type Holder } from './held-value.js'
import { type Lane, startProcess, startThread } from './lane.js'
import { END_LENGTH, EndKind, type Ends, type Failure, type LayerPayload } from './lane-protocol.js'
import { HandedOut, Timings } from './handed-out.js'
import { LaneBudget, MOST_AHEAD } from './lane-budget.js'
import { localise } from './localise.js'
import { announceRun } from './observers.js'
import { removeScratch, scratchFolder } from './scratch.js'
import { SegmentTable } from './segments.js'
import { ValueStore } from './value-store.js'

/** How the lanes of each kind of pool are started. */
const starters = { threads: startThread, processes: startProcess }

/** Charged to a lane for a task that waits for a promise. */
const SUSPENDED = -2

/** Tasks that are dealt to one lane at a time, before the next lane gets some. */
const SHARE = 32

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
  /** by number of the layer, that of its label in the timings */
  readonly labels: Int32Array
  readonly payloads: (LayerPayload | undefined)[]
  scratch: string | undefined
  /** those who wait for all the tasks that the run was asked for */
  readonly waiters: Set<Waiter>
  /** those who wait for one of them */
  readonly waitersOf: Map<number, Set<Waiter>>
}

/** Somebody who waits for values. */
interface Waiter {
  /** how many of them are not in memory */
  missing: number
  stop(error?: unknown): void
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
  readonly #start: typeof startThread
  readonly #scheduler: Scheduler
  readonly #worker = new Worker()
  readonly #workerIndex: number
  readonly #segments = new SegmentTable()
  readonly #store = new ValueStore(this.#segments)
  readonly #lanes = new Set<LaneState>()
  readonly #runs = new Map<number, Run>()
  readonly #handed = new HandedOut()
  readonly #timings = new Timings()
  readonly #errors = new Map<string, unknown>()
  readonly #holder: Holder
  #nextLane = 1
  #nextLayer = 1
  #pending = 0
  #closed = false
  #stepping = false
  #flushScheduled = false

  /** A pool of so many threads or processes. */
  constructor(name: 'threads' | 'processes', size: number) {
    this.name = name
    this.concurrency = size
    this.#start = starters[name]
    const settings = config.get('scheduler')
    this.log = new EventLog(settings.historyLength)
    this.#scheduler = new Scheduler({
      clock: systemClock,
      log: this.log,
      allowedFailures: settings.allowedFailures,
      aheadTime: settings.aheadTime / 1000,
      maximumAhead: Math.max(settings.maximumAhead, MOST_AHEAD * size),
      concurrentWaits: config.get('threadPool.concurrentWaits'),
      validate: settings.validate,
    })
    this.#workerIndex = this.#scheduler.addWorker({ name, host: 'localhost', threads: size })
    this.#holder = {
      executor: this,
      value: (graph, task) => this.#settled(graph, Int32Array.of(task)).then(([value]) => value),
      release: (graph, task) => this.#release(graph, Int32Array.of(task)),
    }
    // It starts while the graph is being made.
    this.#startLane()
  }

  async run(graph: Graph, wanted: Int32Array, options: RunOptions = {}): Promise<unknown[]> {
    options.signal?.throwIfAborted()
    const local = await localise(graph, wanted, this)
    options.signal?.throwIfAborted()
    const ended = announceRun(local.graph, this)
    const unique = withoutRepeats(local.wanted, local.graph.size)
    let id = -1
    try {
      id = this.#submit(local.graph, unique, options)
      const values = await this.#settled(id, unique, options.signal)
      ended()
      if (unique === local.wanted) return values
      const byTask = new Map<number, unknown>()
      unique.forEach((task, i) => byTask.set(task, values[i]))
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
    const unique = withoutRepeats(wanted, graph.size)
    const id = this.#submit(graph, unique, options)
    const handles = new Map<number, HeldValue>()
    for (const task of unique) handles.set(task, new HeldValue(this.#holder, id, task, graph.keyOf(task)))
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
      for (const waiter of [...run.waiters, ...[...run.waitersOf.values()].flatMap((set) => [...set])]) waiter.stop(error)
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

  #submit(graph: Graph, wanted: Int32Array, options: RunOptions): number {
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
    const ranks = order(graph, wanted)
    const labels = Int32Array.from(graph.layers, (layer) => this.#timings.numberOf(layer.label))
    const run: Run = { graph, layerIds, labels, payloads: [], scratch: undefined, waiters: new Set(), waitersOf: new Map() }
    const id = this.#scheduler.submit(graph, { wanted, ranks, priority: options.priority ?? 0, sources })
    this.#runs.set(id, run)
    // What is in memory already is known now, and must not be told again to those who begin to wait.
    this.#carryInstructions()
    this.#schedule()
    return id
  }

  /** The values of tasks, when all are in memory: all that the run was asked for, or one. Rejects as soon as one has failed. */
  #settled(id: number, tasks: Int32Array, signal?: AbortSignal): Promise<unknown[]> {
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
          const imports = this.#imports(id, tasks)
          if (imports) resolve(imports.then(() => this.#values(id, tasks)))
          else {
            try {
              resolve(this.#values(id, tasks))
            } catch (e) {
              reject(e as Error)
            }
          }
        }
      })
    })
  }

  /** Calls back once, when the tasks are all in memory, or one has failed. Gives a function that stops it. */
  #whenSettled(id: number, tasks: Int32Array, settled: (error?: unknown) => void): () => void {
    const run = this.#runs.get(id)
    if (!run) {
      queueMicrotask(() => settled(new ArgumentError('the value was released')))
      return () => undefined
    }
    const single = tasks.length === 1 ? tasks[0]! : undefined
    const leave = (): boolean => {
      if (single === undefined) {
        if (!run.waiters.delete(waiter)) return false
      } else {
        const waiters = run.waitersOf.get(single)
        if (!waiters?.delete(waiter)) return false
        if (waiters.size === 0) run.waitersOf.delete(single)
      }
      this.#pending--
      if (this.#pending === 0) for (const { lane } of this.#lanes) lane.unref()
      return true
    }
    const waiter: Waiter = {
      missing: 0,
      stop: (error) => {
        if (leave()) settled(error)
      },
    }
    let error: unknown
    for (const t of tasks) {
      const state = this.#scheduler.stateOf(id, t)
      if (state === 'erred') error = this.#scheduler.errorOf(id, t)
      if (state !== 'memory') waiter.missing++
    }
    if (single === undefined) run.waiters.add(waiter)
    else {
      const waiters = run.waitersOf.get(single)
      if (waiters) waiters.add(waiter)
      else run.waitersOf.set(single, new Set([waiter]))
    }
    this.#pending++
    if (this.#pending === 1) for (const { lane } of this.#lanes) lane.ref()
    if (error !== undefined || waiter.missing === 0) queueMicrotask(() => waiter.stop(error))
    return leave
  }

  #values(id: number, tasks: Int32Array): unknown[] {
    const values = new Array<unknown>(tasks.length)
    for (let i = 0; i < tasks.length; i++) values[i] = this.#store.get(this.#slotOf(id, tasks[i]!))
    return values
  }

  /** What must be imported before these values can be had; undefined: nothing. */
  #imports(id: number, tasks: Int32Array): Promise<unknown> | undefined {
    let imports: Promise<void>[] | undefined
    for (let i = 0; i < tasks.length; i++) {
      const imported = this.#store.prepare(this.#slotOf(id, tasks[i]!))
      if (imported) (imports ??= []).push(imported)
    }
    return imports && Promise.all(imports)
  }

  /** Where the value of a task is, or of the task of another graph that it stands for. */
  #slotOf(graph: number, task: number): number {
    const slot = this.#worker.valueSlot(graph, task)
    if (slot >= 0) return slot
    const address = this.#scheduler.addressOf(graph, task)
    return this.#worker.valueSlot(address.graph, address.task)
  }

  #release(id: number, tasks: Int32Array): void {
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
    const settled: { waiter: Waiter; error: unknown }[] = []
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
          this.#eachWaiter(graph, task, (waiter) => {
            if (--waiter.missing === 0) settled.push({ waiter, error: undefined })
          })
          break
        case Instruction.erred:
          this.#eachWaiter(graph, task, (waiter) => settled.push({ waiter, error: this.#scheduler.errorOf(graph, task) }))
          break
        case Instruction.lost:
          this.#eachWaiter(graph, task, (waiter) => waiter.missing++)
          break
        case Instruction.forgotten:
          this.#forget(graph)
          break
      }
    }
    list.clear()
    for (const { waiter, error } of settled) waiter.stop(error)
  }

  #eachWaiter(graph: number, task: number, tell: (waiter: Waiter) => void): void {
    const run = this.#runs.get(graph)
    if (!run) return
    for (const waiter of run.waiters) tell(waiter)
    if (run.waitersOf.size > 0) for (const waiter of run.waitersOf.get(task) ?? []) tell(waiter)
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
    // In turn, so that they get equal shares when there is not enough for all.
    for (let dealt = true; dealt; ) {
      dealt = false
      for (const state of this.#lanes) {
        if (!state.ready && this.#lanes.size > 1) continue
        for (let n = 0; n < SHARE && worker.readyCount > 0 && state.budget.hasRoom(); n++) {
          this.#assign(state, worker.next())
          dealt = true
        }
      }
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
    const lane = this.#start(
      id,
      { memoryLimit: limit === 'auto' ? undefined : limit },
      {
        ready: () => {
          state.ready = true
          this.#step()
        },
        ends: (ends) => this.#takeEnds(state, ends),
        gone: (reason) => this.#laneGone(state, reason),
      },
    )
    const state: LaneState = {
      lane,
      writer: new BatchWriter(lane, this.#store, this.#segments),
      budget: new LaneBudget(),
      ready: false,
    }
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
    const { start, targets } = graph.dependencies
    const from = start[task]!
    const to = start[task + 1]!
    try {
      state.writer.begin(slot, run.layerIds[layer]!, graph, task, to - from, () => this.#payload(graphId, run, layer))
    } catch (error) {
      // What it runs cannot travel.
      this.#fail(slot, error, undefined, 'the main thread')
      return
    }
    for (let e = from; e < to; e++) {
      state.writer.input(this.#slotOf(graphId, targets[e]!))
    }
    const handed = this.#handed
    const label = run.labels[layer]!
    const expected = this.#timings.mean[label]!
    handed.reserve(slot)
    handed.lane[slot] = state.lane.id
    handed.label[slot] = label
    handed.charged[slot] = expected
    state.budget.charge(expected)
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

  #takeEnds(state: LaneState, { ends, values, segments, sealed }: Ends): void {
    for (const entry of segments ?? []) this.#segments.made(state.lane.id, entry)
    const worker = this.#worker
    const store = this.#store
    const handed = this.#handed
    let v = 0
    for (let at = 0; at < ends.length; at += END_LENGTH) {
      const slot = ends[at]!
      const kind = ends[at + 1]!
      const seconds = ends[at + 2]!
      const charged = handed.charged[slot]!
      if (kind === EndKind.suspended) {
        state.budget.discharge(charged)
        handed.charged[slot] = SUSPENDED
        worker.suspended(slot)
        continue
      }
      if (charged !== SUSPENDED) {
        state.budget.discharge(charged)
        this.#timings.learn(handed.label[slot]!, seconds)
      }
      handed.lane[slot] = 0
      if (kind === EndKind.error) {
        this.#takeFailure(slot, values[v++] as Failure, state)
        continue
      }
      const value = kind === EndKind.segment ? undefined : values[v++]
      const needed = worker.isNeeded(slot)
      const bytes = !needed
        ? 0
        : kind === EndKind.segment
          ? store.putSegment(slot, ends[at + 3]!, ends[at + 4]!, ends[at + 5]!)
          : store.put(slot, value)
      worker.executed(slot, bytes, seconds)
    }
    for (const id of sealed ?? []) this.#segments.sealed(id)
    this.#step()
  }

  #takeFailure(slot: number, { error, step }: Failure, { lane }: LaneState): void {
    const take = (): void => {
      let thrown: unknown
      try {
        thrown = decode(error)
      } catch (e) {
        thrown = e
      }
      this.#fail(slot, thrown, step, lane.name)
    }
    const imported = prepare(error)
    if (!imported) take()
    else {
      // That an import failed is said when the error is decoded.
      void imported.then(take, take).then(() => this.#step())
    }
  }

  /** A task failed, on a lane or before it got to one. */
  #fail(slot: number, thrown: unknown, step: Failure['step'], where: string): void {
    const worker = this.#worker
    const graphId = worker.graphOf(slot)
    const task = worker.taskOf(slot)
    const attempt = worker.attemptOf(slot)
    if (!worker.failed(slot)) return
    const { graph } = this.#runs.get(graphId)!
    this.#errors.set(
      errorKey(graphId, task, attempt),
      taskError(graph, task, thrown, where, step && { ...step, source: undefined }),
    )
  }

  /** A lane has died. What it was running is charged for it, where that is known; else everything it had. */
  #laneGone(state: LaneState, reason: string): void {
    this.#lanes.delete(state)
    this.#segments.laneGone(state.lane.id)
    this.#lastDeath = reason
    const running = state.lane.running()
    const { lane, charged } = this.#handed
    for (let slot = 0; slot < lane.length; slot++) {
      if (lane[slot] !== state.lane.id) continue
      lane[slot] = 0
      const unknown = running === undefined || running < 0
      this.#worker.interrupted(slot, unknown || slot === running || charged[slot] === SUSPENDED)
    }
    this.#step()
  }
}

/** The tasks, each once; the same array when none is repeated. */
function withoutRepeats(tasks: Int32Array, size: number): Int32Array {
  const seen = new Uint8Array(size)
  for (let i = 0; i < tasks.length; i++) {
    if (seen[tasks[i]!] === 1) return Int32Array.from(new Set(tasks))
    seen[tasks[i]!] = 1
  }
  return tasks
}

function errorKey(graph: number, task: number, attempt: number): string {
  return `${graph}:${task}:${attempt}`
}
