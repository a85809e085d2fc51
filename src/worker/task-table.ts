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

const FIRST_CAPACITY = 64

const wordColumns = ['graph', 'task', 'priority', 'rank', 'missing', 'place', 'serial', 'after'] as const
const byteColumns = ['state', 'attempt'] as const
const SLOT_BYTES = (wordColumns.length + 1) * 4 + byteColumns.length

/**
 * What a worker knows of tasks and values: a slot for each, in columns that grow by doubling; slots are used again.
 * A slot is found by graph and task, through a hash table of chains that run through the slots. `serial` tells two uses of one
 * slot apart. 42 bytes a slot. What some columns hold of a value on its way here is in fetches.ts.
 */
export class TaskTable {
  state!: Uint8Array
  graph!: Int32Array
  task!: Int32Array
  attempt!: Uint8Array
  priority!: Int32Array
  rank!: Int32Array
  /** of a waiting task: how many inputs are on their way */
  missing!: Int32Array
  /** of a ready task: where it stands in the queue; of a free slot: the next free one, or -1 */
  place!: Int32Array
  serial!: Int32Array
  /** slots in use */
  size = 0
  #end = 0
  #firstFree = -1
  /** of a slot that can be found: the next one of the same hash, plus one; 0: there is none */
  after!: Int32Array
  /** by hash of graph and task: the first slot of that hash, plus one; 0: there is none. As long as the columns */
  #index!: Int32Array

  constructor() {
    this.#allocate(FIRST_CAPACITY)
  }

  /** Makes the columns, all in one piece of memory: a process may have thousands of tables. */
  #allocate(n: number): void {
    const memory = new ArrayBuffer(n * SLOT_BYTES)
    wordColumns.forEach((column, i) => {
      this[column] = new Int32Array(memory, i * n * 4, n)
    })
    const words = wordColumns.length + 1
    this.#index = new Int32Array(memory, wordColumns.length * n * 4, n)
    byteColumns.forEach((column, i) => {
      this[column] = new Uint8Array(memory, (words * 4 + i) * n, n)
    })
  }

  /** The slot of a task or value; -1 when nothing is known of it. */
  find(graph: number, task: number): number {
    const index = this.#index
    let slot = index[hash(graph, task) & (index.length - 1)]! - 1
    while (slot >= 0 && (this.task[slot] !== task || this.graph[slot] !== graph)) slot = this.after[slot]! - 1
    return slot
  }

  /** Makes a slot, which `find` gives from now on. There must be none that it gives yet. */
  add(graph: number, task: number, attempt: number, state: number): number {
    let slot = this.#firstFree
    if (slot >= 0) this.#firstFree = this.place[slot]!
    else {
      slot = this.#end++
      if (slot === this.state.length) this.#grow()
    }
    this.state[slot] = state
    this.graph[slot] = graph
    this.task[slot] = task
    this.attempt[slot] = attempt
    this.missing[slot] = 0
    this.serial[slot]!++
    this.#enter(slot)
    this.size++
    return slot
  }

  /** Frees a slot. */
  remove(slot: number): void {
    if (this.state[slot] !== ABANDONED) this.detach(slot)
    this.state[slot] = FREE
    this.place[slot] = this.#firstFree
    this.#firstFree = slot
    this.size--
  }

  /** Makes a slot unfindable, though it stays in use; its state must become ABANDONED. */
  detach(slot: number): void {
    const { after } = this
    const index = this.#index
    const home = hash(this.graph[slot]!, this.task[slot]!) & (index.length - 1)
    const next = after[slot]!
    if (index[home] === slot + 1) {
      index[home] = next
      return
    }
    let before = index[home]! - 1
    while (before >= 0 && after[before] !== slot + 1) before = after[before]! - 1
    if (before >= 0) after[before] = next
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

  #enter(slot: number): void {
    const index = this.#index
    const home = hash(this.graph[slot]!, this.task[slot]!) & (index.length - 1)
    this.after[slot] = index[home]!
    index[home] = slot + 1
  }

  #grow(): void {
    const n = this.state.length * 2
    const { state, graph, task, attempt, priority, rank, missing, place, serial } = this
    this.#allocate(n)
    this.state.set(state)
    this.graph.set(graph)
    this.task.set(task)
    this.attempt.set(attempt)
    this.priority.set(priority)
    this.rank.set(rank)
    this.missing.set(missing)
    this.place.set(place)
    this.serial.set(serial)
    // It grows when no slot is free, so all are in use; the last one is entered by whoever made it.
    for (let slot = 0; slot < n / 2; slot++) if (this.state[slot] !== ABANDONED) this.#enter(slot)
  }
}

function hash(graph: number, task: number): number {
  const h = Math.imul(task ^ Math.imul(graph, 0x85ebca6b), 0x9e3779b1)
  return h ^ (h >>> 15)
}
