import type { PathAccount } from './account.js'
import { EventKind, type EventLog } from '../events/index.js'
import { type GroupTally, type SpanTally, Sum } from './tally.js'

// Names of this module are constants to the engine, what is imported is not: that is much of what an event costs.
const { taskFinished, taskReady, taskReleased, taskSent } = EventKind

/** Where tasks that ran are put down, one by one: there are `count`, and there is room for `room`. */
export interface RunRows {
  readonly task: Int32Array
  readonly seconds: Float32Array
  /** of the result; more than `MOST_BYTES` are told beside, to `large` */
  readonly bytes: Uint32Array
  readonly room: number
  readonly count: number
  large(row: number, bytes: number): void
  /** So many more are put down, which ran for so many seconds together. */
  add(tasks: number, seconds: number): void
}

export const MOST_BYTES = 2 ** 32 - 1

/** Rows that nobody wants. */
const NO_ROWS: RunRows = {
  task: new Int32Array(256),
  seconds: new Float32Array(256),
  bytes: new Uint32Array(256),
  room: 256,
  count: 0,
  large: () => undefined,
  add: () => undefined,
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

/** Looks on while events are gone through. */
export interface RunWatcher {
  /**
   * The events [from, to) are tasks of one layer that ended on one worker at the same moment, each followed by its result: of so
   * many seconds and bytes together.
   */
  ended(log: EventLog, from: number, to: number, seconds: number, bytes: number): void
  /** Event n happened, which is none of those, and does not only say that a task can run, is sent, or has its result let go. */
  other(log: EventLog, n: number): void
}

/** In place of the cause of a task that is on the path already. */
const COUNTED = -1

/**
 * Events that one call goes through. A loop that is long and seldom begun may be compiled before what follows it was ever reached; then
 * the engine falls back, and stays with code that makes an object of every number with a fraction.
 */
const PIECE = 256

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

/** What tasks waited for, by task. 0 says that nothing is known: a graph costs nothing to begin with. */
interface Causes {
  /** one more than the task whose result it waited for last; 0: it waited for none */
  readonly of: Int32Array<ArrayBuffer>
  /** of a task that others waited for: the seconds that it ran, and its layer */
  readonly seconds: Float32Array<ArrayBuffer>
  readonly layer: Int32Array<ArrayBuffer>
}

/**
 * What is known of the tasks of a graph while it is under way: where they cannot all run from the beginning, 4 bytes a task, to say
 * how long each could have run before it did, and 12 where they wait for others, to say which the graph as a whole waited for. When
 * it is done all that is let go: somebody may keep a result for days.
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
  // Most tasks, or many, can run from one moment on, and have numbers that follow each other: these need no column.
  #firstReady = 0
  #endReady = 0
  /** a second more than passed from the submission until then */
  #readySince = Number.NaN
  /** those of them that are told of by themselves, once they cannot run any more, or have to once more: few */
  readonly #apart = new Set<number>()
  /** the same by task, for all other tasks, and those that can run again; 0: it cannot, or has */
  #since: Float32Array<ArrayBuffer> | undefined
  /** there from when the first task waited for another until the critical path is known */
  #causes: Causes | undefined
  /** all tasks are done with, or have been */
  #isOver = false
  /** of the few that run again after that: by task, seconds since the submission */
  readonly #again = new Map<number, number>()
  #left: number
  /** the task whose result came last, and its layer */
  #last = -1
  #lastLayer = 0
  /** the task that ended last, whose result is still to come */
  #ran = -1
  // What begins as a fraction is stored without making an object.
  /** the seconds that the last one ran */
  #lastSeconds = Number.NaN
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
    this.#left = size
    this.#ended = submitted
  }

  /**
   * Takes in what happens most: events of tasks of this graph, from n on, that can run, are sent, run and give a result, which is
   * let go. Gives the number of the first event that is anything else. `busy`: by worker, seconds that tasks ran. The listener's
   * rows have each task that ran, and watchers hear of them.
   *
   * Workers report together, and what is let go is let go together: events that follow each other are mostly alike. Each such run
   * is gone through in a loop of its own, with as little in it as can be, and added to sums as a whole, piece by piece.
   */
  // biome-ignore format: one line reads better
  take(
    log: EventLog, n: number, to: number, busy: Float64Array, listener: RunListener | undefined, watchers: readonly RunWatcher[],
  ): number {
    const { mask, kind: kinds, graph: graphs } = log
    const graph = graphs[n & mask]!
    if (this.#isOver) return kinds[n & mask] === taskReleased ? this.#takeReleased(log, n, to) : n
    for (let start = -1; n !== start && n < to && graphs[n & mask] === graph; ) {
      start = n
      const kind = kinds[n & mask]!
      if (kind === taskSent) n = endOfSent(log, n, to)
      else if (kind === taskReady) n = this.#takeReady(log, n, to)
      else if (kind === taskFinished) {
        n = this.#takeFinished(log, n, to, busy, listener, watchers)
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
    if (this.#stored < 0) {
      const end = this.#takeFirstReady(log, n, to)
      if (end > n) return end
    }
    const graph = graphs[n & mask]!
    this.#since ??= this.#pool.take(this.#size)
    const since = this.#since
    const origin = this.#origin
    const s = this.#stored & mask
    const isThere = this.#stored >= 0 && to - this.#stored <= mask
    const last = isThere ? tasks[s]! : -1
    const came = isThere ? times[s]! : Number.NaN
    const end = Math.min(to, n + PIECE)
    for (; n < end; n++) {
      const i = n & mask
      if (kinds[i] !== taskReady || graphs[i] !== graph) break
      const task = tasks[i]!
      const time = times[i]!
      since[task] = time - origin
      if (time === came && task !== last) this.#waitedFor(last, task)
      else if (this.#causes !== undefined) this.#causes.of[task] = 0
    }
    return n
  }

  /** Tasks that can run before any has a result: those that do from one time on, and follow each other. */
  #takeFirstReady(log: EventLog, n: number, to: number): number {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks } = log
    const graph = graphs[n & mask]!
    const time = times[n & mask]!
    let next = tasks[n & mask]!
    if (this.#endReady === 0) {
      this.#firstReady = next
      this.#readySince = time - this.#origin
    } else if (next !== this.#endReady || time - this.#origin !== this.#readySince) return n
    const end = Math.min(to, n + PIECE)
    // Time does not go back: what happened at one time is not looked at twice.
    const isOneTime = times[(end - 1) & mask] === time
    for (; n < end; n++, next++) {
      const i = n & mask
      if (kinds[i] !== taskReady || tasks[i] !== next || graphs[i] !== graph || !(isOneTime || times[i] === time)) break
    }
    this.#endReady = next
    return n
  }

  /** The task can run because the one whose result came last has one. */
  #waitedFor(last: number, task: number): void {
    this.#causes ??= this.#newCauses()
    const { of, seconds, layer } = this.#causes
    of[task] = last + 1
    seconds[last] = this.#lastSeconds
    layer[last] = this.#lastLayer
  }

  #newCauses(): Causes {
    const size = this.#size
    const { buffer } = this.#pool.take(size * 3)
    return {
      of: new Int32Array(buffer, 0, size),
      seconds: new Float32Array(buffer, size * 4, size),
      layer: new Int32Array(buffer, size * 8, size),
    }
  }

  /** Tasks of one layer that ended on one worker at the same moment, each followed by its result. */
  // biome-ignore format: one line reads better
  #takeFinished(
    log: EventLog, n: number, to: number, busy: Float64Array, listener: RunListener | undefined, watchers: readonly RunWatcher[],
  ): number {
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
    const firstRow = rows.count
    let row = firstRow
    const end = Math.min(to - 1, n + 2 * Math.min(PIECE / 2, this.#left, rows.room - row))
    const sinces = this.#since
    const [firstReady, endReady] = [this.#firstReady, this.#endReady]
    const now = time - this.#origin
    const couldFor = now - this.#readySince
    let ran = 0
    let waited = 0
    let longest = 0
    let allBytes = 0
    // Time does not go back: what happened at one time is not looked at twice.
    const isOneTime = times[end & mask] === time
    for (; n < end; n += 2) {
      const i = n & mask
      // What follows is its result.
      if (kinds[i] !== taskFinished || !(isOneTime || times[i] === time)) break
      if (workers[i] !== worker || layers[i] !== layer || graphs[i] !== graph) break
      const task = tasks[i]!
      const seconds = values[i]!
      const bytes = values[(n + 1) & mask]!
      // Single numbers are rounded: what is less than nothing is nothing.
      if (sinces !== undefined && sinces[task]! > 0) {
        const could = now - sinces[task]!
        sinces[task] = 0
        if (could > seconds) waited += could - seconds
      } else if (task >= firstReady && task < endReady && couldFor > seconds) waited += couldFor - seconds
      ran += seconds
      if (seconds > longest) longest = seconds
      allBytes += bytes
      rowTasks[row] = task
      rowSeconds[row] = seconds
      rowBytes[row++] = bytes
    }
    if (n === from) return n
    const count = row - firstRow
    if (allBytes > MOST_BYTES) {
      for (let r = firstRow; r < row; r++) {
        const bytes = values[(from + (r - firstRow) * 2 + 1) & mask]!
        if (bytes > MOST_BYTES) rows.large(r, bytes)
      }
    }
    rows.add(count, ran)
    const last = (n - 2) & mask
    this.#left -= count
    this.#stored = n - 1
    this.#last = tasks[last]!
    this.#lastLayer = layer
    this.#lastSeconds = values[last]!
    this.#ended = time
    busy[worker]! += ran
    for (let w = 0; w < watchers.length; w++) watchers[w]!.ended(log, from, n, ran, allBytes)
    group.ran(ran, waited, longest, time)
    group.hold(count, allBytes)
    return n
  }

  /** Results of tasks of one layer that are let go. */
  #takeReleased(log: EventLog, n: number, to: number): number {
    const { mask, kind: kinds, graph: graphs, layer: layers, value: values } = log
    const graph = graphs[n & mask]!
    const layer = layers[n & mask]!
    const group = this.groups[layer]
    if (group === undefined) return n
    let bytes = 0
    const end = Math.min(to, n + PIECE)
    for (; n < end; n++) {
      const i = n & mask
      if (kinds[i] !== taskReleased || graphs[i] !== graph || layers[i] !== layer) break
      bytes += values[i]!
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
    if (this.#isOver) this.#again.set(log.task[n & log.mask]!, log.time[n & log.mask]! - this.#origin)
    else this.#takeReady(log, n, n + 1)
  }

  /** A task cannot run any more, or has: gives for how long it could have; 0 when it is not known. */
  unready(task: number, time: number): number {
    let since: number
    if (this.#isOver) {
      since = this.#again.get(task) ?? 0
      this.#again.delete(task)
    } else {
      since = this.#since?.[task] ?? 0
      if (since > 0) this.#since![task] = 0
      if (task >= this.#firstReady && task < this.#endReady) {
        if (since === 0 && !this.#apart.has(task)) since = this.#readySince
        this.#apart.add(task)
      }
    }
    // Single numbers are rounded.
    return since === 0 ? 0 : Math.max(0, time - this.#origin - since)
  }

  /** It ran for so long. Gives what `unready` does. */
  ran(task: number, seconds: number, time: number): number {
    this.#ran = task
    this.#lastSeconds = seconds
    return this.unready(task, time)
  }

  /** Its result is there, as event n says. */
  stored(n: number, task: number, layer: number, time: number): void {
    // Data that was placed never ran.
    if (this.#ran !== task) this.#lastSeconds = 0
    this.#ran = -1
    this.#stored = n
    this.#last = task
    this.#lastLayer = layer
    this.#ended = time
    this.settled(1)
  }

  /** Whether all tasks are done with, or have been. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** So many tasks are done with: have a result, failed, or need none. When all are, the critical path is known. */
  settled(count: number): void {
    this.#left -= count
    if (this.#left === 0) this.finish()
  }

  /** Goes back from the task that was done last to what it waited for, and so on. Once a graph. */
  finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    const paths = this.#paths
    const causes = this.#causes
    if (this.#last >= 0) {
      paths.graphs++
      paths.elapsed += this.#ended - this.submitted
      this.#addToPath(this.#lastLayer, this.#lastSeconds)
    }
    let task = this.#last
    while (causes !== undefined && task >= 0) {
      const cause = causes.of[task]! - 1
      // Tasks that were run again may have waited for each other: none counts twice.
      causes.of[task] = COUNTED
      if (cause < 0 || causes.of[cause] === COUNTED) break
      this.#addToPath(causes.layer[cause]!, causes.seconds[cause]!)
      task = cause
    }
    this.#apart.clear()
    this.#causes = undefined
    if (causes !== undefined) this.#pool.give(causes.of)
    if (this.#since !== undefined) this.#pool.give(this.#since)
    this.#since = undefined
  }

  #addToPath(layer: number, seconds: number): void {
    const { sums } = this.groups[layer]!
    sums[Sum.criticalTasks]!++
    sums[Sum.criticalSeconds]! += seconds
    this.#paths.tasks++
    this.#paths.running += seconds
  }
}

/** The first event after n that does not only say that a task is sent, of whichever graph; or where a piece ends. */
function endOfSent({ mask, kind: kinds }: EventLog, n: number, to: number): number {
  const end = Math.min(to, n + PIECE)
  while (n < end && kinds[n & mask] === taskSent) n++
  return n
}
