import type { KnownLayer, WorkerLayer } from './worker-layers.js'

/** A value that was got from another worker for a task. Times are in seconds. */
export interface Transfer {
  /** the number of the worker that it came from */
  readonly from: number
  readonly bytes: number
  readonly start: number
  readonly stop: number
}

/** What few runs have: values that were got for them, or a promise that they waited for. */
export interface Aside {
  readonly transfers: readonly Transfer[]
  /** when it began to wait for a promise; NaN: it never did */
  readonly waited: number
}

export const NOTHING_ASIDE: Aside = { transfers: [], waited: Number.NaN }

/** Which task it was. */
export interface Which {
  readonly graph: number
  readonly task: number
  readonly layer: KnownLayer
  readonly index: number
}

/** A run of a task. Times are in seconds; NaN: it has not come to that. */
export interface Run extends Which, Aside {
  readonly thread: number
  readonly received: number
  readonly given: number
  readonly seconds: number
}

/** A run that has ended; `status`: a number below 4. */
export interface EndedRun extends Run {
  readonly stop: number
  readonly status: number
}

/*
 * Threads are given tasks together, and report their ends together: what runs that end one after the other have in common stands
 * once, as a group. All are rows of numbers, of one array each: each array that is written to costs as much as writing to it.
 * Columns are numbers in what happens to every task: names of modules are no constants to the engine, and cost twice as much.
 *
 * | row             | 0                    | 1     | 2           | 3        | 4       | 5                   | 6             |
 * | --------------- | -------------------- | ----- | ----------- | -------- | ------- | ------------------- | ------------- |
 * | a task, of 8    | graph; -1: no task   | layer | received at | given at | task    | index               |               |
 * | a group, of 8   | graph; -1: the first | layer | received at | given at | stop    | thread * 4 + status | its first run |
 * | a run, of 3     | task                 | index | seconds     |          |         |                     |               |
 */

const FIRST_ROOM = 64

/** The last `capacity` runs that have ended: rings, of runs and of their groups, that take their room as they fill. */
export class EndedRuns {
  readonly #capacity: number
  #runs = new Float64Array(FIRST_ROOM * 3)
  /** rows that there are */
  #room = FIRST_ROOM
  /** the row of the next run: that of the oldest, when all are used */
  #next = 0
  /** runs that ended before those of this turn of the ring */
  #before = 0
  #groups = new Float64Array(FIRST_ROOM * 8)
  /** the row of the group of the last run; the first is that of no graph */
  #group = 0
  /** by row of a group */
  readonly #layers: (KnownLayer | undefined)[] = [undefined]
  /** by number of the run, the oldest first */
  readonly #asides = new Map<number, Aside>()

  /** `capacity`: one at least. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#room = Math.min(capacity, FIRST_ROOM)
    this.#groups[0] = -1
  }

  /**
   * A run has ended, of a task of the layer, of which `open` knows from `at` on, at the time that is in `now`. Times come in arrays:
   * as fractions that are given to a function each would be an object.
   */
  add(
    open: Float64Array,
    at: number,
    layer: WorkerLayer,
    thread: number,
    status: number,
    now: Float64Array,
    seconds: number,
  ): void {
    if (this.#next === this.#room) this.#turn()
    const run = this.#next++ * 3
    const runs = this.#runs
    runs[run] = open[at + 4]!
    runs[run + 1] = open[at + 5]!
    runs[run + 2] = seconds
    const groups = this.#groups
    const ending = thread * 4 + status
    let g = this.#group * 8
    if (
      groups[g + 2] === open[at + 2] &&
      groups[g + 3] === open[at + 3] &&
      groups[g + 4] === now[0] &&
      groups[g + 5] === ending &&
      groups[g + 1] === open[at + 1] &&
      groups[g] === open[at]
    )
      return
    // Here, and not in a function of its own: as seldom as it is called, the engine would take long to compile it.
    const group = this.#nextGroup()
    this.#layers[group] = layer.known
    const rows = this.#groups
    g = group * 8
    rows[g] = open[at]!
    rows[g + 1] = open[at + 1]!
    rows[g + 2] = open[at + 2]!
    rows[g + 3] = open[at + 3]!
    rows[g + 4] = now[0]!
    rows[g + 5] = ending
    rows[g + 6] = this.#before + this.#next - 1
  }

  #nextGroup(): number {
    let group = this.#group + 1
    // Each group has a run that is remembered: there are no more of them.
    if (group === this.#capacity) group = 0
    else if (group * 8 === this.#groups.length) this.#groups = longer(this.#groups, group * 2 * 8)
    this.#group = group
    return group
  }

  /** The last row of a run is used: there are more, or the ring begins again. */
  #turn(): void {
    if (this.#next === this.#capacity) {
      this.#before += this.#next
      this.#next = 0
      return
    }
    this.#room = Math.min(this.#capacity, this.#next * 2)
    this.#runs = longer(this.#runs, this.#room * 3)
  }

  /** how many have ever ended */
  get #count(): number {
    return this.#before + this.#next
  }

  /** What else is told of the run that was added last. What was told of those that are forgotten is let go when there are new ones. */
  addAside(aside: Aside): void {
    for (const run of this.#asides.keys()) {
      if (run >= this.#count - this.#capacity) break
      this.#asides.delete(run)
    }
    this.#asides.set(this.#count - 1, aside)
  }

  /** The runs that are remembered, the latest first. */
  *backwards(): IterableIterator<EndedRun> {
    const oldest = Math.max(0, this.#count - this.#capacity)
    let group = this.#group
    for (let run = this.#count - 1; run >= oldest; run--) {
      if (this.#groups[group * 8 + 6]! > run) group = group === 0 ? this.#capacity - 1 : group - 1
      const [task, index, seconds] = rowOf(this.#runs, (run - this.#before + this.#capacity) % this.#capacity, 3)
      const common = rowOf(this.#groups, group, 8)
      yield {
        graph: common[0]!,
        task: task!,
        layer: this.#layers[group]!,
        index: index!,
        thread: common[5]! >> 2,
        status: common[5]! & 3,
        received: common[2]!,
        given: common[3]!,
        stop: common[4]!,
        seconds: seconds!,
        ...(this.#asides.get(run) ?? NOTHING_ASIDE),
      }
    }
  }
}

function rowOf(rows: Float64Array, row: number, length: number): Float64Array {
  return rows.subarray(row * length, (row + 1) * length)
}

function longer(rows: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(rows)
  return larger
}
