import { systemClock } from '../../base/index.js'
import { END_LENGTH, EndKind } from '../../lanes/index.js'
import { type Aside, EndedRuns, NOTHING_ASIDE, type Run, type Transfer, type Which } from './ended-runs.js'
import type { TaskColumns } from './task-columns.js'
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
  /** how long it had its thread: with the decoding of its inputs and the encoding of its result */
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

// Names of this module are constants to the engine, what is imported is not: that is much of what a task costs.
const { error, rejoining, rescheduled, seceded, suspended } = EndKind
const ROW = END_LENGTH
/** Numbers that are gone through at once. */
const PIECE = 64 * ROW

const statuses: readonly RunStatus[] = ['finished', 'failed', 'interrupted']
const FINISHED = 0
const FAILED = 1
const INTERRUPTED = 2

/** Values that tasks wait for, of which note is taken at once: what was given up never comes. */
const MOST_AWAITED = 10_000

/** What a worker knows of its tasks, by slot. */
export interface TrailedTasks {
  /** Whether there is a task in that slot. */
  hasTask(slot: number): boolean
  /** Whether it was handed out, to a thread. */
  isHandedOut(slot: number): boolean
  graphOf(slot: number): number
  taskOf(slot: number): number
}

/** What is remembered of few tasks while they go on. */
interface OpenAside extends Aside {
  readonly transfers: Transfer[]
  waited: number
}

/**
 * What a worker remembers of the tasks that it ran: a ring of the last `capacity`, and those that it has. Some eight bytes
 * a task; nothing is sent to anybody until somebody asks.
 */
export class TaskTrail {
  readonly #tasks: TrailedTasks
  readonly #columns: TaskColumns
  readonly #remembers: boolean
  readonly #clock: () => number
  /** the time of this tick; NaN: nobody has asked for it yet. In an array, so that reading it makes no object */
  readonly #time = new Float64Array([Number.NaN])
  readonly #asides = new Map<number, OpenAside>()
  readonly #ended: EndedRuns
  /** by value, the tasks that wait for it: their slots, and their lists */
  readonly #awaited = new Map<string, { readonly slot: number; readonly transfers: Transfer[] }[]>()

  constructor(capacity: number, tasks: TrailedTasks, columns: TaskColumns, now: () => number = () => systemClock.now()) {
    this.#tasks = tasks
    this.#columns = columns
    this.#remembers = capacity > 0
    this.#clock = now
    this.#ended = new EndedRuns(Math.max(1, capacity))
  }

  readonly #endTick = (): void => {
    this.#time[0] = Number.NaN
  }

  /** To be called in each tick before tasks come, or are given to threads: asking for the time anew each time would cost more than all the rest. */
  tick(): void {
    if (Number.isNaN(this.#time[0])) this.#look()
  }

  #look(): void {
    this.#time[0] = this.#clock()
    queueMicrotask(this.#endTick)
  }

  /** A task has come into a slot. `words` from `at` on name the values to be fetched for it: (graph, task, attempt, holder) each. */
  received(slot: number, words: Int32Array, at: number, missing: number): void {
    this.#columns.times[slot * 2] = this.#time[0]!
    // The task that the slot had may never have ended.
    if (this.#asides.size > 0) this.#asides.delete(slot)
    if (missing > 0 && this.#remembers) this.#await(slot, words, at, missing)
  }

  #await(slot: number, words: Int32Array, at: number, missing: number): void {
    if (this.#awaited.size > MOST_AWAITED) this.#awaited.clear()
    const transfers: Transfer[] = []
    this.#asides.set(slot, { transfers, waited: Number.NaN })
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
    this.tick()
    const transfer = { from, bytes, start, stop: this.#time[0]! }
    let first = -1
    for (const { slot, transfers } of waiting) {
      transfers.push(transfer)
      // The slot may be that of another task by now.
      if (first < 0 && this.#asides.get(slot)?.transfers === transfers) first = slot
    }
    return first
  }

  /** For how many seconds the task of a slot waited for inputs from other workers. */
  waitedForInputs(slot: number): number {
    if (this.#asides.size === 0) return 0
    const received = this.#columns.times[slot * 2]!
    let last = received
    for (const { stop } of (this.#asides.get(slot) ?? NOTHING_ASIDE).transfers) if (stop > last) last = stop
    return last - received
  }

  /** A thread is given the task of a slot. */
  given(slot: number): void {
    this.#columns.times[slot * 2 + 1] = this.#time[0]!
  }

  /** Tasks have ended on a thread, or wait: rows as `END_LENGTH` says. */
  ended(ends: Float64Array, thread: number): void {
    if (!this.#remembers) return
    this.tick()
    // By pieces: the engine is better at functions that are called often than at loops that are long.
    for (let from = 0; from < ends.length; from += PIECE) this.#end(ends, from, Math.min(ends.length, from + PIECE), thread)
  }

  #end(ends: Float64Array, from: number, to: number, thread: number): void {
    const now = this.#time[0]!
    const { layer: layers, index: indexes, times } = this.#columns
    const tasks = this.#tasks
    const ended = this.#ended
    const asides = this.#asides
    // What a run has in common with the one before: it is compared here, where it is at hand. A layer is of one graph.
    let lastLayer: unknown
    let lastOffset = 0
    let lastStatus = -1
    let lastReceived = Number.NaN
    let lastGiven = Number.NaN
    for (let at = from; at < to; at += ROW) {
      // Places in arrays are looked up many times faster once they are known to be whole.
      const slot = ends[at]! | 0
      const kind = ends[at + 1]! | 0
      let status = FINISHED
      if (kind >= error && kind <= rescheduled) {
        if (kind === suspended || kind === seceded) this.#waits(slot, now)
        if (kind >= suspended && kind <= rejoining) continue
        status = kind === error ? FAILED : INTERRUPTED
      }
      const received = times[slot * 2]!
      const given = times[slot * 2 + 1]!
      const task = tasks.taskOf(slot)
      const offset = indexes[slot]! - task
      const layer = layers[slot]
      if (
        given !== lastGiven ||
        received !== lastReceived ||
        layer !== lastLayer ||
        offset !== lastOffset ||
        status !== lastStatus
      ) {
        ended.begin(tasks.graphOf(slot), layer as WorkerLayer, offset, received, given, now, thread, status)
        lastLayer = layer
        lastOffset = offset
        lastStatus = status
        lastReceived = received
        lastGiven = given
      }
      ended.add(task, ends[at + 2]!)
      if (asides.size > 0) this.#putAside(slot)
    }
  }

  /** The task of a slot waits for a promise. */
  #waits(slot: number, now: number): void {
    const aside = this.#asides.get(slot)
    if (!aside) this.#asides.set(slot, { transfers: [], waited: now })
    else if (Number.isNaN(aside.waited)) aside.waited = now
  }

  /** The thread that had the task of a slot is gone. */
  interrupted(slot: number, thread: number): void {
    this.ended(Float64Array.of(slot, rescheduled, 0, 0, 0, 0, 0, 0), thread)
  }

  #putAside(slot: number): void {
    const aside = this.#asides.get(slot)
    if (!aside) return
    this.#asides.delete(slot)
    this.#ended.addAside(aside)
  }

  /** The runs that are asked for, in the order in which they ended; then those that go on. */
  runs({ since = -Infinity, count = Infinity, tasks, keys }: RunQuery): RunMessage[] {
    const wantedTasks = tasks && new Set(tasks.map(([graph, task]) => `${graph}/${task}`))
    const wantedKeys = keys && new Set(keys)
    const anything = !wantedTasks && !wantedKeys
    const isWanted = ({ graph, task, layer, index }: Which): boolean =>
      anything || wantedTasks?.has(`${graph}/${task}`) === true || wantedKeys?.has(layer.keyOf(index)) === true
    const found: RunMessage[] = []
    /** by thread, when what it ran afterwards began: the ends of short tasks come together */
    const begins = new Map<number, number>()
    for (const run of this.#ended.backwards()) {
      if (found.length >= count || run.stop < since) break
      const { thread, seconds, waited } = run
      const overlaps = !Number.isNaN(waited)
      const stop = overlaps ? run.stop : Math.min(run.stop, begins.get(thread) ?? Infinity)
      if (!overlaps) begins.set(thread, stop - seconds)
      if (isWanted(run)) found.push(message(run, stop, statuses[run.status]!))
    }
    found.reverse()
    if (anything) return found
    for (let slot = 0; slot < this.#columns.layer.length && this.#remembers; slot++) {
      if (!this.#tasks.hasTask(slot)) continue
      const run = this.#openRun(slot)
      if (isWanted(run)) found.push(message(run, Number.NaN, 'running'))
    }
    return found
  }

  /** A task that the worker has. */
  #openRun(slot: number): Run {
    return {
      graph: this.#tasks.graphOf(slot),
      task: this.#tasks.taskOf(slot),
      layer: (this.#columns.layer[slot] as WorkerLayer).known,
      index: this.#columns.index[slot]!,
      thread: 0,
      received: this.#columns.times[slot * 2]!,
      given: this.#tasks.isHandedOut(slot) ? this.#columns.times[slot * 2 + 1]! : Number.NaN,
      seconds: Number.NaN,
      ...(this.#asides.get(slot) ?? NOTHING_ASIDE),
    }
  }
}

function message({ layer, index, ...run }: Run, stop: number, status: RunStatus): RunMessage {
  const { graph, task, thread, received, given, waited, seconds, transfers } = run
  const { label, span } = layer
  const key = layer.keyOf(index)
  return { graph, task, key, label, span, thread, received, given, waited, stop, seconds, status, transfers }
}
