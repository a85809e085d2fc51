import { InvariantError } from '../base/index.js'
import type { Core } from './core.js'
import type { GraphState } from './graph-state.js'
import { ERRED, MEMORY, PROCESSING, READY, RELEASED, SUSPENDED, WAITING, taskStateNames } from './task-states.js'

/** Counts everything again from scratch and compares. For tests and for hunting defects: it looks at every task. */
export function validate(core: Core): void {
  const inflight = new Map<number, number>()
  const suspended = new Map<number, number>()
  let roots = 0
  for (const g of core.graphs.values()) {
    roots += g.roots.size
    validateGraph(core, g, inflight, suspended)
  }
  check(roots === core.roots.size, `${roots} tasks in the queues of roots, ${core.roots.size} counted`)
  let workers = 0
  for (const w of core.workers) {
    if (!w) continue
    workers++
    check(w.inflight === (inflight.get(w.index) ?? 0), `${w.name} has ${w.inflight} in flight, ${inflight.get(w.index)} found`)
    check(w.suspended === (suspended.get(w.index) ?? 0), `${w.name} has ${w.suspended} suspended, ${suspended.get(w.index)} found`)
    check(w.occupancy >= 0 && (w.inflight > 0 || w.occupancy === 0), `${w.name} has the occupancy ${w.occupancy}`)
    for (const [name, amount] of w.free) {
      check(amount >= 0 && amount <= w.resources.get(name)!, `${w.name} has ${amount} of ${name} free`)
    }
    if (core.hungry.length === 0 && w.inflight === 0 && w.suspended === 0 && !w.hasRoom) {
      check(false, `${w.name} has nothing to do and no room`)
    }
  }
  check(workers === core.workerCount, `${workers} workers, ${core.workerCount} counted`)
  if (core.hungry.length === 0 && core.workerCount > 0 && core.roots.size > 0) {
    const resting = core.workers.find((w) => w && w.inflight === 0 && w.suspended === 0)
    check(!resting, `${resting?.name} rests although ${core.roots.size} tasks are in the queue of roots`)
  }
}

function validateGraph(core: Core, g: GraphState, inflight: Map<number, number>, suspended: Map<number, number>): void {
  let wanted = 0
  let active = 0
  const n = g.graph.size
  const waiters = new Int32Array(n)
  for (let t = 0; t < n; t++) {
    if (g.state[t] === WAITING || g.state[t] === READY || g.state[t] === PROCESSING || g.state[t] === SUSPENDED) {
      for (const d of g.graph.dependenciesOf(t)) waiters[d]!++
    }
  }
  for (const [t, aliases] of g.aliases) {
    waiters[t]! += aliases.length
    for (const a of aliases) {
      check(a.graph.isActive(a.task), `${name(g, t)} has a stand-in that is ${stateName(a.graph, a.task)}`)
      check(core.graphs.get(a.graph.id) === a.graph, `${name(g, t)} has a stand-in in a forgotten graph`)
    }
  }
  for (let t = 0; t < n; t++) {
    const what = name(g, t)
    wanted += g.wanted[t]!
    if (g.isActive(t)) active++
    check(g.waiters[t] === waiters[t], `${what} has ${g.waiters[t]} waiters, ${waiters[t]} found`)
    check(g.taskAt[g.rank[t]!] === t, `${what} has a rank that is not its own`)
    const inputs = [...g.graph.dependenciesOf(t)]
    const source = g.sources.get(t)
    const missing = source ? (source.graph.state[source.task] === MEMORY ? 0 : 1) : inputs.filter((d) => g.state[d] !== MEMORY).length
    switch (g.state[t]) {
      case RELEASED:
        check(g.waiters[t] === 0 && g.wanted[t] === 0, `${what} is released but needed`)
        check(g.worker[t] === -1, `${what} is released but on a worker`)
        break
      case WAITING:
        check(g.waiting[t] === missing && missing > 0, `${what} waits for ${g.waiting[t]}, ${missing} are missing`)
        break
      case READY: {
        check(missing === 0, `${what} is ready although ${missing} inputs are missing`)
        const w = g.worker[t]!
        check(w < 0 || core.workers[w] !== undefined, `${what} is meant for a worker that is gone`)
        const inRoots = g.roots.has(g.rank[t]!)
        check(inRoots === (w < 0 && g.layerState(t).requirement === undefined), `${what} is ready but in no queue`)
        break
      }
      case PROCESSING:
      case SUSPENDED: {
        const counts = g.state[t] === PROCESSING ? inflight : suspended
        counts.set(g.worker[t]!, (counts.get(g.worker[t]!) ?? 0) + 1)
        check(core.workers[g.worker[t]!] !== undefined, `${what} runs on a worker that is gone`)
        break
      }
      case MEMORY:
        check(g.waiters[t]! > 0 || g.wanted[t] === 1, `${what} is in memory but nobody needs it`)
        if (!source) check(core.workers[g.worker[t]!] !== undefined, `${what} is held by a worker that is gone`)
        for (const w of g.replicas.get(t) ?? []) {
          check(core.workers[w] !== undefined && w !== g.worker[t], `${what} has a copy on a worker that is gone or its own`)
        }
        break
      case ERRED:
        check(g.errors.has(t), `${what} has failed without an error`)
        break
    }
    if (g.state[t] !== READY) check(!g.roots.has(g.rank[t]!), `${what} is ${stateName(g, t)} and in the queue of roots`)
    if (g.state[t] !== MEMORY) check(!g.replicas.has(t), `${what} is ${stateName(g, t)} and has copies`)
  }
  check(wanted === g.wantedCount, `graph ${g.id}: ${wanted} wanted, ${g.wantedCount} counted`)
  check(active === g.activeCount, `graph ${g.id}: ${active} active, ${g.activeCount} counted`)
  check(wanted > 0 || active > 0, `graph ${g.id} is kept although nothing of it is needed`)
}

function name(g: GraphState, t: number): string {
  return `graph ${g.id}, ${g.graph.keyOf(t)}`
}

function stateName(g: GraphState, t: number): string {
  return taskStateNames[g.state[t]!]!
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new InvariantError(message)
}
