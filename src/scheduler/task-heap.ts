import type { GraphState } from './graph-state.js'

/** Whether task a of graph g goes before task b of graph h: by priority, then by submission, then by rank. */
export function goesBefore(g: GraphState, a: number, h: GraphState, b: number): boolean {
  if (g !== h || !g.samePriority) {
    const p = g.priorityOf(a)
    const q = h.priorityOf(b)
    if (p !== q) return p > q
    if (g !== h) return g.id < h.id
  }
  return g.rank[a]! < g.rank[b]!
}

/** A heap of ready tasks, the one to go first on top. Entries go stale when their task does; whoever pops checks. */
export class TaskHeap {
  readonly #graphs: GraphState[] = []
  readonly #tasks: number[] = []

  get size(): number {
    return this.#tasks.length
  }

  topGraph(): GraphState {
    return this.#graphs[0]!
  }

  topTask(): number {
    return this.#tasks[0]!
  }

  /** Calls back with every entry, stale ones too, in no order. */
  forEach(fn: (graph: GraphState, task: number) => void): void {
    this.#tasks.forEach((task, i) => fn(this.#graphs[i]!, task))
  }

  push(graph: GraphState, task: number): void {
    const graphs = this.#graphs
    const tasks = this.#tasks
    let i = tasks.length
    graphs.push(graph)
    tasks.push(task)
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!goesBefore(graph, task, graphs[parent]!, tasks[parent]!)) break
      graphs[i] = graphs[parent]!
      tasks[i] = tasks[parent]!
      i = parent
    }
    graphs[i] = graph
    tasks[i] = task
  }

  pop(): void {
    const graphs = this.#graphs
    const tasks = this.#tasks
    const graph = graphs.pop()!
    const task = tasks.pop()!
    const n = tasks.length
    if (n === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= n) break
      if (child + 1 < n && goesBefore(graphs[child + 1]!, tasks[child + 1]!, graphs[child]!, tasks[child]!)) child++
      if (!goesBefore(graphs[child]!, tasks[child]!, graph, task)) break
      graphs[i] = graphs[child]!
      tasks[i] = tasks[child]!
      i = child
    }
    graphs[i] = graph
    tasks[i] = task
  }
}
