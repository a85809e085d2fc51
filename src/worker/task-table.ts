import { InvariantError } from '../base/index.js'

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

/*
 * A slot is a row of eight words, so that most of what is done to a task touches one line of memory and loads one array.
 * Where in `words` a slot begins is `slot * ROW`; what stands there:
 */
export const ROW = 8
/** one of the states above, and from bit 8 on the attempt: see `statusOf` */
export const STATUS = 0
export const GRAPH = 1
export const TASK = 2
export const PRIORITY = 3
export const RANK = 4
/** of a ready task: where it stands in the queue; of a free slot: the next free one, or -1 */
export const PLACE = 5
/** of a waiting task, which has no place: how many inputs are on their way */
export const MISSING = 5
/** tells two uses of one slot apart */
export const SERIAL = 6
/** of a slot that can be found: the next one of the same hash, plus one; 0: there is none */
const AFTER = 7

const STATE_BITS = 255
const FIRST_CAPACITY = 64

/** The word that says how far a task or value is, and which attempt at it that is about. */
export function statusOf(state: number, attempt: number): number {
  return state | (attempt << 8)
}

/**
 * What a worker knows of tasks and values: a slot for each, in a table that grows by doubling; slots are used again.
 * A slot is found by graph and task, through a hash table of chains that run through the slots. 36 bytes a slot.
 * What some words hold of a value on its way here is in fetches.ts.
 */
export class TaskTable {
  /** the rows; replaced as the table grows */
  words = new Int32Array(FIRST_CAPACITY * ROW)
  /** slots in use */
  size = 0
  #firstFree = -1
  /** by hash of graph and task: the first slot of that hash, plus one; 0: there is none. As long as there are slots */
  #index = new Int32Array(FIRST_CAPACITY)

  constructor() {
    this.#freeFrom(0)
  }

  /** The number of slots that there is room for. */
  get capacity(): number {
    return this.#index.length
  }

  state(slot: number): number {
    return this.words[slot * ROW + STATUS]! & STATE_BITS
  }

  attempt(slot: number): number {
    return this.words[slot * ROW + STATUS]! >>> 8
  }

  graph(slot: number): number {
    return this.words[slot * ROW + GRAPH]!
  }

  task(slot: number): number {
    return this.words[slot * ROW + TASK]!
  }

  serial(slot: number): number {
    return this.words[slot * ROW + SERIAL]!
  }

  /** Whether the slot has that state and is about that attempt. */
  is(slot: number, state: number, attempt: number): boolean {
    return this.words[slot * ROW + STATUS] === statusOf(state, attempt)
  }

  setState(slot: number, state: number): void {
    const at = slot * ROW + STATUS
    this.words[at] = (this.words[at]! & ~STATE_BITS) | state
  }

  /** The slot of a task or value; -1 when nothing is known of it. */
  find(graph: number, task: number): number {
    const index = this.#index
    const { words } = this
    let slot = index[hash(graph, task) & (index.length - 1)]! - 1
    while (slot >= 0) {
      const at = slot * ROW
      if (words[at + TASK] === task && words[at + GRAPH] === graph) break
      slot = words[at + AFTER]! - 1
    }
    return slot
  }

  /** Makes a slot, which `find` gives from now on. There must be none that it gives yet. */
  add(graph: number, task: number, attempt: number, state: number): number {
    const slot = this.enter(graph, task, attempt, state)
    if (slot < 0) throw new InvariantError(`slot ${~slot} is of graph ${graph}, task ${task} already`)
    return slot
  }

  /** Makes a slot, unless there is one: then it gives the complement of that one. */
  enter(graph: number, task: number, attempt: number, state: number): number {
    if (this.#firstFree < 0) this.#grow()
    const { words } = this
    const index = this.#index
    const home = hash(graph, task) & (index.length - 1)
    const first = index[home]!
    for (let other = first; other !== 0; ) {
      const at = (other - 1) * ROW
      if (words[at + TASK] === task && words[at + GRAPH] === graph) return -other
      other = words[at + AFTER]!
    }
    const slot = this.#firstFree
    const at = slot * ROW
    this.#firstFree = words[at + PLACE]!
    words[at + STATUS] = statusOf(state, attempt)
    words[at + GRAPH] = graph
    words[at + TASK] = task
    words[at + MISSING] = 0
    words[at + SERIAL]!++
    words[at + AFTER] = first
    index[home] = slot + 1
    this.size++
    return slot
  }

  /** Frees the slot of a task or value if it has that status, and gives it; -1: there is none that has. */
  take(graph: number, task: number, status: number): number {
    const { words } = this
    const index = this.#index
    const home = hash(graph, task) & (index.length - 1)
    let before = -1
    for (let next = index[home]!; next !== 0; ) {
      const slot = next - 1
      const at = slot * ROW
      next = words[at + AFTER]!
      if (words[at + TASK] !== task || words[at + GRAPH] !== graph) {
        before = at
        continue
      }
      if (words[at + STATUS] !== status) return -1
      if (before < 0) index[home] = next
      else words[before + AFTER] = next
      this.#free(slot)
      return slot
    }
    return -1
  }

  /** Frees a slot. */
  remove(slot: number): void {
    const { words } = this
    const at = slot * ROW
    if ((words[at + STATUS]! & STATE_BITS) !== ABANDONED) this.detach(slot)
    this.#free(slot)
  }

  #free(slot: number): void {
    const { words } = this
    const at = slot * ROW
    words[at + STATUS] = FREE
    words[at + PLACE] = this.#firstFree
    this.#firstFree = slot
    this.size--
  }

  /** Makes a slot unfindable, though it stays in use; its state must become ABANDONED. */
  detach(slot: number): void {
    const { words } = this
    const index = this.#index
    const at = slot * ROW
    const home = hash(words[at + GRAPH]!, words[at + TASK]!) & (index.length - 1)
    const next = words[at + AFTER]!
    const first = index[home]!
    if (first === slot + 1) {
      index[home] = next
      return
    }
    let before = first
    while (before > 0 && words[(before - 1) * ROW + AFTER] !== slot + 1) before = words[(before - 1) * ROW + AFTER]!
    if (before > 0) words[(before - 1) * ROW + AFTER] = next
  }

  /** Whether slot a goes before slot b: by priority, submission and rank. */
  goesBefore(a: number, b: number): boolean {
    const { words } = this
    const i = a * ROW
    const j = b * ROW
    if (words[i + PRIORITY] !== words[j + PRIORITY]) return words[i + PRIORITY]! > words[j + PRIORITY]!
    if (words[i + GRAPH] !== words[j + GRAPH]) return words[i + GRAPH]! < words[j + GRAPH]!
    return words[i + RANK]! < words[j + RANK]!
  }

  /** The slots in use. */
  *slots(): IterableIterator<number> {
    for (let slot = 0; slot < this.capacity; slot++) if (this.state(slot) !== FREE) yield slot
  }

  /** No slot is free: makes as many again, and new chains of those that can be found. */
  #grow(): void {
    const n = this.#index.length
    const words = new Int32Array(n * 2 * ROW)
    words.set(this.words)
    this.words = words
    const index = new Int32Array(n * 2)
    this.#index = index
    for (let slot = 0; slot < n; slot++) {
      if (this.state(slot) === ABANDONED) continue
      const at = slot * ROW
      const home = hash(words[at + GRAPH]!, words[at + TASK]!) & (index.length - 1)
      words[at + AFTER] = index[home]!
      index[home] = slot + 1
    }
    this.#freeFrom(n)
  }

  /** Makes a list of the free slots from … on, which are all there are. */
  #freeFrom(first: number): void {
    const { words } = this
    const n = this.#index.length
    for (let slot = first; slot < n; slot++) words[slot * ROW + PLACE] = slot + 1 < n ? slot + 1 : -1
    this.#firstFree = first
  }
}

/**
 * Sixteen neighbours among the tasks of a graph share a line of the index in the processor's caches: they come and go one after
 * the other, and a line that is not in the caches costs more than all the rest. Within a line they stand in another order for
 * each line, so that tasks that are far apart by equal steps do not meet.
 */
function hash(graph: number, task: number): number {
  const h = Math.imul((task >>> 4) ^ Math.imul(graph, 0x85ebca6b), 0x9e3779b1)
  const line = h ^ (h >>> 15)
  return (line & ~15) | ((task + line) & 15)
}
