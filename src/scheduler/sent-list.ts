import type { Core } from './core.js'
import { PROCESSING } from './task-states.js'

const NOTHING = new Int32Array(0)
/** Words of a list that has anything in it; few enough for the engine to keep them where its own objects are. */
const FIRST_CAPACITY = 16

/**
 * The tasks that were sent to a worker and, as far as is known, not begun, in the order in which they were sent, but for
 * those that are too short to be asked back. Those that are done stay in the list until it is full, when it is swept: that costs a task next to nothing.
 */
export class SentList {
  /** graph, task, graph, task, … */
  #items = NOTHING
  #end = 0

  get length(): number {
    return this.#end >>> 1
  }

  push(core: Core, worker: number, graph: number, task: number): void {
    if (this.#end === this.#items.length) this.#sweep(core, worker)
    this.#items[this.#end++] = graph
    this.#items[this.#end++] = task
  }

  graphAt(i: number): number {
    return this.#items[i * 2]!
  }

  taskAt(i: number): number {
    return this.#items[i * 2 + 1]!
  }

  /** The task has begun: it is of no interest any more. */
  remove(graph: number, task: number): void {
    for (let i = this.#end - 2; i >= 0; i -= 2) {
      if (this.#items[i] === graph && this.#items[i + 1] === task) this.#items[i] = -1
    }
  }

  #sweep(core: Core, worker: number): void {
    const items = this.#items
    let kept = 0
    let g = items.length === 0 ? undefined : core.graphs.get(items[0]!)
    for (let i = 0; i < items.length; i += 2) {
      const graph = items[i]!
      const task = items[i + 1]!
      // Mostly they are all of one graph.
      if (g?.id !== graph) g = core.graphs.get(graph)
      if (g?.state[task] !== PROCESSING || g.worker[task] !== worker) continue
      items[kept++] = graph
      items[kept++] = task
    }
    this.#end = kept
    if (items.length > 0 && kept * 2 <= items.length) return
    this.#items = new Int32Array(Math.max(FIRST_CAPACITY, items.length * 2))
    this.#items.set(items)
  }
}
