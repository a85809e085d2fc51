import type { GraphState } from './graph-state.js'

/**
 * The ready tasks that no worker is meant for, in the order in which they go. Each graph keeps its own by rank, in a
 * set that gives the least at once; this heap says whose turn it is. An entry that no longer tells the truth about its
 * graph is put right when it comes up.
 */
export class RootQueue {
  readonly #heap: Turn[] = []
  /** the number of tasks in the queue */
  size = 0
  /** after a peek that gave true: the task whose turn it is, and its graph */
  graph: GraphState | undefined
  task = -1

  add(graph: GraphState, task: number): void {
    graph.roots.add(graph.rank[task]!)
    this.size++
    const priority = graph.priorityOf(task)
    const { turn } = graph
    if (turn) {
      if (turn.priority >= priority) return
      turn.graph = undefined
    }
    this.#push(graph, priority)
  }

  delete(graph: GraphState, task: number): void {
    if (graph.roots.delete(graph.rank[task]!)) this.size--
  }

  /** Takes all tasks of a graph out. The graph will not come again. */
  dropAll(graph: GraphState): void {
    this.size -= graph.roots.size
    while (graph.roots.size > 0) graph.roots.delete(graph.roots.min())
    this.forget(graph)
  }

  /** The graph will not come again. */
  forget(graph: GraphState): void {
    if (graph.turn) graph.turn.graph = undefined
    graph.turn = undefined
    if (this.graph === graph) this.graph = undefined
  }

  /** Finds the task whose turn it is; false when there is none. */
  peek(): boolean {
    for (;;) {
      const top = this.#heap[0]
      if (!top) return false
      const { graph, priority } = top
      const rank = graph ? graph.roots.min() : -1
      if (graph && rank >= 0) {
        const task = graph.taskAt[rank]!
        const actual = graph.samePriority ? priority : graph.priorityOf(task)
        if (actual === priority) {
          this.graph = graph
          this.task = task
          return true
        }
        this.#pop()
        this.#push(graph, actual)
      } else {
        this.#pop()
        if (graph) graph.turn = undefined
      }
    }
  }

  /** Takes out the task that a peek has just found. */
  takePeeked(): void {
    this.graph!.roots.deleteMin()
    this.size--
  }

  #push(graph: GraphState, priority: number): void {
    const turn: Turn = { graph, id: graph.id, priority }
    graph.turn = turn
    const heap = this.#heap
    let i = heap.push(turn) - 1
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!before(turn, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = turn
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    const n = heap.length
    if (n === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= n) break
      if (child + 1 < n && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
  }
}

/** A graph in the heap, with the highest priority it could come up with. */
export interface Turn {
  /** undefined: it stands elsewhere in the heap by now, or is forgotten */
  graph: GraphState | undefined
  readonly id: number
  readonly priority: number
}

function before(a: Turn, b: Turn): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.id < b.id
}
