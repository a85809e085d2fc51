import { ArgumentError } from '../../base/index.js'
import { CallTree, type FlatCallTree } from '../../events/index.js'
import { LaneGone, type LaneSet } from '../../lanes/index.js'

const module = new URL('./lane-profiler.js', import.meta.url).href

/** What a worker found its threads doing. */
export interface WorkerProfile {
  readonly threads: number
  readonly tree: FlatCallTree
}

/** Functions that are kept of the past, about: rarer ones go first. */
const MOST_NODES = 20_000
/** What was found all the time is taken out of threads this often, in milliseconds, so that they keep little. */
const TAKE_INTERVAL = 10_000

/**
 * Profiles the threads of a worker that run tasks: when somebody asks, and all the time at a wider interval where that is wanted.
 * A thread has one profiler: while somebody's runs, the past has a gap.
 */
export class WorkerProfiler {
  readonly #lanes: LaneSet
  /** microseconds between two samples; undefined: nobody has asked */
  #interval: number | undefined
  /** the lanes that are profiled */
  readonly #started = new Map<number, Promise<unknown>>()
  /** microseconds between two samples that are taken all the time; undefined: none are */
  readonly #always: number | undefined
  #past = new CallTree()
  #pastThreads = 0
  /** what is being done, one after the other */
  #last: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(lanes: LaneSet, always?: number) {
    this.#lanes = lanes
    this.#always = always
    if (always === undefined) return
    this.#last = this.#startAll(always)
    this.#timer = setInterval(() => void this.past(), TAKE_INTERVAL)
    this.#timer.unref()
  }

  start(interval: number): Promise<void> {
    if (this.#interval !== undefined) {
      return Promise.reject(new ArgumentError('the worker is being profiled already: one at a time can'))
    }
    this.#interval = interval
    return this.#inTurn(async () => {
      if (this.#always !== undefined) await this.#keep()
      await this.#startAll(interval)
    })
  }

  /** A lane has started: what it does belongs to a profile that is being made. */
  laneReady(lane: number): void {
    const interval = this.#interval ?? this.#always
    // Whether it could is told when the profile ends.
    if (interval !== undefined) this.#begin(lane, interval).catch(() => undefined)
  }

  stop(): Promise<WorkerProfile> {
    if (this.#interval === undefined) return Promise.reject(new ArgumentError('the worker is not being profiled'))
    this.#interval = undefined
    return this.#inTurn(async () => {
      const profile = await this.#take()
      if (this.#always !== undefined) await this.#startAll(this.#always)
      return profile
    })
  }

  /** What threads were found doing since the worker began, other profiles aside. */
  past(): Promise<WorkerProfile> {
    if (this.#always === undefined) {
      return Promise.reject(
        new ArgumentError('workers do not note what their threads do: the setting worker.profile has them do so'),
      )
    }
    return this.#inTurn(async () => {
      if (this.#interval === undefined) {
        await this.#keep()
        await this.#startAll(this.#always!)
      }
      return { threads: this.#pastThreads, tree: this.#past.flat() }
    })
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Adds what was found to the past. */
  async #keep(): Promise<void> {
    const { threads, tree } = await this.#take()
    this.#pastThreads = Math.max(this.#pastThreads, threads)
    this.#past.add(tree)
    if (this.#past.nodes().length > MOST_NODES) this.#past = withoutRare(this.#past)
  }

  async #startAll(interval: number): Promise<void> {
    await Promise.all(this.#lanes.lanes.map((lane) => this.#begin(lane, interval)))
  }

  async #take(): Promise<WorkerProfile> {
    const tree = new CallTree()
    let threads = 0
    const started = [...this.#started]
    this.#started.clear()
    const lanes = started.map(([lane]) => lane)
    for (const [, begun] of started) await begun
    for (const flat of await Promise.all(lanes.map((lane) => unlessGone(this.#lanes.ask(lane, `${module}#stopProfiling`, {}))))) {
      if (!flat) continue
      threads++
      tree.add(flat as FlatCallTree)
    }
    return { threads, tree: tree.flat() }
  }

  #begin(lane: number, interval: number): Promise<unknown> {
    let started = this.#started.get(lane)
    if (!started) {
      started = unlessGone(this.#lanes.ask(lane, `${module}#startProfiling`, { interval }))
      this.#started.set(lane, started)
    }
    return started
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

/** The tree without what was found least: half of the functions, whose time counts for those that called them. */
function withoutRare(tree: CallTree): CallTree {
  const { frames, frame, parent, self, hits } = tree.flat()
  const totals = [...self]
  for (let i = totals.length - 1; i >= 0; i--) if (parent[i]! >= 0) totals[parent[i]!]! += totals[i]!
  const least = [...totals].sort((a, b) => b - a)[Math.floor(MOST_NODES / 2)]!
  const place = totals.map(() => -1)
  const kept = { frames, frame: [] as number[], parent: [] as number[], self: [] as number[], hits: [] as number[] }
  for (let i = 0; i < totals.length; i++) {
    const above = parent[i]! < 0 ? -1 : place[parent[i]!]!
    if (totals[i]! >= least) {
      place[i] = kept.frame.push(frame[i]!) - 1
      kept.parent.push(above)
      kept.self.push(self[i]!)
      kept.hits.push(hits[i]!)
    } else {
      place[i] = above
      if (above < 0) continue
      kept.self[above]! += self[i]!
      kept.hits[above]! += hits[i]!
    }
  }
  const smaller = new CallTree()
  smaller.add(kept)
  return smaller
}

/** What a lane answers; a lane that dies has nothing to say. */
async function unlessGone(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof LaneGone) return undefined
    throw error
  }
}
