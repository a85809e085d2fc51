import { IntList } from '../base/index.js'
import type { GraphState } from './graph-state.js'

/** Entries of the run that are done with before what follows moves up. */
const SLACK = 1024

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

/**
 * Ready tasks, the one to go first on top. Tasks mostly come in order: those that do form a run, to which they are added
 * and from which they are taken in no time; the others are in a heap. Entries go stale when their task does; whoever takes
 * them checks.
 */
export class TaskQueue {
  /** undefined: done with */
  readonly #run: (GraphState | undefined)[] = []
  readonly #runTasks = new IntList(4)
  #head = 0
  readonly #heap: GraphState[] = []
  readonly #heapTasks = new IntList(4)
  size = 0
  /** while there are any: the one to go first */
  topGraph!: GraphState
  topTask = -1

  /** Calls back with every entry, stale ones too, in no order. */
  forEach(fn: (graph: GraphState, task: number) => void): void {
    for (let i = this.#head; i < this.#run.length; i++) fn(this.#run[i]!, this.#runTasks.items[i]!)
    this.#heap.forEach((graph, i) => fn(graph, this.#heapTasks.items[i]!))
  }

  push(graph: GraphState, task: number): void {
    if (this.size === 0 || goesBefore(graph, task, this.topGraph, this.topTask)) {
      this.topGraph = graph
      this.topTask = task
    }
    this.size++
    const last = this.#run.length - 1
    if (last >= 0 && goesBefore(graph, task, this.#run[last]!, this.#runTasks.items[last]!)) this.#rise(graph, task)
    else {
      this.#run.push(graph)
      this.#runTasks.push(task)
    }
  }

  pop(): void {
    this.size--
    if (this.#heap.length > 0 && this.#heapTasks.items[0] === this.topTask && this.#heap[0] === this.topGraph) this.#popHeap()
    else this.#popRun()
    this.#findTop()
  }

  #findTop(): void {
    const inRun = this.#run.length > 0
    if (this.#heap.length > 0) {
      this.topGraph = this.#heap[0]!
      this.topTask = this.#heapTasks.items[0]!
      if (!inRun) return
      const graph = this.#run[this.#head]!
      const task = this.#runTasks.items[this.#head]!
      if (goesBefore(this.topGraph, this.topTask, graph, task)) return
    }
    if (!inRun) return
    this.topGraph = this.#run[this.#head]!
    this.topTask = this.#runTasks.items[this.#head]!
  }

  #popRun(): void {
    const run = this.#run
    const tasks = this.#runTasks
    run[this.#head++] = undefined
    if (this.#head < SLACK && this.#head < run.length) return
    if (this.#head * 2 < run.length) return
    run.splice(0, this.#head)
    tasks.items.copyWithin(0, this.#head, tasks.length)
    tasks.length -= this.#head
    this.#head = 0
  }

  #rise(graph: GraphState, task: number): void {
    const graphs = this.#heap
    let i = graphs.length
    graphs.push(graph)
    this.#heapTasks.push(task)
    const tasks = this.#heapTasks.items
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

  #popHeap(): void {
    const graphs = this.#heap
    const graph = graphs.pop()!
    const task = this.#heapTasks.pop()
    const tasks = this.#heapTasks.items
    const n = graphs.length
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
