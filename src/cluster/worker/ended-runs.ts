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
 * once, as a group. Groups are rows of numbers, of one array: each array that is written to costs as much as writing to it.
 *
 * | 0                    | 1            | 2           | 3        | 4    | 5                   | 6             | 7     |
 * | -------------------- | ------------ | ----------- | -------- | ---- | ------------------- | ------------- | ----- |
 * | graph; -1: the first | index - task | received at | given at | stop | thread * 4 + status | its first run | layer |
 */

const FIRST_ROOM = 64

/** The last `capacity` runs that have ended: rings, of runs and of their groups, that take their room as they fill. */
export class EndedRuns {
  readonly #capacity: number
  #tasks = new Int32Array(FIRST_ROOM)
  #seconds = new Float32Array(FIRST_ROOM)
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

  /** The runs that are added now have this in common. `offset`: what the index of a task is more than its number. */
  // biome-ignore format: one line reads better
  begin(
    graph: number, layer: WorkerLayer, offset: number, received: number, given: number, stop: number, thread: number, status: number,
  ): void {
    const ending = thread * 4 + status
    const last = this.#groups
    let g = this.#group * 8
    if (
      last[g] === graph &&
      last[g + 1] === offset &&
      last[g + 2] === received &&
      last[g + 3] === given &&
      last[g + 4] === stop &&
      last[g + 5] === ending &&
      last[g + 7] === layer.id
    )
      return
    const group = this.#nextGroup()
    this.#layers[group] = layer.known
    const rows = this.#groups
    g = group * 8
    rows[g] = graph
    rows[g + 1] = offset
    rows[g + 2] = received
    rows[g + 3] = given
    rows[g + 4] = stop
    rows[g + 5] = ending
    rows[g + 6] = this.#before + this.#next
    rows[g + 7] = layer.id
  }

  add(task: number, seconds: number): void {
    if (this.#next === this.#room) this.#turn()
    const run = this.#next++
    this.#tasks[run] = task
    this.#seconds[run] = seconds
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
    const [tasks, seconds] = [this.#tasks, this.#seconds]
    this.#tasks = new Int32Array(this.#room)
    this.#tasks.set(tasks)
    this.#seconds = new Float32Array(this.#room)
    this.#seconds.set(seconds)
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
      const row = (run - this.#before + this.#capacity) % this.#capacity
      const task = this.#tasks[row]!
      const common = this.#groups.subarray(group * 8, (group + 1) * 8)
      yield {
        graph: common[0]!,
        task,
        layer: this.#layers[group]!,
        index: task + common[1]!,
        thread: common[5]! >> 2,
        status: common[5]! & 3,
        received: common[2]!,
        given: common[3]!,
        stop: common[4]!,
        // Single numbers are rounded: nobody measures less than nanoseconds.
        seconds: Math.round(this.#seconds[row]! * 1e9) / 1e9,
        ...(this.#asides.get(run) ?? NOTHING_ASIDE),
      }
    }
  }
}

function longer(rows: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(rows)
  return larger
}
