import { ArgumentError, RankSet } from '../base/index.js'
import { type Graph, type Layer, checkWanted } from '../graph/index.js'
import { Copies } from './copies.js'
import type { Duration, Durations } from './durations.js'
import type { Requirement } from './requirements.js'
import type { Turn } from './root-queue.js'
import { ERRED, RELEASED } from './task-states.js'

/** What the scheduler keeps for each layer. */
export interface LayerState {
  readonly duration: Duration
  readonly requirement: Requirement | undefined
  readonly priority: number
  readonly retries: number
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
  readonly layers: readonly LayerState[]
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
  readonly wanted: Uint8Array
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
  /** whether all layers have the same priority, so that ranks alone say which task goes first */
  readonly samePriority: boolean
  /** the graphs that `sources` names: they are kept as long as this one, as their tasks may have to run again for it */
  readonly uses = new Set<GraphState>()
  /** how many graphs use this one */
  users = 0
  /** tasks that a client wants */
  wantedCount = 0
  /** tasks that are neither released nor erred */
  activeCount = 0

  constructor(id: number, graph: Graph, wanted: ArrayLike<number>, ranks: Int32Array, layers: readonly LayerState[]) {
    checkWanted(graph, wanted)
    const n = graph.size
    this.samePriority = layers.every((layer) => layer.priority === layers[0]!.priority)
    this.id = id
    this.graph = graph
    this.layers = layers
    this.state = new Uint8Array(n)
    this.waiting = new Int32Array(n)
    this.waiters = new Int32Array(n)
    this.worker = new Int32Array(n).fill(-1)
    this.cost = new Float64Array(n)
    this.wanted = new Uint8Array(n)
    this.failures = new Uint8Array(n)
    this.attempt = new Uint8Array(n)
    this.rank = ranks
    this.taskAt = taskAtRank(ranks, n)
    this.roots = new RankSet(n)
    this.copies = new Copies(n)
    for (let i = 0; i < wanted.length; i++) {
      if (this.wanted[wanted[i]!] === 0) this.wantedCount++
      this.wanted[wanted[i]!] = 1
    }
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

/** The inverse of a permutation. */
function taskAtRank(ranks: Int32Array, size: number): Int32Array {
  const taskAt = new Int32Array(size).fill(-1)
  for (let t = 0; t < size; t++) taskAt[ranks[t]!] = t
  if (ranks.length !== size || taskAt.includes(-1)) {
    throw new ArgumentError(`the ranks of a graph of ${size} tasks must be a permutation of 0 … ${size - 1}`)
  }
  return taskAt
}

/** A layer is rootish when its tasks together depend on fewer tasks than this; see `LayerState.rootish`. */
const FEW = 5

/** The state of the layers of a graph that is being submitted. */
export function layerStates(
  graph: Graph,
  priority: number,
  durations: Durations,
  requirementOf: (layer: Layer) => Requirement | undefined,
): LayerState[] {
  const distinct: number[][] = graph.layers.map(() => [])
  const sizes = new Int32Array(graph.layers.length)
  const { start, targets } = graph.dependencies
  for (let t = 0; t < graph.size; t++) {
    const l = graph.layerOf[t]!
    sizes[l]!++
    const seen = distinct[l]!
    for (let e = start[t]!; e < start[t + 1]! && seen.length < FEW; e++) {
      if (!seen.includes(targets[e]!)) seen.push(targets[e]!)
    }
  }
  return graph.layers.map((layer, l) => ({
    duration: durations.of(layer.label),
    requirement: requirementOf(layer),
    priority: checkPriority(layer, priority + (layer.annotations?.priority ?? 0)),
    retries: layer.annotations?.retries ?? 0,
    rootish: distinct[l]!.length === 0 || (distinct[l]!.length < FEW && sizes[l]! > 2 * FEW * distinct[l]!.length),
  }))
}

function checkPriority(layer: Layer, priority: number): number {
  // It travels as a word of an instruction.
  if ((priority | 0) === priority) return priority
  throw new ArgumentError(`the priority of ${layer.name} is ${priority}; it must be a whole number of at most 31 bits`)
}
