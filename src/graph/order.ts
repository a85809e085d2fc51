import { depthFirst } from './depth-first.js'
import { type Graph, checkWanted } from './graph.js'
import { peakOf, sequenceOf, usesOf } from './pressure.js'
import { sortedBy } from './sorted-by.js'

/**
 * The rank of each task: the order in which they should run so that few results are alive at one time. Ranks are
 * 0 … size − 1, dependencies before dependents.
 *
 * Depth-first, or breadth-first where that has the lower pressure (see `pressure`). Layers with a higher
 * `annotations.priority` come first, together with what they depend on.
 *
 * @param wanted tasks whose results stay alive to the end
 * @example
 * const ranks = order(graph)
 * console.log(pressure(graph, ranks)) // the most results alive at one time
 */
export function order(graph: Graph, wanted: ArrayLike<number> = []): Int32Array {
  checkWanted(graph, wanted)
  const priorities = prioritiesOf(graph)
  if (graph.dependencies.targets.length === 0) {
    const byNumber = identity(graph.size)
    return priorities ? inverse(sortedBy(priorities.places, priorities.count, byNumber)) : byNumber
  }
  const uses = usesOf(graph, wanted)
  const deep = deepest(graph, uses)
  if (!priorities) {
    // Nothing that has a dependency does with fewer than two.
    if (deep.pressure <= 2) return deep.ranks
    const broad = breadthFirst(graph)
    return peakOf(graph, broad, uses, deep.pressure) < deep.pressure ? inverse(broad) : deep.ranks
  }
  const deepFirst = sortedBy(priorities.places, priorities.count, sequenceOf(deep.ranks))
  const broadFirst = sortedBy(priorities.places, priorities.count, breadthFirst(graph))
  const limit = peakOf(graph, deepFirst, uses.slice(), Infinity)
  return inverse(peakOf(graph, broadFirst, uses, limit) < limit ? broadFirst : deepFirst)
}

/** The better of the two depth-first orders; the eager one is tried where it could halve the pressure. */
function deepest(graph: Graph, uses: Int32Array): { ranks: Int32Array; pressure: number } {
  const lazy = depthFirst(graph, uses.slice(), false, Infinity)!
  if (lazy.idle < lazy.pressure / 2) return lazy
  return depthFirst(graph, uses.slice(), true, lazy.pressure) ?? lazy
}

/** The tasks by their longest way from a task without dependencies, then by number. */
export function breadthFirst(graph: Graph): Int32Array {
  const { start, targets } = graph.dependencies
  const level = new Int32Array(graph.size)
  let levels = 0
  for (let t = 0; t < graph.size; t++) {
    let l = 0
    for (let e = start[t]!; e < start[t + 1]!; e++) {
      const below = level[targets[e]!]!
      if (below >= l) l = below + 1
    }
    level[t] = l
    if (l >= levels) levels = l + 1
  }
  return sortedBy(level, levels, identity(graph.size))
}

/**
 * The place of each task's priority among the priorities of the graph, the highest being 0; undefined where all
 * have the same. A task takes the highest priority of those that need it.
 */
function prioritiesOf(graph: Graph): { places: Int32Array; count: number } | undefined {
  const given = graph.layers.map((layer) => layer.annotations?.priority ?? 0)
  const distinct = [...new Set(given)].sort((a, b) => b - a)
  if (distinct.length < 2) return undefined
  const placeOf = new Map(distinct.map((priority, place) => [priority, place]))
  const placeOfLayer = Int32Array.from(given, (priority) => placeOf.get(priority)!)
  const { start, targets } = graph.dependencies
  const places = new Int32Array(graph.size).fill(distinct.length - 1)
  for (let t = graph.size - 1; t >= 0; t--) {
    const place = Math.min(places[t]!, placeOfLayer[graph.layerOf[t]!]!)
    places[t] = place
    for (let e = start[t]!; e < start[t + 1]!; e++) if (places[targets[e]!]! > place) places[targets[e]!] = place
  }
  return { places, count: distinct.length }
}

function inverse(sequence: Int32Array): Int32Array {
  const ranks = new Int32Array(sequence.length)
  for (let i = 0; i < sequence.length; i++) ranks[sequence[i]!] = i
  return ranks
}

function identity(size: number): Int32Array {
  const numbers = new Int32Array(size)
  for (let t = 0; t < size; t++) numbers[t] = t
  return numbers
}
