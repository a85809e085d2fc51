import type { Core } from './core.js'
import { requirementOf } from './eligibility.js'
import type { GraphState } from './graph-state.js'
import type { Requirement } from './requirements.js'
import { READY } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * A task whose worker died for want of memory runs next on a worker with more, if there is one, or is going to be: whoever
 * starts workers says how large those are that may come.
 */

/** Workers that may come, as whoever starts them says. */
export interface Expected {
  /** bytes of each */
  readonly memory: number
  readonly resources: Readonly<Record<string, number>>
}

/** The worker took too much memory while it ran the task. */
export function seekLarger(core: Core, g: GraphState, t: number, w: WorkerState): void {
  const larger = requirementOf(core, g.graph.layer(t), w.memory)!
  if (!mayRun(core, larger)) return
  g.larger ??= new Map()
  g.larger.set(t, larger)
}

/** The class of a task that becomes ready, which is that of its layer again when there are no larger workers any more. */
export function classOf(core: Core, g: GraphState, t: number): Requirement | undefined {
  const larger = g.larger!.get(t)
  if (larger && !mayRun(core, larger)) g.larger!.delete(t)
  return g.requirementOf(t)
}

/** Workers have gone, or will not come: gives the tasks that wait for larger ones that there will not be. They are in no queue. */
export function takeHopeless(core: Core): { readonly graph: GraphState; readonly task: number }[] {
  const hopeless = new Map<GraphState, Set<number>>()
  for (const r of core.requirements.values()) {
    if (r.memoryAbove === 0 || r.ready.size === 0 || mayRun(core, r)) continue
    r.ready.forEach((g, t) => {
      if (g.state[t] !== READY || g.larger?.get(t) !== r) return
      if (!hopeless.has(g)) hopeless.set(g, new Set())
      hopeless.get(g)!.add(t)
    })
    while (r.ready.size > 0) r.ready.pop()
  }
  return [...hopeless].flatMap(([graph, tasks]) => Array.from(tasks, (task) => ({ graph, task })))
}

/** Whether there are workers that may run tasks of the class, or some may come. */
function mayRun(core: Core, r: Requirement): boolean {
  if (r.eligible.size > 0) return true
  if (r.workers && !r.allowOtherWorkers) return false
  return core.expected.some(
    ({ memory, resources }) => memory > r.memoryAbove && r.resources.every(([name, amount]) => (resources[name] ?? 0) >= amount),
  )
}
