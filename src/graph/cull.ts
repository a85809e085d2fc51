import { Graph, type Layer, type Wanted, checkWanted } from './graph.js'

/**
 * Only what the wanted tasks need. Keys do not change: a kept task keeps its layer and its index there, and the
 * layers are the same objects as before. A graph of which nothing falls away is given back as it is.
 */
export function cull(graph: Graph, wanted: ArrayLike<number>): Wanted {
  checkWanted(graph, wanted)
  const { size, layers, layerOf, indexOf } = graph
  const { start, targets } = graph.dependencies
  const needed = new Uint8Array(size)
  for (let i = 0; i < wanted.length; i++) needed[wanted[i]!] = 1
  let tasks = 0
  let edges = 0
  for (let t = size - 1; t >= 0; t--) {
    if (needed[t] === 0) continue
    tasks++
    edges += start[t + 1]! - start[t]!
    for (let e = start[t]!; e < start[t + 1]!; e++) needed[targets[e]!] = 1
  }
  if (tasks === size) return { graph, wanted: new Int32Array(wanted) }

  const keptLayers: Layer[] = []
  const numberOfLayer = new Int32Array(layers.length).fill(-1)
  const keptLayerOf = layers.length <= 65536 ? new Uint16Array(tasks) : new Uint32Array(tasks)
  const keptIndexOf = new Int32Array(tasks)
  const keptStart = new Int32Array(tasks + 1)
  const keptTargets = new Int32Array(edges)
  const numberOf = new Int32Array(size)
  let next = 0
  let edge = 0
  for (let t = 0; t < size; t++) {
    if (needed[t] === 0) continue
    const layer = layerOf[t]!
    if (numberOfLayer[layer]! < 0) numberOfLayer[layer] = keptLayers.push(layers[layer]!) - 1
    keptLayerOf[next] = numberOfLayer[layer]!
    keptIndexOf[next] = indexOf[t]!
    for (let e = start[t]!; e < start[t + 1]!; e++) keptTargets[edge++] = numberOf[targets[e]!]!
    numberOf[t] = next++
    keptStart[next] = edge
  }
  return {
    graph: new Graph(keptLayers, keptLayerOf, keptIndexOf, { start: keptStart, targets: keptTargets }),
    wanted: Int32Array.from(wanted, (t) => numberOf[t]!),
  }
}
