import { ArgumentError, IntList, InvariantError, Moved, asError, describe, systemClock } from '../base/index.js'
import { config, isAddressSpaceShort, processLimit } from '../config/index.js'
import { EventKind, EventLog } from '../events/index.js'
import { type Graph, checkWanted, order } from '../graph/index.js'
import { Instruction, Scheduler, type TaskAddress, instructionLength } from '../scheduler/index.js'
import {
  type BatchWriter,
  END_LENGTH,
  type Failure,
  LaneSet,
  MAIN_CALL,
  MOST_AHEAD,
  PoolMemory,
  SegmentTable,
  Spending,
  ValueKind,
  ValueStore,
  answerMainCall,
  goesOn,
  isDirect,
} from '../lanes/index.js'
import { Arena, ArenaUnavailable, SpillFolder, lendKernelMemory } from '../memory/index.js'
import type { Opened } from '../shuffle/index.js'
import { decode, encode, isPlain, prepare } from '../transfer/index.js'
import { Report, Worker, reportLength } from '../worker/index.js'
import { ExecutorClosed, taskError } from './errors.js'
import type { Executor, RunOptions } from './executor.js'
import { ForgottenValues } from './forgotten-values.js'
import { HeldValue, type Holder } from './held-value.js'
import { localise } from './localise.js'
import { announceRun } from './observers.js'
import { OpenShuffles } from './open-shuffles.js'
import type { PoolSpilling } from './pool-spilling.js'
import { Run, type RunLayer, type Waiter } from './run.js'

/**
 * Seconds of work for each lane that the worker machine may hold: it is in this thread, keeps the order in which tasks are to go,
 * and deals them to lanes late, so that there is nothing to be gained by keeping them back.
 */
const AHEAD_TIME = 0.1
/** Memory of segments that hold nothing is kept to be filled again: so much at most, or this share of the limit. */
const MOST_SPARE = 256 * 2 ** 20
const SPARE_SHARE = 1 / 20
/** Bytes of the one memory that all threads share, at most. */
const MOST_SHARED = 4 * 2 ** 30
/** Values that take this share of what they may are reason to get ready for the disk. */
const MANY = 1 / 4

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
  readonly #scheduler: Scheduler
  readonly #worker = new Worker()
  readonly #workerIndex: number
  readonly #segments: SegmentTable
  readonly #forgotten = new ForgottenValues(() => this.#segments.used)
  readonly #store: ValueStore
  readonly #lanes: LaneSet
  readonly #spending = new Spending()
  readonly #shuffles: OpenShuffles
  readonly #runs = new Map<number, Run>()
  /** of the task that is being written */
  readonly #inputSlots = new IntList()
  readonly #errors = new Map<string, unknown>()
  readonly #holder: Holder
  /** bytes that the process may take; Infinity: nothing goes to disk */
  readonly #limit: number
  /** how its memory is used, when it was made */
  readonly #memorySettings = config.get('memory')
  /** bytes of values from which on there may be too many for memory */
  readonly #many: number
  #spilling: PoolSpilling | undefined
  #openingSpilling: Promise<void> | undefined
  /** runs whose callers have their values, which are still held */
  #done: { readonly id: number; readonly tasks: Int32Array }[] = []
  #pending = 0
  #closed = false
  #stepping = false
  #flushScheduled = false

  /** A pool of so many threads or processes. */
  constructor(name: 'threads' | 'processes', size: number) {
    this.name = name
    this.concurrency = size
    // Lanes that are processes have results that are not in shared memory.
    this.#limit = name === 'threads' ? processLimit() : Infinity
    const { target, spill } = this.#memorySettings
    this.#many = MANY * this.#limit * Math.min(target === false ? Infinity : target, spill === false ? Infinity : spill)
    this.#segments = new SegmentTable({
      mostSpare: Math.min(MOST_SPARE, this.#limit * SPARE_SHARE),
      memory: name === 'threads' ? poolMemory(size, this.#limit) : undefined,
      grown: (bytes) => this.#forgotten.grown(bytes),
    })
    this.#store = new ValueStore(this.#segments)
    this.#shuffles = new OpenShuffles(name)
    const settings = config.get('scheduler')
    this.log = new EventLog(settings.historyLength)
    this.#scheduler = new Scheduler({
      clock: systemClock,
      log: this.log,
      allowedFailures: settings.allowedFailures,
      aheadTime: Math.max(settings.aheadTime / 1000, AHEAD_TIME),
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
    this.#lanes = new LaneSet(name, size, {
      worker: this.#worker,
      store: this.#store,
      segments: this.#segments,
      next: () => (this.#spilling ?? this.#worker).next(),
      ready: () => this.#spilling?.ready() ?? this.#worker.readyCount,
      layerOf: (slot) => {
        const { graph, layers } = this.#runs.get(this.#worker.graphOf(slot))!
        return layers[graph.layerOf[this.#worker.taskOf(slot)]!]!
      },
      write: (slot, layer, writer) => this.#write(slot, layer as RunLayer, writer),
      failed: (slot, failure, where) => this.#takeFailure(slot, failure, where),
      refused: (slot, error) => {
        this.#spilling?.ended(slot)
        this.#fail(slot, error, undefined, 'the main thread')
      },
      answer: (question, args, _lane, slot) => this.#answer(question, args, slot),
      ended: (ends) => this.#took(ends),
      interrupted: (slot) => this.#spilling?.ended(slot),
      step: () => this.#step(),
    })
    // It starts while the graph is being made.
    this.#lanes.start()
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
      this.#releaseLater(id, unique)
      id = -1
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
    for (const task of unique)
      handles.set(task, new HeldValue(this.#holder, id, task, graph.layer(task).name, graph.indexOf[task]!))
    const { signal } = options
    const aborted = (): void => this.#release(id, unique)
    signal?.addEventListener('abort', aborted, { once: true })
    this.#whenSettled(id, unique, (error) => {
      signal?.removeEventListener('abort', aborted)
      ended(error)
    })
    // Nobody waits for it in this turn: lanes that have nothing to do begin while the program goes on.
    if (this.#lanes.handedOut === 0) this.#step()
    return Array.from(wanted, (task) => handles.get(task)!)
  }

  async close(): Promise<void> {
    if (this.#done.length > 0) this.#step()
    this.#closed = true
    const error = new ExecutorClosed(`the executor ${this.name} was closed while tasks were under way`)
    for (const run of this.#runs.values()) {
      for (const waiter of run.allWaiters()) waiter.stop(error)
      run.end()
    }
    this.#runs.clear()
    await this.#lanes.close()
    await this.#shuffles.close()
    await this.#openingSpilling
    await this.#spilling?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Bytes of the values that are in memory, and of the shared memory that they and the spare segments take; of the values that
   * are on disk, and that ever went there.
   */
  get memory(): { readonly values: number; readonly shared: number; readonly disk: number; readonly spilled: number } {
    const { bytes: values, diskBytes: disk } = this.#store
    return { values, shared: this.#segments.bytes, disk, spilled: this.#spilling?.traffic.spilledBytes ?? 0 }
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
    const ranks = order(graph, wanted)
    const id = this.#scheduler.submit(graph, { wanted, ranks, priority: options.priority ?? 0, sources })
    this.#runs.set(id, new Run(graph))
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
        else if (this.#spilling) resolve(this.#read(this.#spilling, id, tasks, signal))
        else {
          const slots = tasks.map((task) => this.#slotOf(id, task))
          const imports = this.#imports(slots)
          // They may have moved when everything is imported, some of them to disk.
          if (imports)
            resolve(
              imports.then(() =>
                this.#spilling
                  ? this.#read(this.#spilling, id, tasks, signal)
                  : this.#values(tasks.map((task) => this.#slotOf(id, task))),
              ),
            )
          else {
            try {
              resolve(this.#values(slots))
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
      if (!run.removeWaiter(single, waiter)) return false
      if (--this.#pending === 0) this.#lanes.reference(false)
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
    run.addWaiter(single, waiter)
    if (++this.#pending === 1) this.#lanes.reference(true)
    if (error !== undefined || waiter.missing === 0) queueMicrotask(() => waiter.stop(error))
    return leave
  }

  #values(slots: Int32Array): unknown[] {
    const values = new Array<unknown>(slots.length)
    for (let i = 0; i < slots.length; i++) values[i] = this.#store.get(slots[i]!)
    return values
  }

  /** The values of tasks, some of which may be on disk. */
  async #read(spilling: PoolSpilling, id: number, tasks: Int32Array, signal: AbortSignal | undefined): Promise<unknown[]> {
    const values = new Array<unknown>(tasks.length)
    // One after the other: what is read is in memory twice.
    for (let i = 0; i < tasks.length; i++) {
      signal?.throwIfAborted()
      const read = await spilling.read(() => this.#slotOf(id, tasks[i]!))
      // What was lost is computed again.
      values[i] = read ? read.value : (await this.#settled(id, tasks.subarray(i, i + 1), signal))[0]
    }
    return values
  }

  /** What must be imported before these values can be had; undefined: nothing. */
  #imports(slots: Int32Array): Promise<unknown> | undefined {
    let imports: Promise<void>[] | undefined
    for (const slot of slots) {
      const imported = this.#store.prepare(slot)
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

  /** Releases when the caller has had the turn in which it gets its values: it need not wait for what comes after. */
  #releaseLater(id: number, tasks: Int32Array): void {
    if (this.#done.push({ id, tasks }) > 1) return
    setImmediate(() => {
      if (this.#done.length > 0) this.#step()
    })
  }

  #releaseDone(): void {
    if (this.#done.length === 0) return
    for (const { id, tasks } of this.#done) this.#scheduler.release(id, tasks)
    this.#done = []
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
      this.#releaseDone()
      do {
        this.#carryReports()
        this.#scheduler.flush()
        this.#carryInstructions()
        this.#spilling?.check()
        this.#lanes.dealOut()
      } while (this.#worker.reports.length > 0 || this.#scheduler.instructions.length > 0)
      this.#lanes.flush()
      if (!this.#openingSpilling && this.#segments.used > this.#many) this.#openingSpilling = this.#openSpilling()
      this.#recordSpending()
      this.log.flush()
    } finally {
      this.#stepping = false
    }
  }

  #recordSpending(): void {
    this.#spending.tell(({ graph, task, decoding, encoding }) => {
      const layer = this.#runs.get(graph)?.graph.layerOf[task]
      if (layer === undefined) return
      const now = systemClock.now()
      this.log.record(EventKind.inputsDecoded, now, graph, -1, layer, this.#workerIndex, decoding)
      this.log.record(EventKind.resultsEncoded, now, graph, -1, layer, this.#workerIndex, encoding)
    })
  }

  #carryInstructions(): void {
    const list = this.#scheduler.instructions
    const worker = this.#worker
    const words = list.items
    const end = list.length
    const settled: { waiter: Waiter; error: unknown }[] = []
    const hasAll = (waiter: Waiter): void => void settled.push({ waiter, error: undefined })
    let run: Run | undefined
    let runOf = -1
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
          // Mostly they are all of one graph.
          if (graph !== runOf) {
            run = this.#runs.get(graph)
            runOf = graph
          }
          run?.arrived(task, hasAll)
          break
        case Instruction.erred:
          this.#runs
            .get(graph)
            ?.eachWaiter(task, (waiter) => settled.push({ waiter, error: this.#scheduler.errorOf(graph, task) }))
          break
        case Instruction.lost:
          this.#runs.get(graph)?.eachWaiter(task, (waiter) => waiter.missing++)
          break
        case Instruction.forgotten:
          this.#forget(graph)
          break
      }
    }
    list.clear()
    for (const { waiter, error } of settled) waiter.stop(error)
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
          this.#shuffles.known?.done(graph, task)
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
          scheduler.interrupted(me, graph, task, attempt, words[at + 4] === 1, this.#lanes.lastDeath)
          break
        case Report.drop:
          this.#store.drop(words[at + 4]!)
          break
        case Report.inputMissing:
          scheduler.inputMissing(
            me,
            graph,
            task,
            attempt,
            { graph: words[at + 4]!, task: words[at + 5]! },
            words[at + 6]!,
            words[at + 7]!,
          )
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
    this.#lanes.forget(run.layers)
    this.#shuffles.known?.forget(graph)
    run.end()
  }

  /** A task asks for something. */
  async #answer(question: string, args: unknown, slot: number): Promise<unknown> {
    if (question === MAIN_CALL) return answerMainCall(args)
    // The slot may be another task's when the code is there.
    const id = this.#worker.graphOf(slot)
    const task = this.#worker.taskOf(slot)
    const shuffles = await this.#shuffles.get()
    const run = this.#runs.get(id)
    if (!run || !shuffles.knows(question)) throw new ArgumentError(`a task asks for ${question}, which nobody has here any more`)
    const answer = await shuffles.answer(question, args, id, task, run.graph)
    return isOpened(answer) ? new Moved(answer, [answer.bytes.buffer]) : answer
  }

  /** What tasks that lanes had spent beside computing; and what they needed may leave. */
  #took(ends: Float64Array): void {
    for (let at = 0; at < ends.length; at += END_LENGTH) {
      if (goesOn(ends[at + 1]!)) continue
      const slot = ends[at]!
      this.#spilling?.ended(slot)
      const [decoding, encoding] = [ends[at + 6]!, ends[at + 7]!]
      if (decoding + encoding === 0) continue
      const graph = this.#worker.graphOf(slot)
      const task = this.#worker.taskOf(slot)
      const layer = this.#runs.get(graph)?.layers[this.#runs.get(graph)!.graph.layerOf[task]!]
      if (layer) this.#spending.add(layer, graph, task, decoding, encoding)
    }
  }

  /** Writes the task of a slot for a lane. */
  #write(slot: number, layer: RunLayer, writer: BatchWriter): boolean {
    const id = this.#worker.graphOf(slot)
    const task = this.#worker.taskOf(slot)
    const { graph } = this.#runs.get(id)!
    const { start, targets } = graph.dependencies
    const from = start[task]!
    const to = start[task + 1]!
    const own = graph.own(task)
    const index = graph.indexOf[task]!
    const slots = this.#inputSlots
    slots.length = 0
    for (let e = from; e < to; e++) {
      const input = this.#slotOf(id, targets[e]!)
      if (input < 0) throw new InvariantError(`${graph.keyOf(task)} is to run without its input ${graph.keyOf(targets[e]!)}`)
      slots.push(input)
    }
    if (own === undefined) writer.begin(slot, layer, index, ValueKind.none, own, to - from)
    else if (isDirect(own) || isPlain(own)) writer.begin(slot, layer, index, ValueKind.direct, own, to - from)
    else writer.begin(slot, layer, index, ValueKind.bytes, encode(own, { subject: layer.subject }), to - from)
    for (let i = 0; i < slots.length; i++) writer.input(slots.items[i]!)
    this.#spilling?.given(slot)
    return true
  }

  // ---- values on disk

  async #openSpilling(): Promise<void> {
    const { PoolSpilling, cannotSpill } = await import('./pool-spilling.js')
    const worker = this.#worker
    try {
      const folder = await SpillFolder.open(this.#memorySettings.localDirectory)
      if (this.#closed) {
        await folder.close()
        return
      }
      // From here on nothing may be handed out that it does not know of.
      this.#spilling = new PoolSpilling({
        name: this.name,
        limit: this.#limit,
        thresholds: this.#memorySettings,
        folder,
        machine: worker,
        store: this.#store,
        segments: this.#segments,
        mostAside: this.concurrency * 2,
        running: () => this.#lanes.handedOut,
        given: () => this.#lanes.slots(),
        unused: () => this.#segments.unused,
        inputCount: (slot) => {
          // Nobody needs what was begun for a graph that is forgotten.
          const start = this.#runs.get(worker.graphOf(slot))?.graph.dependencies.start
          return start ? start[worker.taskOf(slot) + 1]! - start[worker.taskOf(slot)]! : 0
        },
        inputSlot: (slot, input) => this.#slotOf(worker.graphOf(slot), this.#inputOf(slot, input)),
        inputLost: (slot, input) => {
          const address = this.#scheduler.addressOf(worker.graphOf(slot), this.#inputOf(slot, input))
          // Its own number of the attempt was told with the loss.
          worker.inputUnavailable(slot, address.graph, address.task, -1, this.#workerIndex)
        },
        lost: (slots) => this.#lose(slots),
        changed: () => this.#schedule(),
      })
    } catch (error) {
      process.emitWarning(cannotSpill(this.name, this.#limit, asError(error)), { type: 'HeddleWarning' })
    }
    this.#schedule()
  }

  /** The task of the same graph whose value is that input of the task in a slot. */
  #inputOf(slot: number, input: number): number {
    const { start, targets } = this.#runs.get(this.#worker.graphOf(slot))!.graph.dependencies
    return targets[start[this.#worker.taskOf(slot)]! + input]!
  }

  /** Values that were on disk cannot be read: they are computed again where they are needed. */
  #lose(slots: readonly number[]): void {
    const worker = this.#worker
    for (const slot of slots) {
      const [graph, task, attempt] = [worker.graphOf(slot), worker.taskOf(slot), worker.attemptOf(slot)]
      worker.free(graph, task, attempt)
      this.#scheduler.lacks(this.#workerIndex, graph, task, attempt)
    }
    this.#schedule()
  }

  #takeFailure(slot: number, { error, step }: Failure, where: string): void {
    const take = (): void => {
      let thrown: unknown
      try {
        thrown = decode(error)
      } catch (e) {
        thrown = e
      }
      this.#fail(slot, thrown, step, where)
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
}

function isOpened(answer: unknown): answer is Opened {
  return typeof answer === 'object' && answer !== null && 'bytes' in answer && 'next' in answer
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

/**
 * One memory for all threads; undefined where the process may not reserve it, and each result has memory of its own. It takes
 * half of the limit at most, since what was ever used of it is not given back to the system.
 */
function poolMemory(lanes: number, limit: number): PoolMemory | undefined {
  try {
    const memory = new PoolMemory(new Arena({ limit: Math.min(MOST_SHARED, limit / 2), threads: lanes }), lanes)
    // There may be no other memory for the kernels of this thread.
    const forKernels = isAddressSpaceShort() ? memory.forKernels() : undefined
    if (forKernels) lendKernelMemory(forKernels)
    return memory
  } catch (error) {
    if (error instanceof ArenaUnavailable) return undefined
    throw error
  }
}
