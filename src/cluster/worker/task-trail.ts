import { systemClock } from '../../base/index.js'
import { type Aside, EndedRuns, NOTHING_ASIDE, type Run, type Transfer, type Which } from './ended-runs.js'
import type { KnownLayer, WorkerLayer } from './worker-layers.js'

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

const statuses: readonly RunStatus[] = ['finished', 'failed', 'interrupted']
const FINISHED = 0
const FAILED = 1
const INTERRUPTED = 2

/** Values that tasks wait for, of which note is taken at once: what was given up never comes. */
const MOST_AWAITED = 10_000

/** What is remembered of few tasks while they go on. */
interface OpenAside extends Aside {
  readonly transfers: Transfer[]
  waited: number
}

/**
 * What a worker remembers of the tasks that it ran: a ring of the last `capacity`, and those that it has. Some twenty bytes
 * a task; nothing is sent to anybody until somebody asks.
 */
export class TaskTrail {
  /** by slot, as the worker knows it: it stays as long as the slot has its task */
  readonly #layers: readonly unknown[]
  readonly #remembers: boolean
  readonly #clock: () => number
  /** the time of this tick; NaN: nobody has asked for it yet. In an array, so that reading it makes no object */
  readonly #time = new Float64Array([Number.NaN])
  /** by slot of the worker machine, a row on the task that it has */
  #open = new Float64Array(0)
  readonly #asides = new Map<number, OpenAside>()
  readonly #ended: EndedRuns
  /** by value, the tasks that wait for it: their slots, and their lists */
  readonly #awaited = new Map<string, { readonly slot: number; readonly transfers: Transfer[] }[]>()

  constructor(capacity: number, layers: readonly unknown[], now: () => number = () => systemClock.now()) {
    this.#layers = layers
    this.#remembers = capacity > 0
    this.#clock = now
    this.#ended = new EndedRuns(Math.max(1, capacity))
  }

  readonly #endTick = (): void => {
    this.#time[0] = Number.NaN
  }

  /** The time of this tick: asking for it anew would cost more than all the rest. */
  #now(): number {
    const time = this.#time
    if (Number.isNaN(time[0])) this.#look()
    return time[0]!
  }

  #look(): void {
    this.#time[0] = this.#clock()
    queueMicrotask(this.#endTick)
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
    if (!this.#remembers) return
    const place = slot * 8
    if (place >= this.#open.length) this.#makeRoom(slot)
    const open = this.#open
    open[place] = graph
    open[place + 1] = layer.id
    open[place + 2] = this.#now()
    open[place + 3] = Number.NaN
    open[place + 4] = task
    open[place + 5] = index
    // The task that the slot had may never have ended.
    if (this.#asides.size > 0) this.#asides.delete(slot)
    if (missing > 0) this.#await(slot, words, at, missing)
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
    const transfer = { from, bytes, start, stop: this.#now() }
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
    const received = this.#open[slot * 8 + 2]!
    let last = received
    for (const { stop } of (this.#asides.get(slot) ?? NOTHING_ASIDE).transfers) if (stop > last) last = stop
    return last - received
  }

  #isOpen(slot: number): boolean {
    return slot * 8 < this.#open.length && this.#open[slot * 8]! >= 0
  }

  /** A thread is given the task of a slot. */
  given(slot: number): void {
    if (this.#isOpen(slot)) this.#open[slot * 8 + 3] = this.#now()
  }

  /** The task of a slot waits for a promise. */
  waits(slot: number): void {
    if (!this.#isOpen(slot)) return
    const aside = this.#asides.get(slot)
    if (aside) aside.waited = this.#now()
    else this.#asides.set(slot, { transfers: [], waited: this.#now() })
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
    const open = this.#open
    const at = slot * 8
    if (!(open[at]! >= 0)) return
    if (Number.isNaN(this.#time[0])) this.#look()
    this.#ended.add(open, at, this.#layers[slot] as WorkerLayer, thread, status, this.#time, seconds)
    open[at] = -1
    if (this.#asides.size > 0) this.#putAside(slot)
  }

  #putAside(slot: number): void {
    const aside = this.#asides.get(slot)
    if (!aside) return
    this.#asides.delete(slot)
    this.#ended.addAside(aside)
  }

  #layerOf(slot: number): KnownLayer {
    return (this.#layers[slot] as WorkerLayer).known
  }

  #makeRoom(slot: number): void {
    const open = new Float64Array(Math.max(64 * 8, (slot + 1) * 8, this.#open.length * 2)).fill(-1)
    open.set(this.#open)
    this.#open = open
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
    for (let slot = 0; slot * 8 < this.#open.length; slot++) {
      if (!this.#isOpen(slot)) continue
      const run = this.#openRun(slot)
      if (isWanted(run)) found.push(message(run, Number.NaN, 'running'))
    }
    return found
  }

  /** A task that the worker has. */
  #openRun(slot: number): Run {
    const open = this.#open.subarray(slot * 8, (slot + 1) * 8)
    return {
      graph: open[0]!,
      task: open[4]!,
      layer: this.#layerOf(slot),
      index: open[5]!,
      thread: 0,
      received: open[2]!,
      given: open[3]!,
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
