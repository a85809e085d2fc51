import type { GraphState } from './graph-state.js'

/**
 * The graphs by their ids. Mostly the one that is asked for is the one that was asked for before, which costs a comparison:
 * to look into a map for every piece of news would cost a tenth of what is done about it.
 */
export class GraphTable {
  readonly #byId = new Map<number, GraphState>()
  #latest: GraphState | undefined

  get size(): number {
    return this.#byId.size
  }

  get(id: number): GraphState | undefined {
    const latest = this.#latest
    if (latest !== undefined && latest.id === id) return latest
    const g = this.#byId.get(id)
    if (g !== undefined) this.#latest = g
    return g
  }

  /** Another state of a graph that is there already takes the place of that one. */
  set(id: number, g: GraphState): void {
    this.#latest = undefined
    this.#byId.set(id, g)
  }

  delete(id: number): boolean {
    this.#latest = undefined
    return this.#byId.delete(id)
  }

  values(): IterableIterator<GraphState> {
    return this.#byId.values()
  }
}
