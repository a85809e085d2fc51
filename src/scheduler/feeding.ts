import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { expectedSeconds } from './durations.js'
import type { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import type { Requirement } from './requirements.js'
import { type TaskQueue, goesBefore } from './task-queue.js'
import { PROCESSING, READY, SUSPENDED } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * Late binding: ready tasks stay on the scheduler. A worker is sent as many as keep it busy for a few milliseconds,
 * measured by how long tasks of the same label took before; of tasks that nobody has timed, one more than it has
 * threads.
 */

/** Seconds. Shorter tasks are done before a worker could be asked to give them back: there is no need to know where they are. */
const ASKED_BACK = 0.0005
/** Seconds, and tasks: fewer for a thread are not worth a message of their own, however few are left for the others. */
const WORTH_A_MESSAGE = 0.0001
const MOST_IN_A_MESSAGE = 32

/** Whether the worker may be sent one more task of that expected duration (seconds; -1: unknown). */
export function canSend(core: Core, w: WorkerState, expected: number): boolean {
  if (takesNothing(core, w)) return false
  return w.paused ? w.inflight === 0 : hasTimeFor(core, w, expected)
}

function takesNothing(core: Core, w: WorkerState): boolean {
  return w.exclusive || w.closed || w.suspended >= core.concurrentWaits * w.threads
}

/** Whether one more task of that expected duration would not wait there for too long. */
function hasTimeFor(core: Core, w: WorkerState, expected: number): boolean {
  if (w.inflight < w.leastAhead) return true
  return expected >= 0 && w.inflight < core.maximumAhead && w.occupancy + expected <= core.aheadTime * w.threads
}

/** Brings the sets of workers that could do more, or less, up to date with what the worker is doing. */
export function updateRoom(core: Core, w: WorkerState): void {
  const room = canSend(core, w, 0)
  if (room !== w.hasRoom || w.requirements.length > 0) setRoom(core, w, room)
  const laden = w.inflight > w.threads || w.ready.size > 0
  if (laden !== w.ladenAt >= 0) setLaden(core, w, laden)
  const spare = room && w.inflight < w.threads && w.ready.size === 0
  if (spare !== w.isSpare) {
    w.isSpare = spare
    if (spare) core.spare.add(w.index)
    else core.spare.delete(w.index)
  }
  const idle = room && w.inflight === 0 && w.ready.size === 0
  if (idle === w.isIdle) return
  w.isIdle = idle
  if (idle) core.idle.add(w.index)
  else core.idle.delete(w.index)
}

function setLaden(core: Core, w: WorkerState, laden: boolean): void {
  const list = core.laden
  if (laden) w.ladenAt = list.push(w) - 1
  else {
    const last = list.pop()!
    if (last !== w) {
      list[w.ladenAt] = last
      last.ladenAt = w.ladenAt
    }
    w.ladenAt = -1
  }
}

/** The worker is gone, and in none of the sets of workers that could do more, or less. */
export function forgetRoom(core: Core, w: WorkerState): void {
  core.room.delete(w.index)
  core.idle.delete(w.index)
  core.spare.delete(w.index)
  if (w.ladenAt >= 0) setLaden(core, w, false)
  for (const r of w.requirements) r.room.delete(w)
}

function setRoom(core: Core, w: WorkerState, room: boolean): void {
  if (room !== w.hasRoom) {
    w.hasRoom = room
    if (room) core.room.add(w.index)
    else core.room.delete(w.index)
  }
  for (const r of w.requirements) {
    if (room && r.isFree(w)) r.room.add(w)
    else r.room.delete(w)
  }
}

/** Sends what can be sent: the end of every tick. */
export function feedHungry(core: Core): void {
  do {
    for (let w = core.hungry.pop(); w !== undefined; w = core.hungry.pop()) {
      w.hungry = false
      if (core.workers[w.index] === w) feed(core, w)
    }
    for (let r = core.stocked.pop(); r !== undefined; r = core.stocked.pop()) {
      r.stocked = false
      while (hasReady(r) && r.room.size > 0) {
        const [w] = r.room
        if (!feed(core, w!)) setRoom(core, w!, false)
      }
    }
    while (core.roots.size > 0 && core.room.size > 0) {
      const w = core.workers[core.room.min()]!
      // One that would not take what there is has no room until it finishes something.
      if (!feed(core, w)) setRoom(core, w, false)
    }
  } while (core.hungry.length > 0)
}

/** Whether the queue of a class has a task that is still ready; drops those on top that are not. */
function hasReady(r: Requirement): boolean {
  dropStale(r.ready, undefined, r)
  return r.ready.size > 0
}

/** Sends the worker what goes first of what it may run, while it has room. False when nothing was sent. */
function feed(core: Core, w: WorkerState): boolean {
  let sent = w.ready.size === 0 && w.requirements.length === 0 && feedRoots(core, w)
  for (;;) {
    let g: GraphState | undefined
    let t = -1
    let from: Requirement | undefined
    if (w.ready.size > 0) {
      dropStale(w.ready, w)
      g = w.ready.topGraph
      t = w.ready.topTask
    }
    for (const r of w.requirements) {
      if (!hasReady(r) || !r.isFree(w)) continue
      const h = r.ready.topGraph!
      const u = r.ready.topTask
      if (!g || goesBefore(h, u, g, t)) {
        g = h
        t = u
        from = r
      }
    }
    let root = false
    if (core.roots.peek() && (!g || goesBefore(core.roots.graph!, core.roots.task, g, t))) {
      g = core.roots.graph!
      t = core.roots.task
      root = true
      if (leavesToOthers(core, w)) break
    }
    if (!g) break
    const layer = g.layerState(t)
    if (!canSend(core, w, layer.duration.mean)) break
    // A task that was running when a worker died runs alone, so that its innocent neighbours are not charged again.
    const suspect = g.failures[t]! > 0
    if (suspect && w.inflight + w.suspended > 0) {
      if (!w.blocked) {
        w.blocked = true
        core.blocked.push(w)
      }
      break
    }
    if (root) core.roots.delete(g, t)
    else if (from) from.ready.pop()
    else popReady(w)
    send(core, w, g, t)
    sent = true
    if (suspect) {
      w.exclusive = true
      core.unblock()
      break
    }
  }
  updateRoom(core, w)
  return sent
}

/** As `feed`, for a worker that has nothing of its own to choose from: sends roots up to a suspect. */
function feedRoots(core: Core, w: WorkerState): boolean {
  if (w.paused || takesNothing(core, w)) return false
  const { roots } = core
  let sent = false
  while (roots.peek() && !leavesToOthers(core, w)) {
    const g = roots.graph!
    const t = roots.task
    if (g.failures[t]! > 0 || !hasTimeFor(core, w, g.layerState(t).duration.mean)) break
    roots.takePeeked()
    send(core, w, g, t)
    sent = true
  }
  return sent
}

/** The last tasks of many are dealt out evenly: nobody takes more than half of his share at a time, if there are others. */
function leavesToOthers(core: Core, w: WorkerState): boolean {
  if (core.workerCount === 1) return false
  return w.inflight * 2 * core.workerCount > core.roots.size && w.inflight >= w.leastAhead && isWorthAMessage(w)
}

function isWorthAMessage(w: WorkerState): boolean {
  return w.inflight >= MOST_IN_A_MESSAGE * w.threads || w.occupancy >= WORTH_A_MESSAGE * w.threads
}

/** Takes the top off the worker's own queue, and its expected duration off what is queued there. */
export function popReady(w: WorkerState): void {
  const seconds = expectedSeconds(w.ready.topGraph!.layerState(w.ready.topTask).duration)
  w.ready.pop()
  w.queued = w.ready.size === 0 ? 0 : Math.max(0, w.queued - seconds)
}

/** Takes away what stands on top of a queue (of that worker, or of a class) although its task went elsewhere. */
function dropStale(queue: TaskQueue, w?: WorkerState, r?: Requirement): void {
  for (let g = queue.topGraph; g; g = queue.topGraph) {
    const t = queue.topTask
    const elsewhere = w ? g.worker[t] !== w.index : g.larger !== undefined && g.requirementOf(t) !== r
    if (g.state[t] === READY && !elsewhere) return
    if (w) popReady(w)
    else queue.pop()
  }
}

/** Sends a ready task to a worker. Afterwards the room of the worker is to be updated. */
export function send(core: Core, w: WorkerState, g: GraphState, t: number): void {
  const { index } = w
  const layerIndex = g.graph.layerOf[t]!
  const layer = g.layers[layerIndex]!
  const name = g.nameOf(t)
  const expected = expectedSeconds(layer.duration)
  g.state[t] = PROCESSING
  g.worker[t] = index
  g.cost[t] = expected
  const attempt = (g.attempt[t]! + 1) & 255
  g.attempt[t] = attempt
  w.inflight++
  w.occupancy += expected
  const requirement = g.larger === undefined ? layer.requirement : g.requirementOf(t)
  if (requirement !== undefined) requirement.take(w)
  if (expected >= ASKED_BACK) w.sent.push(core, index, g.id, t)
  core.log.record(EventKind.taskSent, core.now, g.id, name, layerIndex, index, 0)

  const { start, targets } = g.graph.dependencies
  const from = start[t]!
  const to = start[t + 1]!
  const out = core.instructions
  out.reserve(out.length + 8 + (to - from) * 4)
  const words = out.items
  const head = out.length
  words[head] = Instruction.compute
  words[head + 1] = index
  words[head + 2] = g.id
  words[head + 3] = name
  words[head + 4] = attempt
  words[head + 5] = layer.priority
  words[head + 6] = g.rank[t]!
  let at = head + 8
  for (let e = from; e < to; e++) {
    const source = g.sourceOf(targets[e]!)
    const h = source?.graph ?? g
    const d = source?.task ?? targets[e]!
    if (h.isHeldBy(d, index)) continue
    words[at] = h.id
    words[at + 1] = h.nameOf(d)
    words[at + 2] = h.attempt[d]!
    words[at + 3] = h.worker[d]!
    at += 4
  }
  words[head + 7] = (at - head - 8) >>> 2
  out.length = at
}

/** Takes a task off its worker's account: it finished, failed, was cancelled or is lost. */
export function unload(core: Core, g: GraphState, t: number): void {
  const w = core.workers[g.worker[t]!]
  if (!w) return
  if (g.state[t] === SUSPENDED) w.suspended--
  else releaseSlot(w, g.cost[t]!)
  if (w.exclusive && w.inflight + w.suspended === 0) w.exclusive = false
  const requirement = g.requirementOf(t)
  if (requirement !== undefined) requirement.giveBack(w)
  // One that stays busy is brought up to date when it is fed, at the end of the tick; one that others look for, now.
  if (w.inflight < w.threads || w.requirements.length > 0) updateRoom(core, w)
  core.makeHungry(w)
}

function releaseSlot(w: WorkerState, seconds: number): void {
  w.inflight--
  const occupancy = w.occupancy - seconds
  // What is left of rounding must not add up.
  w.occupancy = w.inflight === 0 || occupancy < 0 ? 0 : occupancy
}

/** A task waits for a promise: its slot can take another task. */
export function suspend(core: Core, g: GraphState, t: number): void {
  const w = core.workers[g.worker[t]!]!
  g.state[t] = SUSPENDED
  w.suspended++
  releaseSlot(w, g.cost[t]!)
  core.record(EventKind.taskSuspended, g, t, w.index, 0)
  updateRoom(core, w)
  core.makeHungry(w)
}
