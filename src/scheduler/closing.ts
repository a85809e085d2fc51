import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { updateRoom } from './feeding.js'
import type { Source } from './graph-state.js'
import { makeReady } from './placement.js'
import { askBack } from './stealing.js'
import { READY } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * Workers that get nothing new: those that are short of memory, and those that are about to leave.
 */

export function pause(core: Core, w: WorkerState): void {
  if (w.paused) return
  w.paused = true
  core.log.record(EventKind.workerPaused, core.now, -1, -1, -1, w.index, 0)
  closeWorker(core, w)
}

/** A worker has memory again. One that is to leave is to leave all the same. */
export function resume(core: Core, w: WorkerState): void {
  if (!w.paused) return
  w.paused = false
  if (!w.retirement) open(core, w)
}

/** A worker that was to leave stays. */
export function stay(core: Core, w: WorkerState): void {
  if (!w.retirement) return
  w.retirement = undefined
  if (!w.paused) open(core, w)
}

/** A worker gets new tasks again. */
function open(core: Core, w: WorkerState): void {
  core.log.record(EventKind.workerResumed, core.now, -1, -1, -1, w.index, 0)
  core.workersVersion++
  updateRoom(core, w)
  core.makeHungry(w)
}

/** A worker gets nothing new from now on: what it was to run runs elsewhere, but for what it has begun. */
export function closeWorker(core: Core, w: WorkerState): void {
  updateRoom(core, w)
  const unsent: Source[] = []
  w.ready.forEach((graph, task) => {
    if (graph.state[task] === READY && graph.worker[task] === w.index) unsent.push({ graph, task })
  })
  while (w.ready.size > 0) w.ready.pop()
  w.queued = 0
  // A task may stand there twice.
  for (const { graph, task } of unsent) if (graph.worker[task] === w.index) makeReady(core, graph, task)
  updateRoom(core, w)
  askBack(core, w)
  core.unblock()
}
