import { EventKind } from '../events/index.js'
import { cancelGraph, isToBeCancelled } from './cancelling.js'
import type { Core } from './core.js'
import type { GraphState, Source } from './graph-state.js'
import { Instruction } from './instructions.js'
import { findTask } from './submission.js'
import { ERRED, MEMORY, RELEASED, UNSURE } from './task-states.js'
import { letGo, require } from './transitions.js'
import { addWant, dropWant, wantsIt } from './wants.js'

/*
 * What clients ask for, of graphs that are there.
 */

/** A client wants these results. It is told at once of those that are in memory or have failed. */
export function want(core: Core, g: GraphState, names: ArrayLike<number>, client: number): void {
  core.admissions.get(g.id)?.takeWanted()
  // First whether they are all there, so that nothing happens if one is not.
  const tasks = Int32Array.from(names, (name) => findTask(g, name).task)
  for (const t of tasks) {
    if (wantsIt(g, t, client)) continue
    addWant(core, g, t, client)
    const state = g.state[t]
    if (state === MEMORY || state === UNSURE) core.tellClient(Instruction.inMemory, g, t)
    else if (state === ERRED) core.tellClient(Instruction.erred, g, t)
    else require(core, g, t)
  }
}

/** A client does not want these results any more: what nothing else needs is freed or given up. */
export function release(core: Core, g: GraphState, names: ArrayLike<number>, client: number): void {
  core.admissions.get(g.id)?.takeWanted()
  const { length } = names
  const released = core.released
  for (let i = 0; i < length; i++) {
    const t = g.names === undefined ? names[i]! : g.taskOf(names[i]!)
    if (t >= 0 && dropWant(core, g, t, client)) released.push(t)
  }
  letReleasedGo(core, g)
}

/** Lets go of the tasks in `Core.released`, which nobody wants any more. */
function letReleasedGo(core: Core, g: GraphState): void {
  const { released } = core
  if (isToBeCancelled(g)) cancelGraph(core, g)
  else {
    for (let i = 0; i < released.length; i++) {
      const t = released.items[i]!
      if (g.waiters[t] !== 0) continue
      if (g.opened < 0) core.admissions.get(g.id)!.noteRelease(t)
      else letGo(core, g, t)
    }
    if (g.opened < 0 && g.wantedCount === 0 && g.users === 0) core.admissions.get(g.id)?.abandon()
    else core.forgetIfDone(g)
  }
  released.clear()
}

/** Where the dropping of a client is, while it is under way. */
export interface Dropping {
  graph: GraphState | undefined
  task: number
}

/** Looking at a task that the client does not want costs this much of releasing one. */
const LOOK = 1 / 16

/** Drops a client, or goes on with that. False: there is more to do. */
export function dropClient(core: Core, client: number, budgetTasks: number): boolean {
  const graphs = core.clients.get(client)
  let at = core.droppings.get(client)
  if (!at) {
    core.log.record(EventKind.clientDropped, core.now, -1, -1, -1, -1, client)
    core.droppings.set(client, (at = { graph: undefined, task: 0 }))
  }
  let budget = budgetTasks
  for (const id of graphs ?? []) {
    const g = core.graphs.get(id)
    if (g) {
      // It may have been archived in between.
      if (at.graph !== g) {
        at.graph = g
        at.task = 0
      }
      core.admissions.get(id)?.takeWanted()
      budget = releaseAll(core, g, client, at, budget)
      if (at.task < g.wanted.length) return false
    }
    graphs!.delete(id)
  }
  core.clients.delete(client)
  core.droppings.delete(client)
  return true
}

/** Releases what the client wants of a graph, from `at` on. Gives what is left of the budget. */
function releaseAll(core: Core, g: GraphState, client: number, at: Dropping, budgetTasks: number): number {
  const { wanted } = g
  let budget = budgetTasks
  for (; at.task < wanted.length && budget > 0; at.task++) {
    budget -= LOOK
    if (wanted[at.task] === 0) continue
    if (dropWant(core, g, at.task, client)) core.released.push(at.task)
    budget--
  }
  letReleasedGo(core, g)
  return budget
}

/** Runs a failed task again, and those failed ones that it needs. */
export function retry(core: Core, graph: number, task: number): void {
  const list: Source[] = [core.find(graph, task)]
  for (let i = 0; i < list.length; i++) {
    const { graph: g, task: t } = list[i]!
    if (g.state[t] !== ERRED || g.opened < 0) continue
    g.state[t] = RELEASED
    g.cost[t] = -1
    g.errors.delete(t)
    g.retriesUsed.delete(t)
    g.misses?.delete(t)
    g.failures[t] = 0
    g.ended?.delete(t)
    core.record(EventKind.taskForgiven, g, t, -1, 0)
    for (const d of g.graph.dependenciesOf(t)) list.push({ graph: g, task: d })
    const source = g.sources.get(t)
    if (source) list.push(source)
  }
  // Each of them may be wanted for its own sake.
  for (const { graph: g, task: t } of list) require(core, g, t)
}
