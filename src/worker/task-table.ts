import { IntMap } from '../base/index.js'

/** The slot is not in use. */
export const FREE = 0
/** A task some of whose inputs are on their way here. */
export const WAITING = 1
/** A task that can run. */
export const READY = 2
/** A task that was handed out to be run. */
export const EXECUTING = 3
/** A task that was handed out, and now waits for a promise. */
export const SUSPENDED = 4
/** A task that was handed out; its result is not needed any more. */
export const ABANDONED = 5
/** A value that is here. */
export const MEMORY = 6
/** A value that is on its way here. */
export const FETCHING = 7

export const slotStateNames = ['free', 'waiting', 'ready', 'executing', 'suspended', 'abandoned', 'memory', 'fetching'] as const

/**
 * What a worker knows of tasks and values: a slot for each, in columns that grow by doubling; slots are used again.
 * A slot is found by graph and task. `serial` tells two uses of one slot apart.
 */
export class TaskTable {
  state = new Uint8Array(64)
  graph = new Int32Array(64)
  task = new Int32Array(64)
  attempt = new Uint8Array(64)
  priority = new Float64Array(64)
  rank = new Int32Array(64)
  /** of a waiting task: how many inputs are on their way; of an executing one: 1 if it was suspended */
  missing = new Int32Array(64)
  serial = new Int32Array(64)
  /** slots in use */
  size = 0
  #end = 0
  readonly #free: number[] = []
  readonly #byGraph = new Map<number, IntMap>()
  #lastGraph = -1
  #last: IntMap | undefined

  /** The slot of a task or value; -1 when nothing is known of it. */
  find(graph: number, task: number): number {
    const tasks = this.#tasksOf(graph)
    return tasks ? tasks.get(task) : -1
  }

  /** Makes a slot, which `find` gives from now on. */
  add(graph: number, task: number, attempt: number, state: number): number {
    const slot = this.#free.pop() ?? this.#end++
    if (slot === this.state.length) this.#grow()
    this.state[slot] = state
    this.graph[slot] = graph
    this.task[slot] = task
    this.attempt[slot] = attempt
    this.missing[slot] = 0
    this.serial[slot]!++
    let tasks = this.#tasksOf(graph)
    if (!tasks) {
      tasks = new IntMap()
      this.#byGraph.set(graph, tasks)
      this.#last = tasks
      this.#lastGraph = graph
    }
    tasks.set(task, slot)
    this.size++
    return slot
  }

  /** Frees a slot. */
  remove(slot: number): void {
    this.detach(slot)
    this.state[slot] = FREE
    this.#free.push(slot)
    this.size--
  }

  /** Makes a slot unfindable, though it stays in use. */
  detach(slot: number): void {
    const graph = this.graph[slot]!
    const tasks = this.#tasksOf(graph)
    if (!tasks || tasks.get(this.task[slot]!) !== slot) return
    tasks.delete(this.task[slot]!)
    if (tasks.size === 0) {
      this.#byGraph.delete(graph)
      if (this.#lastGraph === graph) this.#lastGraph = -1
    }
  }

  /** Whether slot a goes before slot b: by priority, submission and rank. */
  goesBefore(a: number, b: number): boolean {
    if (this.priority[a] !== this.priority[b]) return this.priority[a]! > this.priority[b]!
    if (this.graph[a] !== this.graph[b]) return this.graph[a]! < this.graph[b]!
    return this.rank[a]! < this.rank[b]!
  }

  /** The slots in use. */
  *slots(): IterableIterator<number> {
    for (let slot = 0; slot < this.#end; slot++) if (this.state[slot] !== FREE) yield slot
  }

  #tasksOf(graph: number): IntMap | undefined {
    if (graph === this.#lastGraph) return this.#last
    const tasks = this.#byGraph.get(graph)
    if (tasks) {
      this.#lastGraph = graph
      this.#last = tasks
    }
    return tasks
  }

  #grow(): void {
    const n = this.state.length * 2
    const state = new Uint8Array(n)
    state.set(this.state)
    this.state = state
    const attempt = new Uint8Array(n)
    attempt.set(this.attempt)
    this.attempt = attempt
    const priority = new Float64Array(n)
    priority.set(this.priority)
    this.priority = priority
    for (const column of ['graph', 'task', 'rank', 'missing', 'serial'] as const) {
      const grown = new Int32Array(n)
      grown.set(this[column])
      this[column] = grown
    }
  }
}
