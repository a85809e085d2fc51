import { systemClock } from '../../base/index.js'
import { RunColumns, type Transfer } from './run-columns.js'
import type { WorkerLayer } from './worker-layers.js'

/** How a run of a task ended; `running`: it has not. */
export type RunStatus = 'finished' | 'failed' | 'interrupted' | 'running'

/** A task that a worker ran, or has, as it travels. Times are in seconds of the worker's clock; NaN: it has not come to that. */
export interface RunMessage {
  readonly graph: number
  readonly task: number
  readonly key: string
  readonly label: string
  readonly span: readonly string[]
  /** the number of the thread; 0: not known yet */
  readonly thread: number
  /** the worker heard of it; a thread was given it; it began to wait for something; it ended */
  readonly received: number
  readonly given: number
  readonly waited: number
  readonly stop: number
  /** how long its function took, with the decoding of its inputs */
  readonly seconds: number
  readonly status: RunStatus
  readonly transfers: readonly Transfer[]
}

/** Which runs are asked for. */
export interface RunQuery {
  /** those that ended then or later: seconds of the worker's clock */
  readonly since?: number | undefined
  /** the last so many */
  readonly count?: number | undefined
  /** those of these tasks, (graph, task) each, also when they go on */
  readonly tasks?: readonly (readonly [number, number])[]
  /** those of these keys */
  readonly keys?: readonly string[]
}

const statuses: readonly RunStatus[] = ['finished', 'failed', 'interrupted']
const FINISHED = 0
const FAILED = 1
const INTERRUPTED = 2

/** Values that tasks wait for, of which note is taken at once: what was given up never comes. */
const MOST_AWAITED = 10_000

/**
 * What a worker remembers of the tasks that it ran: a ring of the last `capacity`, and those that it has. Some hundred bytes
 * a task; nothing is sent to anybody until somebody asks.
 */
export class TaskTrail {
  readonly #capacity: number
  readonly #clock: () => number
  /** the time of this tick; NaN: nobody has asked for it yet. In an array, so that reading it makes no object */
  readonly #time = new Float64Array([Number.NaN])
  readonly #rows = new RunColumns()
  /** by slot of the worker machine, the row of the task that it has, or will have; -1: none yet */
  #row = new Int32Array(0)
  /** by slot, whether it has a task */
  #isOpen = new Uint8Array(0)
  /** rows of runs that have ended, a ring: the place of the next, which is that of the oldest */
  readonly #closed: Int32Array
  #next = 0
  /** by value, the tasks that wait for it: their slots, and their lists */
  readonly #awaited = new Map<string, { readonly slot: number; readonly transfers: Transfer[] }[]>()

  constructor(capacity: number, now: () => number = () => systemClock.now()) {
    this.#capacity = capacity
    this.#clock = now
    this.#closed = new Int32Array(capacity).fill(-1)
  }

  readonly #endTick = (): void => {
    this.#time[0] = Number.NaN
  }

  /** The time of this tick: asking for it anew would cost more than all the rest. */
  #now(): number {
    const known = this.#time[0]!
    if (!Number.isNaN(known)) return known
    const time = this.#clock()
    this.#time[0] = time
    queueMicrotask(this.#endTick)
    return time
  }

  /** A task has come. `words` from `at` on name the values to be fetched for it: (graph, task, attempt, holder) each. */
  received(
    slot: number,
    graph: number,
    task: number,
    layer: WorkerLayer,
    index: number,
    words: Int32Array,
    at: number,
    missing: number,
  ): void {
    if (this.#capacity === 0) return
    if (slot >= this.#row.length) this.#makeRoom(slot)
    const rows = this.#rows
    let row = this.#row[slot]!
    if (row < 0) this.#row[slot] = row = rows.add()
    this.#isOpen[slot] = 1
    rows.layer[row] = layer.known
    if (rows.transfers[row] !== undefined) rows.transfers[row] = undefined
    rows.graph[row] = graph
    rows.task[row] = task
    rows.index[row] = index
    rows.received[row] = this.#now()
    rows.given[row] = Number.NaN
    rows.waited[row] = Number.NaN
    if (missing === 0) return
    if (this.#awaited.size > MOST_AWAITED) this.#awaited.clear()
    const transfers: Transfer[] = []
    rows.transfers[row] = transfers
    for (let i = at; i < at + missing * 4; i += 4) {
      const value = `${words[i]}/${words[i + 1]}`
      const waiting = this.#awaited.get(value)
      if (waiting) waiting.push({ slot, transfers })
      else this.#awaited.set(value, [{ slot, transfers }])
    }
  }

  /**
   * A value has come from another worker; undefined bytes: it could not be had there. Gives the slot of the first task that
   * waits for it; -1: none does.
   */
  fetched(from: number, graph: number, task: number, bytes: number | undefined, start: number): number {
    const value = `${graph}/${task}`
    const waiting = this.#awaited.get(value)
    if (!waiting) return -1
    this.#awaited.delete(value)
    if (bytes === undefined) return -1
    const transfer = { from, bytes, start, stop: this.#now() }
    let first = -1
    for (const { slot, transfers } of waiting) {
      transfers.push(transfer)
      // The slot may be that of another task by now.
      if (first < 0 && this.#transfersOf(slot) === transfers) first = slot
    }
    return first
  }

  /** For how many seconds the task of a slot waited for inputs from other workers. */
  waitedForInputs(slot: number): number {
    const transfers = this.#transfersOf(slot)
    if (!transfers) return 0
    const received = this.#rows.received[this.#row[slot]!]!
    let last = received
    for (const { stop } of transfers) if (stop > last) last = stop
    return last - received
  }

  #transfersOf(slot: number): Transfer[] | undefined {
    return this.#isOpen[slot] === 1 ? this.#rows.transfers[this.#row[slot]!] : undefined
  }

  /** A thread is given the task of a slot. */
  given(slot: number): void {
    if (this.#isOpen[slot] === 1) this.#rows.given[this.#row[slot]!] = this.#now()
  }

  /** The task of a slot waits for a promise. */
  waits(slot: number): void {
    if (this.#isOpen[slot] === 1) this.#rows.waited[this.#row[slot]!] = this.#now()
  }

  /** The task of a slot has ended on a thread. */
  finished(slot: number, thread: number, seconds: number, failed: boolean): void {
    this.#close(slot, thread, seconds, failed ? FAILED : FINISHED)
  }

  /** The thread that had the task of a slot is gone. */
  interrupted(slot: number, thread: number): void {
    this.#close(slot, thread, 0, INTERRUPTED)
  }

  #close(slot: number, thread: number, seconds: number, status: number): void {
    if (this.#isOpen[slot] !== 1) return
    const rows = this.#rows
    const row = this.#row[slot]!
    rows.stop[row] = this.#now()
    rows.seconds[row] = seconds
    rows.thread[row] = thread
    rows.status[row] = status
    // The next task of this slot has the row of the run that is forgotten: nothing is moved.
    const i = this.#next
    this.#row[slot] = this.#closed[i]!
    this.#isOpen[slot] = 0
    this.#closed[i] = row
    this.#next = i + 1 === this.#capacity ? 0 : i + 1
  }

  #makeRoom(slot: number): void {
    const length = Math.max(64, slot + 1, this.#row.length * 2)
    const row = new Int32Array(length).fill(-1)
    row.set(this.#row)
    const isOpen = new Uint8Array(length)
    isOpen.set(this.#isOpen)
    this.#row = row
    this.#isOpen = isOpen
  }

  /** The runs that are asked for, in the order in which they ended; then those that go on. */
  runs({ since = -Infinity, count = Infinity, tasks, keys }: RunQuery): RunMessage[] {
    const wantedTasks = tasks && new Set(tasks.map(([graph, task]) => `${graph}/${task}`))
    const wantedKeys = keys && new Set(keys)
    const anything = !wantedTasks && !wantedKeys
    const isWanted = ({ graph, task, index, layer }: RunColumns, i: number): boolean =>
      anything || wantedTasks?.has(`${graph[i]}/${task[i]}`) === true || wantedKeys?.has(layer[i]!.keyOf(index[i]!)) === true
    const found: RunMessage[] = []
    /** by thread, when what it ran afterwards began: the ends of short tasks come together */
    const begins = new Map<number, number>()
    const rows = this.#rows
    for (let back = 1; back <= this.#capacity && found.length < count; back++) {
      const row = this.#closed[(this.#next - back + this.#capacity) % this.#capacity]!
      if (row < 0 || rows.stop[row]! < since) break
      const thread = rows.thread[row]!
      const seconds = rows.seconds[row]!
      const overlaps = !Number.isNaN(rows.waited[row]!)
      const stop = overlaps ? rows.stop[row]! : Math.min(rows.stop[row]!, begins.get(thread) ?? Infinity)
      if (!overlaps) begins.set(thread, stop - seconds)
      if (isWanted(rows, row)) found.push(message(rows, row, thread, stop, seconds, statuses[rows.status[row]!]!))
    }
    found.reverse()
    if (!anything) {
      this.#row.forEach((row, slot) => {
        if (this.#isOpen[slot] === 1 && isWanted(rows, row)) found.push(message(rows, row, 0, Number.NaN, Number.NaN, 'running'))
      })
    }
    return found
  }
}

function message(runs: RunColumns, i: number, thread: number, stop: number, seconds: number, status: RunStatus): RunMessage {
  const { label, span } = runs.layer[i]!
  return {
    graph: runs.graph[i]!,
    task: runs.task[i]!,
    key: runs.layer[i]!.keyOf(runs.index[i]!),
    label,
    span,
    thread,
    received: runs.received[i]!,
    given: runs.given[i]!,
    waited: runs.waited[i]!,
    stop,
    seconds,
    status,
    transfers: runs.transfers[i] ?? [],
  }
}
