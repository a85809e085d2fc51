import type { Rows } from '../graph/index.js'

/** Makes the dependents of a graph from its dependencies, piece by piece. A task used twice stands twice. */
export class Transposition {
  readonly rows: Rows
  readonly #from: Rows
  readonly #size: number
  /** where the next dependent of each task goes */
  #next: Int32Array | undefined

  constructor(dependencies: Rows, size: number) {
    this.#from = dependencies
    this.#size = size
    this.rows = { start: new Int32Array(size + 1), targets: new Int32Array(dependencies.targets.length) }
  }

  /** First: counts what the tasks from … below depend on. */
  count(from: number, below: number): void {
    const { start, targets } = this.#from
    const counts = this.rows.start
    const end = start[below]!
    for (let e = start[from]!; e < end; e++) counts[targets[e]! + 1]!++
  }

  /** Then, once: finds where the row of each task begins. */
  sum(): void {
    const { start } = this.rows
    for (let t = 0; t < this.#size; t++) start[t + 1]! += start[t]!
    this.#next = start.slice(0, this.#size)
  }

  /** Last: enters the tasks from … below where they are dependents. In ascending order, so that the rows are, too. */
  fill(from: number, below: number): void {
    const { start, targets } = this.#from
    const entered = this.rows.targets
    const next = this.#next!
    for (let t = from; t < below; t++) {
      const end = start[t + 1]!
      for (let e = start[t]!; e < end; e++) entered[next[targets[e]!]!++] = t
    }
  }
}
