import type { Graph } from './graph.js'

/** How many dependencies there are from the tasks of one layer on those of another. */
export interface LayerEdge {
  /** the number of the layer whose results are used */
  readonly from: number
  /** the number of the layer that uses them */
  readonly to: number
  readonly count: number
}

/** The number of tasks of each layer. */
export function layerSizes(graph: Graph): Int32Array {
  const sizes = new Int32Array(graph.layers.length)
  for (let t = 0; t < graph.size; t++) sizes[graph.layerOf[t]!]!++
  return sizes
}

/** The dependencies counted by layers, by `to`, then by `from`. */
export function layerEdges(graph: Graph): LayerEdge[] {
  const { layerOf, layers } = graph
  const { start, targets } = graph.dependencies
  const counts = new Map<number, number>()
  // Neighbours mostly lie in the same layers: count a run of equal pairs before looking it up.
  let pair = -1
  let run = 0
  for (let t = 0; t < graph.size; t++) {
    for (let e = start[t]!; e < start[t + 1]!; e++) {
      const p = layerOf[t]! * layers.length + layerOf[targets[e]!]!
      if (p !== pair) {
        if (run > 0) counts.set(pair, (counts.get(pair) ?? 0) + run)
        pair = p
        run = 0
      }
      run++
    }
  }
  if (run > 0) counts.set(pair, (counts.get(pair) ?? 0) + run)
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([p, count]) => ({ from: p % layers.length, to: Math.floor(p / layers.length), count }))
}
