import type { PathAccount } from './account.js'
import { EventKind, type EventLog } from '../events/index.js'
import { type GroupTally, type SpanTally, Sum } from './tally.js'

// Names of this module are constants to the engine, what is imported is not: that is much of what an event costs.
const { taskFinished, taskReady, taskReleased, taskSent, taskStored } = EventKind

/*
 * What is known of tasks stands in columns: what happens to many, one after the other, goes along them. 0 says that nothing is
 * known: a graph costs nothing to begin with.
 */

/** Rows that nobody wants. */
const NO_ROWS = { task: new Int32Array(256), seconds: new Float64Array(256), bytes: new Float64Array(256), room: 256, count: 0 }

/** Where tasks that ran are put down, one by one: there are `count`, and there is room for `room`. */
export interface RunRows {
  readonly task: Int32Array
  readonly seconds: Float64Array
  readonly bytes: Float64Array
  readonly room: number
  count: number
}

/** Hears of what is not told of in sums. */
export interface RunListener {
  /**
   * Gives rows, with room for one at least, for the tasks that ran as the event at place i of the log says: of its graph, layer
   * and worker, and at its time. undefined: nobody wants to know.
   */
  rowsFor(log: EventLog, i: number): RunRows | undefined
  /** Event n happened, which is none of those, and does not only say that a task can run, is sent, or has its result let go. */
  other(log: EventLog, n: number): void
}

/** In place of the cause of a task that is on the path already. */
const COUNTED = -1

/** When fewer than one task in so many has a result that is held, only those take room. */
const FEW = 64

/** Bytes of cells that are kept for the next graphs. */
const MOST_SPARE = 8 << 20

/** Cells of graphs that are done with, for the next: memory that is new to the process costs more than all that is written there. */
export class CellPool {
  #spare: Float32Array<ArrayBuffer>[] = []

  /** So many cells, all of them 0. */
  take(length: number): Float32Array<ArrayBuffer> {
    const place = this.#spare.findIndex((spare) => spare.length >= length && spare.length <= length * 4)
    if (place < 0) return new Float32Array(length)
    return this.#spare.splice(place, 1)[0]!.subarray(0, length).fill(0)
  }

  /** Nobody uses these any more. */
  give({ buffer }: { readonly buffer: ArrayBuffer }): void {
    if (buffer.byteLength === 0) return
    // The latest first: programs submit graphs that are like those before.
    this.#spare.unshift(new Float32Array(buffer))
    let bytes = 0
    this.#spare = this.#spare.filter((spare) => (bytes += spare.byteLength) <= MOST_SPARE)
  }
}

/**
 * What is known of the tasks of a graph while it is under way, 16 bytes a task: enough to say how long each could have run
 * before it did, and which tasks the graph as a whole waited for. When it is done half of that is let go; when most of its
 * results are let go too, it takes as much as the results that are left need: somebody may keep a single one for days.
 */
export class GraphAccount {
  /** by layer, the group that its tasks belong to */
  readonly groups: readonly GroupTally[]
  readonly submitted: number
  /** the spans that they belong to, as long as they are told that it is under way */
  spans: ReadonlySet<SpanTally>
  readonly #size: number
  readonly #paths: PathAccount
  readonly #pool: CellPool
  /** by task: a second more than passed from the submission until it could run; when it has run, less than 0: minus the seconds that took */
  #since: Float32Array<ArrayBuffer>
  /** by task, the bytes of its result that are held */
  #bytes: Float32Array<ArrayBuffer>
  // Only until the critical path is known.
  /** by task, one more than the task whose result it waited for last; 0: it waited for none */
  #cause: Int32Array<ArrayBuffer> | undefined
  /** by task that ran, its layer; what is not 0 is written, so that graphs of one layer never touch it */
  #layer: Int32Array<ArrayBuffer>
  /** what is left of the columns, when they are gone */
  #few: { readonly ready: Map<number, number>; readonly bytes: Map<number, number> } | undefined
  /** results that are held */
  #held = 0
  #left: number
  #last = -1
  // What begins as a fraction is stored without making an object.
  #ended = Number.NaN
  /** the event of the result that came last; -1: none has */
  #stored = -1

  /** `paths`: what its critical path is added to. */
  constructor(groups: readonly GroupTally[], size: number, submitted: number, paths: PathAccount, pool: CellPool) {
    this.#pool = pool
    this.spans = new Set(groups.map(({ span }) => span))
    this.groups = groups
    this.submitted = submitted
    this.#size = size
    this.#paths = paths
    const cells = pool.take(size * 2)
    this.#since = cells.subarray(0, size)
    this.#bytes = cells.subarray(size)
    const { buffer } = pool.take(size * 2)
    this.#cause = new Int32Array(buffer, 0, size)
    this.#layer = new Int32Array(buffer, size * 4, size)
    this.#left = size
    this.#ended = submitted
  }

  /**
   * Takes in what happens most: events of tasks of this graph, from n on, that can run, are sent, run and give a result, which is
   * let go. Gives the number of the first event that is anything else. `busy`: by worker, seconds that tasks ran. The listener's
   * rows have each task that ran.
   *
   * Workers report together, and what is let go is let go together: events that follow each other are mostly alike. Each such run
   * is gone through in a loop of its own, with as little in it as can be, and added to sums as a whole.
   */
  take(log: EventLog, n: number, to: number, busy: Float64Array, listener: RunListener | undefined): number {
    const { mask, kind: kinds, graph: graphs } = log
    const graph = graphs[n & mask]!
    if (this.#cause === undefined) {
      return kinds[n & mask] === taskReleased ? this.#takeReleased(log, n, to) : n
    }
    for (let start = -1; n !== start && n < to && graphs[n & mask] === graph; ) {
      start = n
      const kind = kinds[n & mask]!
      if (kind === taskSent) n = endOfRun(log, n, to)
      else if (kind === taskReady) n = this.#takeReady(log, n, to)
      else if (kind === taskFinished) {
        n = this.#takeFinished(log, n, to, busy, listener)
        if (this.#left === 0) {
          this.finish()
          break
        }
      } else if (kind === taskReleased) n = this.#takeReleased(log, n, to)
    }
    return n
  }

  /** Tasks that can run now: maybe because of the result that came last. */
  #takeReady(log: EventLog, n: number, to: number): number {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks } = log
    const graph = graphs[n & mask]!
    const since = this.#since
    const cause = this.#cause!
    const origin = this.#origin
    const s = this.#stored & mask
    const isThere = this.#stored >= 0 && to - this.#stored <= mask
    const last = isThere ? tasks[s]! : -1
    const came = isThere ? times[s]! : Number.NaN
    for (; n < to; n++) {
      const i = n & mask
      if (kinds[i] !== taskReady || graphs[i] !== graph) break
      const task = tasks[i]!
      const time = times[i]!
      since[task] = time - origin
      cause[task] = time === came && task !== last ? last + 1 : 0
    }
    return n
  }

  /** Tasks of one layer that ended on one worker at the same moment, each followed by its result. */
  #takeFinished(log: EventLog, n: number, to: number, busy: Float64Array, listener: RunListener | undefined): number {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks, layer: layers, worker: workers, value: values } = log
    const from = n
    const place = n & mask
    const graph = graphs[place]!
    const layer = layers[place]!
    const worker = workers[place]!
    const time = times[place]!
    const group = this.groups[layer]
    if (group === undefined || worker < 0) return n
    const rows = listener?.rowsFor(log, place) ?? NO_ROWS
    const { task: rowTasks, seconds: rowSeconds, bytes: rowBytes } = rows
    const firstRow = rows === NO_ROWS ? 0 : rows.count
    let row = firstRow
    const end = Math.min(to - 1, n + 2 * Math.min(this.#left, rows.room - row))
    const sinces = this.#since
    const held = this.#bytes
    const marks = this.#layer
    const now = time - this.#origin
    let ran = 0
    let waited = 0
    let most = 0
    let allBytes = 0
    let resultsHeld = 0
    for (; n < end; n += 2) {
      const i = n & mask
      const next = (n + 1) & mask
      const task = tasks[i]!
      if (kinds[i] !== taskFinished || kinds[next] !== taskStored || tasks[next] !== task || times[i] !== time) break
      if (workers[i] !== worker || layers[i] !== layer || graphs[i] !== graph || graphs[next] !== graph) break
      const seconds = values[i]!
      const bytes = values[next]!
      const since = sinces[task]!
      // Single numbers are rounded: what is less than nothing is nothing.
      if (since > 0 && now - since > seconds) waited += now - since - seconds
      sinces[task] = -seconds
      if (held[task]! > 0) resultsHeld--
      if (bytes > 0) resultsHeld++
      held[task] = bytes
      if (layer > 0) marks[task] = layer
      ran += seconds
      if (seconds > most) most = seconds
      allBytes += bytes
      rowTasks[row] = task
      rowSeconds[row] = seconds
      rowBytes[row++] = bytes
    }
    if (n === from) return n
    const count = row - firstRow
    if (rows !== NO_ROWS) rows.count = row
    this.#held += resultsHeld
    this.#left -= count
    this.#stored = n - 1
    this.#last = tasks[(n - 1) & mask]!
    this.#ended = time
    busy[worker]! += ran
    group.ran(ran, waited, most, time)
    group.hold(count, allBytes)
    return n
  }

  /** Results of tasks of one layer that are let go. */
  #takeReleased(log: EventLog, n: number, to: number): number {
    const { mask, kind: kinds, graph: graphs, task: tasks, layer: layers } = log
    const graph = graphs[n & mask]!
    const layer = layers[n & mask]!
    const group = this.groups[layer]
    if (group === undefined) return n
    const held = this.#bytes
    let bytes = 0
    let resultsHeld = this.#held
    if (this.#few) {
      for (; n < to; n++) {
        const i = n & mask
        if (kinds[i] !== taskReleased || graphs[i] !== graph || layers[i] !== layer) break
        bytes += this.dropped(tasks[i]!)
      }
    } else {
      for (; n < to; n++) {
        const i = n & mask
        if (kinds[i] !== taskReleased || graphs[i] !== graph || layers[i] !== layer) break
        const task = tasks[i]!
        const own = held[task]!
        if (own === 0) continue
        held[task] = 0
        resultsHeld--
        bytes += own
      }
      this.#held = resultsHeld
      if (this.#cause === undefined && resultsHeld * FEW <= this.#size) this.#shrink()
    }
    group.letGo(bytes)
    return n
  }

  /** When the graph was submitted a task that could run at once was waiting for a second: 0 is to say something else. */
  get #origin(): number {
    return this.submitted - 1
  }

  /** A task can run, as event n says. */
  ready(log: EventLog, n: number): void {
    const task = log.task[n & log.mask]!
    const time = log.time[n & log.mask]!
    if (this.#few) this.#few.ready.set(task, time - this.#origin)
    else if (this.#cause) this.#takeReady(log, n, n + 1)
    else this.#since[task] = time - this.#origin
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    let since: number
    if (this.#few) {
      since = this.#few.ready.get(task) ?? 0
      this.#few.ready.delete(task)
    } else {
      since = this.#since[task]!
      if (since > 0) this.#since[task] = 0
    }
    // Single numbers are rounded.
    return since <= 0 ? 0 : Math.max(0, time - this.#origin - since)
  }

  /** It ran for so long. Gives what `unready` does. */
  ran(task: number, seconds: number, time: number): number {
    const waited = this.unready(task, time)
    if (this.#cause) this.#since[task] = -seconds
    return waited
  }

  /** Its result is there, as event n says. */
  stored(n: number, task: number, layer: number, bytes: number, time: number): void {
    this.#stored = n
    if (this.#few) {
      if (this.#few.bytes.delete(task)) this.#held--
      if (bytes > 0) this.#few.bytes.set(task, bytes)
    } else {
      if (this.#cause) this.#layer[task] = layer
      if (this.#bytes[task]! > 0) this.#held--
      this.#bytes[task] = bytes
    }
    if (bytes > 0) this.#held++
    this.#last = task
    this.#ended = time
    this.settled(1)
  }

  /** Whether all tasks are done with, or have been. */
  get isOver(): boolean {
    return this.#cause === undefined
  }

  /** So many tasks are done with: have a result, failed, or need none. When all are, the critical path is known. */
  settled(count: number): void {
    this.#left -= count
    if (this.#left === 0) this.finish()
  }

  /** Gives the bytes of the result that was held. */
  dropped(task: number): number {
    let bytes: number
    if (this.#few) {
      bytes = this.#few.bytes.get(task) ?? 0
      this.#few.bytes.delete(task)
    } else {
      bytes = this.#bytes[task]!
      this.#bytes[task] = 0
    }
    if (bytes > 0) {
      this.#held--
      if (!this.#few && !this.#cause && this.#held * FEW <= this.#size) this.#shrink()
    }
    return bytes
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(): void {
    const cause = this.#cause
    if (!cause) return
    const paths = this.#paths
    if (this.#last >= 0) {
      paths.graphs++
      paths.elapsed += this.#ended - this.submitted
    }
    for (let task = this.#last; task >= 0; ) {
      const next = cause[task]!
      // Tasks that were run again may have waited for each other: none counts twice.
      if (next === COUNTED) break
      cause[task] = COUNTED
      const { sums } = this.groups[this.#layer[task]!]!
      const seconds = Math.max(0, -this.#since[task]!)
      sums[Sum.criticalTasks]!++
      sums[Sum.criticalSeconds]! += seconds
      paths.tasks++
      paths.running += seconds
      task = next - 1
    }
    // All tasks have run or never will.
    this.#cause = undefined
    this.#layer = new Int32Array(0)
    this.#pool.give(cause)
    if (this.#held * FEW <= this.#size) this.#shrink()
  }

  /** Of columns with little in them only that is kept. */
  #shrink(): void {
    this.#few = { ready: positives(this.#since), bytes: this.#held > 0 ? positives(this.#bytes) : new Map() }
    this.#pool.give(this.#since)
    this.#since = this.#bytes = new Float32Array(0)
  }
}

/** Cells that are looked at by one call. */
const PIECE = 512

/**
 * The numbers above 0 of a column, by place. By pieces: this is done once a graph, and a loop that is long but seldom begun is
 * compiled anew each time.
 */
function positives(column: Float32Array): Map<number, number> {
  const found = new Map<number, number>()
  for (let from = 0; from < column.length; from += PIECE) {
    for (let at = nextPositive(column, from, from + PIECE); at >= 0; at = nextPositive(column, at + 1, from + PIECE)) {
      found.set(at, column[at]!)
    }
  }
  return found
}

/** The place of the first number above 0 in [from, to); -1: there is none. */
function nextPositive(column: Float32Array, from: number, to: number): number {
  const end = Math.min(to, column.length)
  for (let place = from; place < end; place++) if (column[place]! > 0) return place
  return -1
}

/** The first event after n that is of another kind, or another graph. */
function endOfRun({ mask, kind: kinds, graph: graphs }: EventLog, n: number, to: number): number {
  const kind = kinds[n & mask]
  const graph = graphs[n & mask]
  for (; n < to; n++) {
    const i = n & mask
    if (kinds[i] !== kind || graphs[i] !== graph) break
  }
  return n
}
