import { InvariantError, NumberList } from '../base/index.js'
import { Fetches } from './fetches.js'
import { ReadyQueue } from './ready-queue.js'
import { Report } from './reports.js'
import {
  ABANDONED,
  EXECUTING,
  FETCHING,
  FREE,
  MEMORY,
  READY,
  SUSPENDED,
  GRAPH,
  MISSING,
  PRIORITY,
  RANK,
  ROW,
  STATUS,
  TASK,
  TaskTable,
  WAITING,
  slotStateNames,
  statusOf,
} from './task-table.js'
import { validate } from './validate.js'

/**
 * The worker, as a machine: what the scheduler, the peers and the executing threads say comes in as calls, what is to
 * be done comes out as `reports` (see reports.ts), in order. It does no I/O and knows no time.
 *
 * The shell pulls: whenever a thread can take a task it calls `next`, and must report the end of every slot that it was
 * given, exactly once, with `executed`, `failed`, `interrupted` or `inputUnavailable`.
 */
export class Worker {
  readonly reports = new NumberList(64)
  readonly #table = new TaskTable()
  readonly #ready = new ReadyQueue(this.#table)
  readonly #fetches = new Fetches(this.#table)

  /** The number of tasks and values that the worker knows of. */
  get size(): number {
    return this.#table.size
  }

  /** The number of tasks that `next` could give. */
  get readyCount(): number {
    return this.#ready.size
  }

  /** The number of values that are on their way here. */
  get fetching(): number {
    return this.#fetches.size
  }

  // ---- from the scheduler

  /**
   * Run a task. `inputs` are those that the scheduler takes not to be here: `count` times graph, task, attempt and
   * holder, from `at` on.
   */
  compute(
    graph: number,
    task: number,
    attempt: number,
    priority: number,
    rank: number,
    inputs: Int32Array,
    at: number,
    count: number,
  ): void {
    const table = this.#table
    let slot = table.enter(graph, task, attempt, WAITING)
    if (slot < 0) {
      const known = ~slot
      if (table.attempt(known) === attempt && table.state(known) !== FETCHING) return // said twice
      this.#supersede(known)
      slot = table.add(graph, task, attempt, WAITING)
    }
    const { words } = table
    const row = slot * ROW
    words[row + PRIORITY] = priority
    words[row + RANK] = rank
    if (count === 0) this.#makeReady(slot)
    else this.#awaitInputs(slot, inputs, at, count)
  }

  #awaitInputs(slot: number, inputs: Int32Array, at: number, count: number): void {
    const table = this.#table
    const serial = table.serial(slot)
    let missing = 0
    for (let i = 0; i < count; i++) {
      const o = at + i * 4
      if (this.#await(slot, inputs[o]!, inputs[o + 1]!, inputs[o + 2]!, inputs[o + 3]!)) missing++
    }
    // Who names two attempts of one input has the first given up, and with it the task.
    if (!this.#stillWaits(slot, serial)) return
    if (missing === 0) this.#makeReady(slot)
    else table.words[slot * ROW + MISSING] = missing
  }

  /** A value that no task made is here. Gives its slot. */
  hold(graph: number, task: number): number {
    const known = this.#table.find(graph, task)
    if (known >= 0) this.#supersede(known)
    return this.#table.add(graph, task, 0, MEMORY)
  }

  /** The value of that attempt is needed nowhere. */
  free(graph: number, task: number, attempt: number): void {
    const table = this.#table
    const slot = table.take(graph, task, statusOf(MEMORY, attempt))
    if (slot >= 0) {
      this.#tellDrop(slot, graph, task, attempt)
      return
    }
    const other = table.find(graph, task)
    if (other >= 0 && table.is(other, FETCHING, attempt)) this.#giveUpFetch(other)
  }

  /** Somebody could not get the value of that attempt from here: says whether it is here. */
  confirm(graph: number, task: number, attempt: number): void {
    const slot = this.valueSlot(graph, task)
    const isHere = slot >= 0 && this.#table.attempt(slot) === attempt
    this.#tell3(isHere ? Report.hasReplica : Report.lacks, graph, task, attempt)
  }

  /** Gives a task back, if it was not begun in that attempt; says whether it does. */
  steal(graph: number, task: number, attempt: number): void {
    const table = this.#table
    const slot = table.find(graph, task)
    const state = slot >= 0 && table.attempt(slot) === attempt ? table.state(slot) : FREE
    if (state === READY) this.#ready.delete(slot)
    if (state === READY || state === WAITING) table.remove(slot)
    this.#tell3(state === READY || state === WAITING ? Report.stolen : Report.kept, graph, task, attempt)
  }

  /** Get a copy of a value; the scheduler hears of it when it is here, and when it cannot be had. */
  replicate(graph: number, task: number, attempt: number, holder: number): void {
    const table = this.#table
    const known = table.find(graph, task)
    const state = known < 0 ? FREE : table.state(known)
    if (state !== FREE && state !== MEMORY && state !== FETCHING) {
      // It is to be computed here, so the copy would be out of date.
      this.#tellCopyMissing(graph, task, attempt, holder)
      return
    }
    if (state !== FREE && table.attempt(known) === attempt) {
      if (state === MEMORY) this.#tellSlot(Report.hasReplica, known)
      else this.#fetches.ask(known)
      return
    }
    if (state !== FREE) this.#supersede(known)
    this.#fetches.ask(this.#fetch(graph, task, attempt, holder))
  }

  /** The result of that attempt is needed no more. */
  cancel(graph: number, task: number, attempt: number): void {
    const slot = this.#table.find(graph, task)
    if (slot < 0 || this.#table.attempt(slot) !== attempt) return
    const state = this.#table.state(slot)
    if (state === MEMORY) this.#dropValue(slot)
    else if (state !== FETCHING) this.#supersede(slot)
  }

  // ---- from the peers

  /** A value has arrived. Gives its slot; -1: nobody waits for it any more, and the shell must not keep it. */
  fetched(graph: number, task: number, attempt: number): number {
    const table = this.#table
    const slot = table.find(graph, task)
    if (slot < 0 || !table.is(slot, FETCHING, attempt)) return -1
    table.setState(slot, MEMORY)
    this.#tell3(Report.hasReplica, graph, task, attempt)
    const fetches = this.#fetches
    for (let i = fetches.first(slot); i >= 0; i = fetches.next(i)) {
      const waiter = fetches.taskOf(i)
      if (!this.#stillWaits(waiter, fetches.serialOf(i))) continue
      if (--table.words[waiter * ROW + MISSING]! === 0) this.#makeReady(waiter)
    }
    fetches.end(slot)
    return slot
  }

  /** A value could not be had. */
  fetchFailed(graph: number, task: number, attempt: number): void {
    const slot = this.#table.find(graph, task)
    if (slot < 0 || !this.#table.is(slot, FETCHING, attempt)) return
    this.#giveUpFetch(slot)
  }

  // ---- from the threads

  /** The slot of the task to run next, or -1. The task is `graphOf`, `taskOf` and `attemptOf` that slot. */
  next(): number {
    const slot = this.#ready.pop()
    if (slot >= 0) this.#table.setState(slot, EXECUTING)
    return slot
  }

  /** The slot of a task or value in whatever state; -1: nothing is known of it. */
  slotOf(graph: number, task: number): number {
    return this.#table.find(graph, task)
  }

  /** Whether there is a task in that slot, and not a value or nothing. */
  hasTask(slot: number): boolean {
    const state = this.#table.state(slot)
    return state >= WAITING && state <= ABANDONED
  }

  /** Whether there is a task in that slot that was handed out to be run. */
  isHandedOut(slot: number): boolean {
    const state = this.#table.state(slot)
    return state >= EXECUTING && state <= ABANDONED
  }

  graphOf(slot: number): number {
    return this.#table.graph(slot)
  }

  taskOf(slot: number): number {
    return this.#table.task(slot)
  }

  attemptOf(slot: number): number {
    return this.#table.attempt(slot)
  }

  /** The slot in which a value is, -1 when it is not here. A slot keeps its number from `next` to the drop of the value. */
  valueSlot(graph: number, task: number): number {
    const slot = this.#table.find(graph, task)
    return slot >= 0 && this.#table.state(slot) === MEMORY ? slot : -1
  }

  /** Whether the result of what runs in this slot is still needed. */
  isNeeded(slot: number): boolean {
    return this.#table.state(slot) !== ABANDONED
  }

  /** The task of a slot returned a promise that is not settled. */
  suspended(slot: number): void {
    if (this.#table.state(slot) !== EXECUTING) return
    this.#table.setState(slot, SUSPENDED)
    this.#tellSlot(Report.suspended, slot)
  }

  /** The task of a slot has its result, of that many bytes. False: nobody needs it, and the shell must not keep it. */
  executed(slot: number, bytes: number, seconds: number): boolean {
    if (this.#endIfAbandoned(slot)) return false
    const known = this.#table.words
    const row = slot * ROW
    const attempt = known[row + STATUS]! >>> 8
    known[row + STATUS] = statusOf(MEMORY, attempt)
    const out = this.reports
    const at = out.length
    out.reserve(at + 6)
    const words = out.items
    words[at] = Report.finished
    words[at + 1] = known[row + GRAPH]!
    words[at + 2] = known[row + TASK]!
    words[at + 3] = attempt
    words[at + 4] = bytes
    words[at + 5] = seconds
    out.length = at + 6
    return true
  }

  /** The task of a slot threw. False: nobody needs to know. */
  failed(slot: number): boolean {
    if (this.#endIfAbandoned(slot)) return false
    this.#tellSlot(Report.erred, slot)
    this.#table.remove(slot)
    return true
  }

  /** What ran the task of a slot died; `charged`: presumably of it. */
  interrupted(slot: number, charged: boolean): void {
    if (this.#endIfAbandoned(slot)) return
    this.#tellSlot(Report.interrupted, slot)
    this.reports.push(charged ? 1 : 0)
    this.#table.remove(slot)
  }

  /**
   * An input of a task that was handed out is not here after all (`attempt`: that of its `valueSlot`, anything where it
   * has none; `holder`: this worker).
   */
  inputUnavailable(slot: number, graph: number, task: number, attempt: number, holder: number): void {
    const known = this.#table.find(graph, task)
    const lost = known >= 0 && this.#table.state(known) === MEMORY && this.#table.attempt(known) === attempt
    if (lost) this.#table.remove(known)
    // That the value is lost must be told even if this task has no need of it any more.
    if (lost || this.isNeeded(slot)) this.#tellMissing(slot, graph, task, attempt, holder)
    if (!this.#endIfAbandoned(slot)) this.#table.remove(slot)
  }

  /** Checks every invariant of the state. Throws an `InvariantError`. */
  validate(): void {
    validate(this.#table, this.#ready, this.#fetches)
  }

  // ---- transitions

  /** Sees to it that an input gets here. False when it is here already. */
  #await(slot: number, graph: number, task: number, attempt: number, holder: number): boolean {
    const table = this.#table
    const input = table.find(graph, task)
    if (input >= 0 && table.attempt(input) === attempt) {
      if (table.state(input) === MEMORY) return false
      if (table.state(input) === FETCHING) {
        this.#fetches.addWaiter(input, slot)
        return true
      }
    }
    if (input >= 0) this.#supersede(input)
    this.#fetches.addWaiter(this.#fetch(graph, task, attempt, holder), slot)
    return true
  }

  /** Gives the slot that the value will be in. */
  #fetch(graph: number, task: number, attempt: number, holder: number): number {
    const slot = this.#table.add(graph, task, attempt, FETCHING)
    this.#fetches.begin(slot, holder)
    const out = this.reports
    const at = out.length
    out.reserve(at + 5)
    const words = out.items
    words[at] = Report.fetch
    words[at + 1] = holder
    words[at + 2] = graph
    words[at + 3] = task
    words[at + 4] = attempt
    out.length = at + 5
    return slot
  }

  /** What is known under this graph and task is out of date. */
  #supersede(slot: number): void {
    const table = this.#table
    switch (table.state(slot)) {
      case MEMORY:
        this.#dropValue(slot)
        break
      case FETCHING:
        this.#giveUpFetch(slot)
        break
      case EXECUTING:
      case SUSPENDED:
        table.detach(slot)
        table.setState(slot, ABANDONED)
        this.reports.push(Report.abort)
        this.reports.push(slot)
        this.reports.push(table.graph(slot))
        this.reports.push(table.task(slot))
        this.reports.push(table.attempt(slot))
        break
      case READY:
        this.#ready.delete(slot)
        table.remove(slot)
        break
      default:
        table.remove(slot)
    }
  }

  #makeReady(slot: number): void {
    this.#table.setState(slot, READY)
    this.#ready.push(slot)
  }

  #dropValue(slot: number): void {
    const table = this.#table
    this.#tellDrop(slot, table.graph(slot), table.task(slot), table.attempt(slot))
    table.remove(slot)
  }

  #tellDrop(slot: number, graph: number, task: number, attempt: number): void {
    const out = this.reports
    const at = out.length
    out.reserve(at + 5)
    const words = out.items
    words[at] = Report.drop
    words[at + 1] = graph
    words[at + 2] = task
    words[at + 3] = attempt
    words[at + 4] = slot
    out.length = at + 5
  }

  /** A value is not coming: the tasks that wait for it are put away. */
  #giveUpFetch(slot: number): void {
    const table = this.#table
    const fetches = this.#fetches
    const holder = fetches.holderOf(slot)
    for (let i = fetches.first(slot); i >= 0; i = fetches.next(i)) {
      const waiter = fetches.taskOf(i)
      if (!this.#stillWaits(waiter, fetches.serialOf(i))) continue
      this.#tellMissing(waiter, table.graph(slot), table.task(slot), table.attempt(slot), holder)
      table.remove(waiter)
    }
    if (fetches.isAsked(slot)) this.#tellCopyMissing(table.graph(slot), table.task(slot), table.attempt(slot), holder)
    fetches.end(slot)
    table.remove(slot)
  }

  #stillWaits(slot: number, serial: number): boolean {
    return this.#table.state(slot) === WAITING && this.#table.serial(slot) === serial
  }

  #endIfAbandoned(slot: number): boolean {
    const state = this.#table.state(slot)
    if (state === ABANDONED) {
      this.#table.remove(slot)
      return true
    }
    if (state !== EXECUTING && state !== SUSPENDED) {
      throw new InvariantError(
        `the end of slot ${slot} is reported, which is ${state === FREE ? 'free' : slotStateNames[state!]}`,
      )
    }
    return false
  }

  #tellSlot(op: number, slot: number): void {
    this.#tell3(op, this.#table.graph(slot), this.#table.task(slot), this.#table.attempt(slot))
  }

  #tell3(op: number, graph: number, task: number, attempt: number): void {
    const out = this.reports
    const at = out.length
    out.reserve(at + 4)
    const words = out.items
    words[at] = op
    words[at + 1] = graph
    words[at + 2] = task
    words[at + 3] = attempt
    out.length = at + 4
  }

  #tellCopyMissing(graph: number, task: number, attempt: number, holder: number): void {
    this.#tell3(Report.inputMissing, graph, task, attempt)
    this.#tellInput(graph, task, attempt, holder)
  }

  #tellMissing(slot: number, graph: number, task: number, attempt: number, holder: number): void {
    this.#tellSlot(Report.inputMissing, slot)
    this.#tellInput(graph, task, attempt, holder)
  }

  #tellInput(graph: number, task: number, attempt: number, holder: number): void {
    const out = this.reports
    out.push(graph)
    out.push(task)
    out.push(attempt)
    out.push(holder)
  }
}
