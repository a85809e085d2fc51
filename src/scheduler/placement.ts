import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { expectedSeconds } from './durations.js'
import { updateRoom } from './feeding.js'
import type { GraphState } from './graph-state.js'
import { classOf } from './larger-workers.js'
import { READY } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/** What moving a value is taken to cost: bytes a second, and seconds for each move. */
const BANDWIDTH = 1e9
export const LATENCY = 0.001
/** Seconds that each value takes up the two workers between which it moves. */
const HANDLING = 0.0001
/** Holders of inputs that are weighed against each other, at most. */
const MOST_CANDIDATES = 8

/** not even whether there is one, which would be -1 */
const NOT_KNOWN = -2

const candidates: (WorkerState | undefined)[] = new Array<undefined>(MOST_CANDIDATES).fill(undefined)
const held = new Float64Array(MOST_CANDIDATES)
const inputsHeld = new Int32Array(MOST_CANDIDATES)
let count = 0

/** All inputs of the task are in memory: puts it in the queue it belongs to. */
export function makeReady(core: Core, g: GraphState, t: number): void {
  g.state[t] = READY
  g.worker[t] = -1
  core.record(EventKind.taskReady, g, t, -1, 0)
  const layer = g.layerState(t)
  const requirement = g.larger ? classOf(core, g, t) : layer.requirement
  if (requirement) {
    requirement.ready.push(g, t)
    if (requirement.eligible.size === 0) core.record(EventKind.taskUnrunnable, g, t, -1, 0)
    if (!requirement.stocked) {
      requirement.stocked = true
      core.stocked.push(requirement)
    }
    return
  }
  const missed = g.misses?.has(t) ?? false
  const w = preferredWorker(core, g, t) ?? (layer.rootish && !missed ? undefined : bestWorker(core, g, t, missed))
  if (!w) {
    core.roots.add(g, t)
    return
  }
  g.worker[t] = w.index
  w.ready.push(g, t)
  w.queued += expectedSeconds(layer.duration)
  updateRoom(core, w)
  core.makeHungry(w)
}

/** The inputs of a task will come to that worker: what needs the same ones is best run there, too. */
function noteMoves(g: GraphState, t: number, worker: number): void {
  const { start, targets } = g.graph.dependencies
  for (let e = start[t]!; e < start[t + 1]!; e++) {
    const source = g.sourceOf(targets[e]!)
    const h = source?.graph ?? g
    const d = source?.task ?? targets[e]!
    if (!h.isHeldBy(d, worker)) h.copies.send(d, worker)
  }
}

/** The worker that a task is best run on, because what it reads is there and is no input: while it takes tasks, it goes nowhere else. */
export function preferredWorker(core: Core, g: GraphState, t: number): WorkerState | undefined {
  const index = g.preferred?.get(t)
  if (index === undefined || g.misses?.has(t)) return undefined
  const w = core.workers[index]
  return w?.closed ? undefined : w
}

/**
 * The worker where the task can start soonest: one that holds inputs, or an idle one if that pays for the move. `missed`:
 * not every worker can reach those that hold inputs, so it is one of those, another one each time.
 */
function bestWorker(core: Core, g: GraphState, t: number, missed: boolean): WorkerState | undefined {
  // Mostly one has all of them, and no idle worker could have begun before it does.
  const sole = missed ? undefined : soleHolder(core, g, t)
  if (sole && loadOf(sole) < HANDLING) return sole
  count = 0
  let total = 0
  const { start, targets } = g.graph.dependencies
  const inputs = start[t + 1]! - start[t]!
  for (let e = start[t]!; e < start[t + 1]!; e++) {
    const source = g.sourceOf(targets[e]!)
    const h = source?.graph ?? g
    const d = source?.task ?? targets[e]!
    const bytes = h.cost[d]!
    total += bytes
    consider(core, h.worker[d]!, bytes)
    const going = h.copies.going(d)
    if (going >= 0 && going !== h.worker[d]) consider(core, going, bytes)
    const copy = h.copies.first(d)
    if (copy < 0) continue
    consider(core, copy, bytes)
    for (const other of h.copies.more(d) ?? []) consider(core, other, bytes)
  }
  if (missed) return afterMiss(core, g.misses!.get(t)!)
  let best: WorkerState | undefined
  let missing = 0
  let least = Infinity
  let most = 0
  for (let i = 0; i < count; i++) {
    const w = candidates[i]!
    const load = loadOf(w)
    const cost = costOf(load, inputs - inputsHeld[i]!, total - held[i]!)
    if (cost < least || (cost === least && load > most)) {
      least = cost
      most = load
      missing = inputs - inputsHeld[i]!
      best = w
    }
  }
  const idle = core.idle.min()
  if (idle >= 0 && best && costOf(0, inputs, total) < least) {
    best = core.workers[idle]
    missing = inputs
  }
  if (best && missing > 0) noteMoves(g, t, best.index)
  return best
}

/** The worker that holds all inputs of a task, if no other one holds any of them or is about to. */
function soleHolder(core: Core, g: GraphState, t: number): WorkerState | undefined {
  const { start, targets } = g.graph.dependencies
  let holder = NOT_KNOWN
  for (let e = start[t]!; e < start[t + 1]!; e++) {
    const source = g.sourceOf(targets[e]!)
    const h = source?.graph ?? g
    const d = source?.task ?? targets[e]!
    const worker = h.worker[d]!
    if (holder === NOT_KNOWN) holder = worker
    const going = h.copies.going(d)
    if (worker !== holder || h.copies.first(d) >= 0 || (going >= 0 && going !== worker)) return undefined
  }
  const w = core.workers[holder]
  return w?.closed ? undefined : w
}

/** Seconds of work that a worker has for each thread. */
function loadOf(w: WorkerState): number {
  return (w.occupancy + w.queued) / w.threads
}

/**
 * When a task could start, in units of `HANDLING`: after what the worker has to do, and when so many values of so many
 * bytes in all have come there. Whole units: what is less is not worth spreading tasks that share their inputs.
 */
function costOf(load: number, values: number, bytes: number): number {
  return Math.floor((load + bytes / BANDWIDTH) / HANDLING) + values + (values > 0 ? LATENCY / HANDLING : 0)
}

/**
 * One of the candidates, another one each time. Where inputs are on workers that cannot reach each other it takes one that
 * can reach them all: now and then it is any worker.
 */
function afterMiss(core: Core, misses: number): WorkerState | undefined {
  if (misses % 3 === 0) {
    const any = core.workers[(misses / 3) % core.workers.length]
    if (any && !any.closed) return any
  }
  return count === 0 ? undefined : candidates[misses % count]
}

/** A ready task did not come to its end on that worker: gives it to the one that has least to do of the others, if there is one. */
export function preferOther(core: Core, g: GraphState, t: number, than: WorkerState): void {
  const layer = g.layerState(t)
  if (g.state[t] !== READY || g.requirementOf(t) || (g.worker[t]! >= 0 && g.worker[t] !== than.index)) return
  let best: WorkerState | undefined
  let least = Infinity
  for (const w of core.workers) {
    if (!w || w === than || w.closed) continue
    const load = loadOf(w)
    if (load >= least) continue
    least = load
    best = w
  }
  if (!best) return
  if (g.worker[t]! < 0) core.roots.delete(g, t)
  g.worker[t] = best.index
  best.ready.push(g, t)
  best.queued += expectedSeconds(layer.duration)
  updateRoom(core, best)
  core.makeHungry(best)
}

function consider(core: Core, index: number, bytes: number): void {
  const w = core.workers[index]
  if (!w || w.closed) return
  for (let i = 0; i < count; i++) {
    if (candidates[i] !== w) continue
    held[i]! += bytes
    inputsHeld[i]!++
    return
  }
  if (count === MOST_CANDIDATES) return
  candidates[count] = w
  held[count] = bytes
  inputsHeld[count] = 1
  count++
}

/** Seconds that it takes to get those inputs of a task to a worker that it does not have. */
export function moveSeconds(g: GraphState, t: number, w: WorkerState): number {
  let bytes = 0
  let moves = 0
  const { start, targets } = g.graph.dependencies
  for (let e = start[t]!; e < start[t + 1]! && moves < MOST_CANDIDATES; e++) {
    const source = g.sourceOf(targets[e]!)
    const h = source?.graph ?? g
    const d = source?.task ?? targets[e]!
    if (h.isHeldBy(d, w.index)) continue
    bytes += h.cost[d]!
    moves++
  }
  return moves === 0 ? 0 : bytes / BANDWIDTH + LATENCY
}
