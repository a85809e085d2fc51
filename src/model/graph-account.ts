import type { PathAccount } from './account.js'
import { EventKind, type EventLog } from '../events/index.js'
import { type GroupTally, type SpanTally, Sum } from './tally.js'

// Names of this module are constants to the engine, what is imported is not: that is much of what an event costs.
const { taskFinished, taskReady, taskReleased, taskSent, taskStored } = EventKind
const { began, done, ended, held, longest, peak, queued, running, stored } = Sum

/*
 * What is known of a task stands together, so that telling of it touches one place in memory. Bytes that are 0 say that
 * nothing is known: a graph costs nothing to begin with.
 */
/** a second more than passed from the submission until the task could run; when it has run, less than 0: minus the seconds that took */
const TIMES = 0
/** bytes of its result that are held */
const BYTES = 1
/** only until the critical path is known: one more than the task whose result it waited for last; 0: it waited for none */
const CAUSE = 2
const LAYER = 3
const WIDTH = 4
/** what is left when the path is known */
const SHORT_WIDTH = 2

const NONE = new Float64Array(0)
const NO_TASKS = new Int32Array(0)

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

/** Bytes of cells that are kept for the next graph. */
const MOST_SPARE = 8 << 20

/** Cells of graphs that are done with, for the next: memory that is new to the process costs more than all that is written there. */
export class CellPool {
  #spare: Float32Array<ArrayBuffer> | undefined

  /** So many cells, all of them 0. */
  take(length: number): Float32Array<ArrayBuffer> {
    const spare = this.#spare
    if (spare === undefined || spare.length < length || spare.length > length * 4) return new Float32Array(length)
    this.#spare = undefined
    return spare.subarray(0, length).fill(0)
  }

  /** Nobody uses these any more. */
  give({ buffer }: Float32Array<ArrayBuffer>): void {
    if (buffer.byteLength <= MOST_SPARE && buffer.byteLength > (this.#spare?.byteLength ?? 0))
      this.#spare = new Float32Array(buffer)
  }
}

/**
 * What is known of the tasks of a graph while it is under way, 16 bytes a task: enough to say how long each could have run
 * before it did, and which tasks the graph as a whole waited for. When it is done, and most of its results are let go, it
 * takes as much as the results that are left need: somebody may keep a single one for days.
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
  #width = WIDTH
  #cells: Float32Array<ArrayBuffer>
  /** the same bytes; undefined: the critical path is known */
  #marks: Int32Array | undefined
  /** what is left of the cells, when they are gone */
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
    this.#cells = pool.take(size * WIDTH)
    this.#marks = new Int32Array(this.#cells.buffer, 0, size * WIDTH)
    this.#left = size
    this.#ended = submitted
  }

  /**
   * Takes in what happens most: events of tasks of this graph, one after the other from n on, that can run, run, and give a
   * result, which is let go. Gives the number of the first event that is anything else. `busy`: by worker, seconds that tasks ran.
   * The listener's rows have each task that ran.
   *
   * Sums are of this function until there is something of another layer: what is written to objects for each event takes longer
   * than all adding up.
   */
  take(log: EventLog, n: number, to: number, busy: Float64Array, listener: RunListener | undefined): number {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks, layer: layers, worker: workers, value: values } = log
    const marks = this.#marks
    if (marks === undefined) return this.#takeReleases(log, n, to)
    const cells = this.#cells
    const graph = graphs[n & mask]!
    // When the graph was submitted a task that could run at once was waiting for a second: 0 is to say something else.
    const origin = this.submitted - 1
    let left = this.#left
    let lastStored = this.#stored
    let resultsHeld = this.#held
    // Where tasks are put down, and what those have in common that were put there last.
    let rows: RunRows | undefined
    let rowTasks: Int32Array = NO_TASKS
    let rowSeconds: Float64Array = NONE
    let rowBytes: Float64Array = NONE
    let row = 0
    let room = 0
    let rowTime = Number.NaN
    let rowWorker = -1
    for (let start = -1; n !== start && left > 0; ) {
      start = n
      let layer = -1
      let group: GroupTally | undefined
      let count = 0
      let ran = 0
      let waited = 0
      let most = 0
      let first = Number.POSITIVE_INFINITY
      let last = 0
      let allBytes = 0
      let change = 0
      let high = 0
      for (; n < to; n++) {
        const i = n & mask
        if (graphs[i] !== graph) break
        const kind = kinds[i]!
        // Most of all events; it says nothing that is added up.
        if (kind === taskSent) continue
        const task = tasks[i]!
        const at = task * WIDTH
        if (kind === taskReady) {
          const time = times[i]!
          cells[at + TIMES] = time - origin
          const s = lastStored & mask
          const isCaused = lastStored >= 0 && n - lastStored <= mask && times[s] === time && tasks[s] !== task
          marks[at + CAUSE] = isCaused ? tasks[s]! + 1 : 0
          continue
        }
        if (kind !== taskFinished && kind !== taskReleased) break
        if (layers[i] !== layer) {
          if (group !== undefined) break
          layer = layers[i]!
          group = this.groups[layer]
          if (group === undefined) break
        }
        if (kind === taskReleased) {
          const bytes = cells[at + BYTES]!
          if (bytes === 0) continue
          cells[at + BYTES] = 0
          resultsHeld--
          change -= bytes
          continue
        }
        // Its result is there with it: that is the next event.
        const next = (n + 1) & mask
        if (n + 1 === to || kinds[next] !== taskStored || tasks[next] !== task) break
        const worker = workers[i]!
        if (worker < 0) break
        const time = times[i]!
        const seconds = values[i]!
        const bytes = values[next]!
        busy[worker]! += seconds
        const since = cells[at + TIMES]!
        // Single numbers are rounded: what is less than nothing is nothing.
        const could = time - origin - since
        if (since > 0 && could > seconds) waited += could - seconds
        cells[at + TIMES] = -seconds
        if (cells[at + BYTES]! > 0) resultsHeld--
        if (bytes > 0) resultsHeld++
        cells[at + BYTES] = bytes
        marks[at + LAYER] = layer
        count++
        ran += seconds
        if (seconds > most) most = seconds
        if (time - seconds < first) first = time - seconds
        last = time
        allBytes += bytes
        change += bytes
        if (change > high) high = change
        if (listener !== undefined) {
          if (time !== rowTime || worker !== rowWorker || row === room) {
            if (rows !== undefined) rows.count = row
            rows = listener.rowsFor(log, i)
            if (rows !== undefined) {
              row = rows.count
              room = rows.room
              rowTasks = rows.task
              rowSeconds = rows.seconds
              rowBytes = rows.bytes
            }
            rowTime = time
            rowWorker = worker
          }
          if (rows !== undefined) {
            rowTasks[row] = task
            rowSeconds[row] = seconds
            rowBytes[row++] = bytes
          }
        }
        lastStored = ++n
        if (--left === 0) {
          n++
          break
        }
      }
      if (group === undefined) continue
      const { sums, span } = group
      if (count > 0) {
        sums[done]! += count
        sums[running]! += ran
        sums[queued]! += waited
        if (most > sums[longest]!) sums[longest] = most
        if (!(sums[began]! <= first)) sums[began] = first
        sums[ended] = last
        sums[stored]! += allBytes
      }
      // Another layer has other rows.
      rowTime = Number.NaN
      const all = sums[held]!
      sums[held] = all + change
      if (all + high > sums[peak]!) sums[peak] = all + high
      span.hold(change, high)
    }
    if (rows !== undefined) rows.count = row
    this.#held = resultsHeld
    if (lastStored !== this.#stored) {
      this.#stored = lastStored
      this.#last = tasks[lastStored & mask]!
      this.#ended = times[lastStored & mask]!
    }
    this.#left = left
    if (left === 0) this.finish()
    return n
  }

  /** As `take`, when all is done: what happens most is that results are let go, one after the other. */
  #takeReleases(log: EventLog, n: number, to: number): number {
    const { mask, kind: kinds, graph: graphs, task: tasks, layer: layers } = log
    const graph = graphs[n & mask]!
    const cells = this.#cells
    const width = this.#width
    const few = this.#few
    const most = few === undefined ? this.#size / FEW : 0
    let layer = -1
    let group: GroupTally | undefined
    let resultsHeld = this.#held
    // Taken together, so that sums are written once for many.
    let bytes = 0
    for (; n < to && (few !== undefined || resultsHeld > most); n++) {
      const i = n & mask
      if (kinds[i] !== taskReleased || graphs[i] !== graph) break
      if (layers[i] !== layer) {
        if (group !== undefined) group.letGo(bytes)
        bytes = 0
        layer = layers[i]!
        group = this.groups[layer]
        if (group === undefined) break
      }
      if (few !== undefined) {
        bytes += this.dropped(tasks[i]!)
        continue
      }
      const at = tasks[i]! * width + BYTES
      const own = cells[at]!
      if (own === 0) continue
      cells[at] = 0
      resultsHeld--
      bytes += own
    }
    if (group !== undefined) group.letGo(bytes)
    if (few === undefined) {
      this.#held = resultsHeld
      if (resultsHeld <= most) this.#shrink()
    }
    return n
  }

  /** A task can run, as event n says. */
  ready(log: EventLog, n: number): void {
    const task = log.task[n & log.mask]!
    const time = log.time[n & log.mask]!
    const since = time - this.submitted + 1
    if (this.#few) {
      this.#few.ready.set(task, since)
      return
    }
    const at = task * this.#width
    this.#cells[at + TIMES] = since
    if (this.#marks) this.#marks[at + CAUSE] = causeOf(log, n, this.#stored) + 1
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    let since: number
    if (this.#few) {
      since = this.#few.ready.get(task) ?? 0
      this.#few.ready.delete(task)
    } else {
      const at = task * this.#width + TIMES
      since = this.#cells[at]!
      if (since > 0) this.#cells[at] = 0
    }
    // Single numbers are rounded.
    return since <= 0 ? 0 : Math.max(0, time - this.submitted + 1 - since)
  }

  /** It ran for so long. Gives what `unready` does. */
  ran(task: number, seconds: number, time: number): number {
    const waited = this.unready(task, time)
    if (this.#marks) this.#cells[task * WIDTH + TIMES] = -seconds
    return waited
  }

  /** Its result is there, as event n says. */
  stored(n: number, task: number, layer: number, bytes: number, time: number): void {
    this.#stored = n
    if (this.#few) {
      if (this.#few.bytes.delete(task)) this.#held--
      if (bytes > 0) this.#few.bytes.set(task, bytes)
    } else {
      const at = task * this.#width
      if (this.#marks) this.#marks[at + LAYER] = layer
      if (this.#cells[at + BYTES]! > 0) this.#held--
      this.#cells[at + BYTES] = bytes
    }
    if (bytes > 0) this.#held++
    this.#last = task
    this.#ended = time
    this.settled(1)
  }

  /** Whether all tasks are done with, or have been. */
  get isOver(): boolean {
    return this.#marks === undefined
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
      const at = task * this.#width + BYTES
      bytes = this.#cells[at]!
      this.#cells[at] = 0
    }
    if (bytes > 0) {
      this.#held--
      if (!this.#few && !this.#marks && this.#held * FEW <= this.#size) this.#shrink()
    }
    return bytes
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(): void {
    const marks = this.#marks
    if (!marks) return
    const cells = this.#cells
    const paths = this.#paths
    if (this.#last >= 0) {
      paths.graphs++
      paths.elapsed += this.#ended - this.submitted
    }
    for (let task = this.#last; task >= 0; ) {
      const at = task * WIDTH
      const next = marks[at + CAUSE]!
      // Tasks that were run again may have waited for each other: none counts twice.
      if (next === COUNTED) break
      marks[at + CAUSE] = COUNTED
      const { sums } = this.groups[marks[at + LAYER]!]!
      const seconds = Math.max(0, -cells[at + TIMES]!)
      sums[Sum.criticalTasks]!++
      sums[Sum.criticalSeconds]! += seconds
      paths.tasks++
      paths.running += seconds
      task = next - 1
    }
    this.#marks = undefined
    // All tasks have run or never will: what could run once is of no more interest.
    if (this.#held * FEW <= this.#size) this.#shrink()
    else this.#shorten()
  }

  /** What was only of use for the path is let go. */
  #shorten(): void {
    const short = new Float32Array(this.#size * SHORT_WIDTH)
    for (let task = 0; task < this.#size; task++) short[task * SHORT_WIDTH + BYTES] = this.#cells[task * WIDTH + BYTES]!
    this.#pool.give(this.#cells)
    this.#cells = short
    this.#width = SHORT_WIDTH
  }

  #shrink(): void {
    const cells = this.#cells
    const ready = new Map<number, number>()
    const bytes = new Map<number, number>()
    for (let task = 0, at = 0; bytes.size < this.#held; task++, at += this.#width) {
      const held = cells[at + BYTES]!
      if (held > 0) bytes.set(task, held)
    }
    if (this.#width === SHORT_WIDTH) {
      for (let task = 0; task < this.#size; task++) {
        const since = cells[task * SHORT_WIDTH + TIMES]!
        if (since > 0) ready.set(task, since)
      }
    }
    this.#few = { ready, bytes }
    this.#pool.give(this.#cells)
    this.#cells = new Float32Array(0)
  }
}

/** The task whose result, event `stored`, made that of event n ready, if nothing but that has happened since; -1: none did. */
function causeOf({ mask, time, task }: EventLog, n: number, stored: number): number {
  if (stored < 0 || n - stored > mask) return -1
  const s = stored & mask
  return time[s] === time[n & mask] && task[s] !== task[n & mask] ? task[s]! : -1
}
