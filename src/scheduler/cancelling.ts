import type { Core } from './core.js'
import { unload } from './feeding.js'
import type { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import { MEMORY, PROCESSING, READY, RELEASED, SUSPENDED, UNSURE } from './task-states.js'
import { dropSource, freeCopies } from './transitions.js'

/** With fewer tasks to be given up it is done task by task, so that each has its story. */
const MANY = 4096

/** Whether nothing of the graph is needed any more, and much of it is to be given up. */
export function isToBeCancelled(g: GraphState): boolean {
  return g.wantedCount === 0 && g.users === 0 && g.activeCount >= MANY && !g.hasLoose && g.opened === g.graph.size
}

/** Gives a whole graph up: what its tasks are to each other does not matter any more. */
export function cancelGraph(core: Core, g: GraphState): void {
  const { state, worker } = g
  for (let t = 0; t < state.length; t++) {
    const s = state[t]!
    if (s === PROCESSING || s === SUSPENDED) {
      if (core.workers[worker[t]!]) core.tellWorker(Instruction.cancel, worker[t]!, g, t)
      unload(core, g, t)
    } else if (s === MEMORY || s === UNSURE) freeCopies(core, g, t)
    else if (s === READY) {
      const w = core.workers[worker[t]!]
      if (w) core.makeHungry(w)
      if (g.failures[t]! > 0) core.unblock()
    }
  }
  core.roots.dropAll(g)
  state.fill(RELEASED)
  worker.fill(-1)
  g.waiters.fill(0)
  g.errors.clear()
  for (const t of g.sources.keys()) dropSource(core, g, t)
  g.activeCount = 0
  core.forgetIfDone(g)
}
