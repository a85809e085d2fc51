import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { updateRoom } from './feeding.js'
import type { Source } from './graph-state.js'
import { makeReady } from './placement.js'
import { askBack } from './stealing.js'
import { READY } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * Workers that get nothing new: those that are short of memory, those that do not answer, and those that are about to leave.
 *
 * Of those that are short of memory one goes on all the same, a task at a time, where there are no others: what takes the
 * memory of a process need not be values, so it may never be less, and nothing would ever end.
 */

export function pause(core: Core, w: WorkerState): void {
  if (w.paused) return
  w.paused = true
  core.log.record(EventKind.workerPaused, core.now, -1, -1, -1, w.index, 0)
  closeWorker(core, w)
  keepOneOpen(core)
}

/** A worker has memory again. One that is to leave is to leave all the same. */
export function resume(core: Core, w: WorkerState): void {
  if (!w.paused) return
  w.paused = false
  if (w.stays) open(core, w)
  keepOneOpen(core)
}

/** A worker does not answer: it is likely to be gone. */
export function silence(core: Core, w: WorkerState): void {
  if (w.silent) return
  w.silent = true
  core.log.record(EventKind.workerPaused, core.now, -1, -1, -1, w.index, 0)
  closeWorker(core, w)
  keepOneOpen(core)
}

/** A worker that was to leave stays. */
export function stay(core: Core, w: WorkerState): void {
  if (!w.retirement) return
  w.retirement = undefined
  if (!w.closed) open(core, w)
  keepOneOpen(core)
}

/** To be called when workers came, went, or were closed or opened: sees to it that one goes on where all are short of memory. */
export function keepOneOpen(core: Core): void {
  const before = core.lastResort
  const after = lastResort(core)
  if (after === before) return
  core.lastResort = after
  if (before) {
    before.isLastResort = false
    if (core.workers[before.index] === before && before.closed) closeWorker(core, before)
  }
  if (after) {
    after.isLastResort = true
    admit(core, after)
  }
}

/** Who goes on: whoever did so before, while there is nobody who is not short of memory. */
function lastResort(core: Core): WorkerState | undefined {
  let found: WorkerState | undefined
  for (const w of core.workers) {
    if (!w || w.keeper || !w.stays) continue
    if (!w.paused) return undefined
    if (!found || w === core.lastResort) found = w
  }
  return found
}

/** A worker gets new tasks again. */
function open(core: Core, w: WorkerState): void {
  core.log.record(EventKind.workerResumed, core.now, -1, -1, -1, w.index, 0)
  core.workersVersion++
  admit(core, w)
}

function admit(core: Core, w: WorkerState): void {
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
