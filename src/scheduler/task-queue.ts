import { IntList } from '../base/index.js'
import type { GraphState } from './graph-state.js'

/** Entries of the run that are done with before what follows moves up. */
const SLACK = 1024

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
 * Ready tasks, the one to go first on top. Tasks mostly come in order: those that do form a run, to which they are added
 * and from which they are taken in no time; the others are in a heap. Entries go stale when their task does; whoever takes
 * them checks.
 */
export class TaskQueue {
  /** undefined: done with */
  readonly #run: (GraphState | undefined)[] = []
  readonly #runRanks = new IntList(4)
  #head = 0
  readonly #heap: GraphState[] = []
  // Ranks, not tasks: two of them can be compared without looking anything up.
  readonly #heapRanks = new IntList(4)
  size = 0
  /** the one to go first; undefined when there is none, so that nothing holds on to a graph that is forgotten */
  topGraph: GraphState | undefined
  topTask = -1
  #topRank = -1

  /** Calls back with every entry, stale ones too, in no order. */
  forEach(fn: (graph: GraphState, task: number) => void): void {
    for (let i = this.#head; i < this.#run.length; i++) {
      const graph = this.#run[i]!
      fn(graph, graph.taskAt[this.#runRanks.items[i]!]!)
    }
    this.#heap.forEach((graph, i) => fn(graph, graph.taskAt[this.#heapRanks.items[i]!]!))
  }

  push(graph: GraphState, task: number): void {
    const rank = graph.rank[task]!
    if (!this.topGraph || rankGoesBefore(graph, rank, this.topGraph, this.#topRank)) this.#setTop(graph, rank)
    this.size++
    const last = this.#run.length - 1
    if (last >= 0 && rankGoesBefore(graph, rank, this.#run[last]!, this.#runRanks.items[last]!)) this.#rise(graph, rank)
    else {
      this.#run.push(graph)
      this.#runRanks.push(rank)
    }
  }

  pop(): void {
    this.size--
    if (this.#heap.length > 0 && this.#heapRanks.items[0] === this.#topRank && this.#heap[0] === this.topGraph) this.#popHeap()
    else this.#popRun()
    this.#findTop()
  }

  #setTop(graph: GraphState, rank: number): void {
    this.topGraph = graph
    this.#topRank = rank
    this.topTask = graph.taskAt[rank]!
  }

  #findTop(): void {
    if (this.size === 0) {
      this.topGraph = undefined
      return
    }
    const graph = this.#run[this.#head]
    const rank = this.#runRanks.items[this.#head]!
    const inHeap = this.#heap.length > 0
    if (graph && !(inHeap && rankGoesBefore(this.#heap[0]!, this.#heapRanks.items[0]!, graph, rank))) this.#setTop(graph, rank)
    else this.#setTop(this.#heap[0]!, this.#heapRanks.items[0]!)
  }

  #popRun(): void {
    const run = this.#run
    const ranks = this.#runRanks
    run[this.#head++] = undefined
    if (this.#head < SLACK && this.#head < run.length) return
    if (this.#head * 2 < run.length) return
    run.splice(0, this.#head)
    ranks.items.copyWithin(0, this.#head, ranks.length)
    ranks.length -= this.#head
    this.#head = 0
  }

  #rise(graph: GraphState, rank: number): void {
    const graphs = this.#heap
    let i = graphs.length
    graphs.push(graph)
    this.#heapRanks.push(rank)
    const ranks = this.#heapRanks.items
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!rankGoesBefore(graph, rank, graphs[parent]!, ranks[parent]!)) break
      graphs[i] = graphs[parent]!
      ranks[i] = ranks[parent]!
      i = parent
    }
    graphs[i] = graph
    ranks[i] = rank
  }

  #popHeap(): void {
    const graphs = this.#heap
    const graph = graphs.pop()!
    const rank = this.#heapRanks.pop()
    const ranks = this.#heapRanks.items
    const n = graphs.length
    if (n === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= n) break
      if (child + 1 < n && rankGoesBefore(graphs[child + 1]!, ranks[child + 1]!, graphs[child]!, ranks[child]!)) child++
      if (!rankGoesBefore(graphs[child]!, ranks[child]!, graph, rank)) break
      graphs[i] = graphs[child]!
      ranks[i] = ranks[child]!
      i = child
    }
    graphs[i] = graph
    ranks[i] = rank
  }
}
