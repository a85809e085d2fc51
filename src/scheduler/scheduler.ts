import { ArgumentError, type IntList } from '../base/index.js'
import { EventKind } from '../events/index.js'
import { type Graph, checkWanted } from '../graph/index.js'
import { Core, type SchedulerOptions } from './core.js'
import { learn } from './durations.js'
import { refreshEligible } from './eligibility.js'
import { feedHungry, suspend, unload, updateRoom } from './feeding.js'
import type { GraphState, Source } from './graph-state.js'
import { Instruction } from './instructions.js'
import { copyMissing, inputMissing, interrupt, loseWorker } from './losses.js'
import { type Submission, type TaskAddress, takeGraph } from './submission.js'
import { ERRED, MEMORY, PROCESSING, RELEASED, SUSPENDED, type TaskStateName, taskStateNames } from './task-states.js'
import { awaitInputs, complete, failOfItself, letGo, require } from './transitions.js'
import { validate } from './validate.js'
import { type WorkerSpec, WorkerState } from './worker-state.js'

/**
 * The scheduler, as a machine: events come in as calls, what is to be done comes out as `instructions` (see
 * instructions.ts), in the order in which it must be done. It does no I/O, knows no time but the clock it is given, and
 * waits for nothing. The shell around it hands in what happened, calls `flush` at the end of its tick, carries out the
 * instructions and empties the list.
 *
 * Every message about a task carries the attempt it is about; a message about another attempt is stale and does no harm.
 */
export class Scheduler {
  readonly #core: Core
  readonly #validate: boolean

  constructor(options: SchedulerOptions) {
    this.#core = new Core(options)
    this.#validate = options.validate ?? false
  }

  get instructions(): IntList {
    return this.#core.instructions
  }

  /** The number of workers. */
  get workerCount(): number {
    return this.#core.workerCount
  }

  /** The number of graphs of which something is still needed. */
  get graphCount(): number {
    return this.#core.graphs.size
  }

  // ---- workers

  /** A worker joins. Gives its number, which is not in use for another one. */
  addWorker(spec: WorkerSpec): number {
    if (!Number.isInteger(spec.threads) || spec.threads < 1) {
      throw new ArgumentError(
        `the worker ${spec.name} says that it has ${spec.threads} threads; it must be a whole number, at least 1`,
      )
    }
    const core = this.#core
    const index = core.vacant.pop() ?? core.workers.length
    const w = new WorkerState(index, spec)
    core.workers[index] = w
    core.workerCount++
    core.reserveWorkers(index + 1)
    core.log.recordDetail(EventKind.workerJoined, core.now, -1, index, 0, spec)
    for (const r of core.requirements.values()) refreshEligible(core, r, w)
    updateRoom(core, w)
    core.makeHungry(w)
    this.#check()
    return index
  }

  /**
   * A worker has left (`expected`) or vanished; what it was running and holding is seen to. Instructions for it that are
   * still in the list are to be passed over; its number is not given to another worker before the next flush.
   */
  removeWorker(index: number, { expected, reason }: { expected: boolean; reason: string }): void {
    const core = this.#core
    const w = core.workers[index]
    if (!w) return
    core.workers[index] = undefined
    core.leaving.push(index)
    core.workerCount--
    core.room.delete(index)
    core.idle.delete(index)
    for (const r of w.requirements) {
      r.eligible.delete(w)
      r.room.delete(w)
      if (r.allowOtherWorkers) refreshEligible(core, r)
    }
    const kind = expected ? EventKind.workerLeft : EventKind.workerLost
    core.log.record(kind, core.now, -1, -1, -1, index, 0)
    loseWorker(core, w, expected, reason)
    this.#check()
  }

  // ---- what clients ask for

  /**
   * Takes a graph in and gives its number. Everything in it is taken to be needed: cull first.
   *
   * @throws ArgumentError when something about the submission is wrong; nothing has happened then.
   */
  submit(graph: Graph, submission: Submission): number {
    const id = takeGraph(this.#core, graph, submission)
    this.#check()
    return id
  }

  /** A client wants the results of these tasks too. It is told at once of those that are in memory or have failed. */
  want(graph: number, tasks: ArrayLike<number>): void {
    const core = this.#core
    const g = this.#core.graph(graph)
    checkWanted(g.graph, tasks)
    for (let i = 0; i < tasks.length; i++) {
      const t = tasks[i]!
      if (g.wanted[t] === 1) continue
      g.wanted[t] = 1
      g.wantedCount++
      if (g.state[t] === MEMORY) core.tellClient(Instruction.inMemory, g, t)
      else if (g.state[t] === ERRED) core.tellClient(Instruction.erred, g, t)
      else require(core, g, t)
    }
    this.#check()
  }

  /** No client wants the results of these tasks any more: what nothing else needs is freed or given up. */
  release(graph: number, tasks: ArrayLike<number>): void {
    const core = this.#core
    const g = core.graphs.get(graph)
    if (!g) return
    for (let i = 0; i < tasks.length; i++) {
      const t = tasks[i]!
      if (g.wanted[t] !== 1) continue
      g.wanted[t] = 0
      g.wantedCount--
      if (g.waiters[t] === 0) letGo(core, g, t)
    }
    core.forgetIfDone(g)
    this.#check()
  }

  /** Runs a failed task again, and those failed ones that it needs. */
  retry(graph: number, task: number): void {
    const core = this.#core
    const list: Source[] = [{ graph: this.#core.graph(graph), task }]
    checkWanted(list[0]!.graph.graph, [task])
    for (let i = 0; i < list.length; i++) {
      const { graph: g, task: t } = list[i]!
      if (g.state[t] !== ERRED) continue
      g.state[t] = RELEASED
      g.cost[t] = -1
      g.errors.delete(t)
      g.retriesUsed.delete(t)
      g.failures[t] = 0
      core.record(EventKind.taskForgiven, g, t, -1, 0)
      for (const d of g.graph.dependenciesOf(t)) list.push({ graph: g, task: d })
      const source = g.sources.get(t)
      if (source) list.push(source)
    }
    // Each of them may be wanted for its own sake.
    for (const { graph: g, task: t } of list) require(core, g, t)
    this.#check()
  }

  /** The error of a failed task. */
  errorOf(graph: number, task: number): unknown {
    return this.#core.graphs.get(graph)?.errors.get(task)
  }

  /** The holders of the value of a task, empty when it is not in memory. */
  holdersOf(graph: number, task: number): number[] {
    let g = this.#core.graphs.get(graph)
    let t = task
    const source = g?.sources.get(t)
    if (source) {
      g = source.graph
      t = source.task
    }
    return g?.state[t] === MEMORY ? [g.worker[t]!, ...g.copies.all(t)] : []
  }

  /** Where the value of a task really is: the task itself, or the one of another graph that it stands for. */
  addressOf(graph: number, task: number): TaskAddress {
    const source = this.#core.graphs.get(graph)?.sources.get(task)
    return source ? { graph: source.graph.id, task: source.task } : { graph, task }
  }

  stateOf(graph: number, task: number): TaskStateName {
    const g = this.#core.graphs.get(graph)
    return g ? taskStateNames[g.state[task]!]! : 'released'
  }

  // ---- what workers report

  /** A task has its result, of that many bytes, after that many seconds. */
  finished(worker: number, graph: number, task: number, attempt: number, bytes: number, seconds: number): void {
    const core = this.#core
    const g = this.#current(worker, graph, task, attempt)
    if (!g) {
      const held = core.graphs.get(graph)
      // The same news twice is no news; a result that is not expected any more must not stay on the worker.
      if (held?.state[task] === MEMORY && held.attempt[task] === attempt && held.isHeldBy(task, worker)) return
      if (core.workers[worker]) core.tellWorker(Instruction.free, worker, graph, task, attempt)
      return
    }
    // While it waited it held no slot, so the time it took says nothing about how much work to send ahead.
    if (g.state[task] === PROCESSING) learn(g.layerState(task).duration, seconds)
    unload(core, g, task)
    core.record(EventKind.taskFinished, g, task, worker, seconds)
    complete(core, g, task, worker, bytes)
    this.#check()
  }

  /** The function of a task returned a promise that is not settled yet. */
  suspended(worker: number, graph: number, task: number, attempt: number): void {
    const g = this.#current(worker, graph, task, attempt)
    if (g?.state[task] === PROCESSING) suspend(this.#core, g, task)
    this.#check()
  }

  /** A task threw. */
  erred(worker: number, graph: number, task: number, attempt: number, error: unknown, message: string): void {
    const core = this.#core
    const g = this.#current(worker, graph, task, attempt)
    if (!g) return
    unload(core, g, task)
    g.worker[task] = -1
    const used = g.retriesUsed.get(task) ?? 0
    const allowed = g.layerState(task).retries
    if (used < allowed) {
      g.retriesUsed.set(task, used + 1)
      core.record(EventKind.taskRetried, g, task, worker, allowed - used - 1)
      awaitInputs(core, g, task)
    } else failOfItself(core, g, task, worker, error, message)
    this.#check()
  }

  /** What ran a task died, and the worker lives on; `charged`: presumably because of this task. */
  interrupted(worker: number, graph: number, task: number, attempt: number, charged: boolean, reason: string): void {
    const g = this.#current(worker, graph, task, attempt)
    if (g) interrupt(this.#core, g, task, this.#core.workers[worker]!, charged, reason)
    this.#check()
  }

  /** A worker could not get an input (`input`, of that attempt) of a task from its holder, and has put the task away. */
  inputMissing(
    worker: number,
    graph: number,
    task: number,
    attempt: number,
    input: TaskAddress,
    inputAttempt: number,
    holder: number,
  ): void {
    const g = this.#current(worker, graph, task, attempt)
    const copy = { graph: this.#core.graphs.get(input.graph), task: input.task, attempt: inputAttempt, holder }
    if (g) inputMissing(this.#core, g, task, copy)
    else copyMissing(this.#core, worker, copy)
    this.#check()
  }

  /** A worker has got a copy of a value from another one. */
  hasReplica(worker: number, graph: number, task: number, attempt: number): void {
    const core = this.#core
    if (!core.workers[worker]) return
    const g = core.graphs.get(graph)
    if (g?.state[task] !== MEMORY || g.attempt[task] !== attempt) {
      core.tellWorker(Instruction.free, worker, graph, task, attempt)
      return
    }
    if (g.isHeldBy(task, worker)) return
    g.copies.add(task, worker)
    core.record(EventKind.replicaAdded, g, task, worker, g.cost[task]!)
    this.#check()
  }

  // ---- the end of a tick

  /** Sends ready tasks to workers that have room. To be called after the events of a tick, before `instructions` is read. */
  flush(): void {
    feedHungry(this.#core)
    this.#core.endTick()
    if (this.#validate) validate(this.#core, true)
  }

  /** Checks every invariant of the state, from scratch. Throws an `InvariantError` that says which does not hold. */
  validate(): void {
    validate(this.#core, false)
  }

  #check(): void {
    if (this.#validate) validate(this.#core, false)
  }

  /** The graph, if the task is under way on that worker in that attempt. */
  #current(worker: number, graph: number, task: number, attempt: number): GraphState | undefined {
    const g = this.#core.graphs.get(graph)
    if (!g) return undefined
    const state = g.state[task]
    const current = (state === PROCESSING || state === SUSPENDED) && g.worker[task] === worker && g.attempt[task] === attempt
    return current ? g : undefined
  }
}
