import { EventKind } from '../events/index.js'
import { isActor, livesOn } from './actors.js'
import { closeWorker, keepOneOpen } from './closing.js'
import type { Core } from './core.js'
import type { GraphState, Source } from './graph-state.js'
import { Instruction } from './instructions.js'
import { planMove } from './moves.js'
import { MEMORY, UNSURE } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * A worker that is to leave gets nothing new, gives back what it has not begun, and ends what it has; what only it holds
 * is copied to others. Then it can go, and nothing is lost with it.
 */

/** How far the retirement of a worker is. */
export interface Retirement {
  readonly worker: WorkerState
  /** copies that are being made for its sake */
  moves: number
  /** it was looked at what only it holds, while tasks were running on it still */
  looked: boolean
  /** nobody can take what it holds: the `Core.workersVersion` at which that was found; -1: that is not so */
  stuckAt: number
}

export function retire(core: Core, w: WorkerState): void {
  if (w.retirement) {
    // Said again: look again.
    w.retirement.stuckAt = -1
    core.retirements.add(w.retirement)
    return
  }
  const retirement: Retirement = { worker: w, moves: 0, looked: false, stuckAt: -1 }
  w.retirement = retirement
  core.retirements.add(retirement)
  core.log.record(EventKind.workerRetiring, core.now, -1, -1, -1, w.index, 0)
  closeWorker(core, w)
  keepOneOpen(core)
}

/** Goes on with the retirements under way: the end of every tick. */
export function continueRetirements(core: Core): void {
  for (const retirement of core.retirements) proceed(core, retirement)
}

function proceed(core: Core, r: Retirement): void {
  const w = r.worker
  if (core.workers[w.index] !== w || w.retirement !== r) {
    core.retirements.delete(r)
    return
  }
  const busy = w.inflight + w.suspended > 0
  if (r.moves > 0 || (busy && r.looked) || r.stuckAt === core.workersVersion) return
  r.looked = true
  const { values, unsure, bytes } = whatOnlyItHolds(core, w)
  if (values.length === 0) {
    if (busy || unsure) return
    core.retirements.delete(r)
    tellRetired(core, w, 0)
    return
  }
  const others = core.workers.filter((other): other is WorkerState => other !== undefined && other.takesValues)
  const workers = others.filter(({ keeper }) => !keeper)
  // Those who only keep are for when there is nobody else.
  const targets = workers.length > 0 ? workers : others
  const movable = values.filter(({ graph, task }) => !isActor(graph, task))
  if (targets.length === 0 || movable.length === 0) {
    if (r.stuckAt < 0) tellRetired(core, w, values.length)
    r.stuckAt = core.workersVersion
    return
  }
  r.stuckAt = -1
  // Those that hold least get the largest ones.
  targets.sort((a, b) => bytes[a.index]! - bytes[b.index]! || a.index - b.index)
  movable.sort((a, b) => b.graph.cost[b.task]! - a.graph.cost[a.task]!)
  movable.forEach(({ graph, task }, i) => planMove(core, graph, task, targets[i % targets.length]!, undefined, r))
}

/** The values that would be lost with the worker, and how many bytes each worker holds. */
function whatOnlyItHolds(core: Core, w: WorkerState): { values: Source[]; unsure: boolean; bytes: Float64Array } {
  const values: Source[] = []
  let unsure = false
  const bytes = new Float64Array(core.workers.length)
  for (const g of core.graphs.values()) {
    const { worker, state, cost } = g
    for (let t = 0; t < worker.length; t++) {
      const holder = worker[t]!
      if (holder < 0) continue
      if (state[t] === MEMORY) {
        bytes[holder]! += cost[t]!
        if (livesOn(g, t, w.index) || (g.isHeldBy(t, w.index) && !isActor(g, t) && !staysElsewhere(core, g, t)))
          values.push({ graph: g, task: t })
      } else if (state[t] === UNSURE && holder === w.index) unsure = true
    }
  }
  return { values, unsure, bytes }
}

/** Whether a worker holds the value that is not about to leave. */
function staysElsewhere(core: Core, g: GraphState, t: number): boolean {
  if (core.workers[g.worker[t]!]?.retirement === undefined) return true
  return g.copies.all(t).some((other) => core.workers[other]?.retirement === undefined)
}

function tellRetired(core: Core, w: WorkerState, remaining: number): void {
  core.instructions.push(Instruction.retired)
  core.instructions.push(w.index)
  core.instructions.push(remaining)
}
