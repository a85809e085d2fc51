import { InvariantError } from '../base/index.js'
import type { Core } from './core.js'
import type { GraphState } from './graph-state.js'
import type { Requirement } from './requirements.js'
import type { TaskQueue } from './task-queue.js'
import { ERRED, MEMORY, PROCESSING, READY, RELEASED, SUSPENDED, UNSURE, WAITING, taskStateNames } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/** What the tasks add up to, by worker, and where the ready ones stand. */
interface Sums {
  readonly inflight: Int32Array
  readonly suspended: Int32Array
  /** by worker, what its tasks take of each resource */
  readonly taken: Map<number, Map<string, number>>
  /** by graph, 1 for the tasks that a queue has */
  readonly inQueue: Map<GraphState, Uint8Array>
  readonly users: Map<GraphState, number>
}

/**
 * Counts everything again from scratch and compares. For tests and for hunting defects: it looks at every task.
 * `fed`: nothing has happened since the workers were fed, so none may rest while there is something for it to do.
 */
export function validate(core: Core, fed: boolean): void {
  const sums: Sums = {
    inflight: new Int32Array(core.workers.length),
    suspended: new Int32Array(core.workers.length),
    taken: new Map(),
    inQueue: new Map(),
    users: new Map(),
  }
  for (const w of core.workers) if (w) noteQueue(sums, w.ready, (g, t) => g.worker[t] === w.index)
  for (const r of core.requirements.values()) noteQueue(sums, r.ready, (g, t) => g.requirementOf(t) === r)
  let roots = 0
  for (const g of core.graphs.values()) {
    roots += g.roots.size
    for (const used of g.uses) sums.users.set(used, (sums.users.get(used) ?? 0) + 1)
    validateGraph(core, g, sums)
  }
  for (const g of core.graphs.values()) {
    if (g.users !== (sums.users.get(g) ?? 0)) broken(`graph ${g.id} has ${g.users} users, ${sums.users.get(g) ?? 0} found`)
    for (const used of g.uses)
      if (core.graphs.get(used.id) !== used) broken(`graph ${g.id} uses graph ${used.id}, which is forgotten`)
  }
  if (roots !== core.roots.size) broken(`${roots} tasks in the queues of roots, ${core.roots.size} counted`)
  let workers = 0
  for (const w of core.workers) {
    if (!w) continue
    workers++
    validateWorker(core, w, sums)
    if (fed) validateFed(core, w)
  }
  validateLastResort(core)
  if (workers !== core.workerCount) broken(`${workers} workers, ${core.workerCount} counted`)
  for (const r of core.requirements.values()) validateRequirement(core, r, fed)
  validatePlans(core)
}

/** What workers were asked for and have not answered. */
function validatePlans(core: Core): void {
  const asked = new Map<WorkerState, number>()
  const expected = new Map<WorkerState, number>()
  const outgoing = new Map<WorkerState, number>()
  const add = (counts: Map<WorkerState, number>, w: WorkerState): unknown => counts.set(w, (counts.get(w) ?? 0) + 1)
  for (const { victim, thief } of core.steals.values()) {
    if (core.workers[victim.index] !== victim) broken(`${victim.name} is to give a task back, and is gone`)
    add(asked, victim)
    if (thief) add(expected, thief)
  }
  for (const { holder } of core.moves.values()) if (holder) add(outgoing, holder)
  const queued = new Set(core.moveQueue)
  if (queued.size !== core.moveQueue.length) broken('a copy is planned twice')
  for (const move of core.moves.values())
    if ((move.holder === undefined) !== queued.has(move))
      broken(`the copy of ${move.graph}/${move.task} is under way and planned`)
  for (const w of core.workers) {
    if (!w) continue
    if (w.asked !== (asked.get(w) ?? 0)) broken(`${w.name} was asked for ${w.asked} tasks, ${asked.get(w) ?? 0} found`)
    if (w.expected !== (expected.get(w) ?? 0)) broken(`${w.name} expects ${w.expected} tasks, ${expected.get(w) ?? 0} found`)
    if (w.outgoing !== (outgoing.get(w) ?? 0)) broken(`${w.name} gives ${w.outgoing} copies away, ${outgoing.get(w) ?? 0} found`)
  }
  for (const r of core.retirements) {
    const moves = [...core.moves.values()].filter((move) => move.retirement === r).length
    if (r.moves !== moves) broken(`${r.worker.name} retires with ${r.moves} copies to be made, ${moves} found`)
  }
}

function noteQueue(sums: Sums, queue: TaskQueue, counts: (g: GraphState, t: number) => boolean): void {
  queue.forEach((g, t) => {
    if (g.state[t] !== READY || !counts(g, t)) return
    let tasks = sums.inQueue.get(g)
    if (!tasks) sums.inQueue.set(g, (tasks = new Uint8Array(g.graph.size)))
    tasks[t] = 1
  })
}

function validateWorker(core: Core, w: WorkerState, sums: Sums): void {
  const inflight = sums.inflight[w.index]!
  const suspended = sums.suspended[w.index]!
  if (w.inflight !== inflight) broken(`${w.name} has ${w.inflight} in flight, ${inflight} found`)
  if (w.suspended !== suspended) broken(`${w.name} has ${w.suspended} suspended, ${suspended} found`)
  if (!(w.occupancy >= 0) || (w.inflight === 0 && w.occupancy !== 0)) broken(`${w.name} has the occupancy ${w.occupancy}`)
  if (!(w.queued >= 0) || (w.ready.size === 0 && w.queued !== 0)) broken(`${w.name} has ${w.queued} seconds queued`)
  if (w.exclusive && w.inflight + w.suspended !== 1) broken(`${w.name} has ${w.inflight + w.suspended} tasks beside a suspect`)
  for (const [name, amount] of w.resources) {
    const taken = sums.taken.get(w.index)?.get(name) ?? 0
    // Fractions do not add up to the last bit.
    if (Math.abs(amount - taken - w.free.get(name)!) > 1e-9)
      broken(`${w.name} has ${w.free.get(name)} of ${name} free, ${taken} is taken`)
  }
  if (w.hasRoom !== core.room.has(w.index))
    broken(`${w.name} has ${w.hasRoom ? '' : 'no '}room, the set of those that have says otherwise`)
  for (const r of w.requirements) if (!r.eligible.has(w)) broken(`${w.name} has a class of tasks that does not have it`)
  if (w.isIdle !== core.idle.has(w.index))
    broken(`${w.name} is ${w.isIdle ? '' : 'not '}idle, the set of those that are says otherwise`)
  if (w.isSpare !== core.spare.has(w.index))
    broken(`${w.name} has ${w.isSpare ? '' : 'no '}thread to spare, the set of those that have says otherwise`)
  if (w.ladenAt >= 0 && core.laden[w.ladenAt] !== w) broken(`${w.name} is not where it should be among the laden`)
  if (w.closed && (w.hasRoom || w.ready.size > 0)) broken(`${w.name} is to get nothing new, and has room or a queue`)
  if (w.isIdle && w.inflight > 0) broken(`${w.name} is idle with ${w.inflight} in flight`)
}

/** Where all that stay are short of memory, one takes tasks all the same, and only there. */
function validateLastResort(core: Core): void {
  const those = core.workers.filter((w): w is WorkerState => w !== undefined && !w.keeper && w.stays)
  const expected = those.length > 0 && those.every(({ paused }) => paused)
  const found = core.workers.filter((w) => w?.isLastResort)
  if (found.length !== (expected ? 1 : 0) || found[0] !== core.lastResort || (expected && found[0]!.closed))
    broken(`${found.length} workers go on although they are short of memory, ${expected ? 'one should' : 'none should'}`)
}

/** A worker that was just fed must not have less to do than it could have. */
function validateFed(core: Core, w: WorkerState): void {
  const busy =
    w.closed ||
    w.exclusive ||
    w.blocked ||
    w.inflight >= (w.paused ? 1 : w.leastAhead) ||
    w.suspended >= core.concurrentWaits * w.threads
  if (busy) return
  if (core.roots.size > 0)
    broken(`${w.name} has ${w.inflight} in flight although ${core.roots.size} tasks are in the queue of roots`)
  if (w.ready.size > 0) broken(`${w.name} has ${w.inflight} in flight although ${w.ready.size} tasks are meant for it`)
  for (const r of w.requirements) {
    if (r.isFree(w) && hasReady(r))
      broken(`${w.name} has ${w.inflight} in flight although it could run one of the class ${r.key}`)
  }
}

function hasReady(r: Requirement): boolean {
  let found = false
  r.ready.forEach((g, t) => {
    if (g.state[t] === READY) found = true
  })
  return found
}

function validateRequirement(core: Core, r: Requirement, fed: boolean): void {
  const named = core.workers.some((w) => w !== undefined && r.names(w) && r.fits(w, true))
  for (const w of core.workers) {
    if (!w) continue
    if (r.fits(w, named) !== r.eligible.has(w)) broken(`${w.name} and the class ${r.key} disagree on whether they fit`)
    const room = w.hasRoom && r.eligible.has(w) && r.isFree(w)
    if (room !== r.room.has(w) && fed) broken(`${w.name} and the class ${r.key} disagree on whether there is room`)
  }
  for (const w of r.eligible) if (core.workers[w.index] !== w) broken(`the class ${r.key} has a worker that is gone`)
  for (const w of r.room) if (core.workers[w.index] !== w) broken(`the class ${r.key} has room on a worker that is gone`)
}

function validateGraph(core: Core, g: GraphState, sums: Sums): void {
  let wanted = 0
  for (const w of g.wanted) wanted += w
  if (wanted !== g.wantedCount) broken(`graph ${g.id} has ${g.wantedCount} wanted tasks, ${wanted} found`)
  validateWants(core, g)
  if (g.opened < 0) {
    if (!core.admissions.has(g.id)) broken(`graph ${g.id} is not open, and not on its way in`)
    return
  }
  let active = 0
  const n = g.graph.size
  const { start, targets } = g.graph.dependencies
  const waiters = new Int32Array(n)
  for (let t = 0; t < n; t++) {
    const s = g.state[t]
    if (s !== WAITING && s !== READY && s !== PROCESSING && s !== SUSPENDED) continue
    for (let e = start[t]!; e < start[t + 1]!; e++) waiters[targets[e]!]!++
  }
  for (const [t, aliases] of g.aliases) {
    waiters[t]! += aliases.length
    for (const a of aliases) {
      if (a.graph.opened >= 0 && !a.graph.isActive(a.task))
        broken(`${name(g, t)} has a stand-in that is ${stateName(a.graph, a.task)}`)
      if (core.graphs.get(a.graph.id) !== a.graph) broken(`${name(g, t)} has a stand-in in a forgotten graph`)
    }
  }
  const inQueue = sums.inQueue.get(g)
  for (let t = 0; t < n; t++) {
    if (g.isActive(t)) active++
    if (g.waiters[t] !== waiters[t]) broken(`${name(g, t)} has ${g.waiters[t]} waiters, ${waiters[t]} found`)
    if (g.taskAt[g.rank[t]!] !== t) broken(`${name(g, t)} has a rank that is not its own`)
    const source = g.sources.size > 0 ? g.sources.get(t) : undefined
    let missing = 0
    if (source) missing = source.graph.state[source.task] === MEMORY ? 0 : 1
    else for (let e = start[t]!; e < start[t + 1]!; e++) if (g.state[targets[e]!] !== MEMORY) missing++
    const w = g.worker[t]!
    const state = g.state[t]
    switch (state) {
      case RELEASED:
        if (g.waiters[t] !== 0 || g.wanted[t] !== 0) broken(`${name(g, t)} is released but needed`)
        if (w !== -1) broken(`${name(g, t)} is released but on a worker`)
        break
      case WAITING:
        if (t >= g.opened && start[t] === start[t + 1]) break
        if (g.waiting[t] !== missing || missing === 0) broken(`${name(g, t)} waits for ${g.waiting[t]}, ${missing} are missing`)
        break
      case READY: {
        if (missing !== 0) broken(`${name(g, t)} is ready although ${missing} inputs are missing`)
        if (w >= 0 && core.workers[w] === undefined) broken(`${name(g, t)} is meant for a worker that is gone`)
        const root = w < 0 && g.requirementOf(t) === undefined
        if (g.roots.has(g.rank[t]!) !== root || (inQueue?.[t] === 1) === root)
          broken(`${name(g, t)} is ready but in no queue, or in two`)
        break
      }
      case PROCESSING:
      case SUSPENDED: {
        if (core.workers[w] === undefined) broken(`${name(g, t)} runs on a worker that is gone`)
        const counts = state === PROCESSING ? sums.inflight : sums.suspended
        counts[w]!++
        noteResources(sums, g, t)
        break
      }
      case MEMORY:
      case UNSURE:
        if (g.waiters[t] === 0 && g.wanted[t] === 0) broken(`${name(g, t)} is in memory but nobody needs it`)
        if (state === UNSURE && g.copies.first(t) >= 0) broken(`${name(g, t)} is in doubt, and has copies`)
        if (source && source.graph.state[source.task] !== state)
          broken(`${name(g, t)} is in memory, what it stands for is ${stateName(source.graph, source.task)}`)
        if (!source && core.workers[w] === undefined) broken(`${name(g, t)} is held by a worker that is gone`)
        break
      case ERRED:
        if (!g.errors.has(t)) broken(`${name(g, t)} has failed without an error`)
        break
    }
    if (g.copies.first(t) >= 0) validateCopies(core, g, t)
    if (state !== READY && g.roots.has(g.rank[t]!)) broken(`${name(g, t)} is ${stateName(g, t)} and in the queue of roots`)
  }
  for (const t of g.errors.keys()) if (g.state[t] !== ERRED) broken(`${name(g, t)} is ${stateName(g, t)} and has an error`)
  if (active !== g.activeCount) broken(`graph ${g.id}: ${active} active, ${g.activeCount} counted`)
  if (wanted === 0 && active === 0 && g.users === 0) broken(`graph ${g.id} is kept although nothing of it is needed`)
}

function validateWants(core: Core, g: GraphState): void {
  if (!g.wants) return
  for (let t = 0; t < g.wanted.length; t++) {
    let some = g.wants.owner[t] === 1
    for (const tasks of g.wants.others.values()) some ||= tasks.has(t)
    if (some !== (g.wanted[t] === 1))
      broken(`${name(g, t)} is ${g.wanted[t] === 1 ? '' : 'not '}wanted, its clients say otherwise`)
  }
  for (const [client, tasks] of g.wants.others) {
    if (tasks.size === 0) broken(`the client ${client} wants nothing of graph ${g.id}, and is noted`)
    if (!core.clients.get(client)?.has(g.id)) broken(`the client ${client} wants something of graph ${g.id}, and does not know`)
  }
}

function validateCopies(core: Core, g: GraphState, t: number): void {
  const workers = g.copies.all(t)
  if (g.state[t] !== MEMORY) broken(`${name(g, t)} is ${stateName(g, t)} and has ${workers.length} copies`)
  for (const w of workers) {
    if (core.workers[w] === undefined || w === g.worker[t]) broken(`${name(g, t)} has a copy on a worker that is gone or its own`)
  }
  if (new Set(workers).size !== workers.length) broken(`${name(g, t)} has two copies on one worker`)
}

function noteResources(sums: Sums, g: GraphState, t: number): void {
  const requirement = g.requirementOf(t)
  if (!requirement) return
  let taken = sums.taken.get(g.worker[t]!)
  if (!taken) sums.taken.set(g.worker[t]!, (taken = new Map()))
  for (const [resource, amount] of requirement.resources) taken.set(resource, (taken.get(resource) ?? 0) + amount)
}

function name(g: GraphState, t: number): string {
  return `graph ${g.id}, ${g.graph.keyOf(t)}`
}

function stateName(g: GraphState, t: number): string {
  return taskStateNames[g.state[t]!]!
}

function broken(message: string): never {
  throw new InvariantError(message)
}
