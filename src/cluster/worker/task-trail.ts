import { systemClock } from '../../base/index.js'
import type { KnownLayer, WorkerLayer } from './worker-layers.js'

/** A value that was got from another worker for a task. Times are in seconds. */
export interface Transfer {
  /** the number of the worker that it came from */
  readonly from: number
  readonly bytes: number
  readonly start: number
  readonly stop: number
}

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

/** What the tasks of one slot are about. */
interface Open {
  readonly graph: number
  readonly task: number
  readonly layer: KnownLayer
  readonly index: number
  readonly received: number
  given: number
  waited: number
  transfers: Transfer[] | undefined
}

/**
 * What a worker remembers of the tasks that it ran: a ring of the last `capacity`, and those that it has. Some hundred bytes
 * a task; nothing is sent to anybody until somebody asks.
 */
export class TaskTrail {
  readonly #capacity: number
  readonly #clock: () => number
  #time = Number.NaN
  /** by slot of the worker machine */
  readonly #open: (Open | undefined)[] = []
  readonly #closed: (Open | undefined)[] = []
  readonly #stop: Float64Array
  readonly #seconds: Float64Array
  readonly #thread: Int32Array
  readonly #status: Uint8Array
  /** by value, the tasks that wait for it */
  readonly #awaited = new Map<string, Open[]>()
  /** runs that were ever noted; run n stands at n % capacity */
  #length = 0

  constructor(capacity: number, now: () => number = () => systemClock.now()) {
    this.#capacity = capacity
    this.#clock = now
    this.#stop = new Float64Array(capacity)
    this.#seconds = new Float64Array(capacity)
    this.#thread = new Int32Array(capacity)
    this.#status = new Uint8Array(capacity)
  }

  /** The time of this tick: asking for it anew would cost more than all the rest. */
  #now(): number {
    if (Number.isNaN(this.#time)) {
      this.#time = this.#clock()
      queueMicrotask(() => {
        this.#time = Number.NaN
      })
    }
    return this.#time
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
    const open: Open = {
      graph,
      task,
      layer: layer.known,
      index,
      received: this.#now(),
      given: Number.NaN,
      waited: Number.NaN,
      transfers: undefined,
    }
    this.#open[slot] = open
    if (missing === 0) return
    if (this.#awaited.size > MOST_AWAITED) this.#awaited.clear()
    for (let i = at; i < at + missing * 4; i += 4) {
      const value = `${words[i]}/${words[i + 1]}`
      const waiting = this.#awaited.get(value)
      if (waiting) waiting.push(open)
      else this.#awaited.set(value, [open])
    }
  }

  /** A value has come from another worker; undefined bytes: it could not be had there. */
  fetched(from: number, graph: number, task: number, bytes: number | undefined, start: number): void {
    const value = `${graph}/${task}`
    const waiting = this.#awaited.get(value)
    if (!waiting) return
    this.#awaited.delete(value)
    if (bytes === undefined) return
    const transfer = { from, bytes, start, stop: this.#now() }
    for (const open of waiting) (open.transfers ??= []).push(transfer)
  }

  /** A thread is given the task of a slot. */
  given(slot: number): void {
    const open = this.#open[slot]
    if (open) open.given = this.#now()
  }

  /** The task of a slot waits for a promise. */
  waits(slot: number): void {
    const open = this.#open[slot]
    if (open) open.waited = this.#now()
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
    const open = this.#open[slot]
    if (!open) return
    this.#open[slot] = undefined
    const i = this.#length++ % this.#capacity
    this.#closed[i] = open
    this.#stop[i] = this.#now()
    this.#seconds[i] = seconds
    this.#thread[i] = thread
    this.#status[i] = status
  }

  /** The runs that are asked for, in the order in which they ended; then those that go on. */
  runs({ since = -Infinity, count = Infinity, tasks, keys }: RunQuery): RunMessage[] {
    const wantedTasks = tasks && new Set(tasks.map(([graph, task]) => `${graph}/${task}`))
    const wantedKeys = keys && new Set(keys)
    const anything = !wantedTasks && !wantedKeys
    const isWanted = ({ graph, task, layer, index }: Open): boolean =>
      anything || wantedTasks?.has(`${graph}/${task}`) === true || wantedKeys?.has(layer.keyOf(index)) === true
    const found: RunMessage[] = []
    /** by thread, when what it ran afterwards began: the ends of short tasks come together */
    const begins = new Map<number, number>()
    const oldest = Math.max(0, this.#length - this.#capacity)
    for (let n = this.#length - 1; n >= oldest && found.length < count; n--) {
      const i = n % this.#capacity
      if (this.#stop[i]! < since) break
      const open = this.#closed[i]!
      const thread = this.#thread[i]!
      const seconds = this.#seconds[i]!
      const overlaps = !Number.isNaN(open.waited)
      const stop = overlaps ? this.#stop[i]! : Math.min(this.#stop[i]!, begins.get(thread) ?? Infinity)
      if (!overlaps) begins.set(thread, stop - seconds)
      if (isWanted(open)) found.push(message(open, thread, stop, seconds, statuses[this.#status[i]!]!))
    }
    found.reverse()
    if (!anything) {
      for (const open of this.#open) {
        if (open && isWanted(open)) found.push(message(open, 0, Number.NaN, Number.NaN, 'running'))
      }
    }
    return found
  }
}

function message(open: Open, thread: number, stop: number, seconds: number, status: RunStatus): RunMessage {
  const { graph, task, layer, index, received, given, waited, transfers = [] } = open
  const { label, span } = layer
  return { graph, task, key: layer.keyOf(index), label, span, thread, received, given, waited, stop, seconds, status, transfers }
}
