import { ArgumentError } from '../../base/index.js'
import { CallTree, type FlatCallTree } from '../../events/index.js'
import { LaneGone, type LaneSet } from '../../lanes/index.js'

const module = new URL('./lane-profiler.js', import.meta.url).href

/** What a worker found its threads doing. */
export interface WorkerProfile {
  readonly threads: number
  readonly tree: FlatCallTree
}

/** Profiles the threads of a worker that run tasks, when somebody asks. */
export class WorkerProfiler {
  readonly #lanes: LaneSet
  /** microseconds between two samples; undefined: nobody has asked */
  #interval: number | undefined
  /** the lanes that are profiled */
  readonly #started = new Map<number, Promise<unknown>>()

  constructor(lanes: LaneSet) {
    this.#lanes = lanes
  }

  async start(interval: number): Promise<void> {
    if (this.#interval !== undefined) throw new ArgumentError('the worker is being profiled already: one at a time can')
    this.#interval = interval
    await Promise.all(this.#lanes.lanes.map((lane) => this.#begin(lane)))
  }

  /** A lane has started: what it does belongs to a profile that is being made. */
  laneReady(lane: number): void {
    // Whether it could is told when the profile ends.
    if (this.#interval !== undefined) this.#begin(lane).catch(() => undefined)
  }

  async stop(): Promise<WorkerProfile> {
    if (this.#interval === undefined) throw new ArgumentError('the worker is not being profiled')
    this.#interval = undefined
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

  #begin(lane: number): Promise<unknown> {
    let started = this.#started.get(lane)
    if (!started) {
      started = unlessGone(this.#lanes.ask(lane, `${module}#startProfiling`, { interval: this.#interval }))
      this.#started.set(lane, started)
    }
    return started
  }
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
