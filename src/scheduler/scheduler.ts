import { ArgumentError, type IntList } from '../base/index.js'
import { EventKind } from '../events/index.js'
import type { Graph } from '../graph/index.js'
import { Admission } from './admission.js'
import { archiveResting } from './archive.js'
import { keepOneOpen, pause, resume, silence, stay } from './closing.js'
import { Core, type SchedulerOptions } from './core.js'
import { refreshEligible } from './eligibility.js'
import { feedHungry, forgetRoom, updateRoom } from './feeding.js'
import type { Expected } from './larger-workers.js'
import { type Demand, type Load, demandOf, loadOf } from './load.js'
import { discard, giveUpLarger, loseWorker } from './losses.js'
import { beginMoves } from './moves.js'
import * as news from './news.js'
import { rebalance, relieve, replicate } from './replication.js'
import * as requests from './requests.js'
import { continueRetirements, retire } from './retirement.js'
import { steal } from './stealing.js'
import type { Submission, TaskAddress } from './submission.js'
import { MEMORY, type TaskStateName, UNSURE, taskStateNames } from './task-states.js'
import { validate } from './validate.js'
import { clientsOf } from './wants.js'
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
    core.workersVersion++
    core.reserveWorkers(index + 1)
    core.log.recordDetail(EventKind.workerJoined, core.now, -1, index, 0, spec)
    for (const r of core.requirements.values()) refreshEligible(core, r, w)
    updateRoom(core, w)
    core.makeHungry(w)
    // There is somebody again for what they keep.
    if (w.keeper) core.keepers.add(w)
    else for (const keeper of core.keepers) retire(core, keeper)
    keepOneOpen(core)
    this.#check()
    return index
  }

  /**
   * A worker has left (`expected`) or vanished; what it was running and holding is seen to: if it took too much memory, by
   * workers with more, where there are any. Instructions for it that are
   * still in the list are to be passed over; its number is not given to another worker before the next flush.
   */
  removeWorker(
    index: number,
    { expected, reason, outOfMemory = false }: { expected: boolean; reason: string; outOfMemory?: boolean },
  ): void {
    const core = this.#core
    const w = core.workers[index]
    if (!w) return
    core.workers[index] = undefined
    core.leaving.push(index)
    core.workerCount--
    core.keepers.delete(w)
    core.workersVersion++
    forgetRoom(core, w)
    for (const r of w.requirements) {
      r.eligible.delete(w)
      if (r.allowOtherWorkers) refreshEligible(core, r)
    }
    if (expected) core.log.record(EventKind.workerLeft, core.now, -1, -1, -1, index, 0)
    else core.log.recordDetail(EventKind.workerLost, core.now, -1, index, 0, { reason })
    // Those who are about to leave are ended at some time, whatever they run.
    loseWorker(core, w, expected || w.retirement !== undefined, reason, outOfMemory)
    keepOneOpen(core)
    this.#check()
  }

  /** Workers like these may come, and no others: tasks that took more memory than there was wait for them. */
  expectWorkers(expected: readonly Expected[]): void {
    this.#core.expected = expected
    giveUpLarger(this.#core)
    this.#check()
  }

  /**
   * A worker is short of memory: it keeps what it has and runs what it has begun, but gets nothing new until it is resumed.
   * Where all are, one of them gets tasks all the same, one at a time.
   */
  pauseWorker(index: number): void {
    const w = this.#core.workers[index]
    if (!w) return
    pause(this.#core, w)
    relieve(this.#core, w)
    this.#check()
  }

  /** A worker that was paused gets new tasks again, unless it is to leave. */
  resumeWorker(index: number): void {
    const w = this.#core.workers[index]
    if (w) resume(this.#core, w)
    this.#check()
  }

  /** A worker does not answer, and is likely to be gone: it gets nothing new. `removeWorker` is to follow. */
  silenceWorker(index: number): void {
    const w = this.#core.workers[index]
    if (w) silence(this.#core, w)
    this.#check()
  }

  /** A worker that was to leave stays, and gets new tasks again unless it is paused. */
  keepWorker(index: number): void {
    const w = this.#core.workers[index]
    if (w) stay(this.#core, w)
    this.#check()
  }

  /**
   * A worker is to leave: it gets nothing new, and what only it holds is copied to others. Then the instruction `retired`
   * says that it can go, and `removeWorker` loses nothing; it also says when there is nobody who could take the values.
   */
  retireWorker(index: number): void {
    const w = this.#core.workers[index]
    if (w) retire(this.#core, w)
    this.#check()
  }

  /** Has a worker drop the copies of values that others have too and that nothing there needs. Gives how many. */
  relieveWorker(index: number): number {
    const w = this.#core.workers[index]
    const dropped = w ? relieve(this.#core, w) : 0
    this.#check()
    return dropped
  }

  /**
   * Plans copies of the values of tasks that are in memory: so many in all, or one on each of those workers. Such copies
   * are not superfluous. Gives how many are planned; `hasReplica` reports what has come of it.
   */
  replicate(graph: number, tasks: ArrayLike<number>, to: number | readonly number[]): number {
    const planned = replicate(this.#core, graph, tasks, to)
    this.#check()
    return planned
  }

  /**
   * Plans moves of values from the workers that hold most to those that hold least. `held`: bytes by worker, where more is
   * known than what the scheduler knows. Gives how many are planned.
   */
  rebalance(held?: ReadonlyMap<number, number>): number {
    const planned = rebalance(this.#core, held)
    this.#check()
    return planned
  }

  /**
   * What there is to do, for whoever decides how many workers there are to be. `newcomer`: the resources of a worker that
   * could be started. It loops over workers and graphs: ask now and then.
   */
  load(newcomer: Readonly<Record<string, number>> = {}): Load {
    return loadOf(this.#core, newcomer)
  }

  /** The same by classes of tasks, for whoever may start workers of several kinds. */
  demand(): Demand {
    return demandOf(this.#core)
  }

  // ---- what clients ask for

  /**
   * Takes a graph in and gives its number. Everything in it is taken to be needed: cull first.
   *
   * @throws ArgumentError when something about the submission is wrong; nothing has happened then.
   */
  submit(graph: Graph, submission: Submission): number {
    const admission = new Admission(this.#core, graph, submission, true)
    while (!admission.step(Infinity));
    this.#check()
    return admission.graph
  }

  /** As `submit`, piece by piece: nothing is done until `step` is called. */
  admit(graph: Graph, submission: Submission): Admission {
    const admission = new Admission(this.#core, graph, submission, false)
    this.#check()
    return admission
  }

  /** A client wants the results of these tasks too. It is told at once of those that are in memory or have failed. */
  want(graph: number, tasks: ArrayLike<number>, client = 0): void {
    requests.want(this.#core, this.#core.graph(graph), tasks, client)
    this.#check()
  }

  /** A client does not want the results of these tasks any more: what nobody else wants and nothing needs is freed or given up. */
  release(graph: number, tasks: ArrayLike<number>, client = 0): void {
    const g = this.#core.graphs.get(graph)
    if (g) requests.release(this.#core, g, tasks, client)
    this.#check()
  }

  /**
   * A client is gone: nobody else having asked for it, nothing it wanted is done or kept. Goes on for about so many tasks;
   * false: call it again, there is more to do.
   */
  dropClient(client: number, budgetTasks = Infinity): boolean {
    const done = requests.dropClient(this.#core, client, budgetTasks)
    this.#check()
    return done
  }

  /** The clients that want the result of a task: whom to tell about it. */
  clientsOf(graph: number, task: number): number[] {
    const g = this.#core.graphs.get(graph)
    const t = g?.taskOf(task) ?? -1
    return g && t >= 0 ? clientsOf(g, t) : []
  }

  /** Runs a failed task again, and those failed ones that it needs. */
  retry(graph: number, task: number): void {
    requests.retry(this.#core, graph, task)
    this.#check()
  }

  /** The error of a failed task. */
  errorOf(graph: number, task: number): unknown {
    const g = this.#core.graphs.get(graph)
    return g?.errors.get(g.taskOf(task))
  }

  /** The holders of the value of a task, empty when it is not in memory. */
  holdersOf(graph: number, task: number): number[] {
    let g = this.#core.graphs.get(graph)
    let t = g?.taskOf(task) ?? -1
    const source = g?.sources.get(t)
    if (source) {
      g = source.graph
      t = source.task
    }
    const state = g?.state[t]
    return state === MEMORY || state === UNSURE ? [g!.worker[t]!, ...g!.copies.all(t)] : []
  }

  /** The worker that a task was sent to, or that made its value; -1: none. */
  workerOf(graph: number, task: number): number {
    const g = this.#core.graphs.get(graph)
    return g?.worker[g.taskOf(task)] ?? -1
  }

  /** Where the value of a task really is: the task itself, or the one of another graph that it stands for. */
  addressOf(graph: number, task: number): TaskAddress {
    const g = this.#core.graphs.get(graph)
    const source = g?.sources.get(g.taskOf(task))
    return source ? { graph: source.graph.id, task: source.graph.nameOf(source.task) } : { graph, task }
  }

  /** How far a task is; `released` also when nothing is known of it. */
  stateOf(graph: number, task: number): TaskStateName {
    const g = this.#core.graphs.get(graph)
    if (!g) return 'released'
    // What is being looked for is taken to be there as long as nobody says otherwise.
    const state = taskStateNames[g.state[g.taskOf(task)] ?? 0]!
    if (state === 'unsure') return 'memory'
    return g.opened < 0 ? 'waiting' : state
  }

  /** The graph as far as it is kept: a smaller one, whose tasks have other numbers, after the instruction `archived`. */
  graphOf(graph: number): Graph | undefined {
    return this.#core.graphs.get(graph)?.graph
  }

  /** What the tasks of `graphOf` are called outside, where that is something else. */
  namesOf(graph: number): Int32Array | undefined {
    return this.#core.graphs.get(graph)?.names?.outside
  }

  /** Whether anything can happen to the task: not if its graph is forgotten, or archived without it. */
  knows(graph: number, task: number): boolean {
    return (this.#core.graphs.get(graph)?.taskOf(task) ?? -1) >= 0
  }

  // ---- what services beside tasks ask for

  /**
   * A task that has no requirements is best run on one worker, because what it reads is there without being an input: it
   * waits for that worker as long as it takes tasks, and is not stolen from it.
   */
  prefer(graph: number, task: number, worker: number): void {
    const g = this.#core.graphs.get(graph)
    const t = g?.taskOf(task) ?? -1
    if (g && t >= 0) (g.preferred ??= new Map()).set(t, worker)
  }

  /** Whether a worker takes new tasks: it is neither short of memory nor about to leave. */
  isOpen(worker: number): boolean {
    const w = this.#core.workers[worker]
    return w !== undefined && !w.closed
  }

  /** The results of these tasks are of no use any more: they are dropped, and computed again where they are needed. */
  discard(graph: number, tasks: readonly number[]): void {
    const g = this.#core.graphs.get(graph)
    if (g)
      discard(
        this.#core,
        g,
        tasks.map((task) => g.taskOf(task)).filter((t) => t >= 0),
      )
    this.#check()
  }

  // ---- what workers report

  /** A task has its result, of that many bytes, after that many seconds. */
  finished(worker: number, graph: number, task: number, attempt: number, bytes: number, seconds: number): void {
    news.taskFinished(this.#core, worker, graph, task, attempt, bytes, seconds)
    this.#check()
  }

  /** The function of a task returned a promise that is not settled yet. */
  suspended(worker: number, graph: number, task: number, attempt: number): void {
    news.taskSuspended(this.#core, worker, graph, task, attempt)
    this.#check()
  }

  /** A task threw. */
  erred(worker: number, graph: number, task: number, attempt: number, error: unknown, message: string): void {
    news.taskErred(this.#core, worker, graph, task, attempt, error, message)
    this.#check()
  }

  /** What ran a task died, and the worker lives on; `charged`: presumably because of this task. */
  interrupted(worker: number, graph: number, task: number, attempt: number, charged: boolean, reason: string): void {
    news.taskInterrupted(this.#core, worker, graph, task, attempt, charged, reason)
    this.#check()
  }

  /**
   * A worker could not get an input (`input`, of that attempt) of a task from its holder, and has put the task away. Or it
   * could not get a value that it was to replicate, which is then named as an input of itself.
   */
  inputMissing(
    worker: number,
    graph: number,
    task: number,
    attempt: number,
    input: TaskAddress,
    inputAttempt: number,
    holder: number,
  ): void {
    news.taskMissesInput(this.#core, worker, graph, task, attempt, input, inputAttempt, holder)
    this.#check()
  }

  /** A worker has got a copy of a value from another one, or was asked whether it has one, and has. */
  hasReplica(worker: number, graph: number, task: number, attempt: number): void {
    news.replicaArrived(this.#core, worker, graph, task, attempt)
    this.#check()
  }

  /** A worker was asked whether it has a value, and has not. */
  lacks(worker: number, graph: number, task: number, attempt: number): void {
    news.replicaLacking(this.#core, worker, graph, task, attempt)
    this.#check()
  }

  /** A worker has given a task back that it was asked for. */
  stolen(worker: number, graph: number, task: number, attempt: number): void {
    news.stealAnswered(this.#core, worker, graph, task, attempt, true)
    this.#check()
  }

  /** A worker was asked to give a task back, and has begun it already. */
  kept(worker: number, graph: number, task: number, attempt: number): void {
    news.stealAnswered(this.#core, worker, graph, task, attempt, false)
    this.#check()
  }

  // ---- the end of a tick

  /** Sends ready tasks to workers that have room. To be called after the events of a tick, before `instructions` is read. */
  flush(): void {
    const core = this.#core
    feedHungry(core)
    steal(core)
    beginMoves(core)
    if (core.retirements.size > 0) {
      continueRetirements(core)
      beginMoves(core)
    }
    archiveResting(core)
    core.endTick()
    if (this.#validate) validate(core, true)
  }

  /** Checks every invariant of the state, from scratch. Throws an `InvariantError` that says which does not hold. */
  validate(): void {
    validate(this.#core, false)
  }

  #check(): void {
    if (this.#validate) validate(this.#core, false)
  }
}
