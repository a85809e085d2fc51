import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { expectedSeconds } from './durations.js'
import type { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import type { Requirement } from './requirements.js'
import { type TaskHeap, goesBefore } from './task-heap.js'
import { PROCESSING, READY, SUSPENDED } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * Late binding: ready tasks stay on the scheduler. A worker is sent as many as keep it busy for a few milliseconds,
 * measured by how long tasks of the same label took before; of tasks that nobody has timed, one more than it has
 * threads.
 */

/** The number of tasks a worker may have whatever is known of them. */
function leastAhead(w: WorkerState): number {
  return Math.ceil(1.1 * w.threads)
}

/** Whether the worker may be sent one more task of that expected duration (seconds; -1: unknown). */
function canSend(core: Core, w: WorkerState, expected: number): boolean {
  if (w.exclusive || w.suspended >= core.concurrentWaits * w.threads) return false
  if (w.inflight < leastAhead(w)) return true
  return expected >= 0 && w.inflight < core.maximumAhead && w.occupancy + expected <= core.aheadTime * w.threads
}

/** Brings the sets of workers with room and of idle workers up to date with what the worker is doing. */
export function updateRoom(core: Core, w: WorkerState): void {
  const room = canSend(core, w, 0)
  if (room !== w.hasRoom) {
    w.hasRoom = room
    if (room) core.room.add(w.index)
    else core.room.delete(w.index)
    for (const r of w.requirements) {
      if (room) r.room.add(w)
      else r.room.delete(w)
    }
  }
  if (w.inflight === 0 && w.heap.size === 0 && room) core.idle.add(w.index)
  else core.idle.delete(w.index)
}

/** Sends what can be sent: the end of every event. */
export function feedHungry(core: Core): void {
  for (let w = core.hungry.pop(); w !== undefined; w = core.hungry.pop()) {
    w.hungry = false
    if (core.workers[w.index] === w) feed(core, w)
  }
  while (core.roots.size > 0 && core.room.size > 0) {
    const w = core.workers[core.room.min()]!
    if (!feed(core, w)) pass(core, w)
  }
}

/** Has as many workers fed as the class has ready tasks, of those that could take one now. */
export function feedRequirement(core: Core, r: Requirement): void {
  let n = r.ready.size
  for (const w of r.room) {
    if (n === 0) return
    if (!r.isFree(w)) continue
    core.makeHungry(w)
    n--
  }
}

/** Takes a worker that would not take what there is out of the set of those with room, until it finishes something. */
function pass(core: Core, w: WorkerState): void {
  w.hasRoom = false
  core.room.delete(w.index)
  for (const r of w.requirements) r.room.delete(w)
}

/** Sends the worker what goes first of what it may run, while it has room. False when nothing was sent. */
function feed(core: Core, w: WorkerState): boolean {
  let sent = false
  for (;;) {
    let g: GraphState | undefined
    let t = -1
    let from: Requirement | TaskHeap | undefined
    dropStale(w.heap, w)
    if (w.heap.size > 0) {
      g = w.heap.topGraph()
      t = w.heap.topTask()
      from = w.heap
    }
    for (const r of w.requirements) {
      dropStale(r.ready, undefined)
      if (r.ready.size === 0 || !r.isFree(w)) continue
      const h = r.ready.topGraph()
      const u = r.ready.topTask()
      if (!g || goesBefore(h, u, g, t)) {
        g = h
        t = u
        from = r
      }
    }
    if (core.roots.peek() && (!g || goesBefore(core.roots.graph, core.roots.task, g, t))) {
      g = core.roots.graph
      t = core.roots.task
      from = undefined
      // The last tasks of many are dealt out evenly: nobody takes more than half of his share at a time.
      if (w.inflight >= leastAhead(w) && w.inflight * 2 * core.workerCount > core.roots.size) break
    }
    if (!g) break
    const layer = g.layerState(t)
    if (!canSend(core, w, layer.duration.mean)) break
    // A task that was running when a worker died runs alone, so that its innocent neighbours are not charged again.
    const suspect = g.failures[t]! > 0
    if (suspect && w.inflight + w.suspended > 0) break
    if (from === undefined) core.roots.delete(g, t)
    else if (from === w.heap) {
      w.heap.pop()
      w.queued = w.heap.size === 0 ? 0 : Math.max(0, w.queued - expectedSeconds(layer.duration))
    } else (from as Requirement).ready.pop()
    send(core, w, g, t)
    sent = true
    if (suspect) {
      w.exclusive = true
      break
    }
  }
  updateRoom(core, w)
  return sent
}

/** Takes away what stands on top of a heap although its task went elsewhere. */
function dropStale(heap: TaskHeap, w: WorkerState | undefined): void {
  while (heap.size > 0) {
    const g = heap.topGraph()
    const t = heap.topTask()
    if (g.state[t] === READY && (w === undefined || g.worker[t] === w.index)) return
    heap.pop()
    if (w && heap.size === 0) w.queued = 0
  }
}

function send(core: Core, w: WorkerState, g: GraphState, t: number): void {
  const layer = g.layerState(t)
  const expected = expectedSeconds(layer.duration)
  g.state[t] = PROCESSING
  g.worker[t] = w.index
  g.cost[t] = expected
  const attempt = (g.attempt[t]! + 1) & 255
  g.attempt[t] = attempt
  w.inflight++
  w.occupancy += expected
  layer.requirement?.take(w)
  core.record(EventKind.taskSent, g, t, w.index, 0)

  const out = core.instructions
  out.push(Instruction.compute)
  out.push(w.index)
  out.push(g.id)
  out.push(t)
  out.push(attempt)
  out.push(layer.priority)
  out.push(g.rank[t]!)
  const counter = out.length
  out.push(0)
  const { start, targets } = g.graph.dependencies
  for (let e = start[t]!; e < start[t + 1]!; e++) {
    let h = g
    let d = targets[e]!
    const source = g.sources.size > 0 ? g.sources.get(d) : undefined
    if (source) {
      h = source.graph
      d = source.task
    }
    if (h.isHeldBy(d, w.index)) continue
    out.push(h.id)
    out.push(d)
    out.push(h.attempt[d]!)
    out.push(h.worker[d]!)
    out.items[counter]!++
  }
}

/** Takes a task off its worker's account: it finished, failed, was cancelled or is lost. */
export function unload(core: Core, g: GraphState, t: number): void {
  const w = core.workers[g.worker[t]!]
  if (!w) return
  if (g.state[t] === SUSPENDED) w.suspended--
  else {
    w.inflight--
    w.occupancy = w.inflight === 0 ? 0 : Math.max(0, w.occupancy - g.cost[t]!)
  }
  if (w.inflight + w.suspended === 0) w.exclusive = false
  g.layerState(t).requirement?.giveBack(w)
  updateRoom(core, w)
  core.makeHungry(w)
}

/** A task waits for a promise: its slot can take another task. */
export function suspend(core: Core, g: GraphState, t: number): void {
  const w = core.workers[g.worker[t]!]!
  g.state[t] = SUSPENDED
  w.suspended++
  w.inflight--
  w.occupancy = w.inflight === 0 ? 0 : Math.max(0, w.occupancy - g.cost[t]!)
  core.record(EventKind.taskSuspended, g, t, w.index, 0)
  updateRoom(core, w)
  core.makeHungry(w)
}
