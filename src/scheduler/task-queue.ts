import type { GraphState } from './graph-state.js'

const NOTHING: Int32Array = new Int32Array(0)
const FIRST_CAPACITY = 4
/** Entries that an empty queue has room for, at most. */
const MOST_SPARE = 4096

/** Whether task a of graph g goes before task b of graph h: by priority, then by submission, then by rank. */
export function goesBefore(g: GraphState, a: number, h: GraphState, b: number): boolean {
  return rankGoesBefore(g, g.rank[a]!, h, h.rank[b]!)
}

/** As `goesBefore`, of tasks by their ranks. */
function rankGoesBefore(g: GraphState, a: number, h: GraphState, b: number): boolean {
  if (g !== h || !g.samePriority) {
    const p = g.priorityOf(g.taskAt[a]!)
    const q = h.priorityOf(h.taskAt[b]!)
    if (p !== q) return p > q
    if (g !== h) return g.id < h.id
  }
  return a < b
}

/**
 * Ready tasks, the one to go first on top. Tasks mostly come in order, or in a few sequences each of which is in order:
 * those make runs, and a heap has the first of each run, so that it costs next to nothing to add a task, and as many
 * steps to take one as the number of runs has binary digits. Entries go stale when their task does; whoever takes them
 * checks.
 */
export class TaskQueue {
  size = 0
  /** the one to go first; undefined when there is none, so that nothing holds on to a graph that is forgotten */
  topGraph: GraphState | undefined
  topTask = -1
  // Ranks, not tasks: two of them can be compared without looking anything up.
  /** the entries: rank, then the next entry of the run, or the next one that is free, or -1 */
  #entries = NOTHING
  #entriesEnd = 0
  #freeEntry = -1
  /** by run, its graph; undefined: it is at its end, and may become another one */
  readonly #graphs: (GraphState | undefined)[] = []
  /** by run: rank of its first entry, first entry (or the next run that is free, or -1), last entry */
  #runs = NOTHING
  #freeRun = -1
  /** runs, the one with the task to go first in front */
  #heap = NOTHING
  #heapSize = 0
  /** the run that was added to last; -1: it is at its end */
  #latest = -1

  /** Calls back with every entry, stale ones too, in no order. */
  forEach(fn: (graph: GraphState, task: number) => void): void {
    this.#graphs.forEach((graph, run) => {
      if (!graph) return
      for (let e = this.#runs[run * 3 + 1]!; e >= 0; e = this.#entries[e * 2 + 1]!)
        fn(graph, graph.taskAt[this.#entries[e * 2]!]!)
    })
  }

  push(graph: GraphState, task: number): void {
    const rank = graph.rank[task]!
    const entry = this.#addEntry(rank)
    this.size++
    const run = this.#latest
    if (run >= 0 && this.#graphs[run] === graph) {
      const last = this.#runs[run * 3 + 2]!
      if (!rankGoesBefore(graph, rank, graph, this.#entries[last * 2]!)) {
        this.#entries[last * 2 + 1] = entry
        this.#runs[run * 3 + 2] = entry
        return
      }
    }
    this.#begin(graph, rank, entry)
    if (this.#heap[0] === this.#latest) this.#setTop()
  }

  pop(): void {
    this.size--
    const run = this.#heap[0]!
    const entries = this.#entries
    const first = this.#runs[run * 3 + 1]!
    const next = entries[first * 2 + 1]!
    entries[first * 2 + 1] = this.#freeEntry
    this.#freeEntry = first
    if (next >= 0) {
      this.#runs[run * 3] = entries[next * 2]!
      this.#runs[run * 3 + 1] = next
      if (this.#heapSize > 1) this.#sink(run)
    } else {
      this.#end(run)
      if (this.size === 0) {
        this.#clear()
        return
      }
      this.#sink(this.#heap[--this.#heapSize]!)
    }
    this.#setTop()
  }

  #setTop(): void {
    const run = this.#heap[0]!
    const graph = this.#graphs[run]!
    this.topGraph = graph
    this.topTask = graph.taskAt[this.#runs[run * 3]!]!
  }

  #clear(): void {
    this.topGraph = undefined
    this.#heapSize = 0
    this.#entriesEnd = 0
    this.#freeEntry = -1
    if (this.#entries.length > MOST_SPARE * 2) this.#entries = NOTHING
  }

  #addEntry(rank: number): number {
    let entry = this.#freeEntry
    if (entry >= 0) this.#freeEntry = this.#entries[entry * 2 + 1]!
    else {
      entry = this.#entriesEnd++
      if (entry * 2 === this.#entries.length) this.#entries = grown(this.#entries, 2)
    }
    this.#entries[entry * 2] = rank
    this.#entries[entry * 2 + 1] = -1
    return entry
  }

  #begin(graph: GraphState, rank: number, entry: number): void {
    let run = this.#freeRun
    if (run >= 0) {
      this.#freeRun = this.#runs[run * 3 + 1]!
      this.#graphs[run] = graph
    } else {
      run = this.#graphs.push(graph) - 1
      if (run * 3 === this.#runs.length) {
        this.#runs = grown(this.#runs, 3)
        this.#heap = grown(this.#heap, 1)
      }
    }
    this.#runs[run * 3] = rank
    this.#runs[run * 3 + 1] = entry
    this.#runs[run * 3 + 2] = entry
    this.#latest = run
    this.#rise(run)
  }

  #end(run: number): void {
    this.#graphs[run] = undefined
    this.#runs[run * 3 + 1] = this.#freeRun
    this.#freeRun = run
    if (this.#latest === run) this.#latest = -1
  }

  #goesBefore(run: number, other: number): boolean {
    return rankGoesBefore(this.#graphs[run]!, this.#runs[run * 3]!, this.#graphs[other]!, this.#runs[other * 3]!)
  }

  /** Puts a run where it belongs, from the end of the heap. */
  #rise(run: number): void {
    const heap = this.#heap
    let i = this.#heapSize++
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!this.#goesBefore(run, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = run
  }

  /** Puts a run where it belongs, from the front of the heap. */
  #sink(run: number): void {
    const heap = this.#heap
    const n = this.#heapSize
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= n) break
      if (child + 1 < n && this.#goesBefore(heap[child + 1]!, heap[child]!)) child++
      if (!this.#goesBefore(heap[child]!, run)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = run
  }
}

/** A copy that is twice as long; `width`: words that belong together. */
function grown(words: Int32Array, width: number): Int32Array {
  const copy = new Int32Array(Math.max(words.length * 2, FIRST_CAPACITY * width))
  copy.set(words)
  return copy
}
