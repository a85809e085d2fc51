import { ArgumentError, RankSet } from '../base/index.js'
import { type Graph, type Rows, checkWanted } from '../graph/index.js'
import { Copies } from './copies.js'
import type { Duration } from './durations.js'
import type { Requirement } from './requirements.js'
import type { Turn } from './root-queue.js'
import { ERRED, RELEASED } from './task-states.js'
import type { Wants } from './wants.js'

/** What the tasks of an archived graph are called outside: the numbers that they had when it was submitted. */
export interface Names {
  readonly outside: Int32Array
  readonly inside: ReadonlyMap<number, number>
}

const NO_ROWS: Rows = { start: new Int32Array(1), targets: new Int32Array(0) }

/** What the scheduler keeps for each layer. */
export interface LayerState {
  readonly duration: Duration
  readonly requirement: Requirement | undefined
  readonly priority: number
  readonly retries: number
  /** its tasks make actors; see actors.ts */
  readonly actor: boolean
  /** its tasks go to the queue of roots: they need nothing, or all need the same few things */
  readonly rootish: boolean
}

/** A task of another graph whose value stands for a task of this one. */
export interface Source {
  readonly graph: GraphState
  readonly task: number
}

/**
 * The state of the tasks of one submitted graph: a few typed arrays, 32 bytes a task, set free as a whole when nothing
 * of the graph is needed any more. What few tasks have (errors, copies, retries used) is in maps.
 */
export class GraphState {
  readonly id: number
  readonly graph: Graph
  /** in the order of the graph's; known once it is admitted */
  layers: readonly LayerState[] = []
  /** of each task: those that need it; known once it is admitted */
  dependents: Rows = NO_ROWS
  /**
   * Tasks below this number that need nothing were made ready when the graph came in; -1: it is being prepared, its
   * tasks count as released. Only in between two pieces of an admission is it less than the number of tasks.
   */
  opened = -1
  /** see task-states.ts */
  readonly state: Uint8Array
  /** of a waiting task: how many of its dependencies are not in memory (one used twice counts twice) */
  readonly waiting: Int32Array
  /** how many dependents that are not done need the result, and how many tasks of other graphs stand for it */
  readonly waiters: Int32Array
  /** processing: the worker it was sent to; memory: a holder; ready: the worker whose queue it is in, or -1 */
  readonly worker: Int32Array
  /** processing: the expected duration in seconds; memory: the size in bytes; released: the size it had, or -1 */
  readonly cost: Float64Array
  /** 1: a client wants the result */
  wanted: Uint8Array
  /** how often a worker died of it, presumably */
  readonly failures: Uint8Array
  /** which attempt is under way or gave the result; messages about another one are stale */
  readonly attempt: Uint8Array
  /** the place of each task in the order */
  readonly rank: Int32Array
  readonly taskAt: Int32Array
  /** ready tasks in the queue of roots, by rank */
  readonly roots: RankSet
  /** where the graph stands in that queue */
  turn: Turn | undefined
  /** the workers that hold copies beside `worker` */
  readonly copies: Copies
  readonly retriesUsed = new Map<number, number>()
  readonly errors = new Map<number, unknown>()
  /** of tasks that stand for a task of another graph: that task */
  readonly sources = new Map<number, Source>()
  /** of tasks that others stand for: those */
  readonly aliases = new Map<number, Source[]>()
  /** of tasks some worker could not get an input of that is there: how often */
  misses: Map<number, number> | undefined
  /** of tasks that took more memory than their worker had: the class of those with more; see larger-workers.ts */
  larger: Map<number, Requirement> | undefined
  /** of tasks that are best run on one worker: which; see placement.ts */
  preferred: Map<number, number> | undefined
  /** tasks whose copies somebody asked for: they are not superfluous */
  replicated: Set<number> | undefined
  /** whether it has layers of actors */
  hasActors = false
  /** of actors that are no more: what became of them; they are not made again */
  ended: Map<number, string> | undefined
  /** whether all layers have the same priority, so that ranks alone say which task goes first */
  samePriority = true
  /** the graphs that `sources` names: they are kept as long as this one, as their tasks may have to run again for it */
  readonly uses = new Set<GraphState>()
  /** how many graphs use this one */
  users = 0
  /** tasks that a client wants */
  wantedCount = 0
  /** tasks that are neither released nor erred */
  activeCount: number
  /** the client that submitted it */
  readonly owner: number
  /** what others want, when there are any; see wants.ts */
  wants: Wants | undefined
  /** of an archived graph: what its tasks are called outside, and back; undefined: the same */
  readonly names: Names | undefined
  /** with so few active tasks it may be worth archiving */
  archiveBelow = 0
  /** how far it was found to be at rest, for archive.ts; -1: it does not stand in `Core.resting` */
  restingUpTo = -1
  /**
   * since when it is at rest, in seconds; NaN: it is not known to be. Never a whole number: where a field changes from
   * whole numbers to others the shape of all graphs changes, and compiled code is thrown away
   */
  restingSince = Number.NaN

  /** it has tasks that nobody wants and nothing needs, which are run all the same */
  hasLoose = false

  constructor(id: number, graph: Graph, ranks: Int32Array, owner = 0, names?: Names) {
    const n = graph.size
    if (ranks.length !== n) throw notAPermutation(n)
    this.id = id
    this.graph = graph
    this.owner = owner
    this.names = names
    this.state = new Uint8Array(n)
    this.waiting = new Int32Array(n)
    this.waiters = new Int32Array(n)
    this.worker = new Int32Array(n)
    this.cost = new Float64Array(n)
    this.wanted = new Uint8Array(n)
    this.failures = new Uint8Array(n)
    this.attempt = new Uint8Array(n)
    this.rank = ranks
    this.taskAt = new Int32Array(n)
    this.roots = new RankSet(n)
    this.copies = new Copies(n)
    this.activeCount = n
  }

  /** First: the tasks from … below are on no worker, and nothing is known of which has which rank. */
  clear(from: number, below: number): void {
    this.worker.fill(-1, from, below)
    this.taskAt.fill(-1, from, below)
  }

  /** Then: notes which task has which rank, of the tasks from … below. */
  takeRanks(from: number, below: number): void {
    const { rank, taskAt } = this
    for (let t = from; t < below; t++) {
      const r = rank[t]!
      // As many different ones as there are tasks are all of them.
      if (taskAt[r] !== -1) throw notAPermutation(this.graph.size)
      taskAt[r] = t
    }
  }

  /** Notes that a client wants the results of these, from … below in the list. */
  takeWanted(tasks: ArrayLike<number>, from: number, below: number): void {
    const { wanted } = this
    const n = wanted.length
    for (let i = from; i < below; i++) {
      const t = tasks[i]!
      if (!(t >= 0 && t < n && Number.isInteger(t))) checkWanted(this.graph, tasks)
      if (wanted[t] === 0) this.wantedCount++
      wanted[t] = 1
    }
  }

  /** The class of workers that may run the task; undefined: any. */
  requirementOf(t: number): Requirement | undefined {
    const ofLayer = this.layers[this.graph.layerOf[t]!]!.requirement
    return this.larger === undefined ? ofLayer : (this.larger.get(t) ?? ofLayer)
  }

  /** The task of another graph that this one stands for. Mostly there are none. */
  sourceOf(task: number): Source | undefined {
    return this.sources.size === 0 ? undefined : this.sources.get(task)
  }

  layerState(task: number): LayerState {
    return this.layers[this.graph.layerOf[task]!]!
  }

  priorityOf(task: number): number {
    return this.layers[this.graph.layerOf[task]!]!.priority
  }

  /** Whether a task is active: neither released nor erred. */
  isActive(task: number): boolean {
    const s = this.state[task]
    return s !== RELEASED && s !== ERRED
  }

  /** What a task is called outside. */
  nameOf(task: number): number {
    return this.names === undefined ? task : this.names.outside[task]!
  }

  /** The task that is called so outside; -1 when the graph knows it no more. */
  taskOf(name: number): number {
    if (this.names === undefined) return name >= 0 && name < this.graph.size ? name : -1
    return this.names.inside.get(name) ?? -1
  }

  /** Whether the worker holds the value of a task that is in memory. */
  isHeldBy(task: number, worker: number): boolean {
    return this.worker[task] === worker || this.copies.has(task, worker)
  }

  /** Takes a holder away; false when it was the last one. */
  dropHolder(task: number, worker: number): boolean {
    if (this.worker[task] !== worker) {
      this.copies.delete(task, worker)
      return true
    }
    const other = this.copies.take(task)
    if (other >= 0) this.worker[task] = other
    return other >= 0
  }
}

function notAPermutation(size: number): ArgumentError {
  return new ArgumentError(`the ranks of a graph of ${size} tasks must be a permutation of 0 … ${size - 1}`)
}
