import { ArgumentError } from '../base/index.js'
import type { Graph, Layer } from '../graph/index.js'
import type { Core } from './core.js'
import { requirementOf } from './eligibility.js'
import type { LayerState } from './graph-state.js'

/** A layer is rootish when its tasks together depend on fewer tasks than this; see `LayerState.rootish`. */
const FEW = 5

/** Looks a graph over, piece by piece, to know of its layers what scheduling needs. */
export class LayerSurvey {
  readonly sizes: Int32Array
  readonly #graph: Graph
  /** by layer, the first few different tasks that its tasks depend on */
  readonly #distinct: number[][]

  constructor(graph: Graph) {
    this.#graph = graph
    this.sizes = new Int32Array(graph.layers.length)
    this.#distinct = graph.layers.map(() => [])
  }

  /** Takes the tasks from … below into account. */
  take(from: number, below: number): void {
    const { layerOf, dependencies } = this.#graph
    const { start, targets } = dependencies
    for (let t = from; t < below; t++) {
      const l = layerOf[t]!
      this.sizes[l]!++
      const seen = this.#distinct[l]!
      for (let e = start[t]!; e < start[t + 1]! && seen.length < FEW; e++) {
        if (!seen.includes(targets[e]!)) seen.push(targets[e]!)
      }
    }
  }

  /** The state of the layers of a graph that was taken whole. */
  finish(core: Core, priority: number): LayerState[] {
    return this.#graph.layers.map((layer, l) => {
      const distinct = this.#distinct[l]!.length
      return {
        duration: core.durations.of(layer.label),
        requirement: requirementOf(core, layer),
        priority: checkPriority(layer, priority + (layer.annotations?.priority ?? 0)),
        retries: layer.annotations?.retries ?? 0,
        actor: layer.annotations?.actor === true,
        rootish: distinct === 0 || (distinct < FEW && this.sizes[l]! > 2 * FEW * distinct),
      }
    })
  }
}

function checkPriority(layer: Layer, priority: number): number {
  // It travels as a word of an instruction.
  if ((priority | 0) === priority) return priority
  throw new ArgumentError(`the priority of ${layer.name} is ${priority}; it must be a whole number of at most 31 bits`)
}
