import type { Core } from './core.js'
import type { GraphState, Source } from './graph-state.js'
import { dropCopy, planMove } from './moves.js'
import { MEMORY } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * Copies that people ask for: several of a value, for safety or because all will need it, and as many bytes here as there.
 * None of this is on a hot path: it may look at every task there is.
 */

/** Values that a call of `rebalance` moves, at most. */
const MOST_MOVED = 10_000
/** A worker that holds so much more than the others is to give some away. */
const TOLERANCE = 1.05

/** Plans copies of the values of these tasks, on so many workers in all, or on those workers. Gives how many. */
export function replicate(core: Core, graph: number, names: ArrayLike<number>, to: number | readonly number[]): number {
  const open = openWorkers(core)
  let planned = 0
  // Where the next one begins to look for workers, so that not all go to the same.
  let next = 0
  for (let i = 0; i < names.length; i++) {
    const { graph: g, task: t } = valueOf(core, graph, names[i]!)
    if (g.state[t] !== MEMORY) continue
    const targets = typeof to === 'number' ? open : open.filter((w) => to.includes(w.index))
    let missing = typeof to === 'number' ? to - 1 - g.copies.all(t).length : targets.length
    for (let n = 0; n < targets.length && missing > 0; n++) {
      const w = targets[next++ % targets.length]!
      if (g.isHeldBy(t, w.index)) {
        if (typeof to !== 'number') missing--
        continue
      }
      missing--
      if (planMove(core, g, t, w)) planned++
    }
    ;(g.replicated ??= new Set()).add(t)
  }
  return planned
}

/** The task whose value that of a task is: itself, or what it stands for. */
function valueOf(core: Core, graph: number, name: number): Source {
  const found = core.find(graph, name)
  return found.graph.sources.get(found.task) ?? found
}

function openWorkers(core: Core): WorkerState[] {
  return core.workers.filter((w): w is WorkerState => w !== undefined && !w.closed)
}

/**
 * Plans moves from the workers that hold most to those that hold least, until each holds about as much. `held`: the bytes
 * that workers said they hold, when that is more than what the scheduler knows of. Gives how many.
 */
export function rebalance(core: Core, held: ReadonlyMap<number, number> = new Map()): number {
  const bytes = new Float64Array(core.workers.length)
  const values = core.workers.map((): Source[] => [])
  forEachValue(core, (g, t) => {
    const w = g.worker[t]!
    bytes[w]! += g.cost[t]!
    for (const other of g.copies.all(t)) bytes[other]! += g.cost[t]!
    if (g.copies.first(t) < 0) values[w]!.push({ graph: g, task: t })
  })
  // What they say is some time old: what has been computed since then counts as well.
  for (const [w, n] of held) if (core.workers[w]) bytes[w] = Math.max(bytes[w]!, n)
  const open = openWorkers(core)
  if (open.length < 2) return 0
  const mean = open.reduce((sum, w) => sum + bytes[w.index]!, 0) / open.length
  // The one that holds least is the first.
  const takers = open.filter((w) => bytes[w.index]! < mean).sort((a, b) => bytes[a.index]! - bytes[b.index]!)
  const givers = open.filter((w) => bytes[w.index]! > mean * TOLERANCE).sort((a, b) => bytes[b.index]! - bytes[a.index]!)
  let planned = 0
  for (const giver of givers) {
    const own = values[giver.index]!.sort((a, b) => b.graph.cost[b.task]! - a.graph.cost[a.task]!)
    for (const { graph: g, task: t } of own) {
      const taker = takers[0]
      const size = g.cost[t]!
      if (!taker || planned === MOST_MOVED || bytes[giver.index]! <= mean * TOLERANCE) break
      // What would only change places with the load stays; so does what weighs nothing.
      if (size === 0 || bytes[taker.index]! + size >= bytes[giver.index]! || !planMove(core, g, t, taker, giver)) continue
      bytes[giver.index]! -= size
      bytes[taker.index]! += size
      planned++
      for (let i = 0; i + 1 < takers.length && bytes[takers[i]!.index]! > bytes[takers[i + 1]!.index]!; i++) {
        ;[takers[i], takers[i + 1]] = [takers[i + 1]!, takers[i]!]
      }
    }
  }
  return planned
}

/** Has a worker drop the copies that it holds for nothing: others have them, and no task there uses them. Gives how many. */
export function relieve(core: Core, w: WorkerState): number {
  let dropped = 0
  for (const g of core.graphs.values()) {
    if (!g.copies.any) continue
    for (let t = 0; t < g.state.length; t++) {
      if (g.copies.first(t) < 0 || g.replicated?.has(t)) continue
      if (dropCopy(core, g, t, w)) dropped++
    }
  }
  return dropped
}

function forEachValue(core: Core, fn: (g: GraphState, t: number) => void): void {
  for (const g of core.graphs.values()) {
    const { state, worker } = g
    // What stands for a value of another graph holds nothing itself.
    for (let t = 0; t < state.length; t++) if (state[t] === MEMORY && worker[t]! >= 0) fn(g, t)
  }
}
