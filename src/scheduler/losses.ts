import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { WorkerLost } from './errors.js'
import { unload } from './feeding.js'
import type { GraphState, Source } from './graph-state.js'
import { Instruction } from './instructions.js'
import { makeReady } from './placement.js'
import { MEMORY, PROCESSING, READY, RELEASED, SUSPENDED, WAITING } from './task-states.js'
import { awaitInputs, failOfItself, require } from './transitions.js'
import type { WorkerState } from './worker-state.js'

/*
 * What happens when values or workers vanish. None of this is on a hot path: it may look at every task there is.
 */

/** A worker is gone: what it held is computed again where it is needed, what it ran is run elsewhere. */
export function loseWorker(core: Core, w: WorkerState, expected: boolean, reason: string): void {
  const interrupted: Source[] = []
  const lost: Source[] = []
  const unsent: Source[] = []
  for (const g of core.graphs.values()) {
    for (let t = 0; t < g.graph.size; t++) {
      if (g.worker[t] !== w.index) {
        g.copies.delete(t, w.index)
        continue
      }
      const state = g.state[t]
      if (state === PROCESSING || state === SUSPENDED) interrupted.push({ graph: g, task: t })
      else if (state === MEMORY && !g.dropHolder(t, w.index)) lost.push({ graph: g, task: t })
      else if (state === READY) unsent.push({ graph: g, task: t })
    }
  }
  for (const { graph, task } of lost) markLost(core, graph, task)
  for (const { graph, task } of unsent) {
    // It may wait by now, for something that was lost with the worker.
    if (graph.state[task] === READY) makeReady(core, graph, task)
  }
  for (const { graph, task } of lost) require(core, graph, task)
  for (const { graph, task } of interrupted) interrupt(core, graph, task, w, !expected, reason)
  core.unblock()
}

/** A task did not come to its end because what ran it died; `charged`: presumably of this task. */
export function interrupt(core: Core, g: GraphState, t: number, w: WorkerState, charged: boolean, reason: string): void {
  const state = g.state[t]
  if ((state !== PROCESSING && state !== SUSPENDED) || g.worker[t] !== w.index) return
  unload(core, g, t)
  g.worker[t] = -1
  if (charged) {
    const failures = ++g.failures[t]!
    core.record(EventKind.taskInterrupted, g, t, w.index, failures)
    if (failures > core.allowedFailures) {
      const error = new WorkerLost(
        `${g.graph.layer(t).label}: what ran the task ${g.graph.keyOf(t)} died ${failures} times, presumably of this task. ` +
          `The last time on ${w.name} (${w.host}): ${reason}. ` +
          'Tasks die with their thread when they call process.exit, exhaust the memory, or crash native code.',
      )
      failOfItself(core, g, t, w.index, error, error.message)
      return
    }
  }
  awaitInputs(core, g, t)
}

/** A worker could not get an input of a task. The task waits again, for that input too if it was the last copy. */
export function inputMissing(core: Core, g: GraphState, t: number, input: Copy): void {
  const worker = g.worker[t]!
  core.record(EventKind.inputMissing, g, t, worker, input.task)
  unload(core, g, t)
  g.worker[t] = -1
  // It counts as one that waits for nothing, so that losing the input does not count it twice.
  g.state[t] = WAITING
  g.waiting[t] = 0
  copyMissing(core, worker, input)
  if (g.state[t] === WAITING) awaitInputs(core, g, t)
}

/** Where a value was believed to be. */
export interface Copy {
  /** undefined: it is forgotten */
  readonly graph: GraphState | undefined
  readonly task: number
  readonly attempt: number
  readonly holder: number
}

/**
 * A value is not where it was believed to be, says a worker. If it is there all the same (the way to it was cut), its
 * holder says so when asked. It is not simply told to free the value: by the time that arrives the holder may have the
 * value anew, and have said so.
 */
export function copyMissing(core: Core, worker: number, { graph: g, task: t, attempt, holder }: Copy): void {
  if (g?.state[t] !== MEMORY || g.attempt[t] !== attempt || !g.isHeldBy(t, holder)) return
  if (holder !== worker) core.tellWorker(Instruction.confirm, holder, g.id, t, attempt)
  if (g.dropHolder(t, holder)) return
  markLost(core, g, t)
  require(core, g, t)
}

/** A value in memory is gone. Those that were ready to use it wait. `require` must follow. */
function markLost(core: Core, g: GraphState, t: number): void {
  g.state[t] = RELEASED
  g.worker[t] = -1
  g.cost[t] = -1
  g.activeCount--
  core.record(EventKind.taskLost, g, t, -1, 0)
  if (g.wanted[t] === 1) core.tellClient(Instruction.lost, g, t)
  const { start, targets } = g.graph.dependents
  for (let e = start[t]!; e < start[t + 1]!; e++) waitAgain(core, g, targets[e]!)
  for (const alias of g.aliases.get(t) ?? []) {
    if (alias.graph.state[alias.task] !== MEMORY) continue
    const { graph, task } = alias
    graph.state[task] = WAITING
    graph.waiting[task] = 1
    core.record(EventKind.taskLost, graph, task, -1, 0)
    if (graph.wanted[task] === 1) core.tellClient(Instruction.lost, graph, task)
    const rows = graph.graph.dependents
    for (let e = rows.start[task]!; e < rows.start[task + 1]!; e++) waitAgain(core, graph, rows.targets[e]!)
  }
}

/** A dependent of a value that is gone, for each edge between them. */
function waitAgain(core: Core, g: GraphState, t: number): void {
  if (g.state[t] === READY) {
    if (g.worker[t]! < 0) core.roots.delete(g, t)
    if (g.failures[t]! > 0) core.unblock()
    g.worker[t] = -1
    g.state[t] = WAITING
    g.waiting[t] = 1
  } else if (g.state[t] === WAITING) g.waiting[t]!++
}
