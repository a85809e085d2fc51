import type { Transferable } from 'node:worker_threads'
import { inspect } from 'node:util'
import { ArgumentError } from '../base/index.js'
import type { Annotations } from './annotations.js'
import { describeGraph } from './describe-graph.js'

/** What a task function may ask about the task it is running. */
export interface TaskContext {
  /** the key of the task, as in messages */
  readonly key: string
  /** the task's index in its layer */
  readonly index: number
  /** The result is encoded as soon as the task gives it: it may hold `LaterNumbers`. */
  readonly encodes?: boolean
  /**
   * Says that the task, though it returns a promise, computes most of the time (it reads a file piece by piece, say), so
   * that nothing else is to be started in its place. Gives a function that says that from now on it does wait. Where
   * waits do not overlap, there is no such method.
   */
  occupy?(): () => void
  /**
   * Asks the process that the lane belongs to: one of the services that it has beside running tasks. Rejects with what that
   * threw.
   */
  ask?(name: string, args: unknown, transfer?: readonly Transferable[]): Promise<unknown>
  /** a folder of this run on local disk, made on first call, removed when the run's values are released */
  scratch(): string
}

/**
 * What the tasks of a layer run. `inputs` are the values of the task's dependencies, in their order; `own` is the
 * task's own parameter; `shared` is the layer's. It may return a promise. Inputs are read-only.
 *
 * A task function is an export of a module of Heddle (see `operation` in transfer/), and travels as a reference;
 * functions of the user travel in `shared` or `own`.
 */
// biome-ignore format: one line reads better
export type TaskFunction<Own = never, Shared = never> =
  (inputs: readonly unknown[], own: Own, shared: Shared, context: TaskContext) => unknown

/** What the tasks of a layer do in a shuffle. */
export type ShuffleRole = 'transfer' | 'seal'

/** Many tasks that share one function and differ by index. */
export interface Layer {
  /** of pure collections a content hash ends it; no two tasks of a graph have the same name and index */
  readonly name: string
  /** what people read in progress bars and errors: 'inc', 'readText-flatMap' */
  readonly label: string
  /** undefined: the values exist already, in the executor that will run the graph; `own[i]` is the handle of one */
  readonly run: TaskFunction | undefined
  readonly shared: unknown
  /** the tasks' own parameters by index, where they have any */
  readonly own: readonly unknown[] | undefined
  readonly annotations: Annotations | undefined
  /** its tasks use `TaskContext.scratch` */
  readonly scratch?: boolean | undefined
  /** its tasks are part of a shuffle (see shuffle/): they send partitions away, or say that all are sent */
  readonly shuffle?: ShuffleRole | undefined
  /** {run, shared} as bytes, if they were encoded already (see transfer/) */
  readonly payload?: Uint8Array | undefined
  /** how many inputs at the end of each task's are values that `shared` captured, and no inputs of `run` */
  readonly captures?: number | undefined
  /** the user's function, where there is one: errors say where it stands */
  readonly source: Function | undefined
}

/** Rows of task numbers, one after the other: row t is `targets[start[t]] … targets[start[t + 1] - 1]` (CSR). */
export interface Rows {
  readonly start: Int32Array
  readonly targets: Int32Array
}

/**
 * Tasks as data. A task is a number; dependencies have smaller numbers than their dependents, so there is no cycle
 * and a single sweep up or down the numbers is a topological one. 6–10 bytes a task and 4 a dependency.
 */
export class Graph {
  readonly layers: readonly Layer[]
  /** the number of tasks */
  readonly size: number
  /** the layer of each task */
  readonly layerOf: Uint16Array | Uint32Array
  /** the index of each task in its layer */
  readonly indexOf: Int32Array
  readonly dependencies: Rows
  #dependents: Rows | undefined

  constructor(layers: readonly Layer[], layerOf: Uint16Array | Uint32Array, indexOf: Int32Array, dependencies: Rows) {
    this.layers = layers
    this.size = layerOf.length
    this.layerOf = layerOf
    this.indexOf = indexOf
    this.dependencies = dependencies
  }

  /** The dependents of each task, in ascending order; made on first use. A task used twice stands twice. */
  get dependents(): Rows {
    this.#dependents ??= transpose(this.dependencies, this.size)
    return this.#dependents
  }

  /** (layer name, index) as one text. */
  keyOf(task: number): string {
    return `${this.layers[this.layerOf[task]!]!.name}:${this.indexOf[task]}`
  }

  layer(task: number): Layer {
    return this.layers[this.layerOf[task]!]!
  }

  /** The task's own parameter, undefined where it has none. */
  own(task: number): unknown {
    return this.layers[this.layerOf[task]!]!.own?.[this.indexOf[task]!]
  }

  dependenciesOf(task: number): Int32Array {
    const { start, targets } = this.dependencies
    return targets.subarray(start[task], start[task + 1])
  }

  dependentsOf(task: number): Int32Array {
    const { start, targets } = this.dependents
    return targets.subarray(start[task], start[task + 1])
  }

  /** What `console.log` and the REPL print. */
  [inspect.custom](): string {
    return describeGraph(this)
  }
}

function transpose({ start, targets }: Rows, size: number): Rows {
  const reversed = new Int32Array(size + 1)
  for (let e = 0; e < targets.length; e++) reversed[targets[e]! + 1]!++
  for (let t = 0; t < size; t++) reversed[t + 1]! += reversed[t]!
  const sources = new Int32Array(targets.length)
  const next = reversed.slice(0, size)
  for (let t = 0; t < size; t++) {
    for (let e = start[t]!; e < start[t + 1]!; e++) sources[next[targets[e]!]!++] = t
  }
  return { start: reversed, targets: sources }
}

/** A part of a graph: tasks that a user asks for, in the order asked. */
export interface Wanted {
  readonly graph: Graph
  readonly wanted: Int32Array
}

/** Checks that every number is a task of the graph. */
export function checkWanted(graph: Graph, wanted: ArrayLike<number>): void {
  for (let i = 0; i < wanted.length; i++) {
    const t = wanted[i]!
    if (!(Number.isInteger(t) && t >= 0 && t < graph.size)) {
      throw new ArgumentError(`wanted[${i}] is ${t}, which is no task of a graph of ${graph.size}`)
    }
  }
}
