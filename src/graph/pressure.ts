import { ArgumentError } from '../base/index.js'
import { type Graph, checkWanted } from './graph.js'

/**
 * How many results there are at most at one time when the tasks run one after the other by rank. A result is there
 * from the moment its task has run, its inputs still standing, until its last dependent has run; those of `wanted`
 * stay to the end. A result that nobody needs or wants counts only in the moment it is made.
 *
 * @param ranks the rank of each task: each of 0 … size − 1 once, dependencies before dependents
 */
export function pressure(graph: Graph, ranks: Int32Array, wanted: ArrayLike<number> = []): number {
  if (ranks.length !== graph.size) throw new ArgumentError(`${ranks.length} ranks for a graph of ${graph.size} tasks`)
  checkWanted(graph, wanted)
  return peakOf(graph, sequenceOf(ranks), usesOf(graph, wanted), Infinity)
}

/** The tasks by rank. */
export function sequenceOf(ranks: Int32Array): Int32Array {
  const sequence = new Int32Array(ranks.length)
  for (let t = 0; t < ranks.length; t++) sequence[ranks[t]!] = t
  return sequence
}

/** How often the result of each task is used; a wanted one once more than anybody will. */
export function usesOf(graph: Graph, wanted: ArrayLike<number>): Int32Array {
  const uses = new Int32Array(graph.size)
  const { targets } = graph.dependencies
  for (let e = 0; e < targets.length; e++) uses[targets[e]!]!++
  for (let i = 0; i < wanted.length; i++) uses[wanted[i]!]!++
  return uses
}

/** As `pressure`, over tasks in sequence; uses up `uses`, and stops where the peak passes `limit`. */
export function peakOf(graph: Graph, sequence: Int32Array, uses: Int32Array, limit: number): number {
  const { start, targets } = graph.dependencies
  let live = 0
  let peak = 0
  for (let i = 0; i < sequence.length; i++) {
    const t = sequence[i]!
    if (++live > peak) {
      peak = live
      if (peak > limit) return peak
    }
    const end = start[t + 1]!
    for (let e = start[t]!; e < end; e++) if (--uses[targets[e]!]! === 0) live--
    if (uses[t] === 0) live--
  }
  return peak
}
