import type { Graph } from './graph.js'
import { sortedBy } from './sorted-by.js'

/** The most users of one result that all run at once in the eager form. */
const FEW = 8

/** An order and the most results that are alive in it at one time. */
export interface DepthFirst {
  readonly ranks: Int32Array
  readonly pressure: number
  /** the most results alive at one time that have few users, all of which could have run at once to free them */
  readonly idle: number
}

/**
 * Depth-first from the tasks that nobody needs; of what a task lacks, the largest part first, because what is held
 * while the next part runs is one result whatever its size. After each task those run that it makes possible and
 * that free an input: they cost no memory.
 *
 * `eager` also runs all users of a new result where they are few and nothing else is missing. Several reductions
 * over the same data then go over it together, where the lazy form holds all the data until the last of them; a
 * shuffle, on the other hand, would split everything at once.
 *
 * @param uses how often each result will be used (see `usesOf`); it is used up
 * @param limit gives up, with undefined, where more results than that would be alive
 */
export function depthFirst(graph: Graph, uses: Int32Array, eager: boolean, limit: number): DepthFirst | undefined {
  const { size } = graph
  const { start, targets } = graph.dependencies
  const { start: usedFrom, targets: users } = graph.dependents
  const cost = costs(graph)
  const missing = new Int32Array(size)
  for (let t = 0; t < size; t++) missing[t] = start[t + 1]! - start[t]!

  const ranks = new Int32Array(size).fill(-1)
  const stack = new Int32Array(targets.length + 1)
  const ready = new Int32Array(3 * size + 1) // a task enters at most once for each of the three reasons below
  let rank = 0
  let live = 0
  let peak = 0
  const isIdle = new Uint8Array(size)
  let idle = 0
  let mostIdle = 0

  for (const goal of goals(graph, cost)) {
    let top = 0
    stack[top++] = goal
    while (top > 0) {
      const wish = stack[top - 1]!
      if (ranks[wish]! >= 0) {
        top--
        continue
      }
      if (missing[wish]! > 0) {
        const bottom = top
        for (let e = start[wish + 1]! - 1; e >= start[wish]!; e--) {
          if (ranks[targets[e]!]! < 0) stack[top++] = targets[e]!
        }
        sortByCost(stack, bottom, top, cost)
        continue
      }
      top--
      let readyCount = 0
      ready[readyCount++] = wish
      while (readyCount > 0) {
        const t = ready[--readyCount]!
        if (ranks[t]! >= 0) continue
        ranks[t] = rank++
        if (++live > peak) {
          peak = live
          if (peak > limit) return undefined
        }
        for (let e = start[t]!; e < start[t + 1]!; e++) {
          const d = targets[e]!
          const left = --uses[d]!
          if (left === 0) {
            live--
            idle -= isIdle[d]!
          } else if (left === 1) {
            // Whoever uses d last frees it.
            for (let u = usedFrom[d]!; u < usedFrom[d + 1]!; u++) {
              const user = users[u]!
              if (ranks[user]! < 0 && missing[user] === 0) ready[readyCount++] = user
            }
          }
        }
        if (uses[t] === 0) live--
        const first = usedFrom[t]!
        const last = usedFrom[t + 1]! - 1
        let runnable = 0
        for (let u = last; u >= first; u--) {
          const user = users[u]!
          if (--missing[user]! > 0) continue
          runnable++
          if (freesAnInput(user)) ready[readyCount++] = user
        }
        if (runnable > 1 && runnable <= FEW && runnable === last - first + 1) {
          if (eager) for (let u = last; u >= first; u--) ready[readyCount++] = users[u]!
          isIdle[t] = 1
          if (++idle > mostIdle) mostIdle = idle
        }
      }
    }
  }
  return { ranks, pressure: peak, idle: mostIdle }

  function freesAnInput(t: number): boolean {
    let frees = false
    // Down and up again, for tasks that use a result more than once.
    for (let e = start[t]!; e < start[t + 1]!; e++) if (--uses[targets[e]!]! === 0) frees = true
    for (let e = start[t]!; e < start[t + 1]!; e++) uses[targets[e]!]!++
    return frees
  }
}

/** How many tasks each needs, itself included; one that is needed by two ways counts twice. Infinity in deep nets. */
function costs(graph: Graph): Float32Array {
  const { start, targets } = graph.dependencies
  const cost = new Float32Array(graph.size)
  for (let t = 0; t < graph.size; t++) {
    let sum = 1
    for (let e = start[t]!; e < start[t + 1]!; e++) sum += cost[targets[e]!]!
    cost[t] = sum
  }
  return cost
}

/**
 * The tasks that nobody needs, one part of the graph after the other; of a part the most expensive first, because
 * the cheaper ones that share its inputs then run along the way.
 */
function goals(graph: Graph, cost: Float32Array): Int32Array {
  const { start } = graph.dependents
  let count = 0
  for (let t = 0; t < graph.size; t++) if (start[t] === start[t + 1]) count++
  let found: Int32Array = new Int32Array(count)
  count = 0
  for (let t = 0; t < graph.size; t++) if (start[t] === start[t + 1]) found[count++] = t
  if (count < 2) return found

  const part = parts(graph)
  found = sortedBy(part, graph.size, found)
  for (let from = 0, to = 1; to <= count; to++) {
    if (to < count && part[found[to]!] === part[found[from]!]) continue
    sortByCost(found, from, to, cost, -1)
    from = to
  }
  return found
}

/**
 * The part of the graph that each task lies in, named by the lowest task of it: tasks belong together that share a
 * result, other than one so widely used that it says nothing (a store that everything is read from).
 */
function parts(graph: Graph): Int32Array {
  const { start, targets } = graph.dependencies
  const { start: usedFrom } = graph.dependents
  const tooMany = Math.max(16, Math.sqrt(graph.size))
  const parent = new Int32Array(graph.size)
  for (let t = 0; t < parent.length; t++) {
    let lowest = t
    parent[t] = t
    for (let e = start[t]!; e < start[t + 1]!; e++) {
      const d = targets[e]!
      let root = parent[d]!
      if (root === lowest || usedFrom[d + 1]! - usedFrom[d]! > tooMany) continue
      while (parent[root]! !== root) root = parent[root] = parent[parent[root]!]!
      parent[d] = root
      if (root < lowest) {
        parent[lowest] = root
        lowest = root
      } else parent[root] = lowest
    }
  }
  for (let t = 0; t < parent.length; t++) parent[t] = parent[parent[t]!]!
  return parent
}

/** Sorts a piece of `tasks` by cost, ascending (`sign` 1) or descending (-1), equals as they stand. */
function sortByCost(tasks: Int32Array, from: number, to: number, cost: Float32Array, sign = 1): void {
  let i = from + 1
  while (i < to && sign * cost[tasks[i - 1]!]! <= sign * cost[tasks[i]!]!) i++
  if (i >= to) return
  if (to - from > 32) {
    // Not by subtraction: costs may be infinite.
    tasks.subarray(from, to).sort((a, b) => (cost[a]! < cost[b]! ? -sign : cost[a]! > cost[b]! ? sign : 0))
    return
  }
  for (; i < to; i++) {
    const t = tasks[i]!
    const c = sign * cost[t]!
    let j = i - 1
    for (; j >= from && sign * cost[tasks[j]!]! > c; j--) tasks[j + 1] = tasks[j]!
    tasks[j + 1] = t
  }
}
