import { EventKind } from '../events/index.js'
import { isActor, lostActor, noteEnd } from './actors.js'
import type { Core } from './core.js'
import { DataLost } from './errors.js'
import { unload } from './feeding.js'
import type { GraphState, Source } from './graph-state.js'
import { Instruction } from './instructions.js'
import { makeReady } from './placement.js'
import { ERRED, MEMORY, PROCESSING, READY, RELEASED, SUSPENDED, UNSURE, WAITING } from './task-states.js'

/*
 * The transitions that go from task to task. They use work lists, not recursion: a chain may be a million tasks long.
 */

/** The result of a task is in memory: its dependents come nearer, its dependencies are needed once less. */
export function complete(core: Core, g: GraphState, t: number, worker: number, bytes: number): void {
  if (g.aliases.size > 0 || g.sources.size > 0) {
    completeWithAliases(core, g, t, worker, bytes)
    return
  }
  store(core, g, t, worker, bytes)
}

/** As `complete` for a task that other graphs may wait for: their stand-ins are in memory too, and theirs. */
function completeWithAliases(core: Core, g: GraphState, t: number, worker: number, bytes: number): void {
  const list: Source[] = [{ graph: g, task: t }]
  for (let next = list.pop(); next; next = list.pop()) {
    const aliases = next.graph.aliases.get(next.task)
    store(core, next.graph, next.task, next.graph.sources.has(next.task) ? -1 : worker, bytes)
    for (const alias of aliases ?? []) if (alias.graph.state[alias.task] === WAITING) list.push(alias)
  }
}

function store(core: Core, g: GraphState, t: number, worker: number, bytes: number): void {
  g.state[t] = MEMORY
  g.worker[t] = worker
  g.cost[t] = bytes
  core.log.record(EventKind.taskStored, core.now, g.id, g.nameOf(t), g.graph.layerOf[t]!, worker, bytes)
  comeNearer(core, g, t)
  dropInputs(core, g, t)
  if (g.wanted[t] === 1) core.tellClient(Instruction.inMemory, g, t)
  else if (g.waiters[t] === 0) release(core, g, t)
}

/** The dependents of a task wait for one less: it is in memory. */
export function comeNearer(core: Core, g: GraphState, t: number): void {
  const { start, targets } = g.dependents
  for (let e = start[t]!; e < start[t + 1]!; e++) {
    const d = targets[e]!
    if (g.state[d] === WAITING && --g.waiting[d]! === 0) makeReady(core, g, d)
  }
}

/** The task needs its inputs no longer. */
export function dropInputs(core: Core, g: GraphState, t: number): void {
  const { start, targets } = g.graph.dependencies
  for (let e = start[t]!; e < start[t + 1]!; e++) dropWaiter(core, g, targets[e]!)
}

/** One less needs the task; when nobody does, its result is freed, or it is not computed at all. */
export function dropWaiter(core: Core, g: GraphState, t: number): void {
  if (--g.waiters[t]! === 0 && g.wanted[t] === 0) letGo(core, g, t)
}

/** Nobody needs the task: frees its value, or gives it up, and so on for what only it needed. */
export function letGo(core: Core, g: GraphState, t: number): void {
  if (g.state[t] === MEMORY && (g.sources.size === 0 || !g.sources.has(t))) {
    release(core, g, t)
    return
  }
  if (core.givingUp) {
    core.unneeded.push({ graph: g, task: t }) // an outer call works the list off
    return
  }
  core.givingUp = true
  giveUp(core, g, t)
  for (let next = core.unneeded.pop(); next; next = core.unneeded.pop()) giveUp(core, next.graph, next.task)
  core.givingUp = false
}

function giveUp(core: Core, g: GraphState, t: number): void {
  const state = g.state[t]
  if (state === RELEASED || state === ERRED || g.waiters[t]! > 0 || g.wanted[t] === 1) return
  if (state === MEMORY || state === UNSURE) {
    release(core, g, t)
    return
  }
  if (state === PROCESSING || state === SUSPENDED) {
    // Its worker may be the one that is being lost.
    if (core.workers[g.worker[t]!]) core.tellWorker(Instruction.cancel, g.worker[t]!, g, t)
    unload(core, g, t)
  } else if (state === READY) {
    const w = core.workers[g.worker[t]!]
    if (w) core.makeHungry(w)
    else core.roots.delete(g, t)
    if (g.failures[t]! > 0) core.unblock()
  }
  g.state[t] = RELEASED
  g.worker[t] = -1
  g.cost[t] = -1
  g.activeCount--
  core.record(EventKind.taskCancelled, g, t, -1, 0)
  dropInputs(core, g, t)
  dropSource(core, g, t)
  core.forgetIfDone(g)
}

/** Frees the value of a task that nobody needs. */
function release(core: Core, g: GraphState, t: number): void {
  const worker = g.worker[t]!
  const name = g.nameOf(t)
  // What stands for a value of another graph holds nothing itself.
  const bytes = g.sources.size > 0 && g.sources.has(t) ? 0 : g.cost[t]!
  core.log.record(EventKind.taskReleased, core.now, g.id, name, g.graph.layerOf[t]!, worker, bytes)
  if (!g.copies.isEmpty) freeCopies(core, g, t)
  else if (worker >= 0) core.tell(Instruction.free, worker, g.id, name, g.attempt[t]!)
  if (g.hasActors && isActor(g, t)) endActor(core, g, t)
  g.state[t] = RELEASED
  g.worker[t] = -1
  g.activeCount--
  if (g.sources.size > 0) dropSource(core, g, t)
  core.forgetIfDone(g)
}

/** Nobody needs an actor any more. A worker that could not leave because of it may be able to now. */
function endActor(core: Core, g: GraphState, t: number): void {
  noteEnd(g, t, 'was released')
  for (const retirement of core.retirements) retirement.stuckAt = -1
}

/** Tells every holder to drop the value. */
export function freeCopies(core: Core, g: GraphState, t: number): void {
  if (g.worker[t]! >= 0) core.tellWorker(Instruction.free, g.worker[t]!, g, t)
  const copy = g.copies.first(t)
  if (copy >= 0) {
    core.tellWorker(Instruction.free, copy, g, t)
    for (const other of g.copies.more(t) ?? []) core.tellWorker(Instruction.free, other, g, t)
  }
  g.copies.clear(t)
}

/** A task that stood for one of another graph does so no longer. */
export function dropSource(core: Core, g: GraphState, t: number): void {
  const source = g.sourceOf(t)
  if (!source) return
  const { graph, task } = source
  const aliases = graph.aliases.get(task)
  const i = aliases?.findIndex((a) => a.graph === g && a.task === t) ?? -1
  if (i < 0) return
  aliases!.splice(i, 1)
  if (aliases!.length === 0) graph.aliases.delete(task)
  dropWaiter(core, graph, task)
}

/** A task that stands for one of another graph: from now on it needs it. */
export function holdSource(g: GraphState, t: number, source: Source): void {
  const aliases = source.graph.aliases.get(source.task) ?? []
  aliases.push({ graph: g, task: t })
  source.graph.aliases.set(source.task, aliases)
  source.graph.waiters[source.task]!++
}

/** Something needs the result of a released task: makes it wait or ready, and all that it needs, and so on. */
export function require(core: Core, g: GraphState, t: number): void {
  const list: Source[] = [{ graph: g, task: t }]
  for (let next = list.pop(); next; next = list.pop()) {
    const h = next.graph
    const u = next.task
    // Of a graph that is on its way in everything is taken to be needed.
    if (h.state[u] !== RELEASED || (h.waiters[u] === 0 && h.wanted[u] === 0) || h.opened < 0) continue
    h.activeCount++
    h.state[u] = WAITING
    core.record(EventKind.taskRequired, h, u, -1, h.cost[u]! < 0 ? 0 : 1)
    if (h.graph.layer(u).run === undefined && !h.sources.has(u)) {
      loseData(core, h, u)
      continue
    }
    const { start, targets } = h.graph.dependencies
    for (let e = start[u]!; e < start[u + 1]!; e++) h.waiters[targets[e]!]!++
    const source = h.sources.get(u)
    if (source) holdSource(h, u, source)
    if (h.ended?.has(u)) {
      const error = lostActor(h, u)
      failOfItself(core, h, u, -1, error, error.message)
      continue
    }
    awaitInputs(core, h, u, list)
  }
}

/** A value that no task can compute is needed, and gone. */
export function loseData(core: Core, g: GraphState, t: number): void {
  const error = new DataLost(
    `the value of ${g.graph.keyOf(t)} is gone, with its worker or after its last use, and nothing can compute it again. ` +
      'Keep such a value wanted, or on several workers, as long as results that are made of it may be lost.',
  )
  failOfItself(core, g, t, -1, error, error.message)
}

/**
 * A task whose inputs are held for it waits for those that are not in memory, requiring the released ones (through
 * `list`, if there is one); it is ready when there are none, and fails when one of them has failed.
 */
export function awaitInputs(core: Core, g: GraphState, t: number, list?: Source[]): void {
  const released: Source[] = list ?? []
  let waiting = 0
  let failed = -1
  g.state[t] = WAITING
  const source = g.sourceOf(t)
  if (source) {
    const state = source.graph.state[source.task]!
    if (state === MEMORY) {
      store(core, g, t, -1, source.graph.cost[source.task]!)
      return
    }
    if (state === ERRED) {
      fail(core, g, t, source.graph.errors.get(source.task), -1)
      return
    }
    if (state === RELEASED) released.push(source)
    g.waiting[t] = 1
  } else {
    const { start, targets } = g.graph.dependencies
    for (let e = start[t]!; e < start[t + 1]!; e++) {
      const d = targets[e]!
      const state = g.state[d]!
      if (state === MEMORY) continue
      if (state === ERRED) failed = d
      else if (state === RELEASED) released.push({ graph: g, task: d })
      waiting++
    }
    g.waiting[t] = waiting
    if (failed >= 0) {
      fail(core, g, t, g.errors.get(failed), failed)
      return
    }
    if (waiting === 0) makeReady(core, g, t)
  }
  if (!list) for (const r of released) require(core, r.graph, r.task)
}

/** As `fail`, of a task that failed of itself, not because another one did; `worker`: where, or -1. */
export function failOfItself(core: Core, g: GraphState, t: number, worker: number, error: unknown, message: string): void {
  core.log.recordDetail(EventKind.taskErred, core.now, g.id, worker, 0, { message }, g.nameOf(t), g.graph.layerOf[t]!)
  fail(core, g, t, error)
}

/**
 * A task has failed for good, and with it all that wait for it. `cause`: the dependency that failed, -1 for the task of
 * another graph that this one stands for, undefined when it failed of itself.
 */
function fail(core: Core, g: GraphState, t: number, error: unknown, cause?: number): void {
  const list: { graph: GraphState; task: number; cause: number | undefined }[] = [{ graph: g, task: t, cause }]
  for (let next = list.pop(); next; next = list.pop()) {
    const h = next.graph
    const u = next.task
    if (h.state[u] === ERRED || h.state[u] === RELEASED) continue
    h.state[u] = ERRED
    h.worker[u] = -1
    h.activeCount--
    h.errors.set(u, error)
    if (next.cause !== undefined) core.record(EventKind.taskUpstreamErred, h, u, -1, next.cause < 0 ? -1 : h.nameOf(next.cause))
    const { start, targets } = h.dependents
    for (let e = start[u]!; e < start[u + 1]!; e++) {
      if (h.state[targets[e]!] === WAITING) list.push({ graph: h, task: targets[e]!, cause: u })
    }
    for (const alias of h.aliases.get(u) ?? []) list.push({ graph: alias.graph, task: alias.task, cause: -1 })
    if (h.wanted[u] === 1) core.tellClient(Instruction.erred, h, u)
    dropInputs(core, h, u)
    dropSource(core, h, u)
    core.forgetIfDone(h)
  }
}
