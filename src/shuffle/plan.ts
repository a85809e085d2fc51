import type { Graph } from '../graph/index.js'

/** A shuffle of a graph, by numbers of tasks. */
export interface ShuffleTasks {
  readonly seal: number
  /** in the order of the input partitions */
  readonly transfers: readonly number[]
  /** the tasks that collect, each with the output partition that it most likely reads: its index in its layer */
  readonly readers: readonly { readonly task: number; readonly output: number }[]
  /** every output partition is read by one task only */
  readonly once: boolean
}

/** The shuffles of a graph. */
export function shufflesOf(graph: Graph): ShuffleTasks[] {
  const { layers, layerOf, indexOf, size } = graph
  if (!layers.some((layer) => layer.shuffle === 'seal')) return []
  const found: ShuffleTasks[] = []
  for (let t = 0; t < size; t++) {
    if (layers[layerOf[t]!]!.shuffle !== 'seal') continue
    const readers = Array.from(graph.dependentsOf(t), (task) => ({ task, output: indexOf[task]! }))
    const once = new Set(readers.map(({ task }) => layerOf[task]!)).size <= 1
    found.push({ seal: t, transfers: [...graph.dependenciesOf(t)], readers, once })
  }
  return found
}
