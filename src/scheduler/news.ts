import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { learn } from './durations.js'
import { suspend, unload } from './feeding.js'
import type { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import { believe, copyLacking, copyMissing, inputMissing, interrupt } from './losses.js'
import { preferOther } from './placement.js'
import { isDropping, settleDrop, settleMove } from './moves.js'
import { giveBack, settleSteal } from './stealing.js'
import type { TaskAddress } from './submission.js'
import { MEMORY, PROCESSING, SUSPENDED, UNSURE } from './task-states.js'
import { awaitInputs, complete, failOfItself } from './transitions.js'

/*
 * What workers report. Graph and task are as they are called outside; what is about an attempt that is not the present one
 * is stale.
 */

/** Whether the task is under way on that worker in that attempt. */
function isCurrent(g: GraphState, t: number, worker: number, attempt: number): boolean {
  const state = g.state[t]
  return (state === PROCESSING || state === SUSPENDED) && g.worker[t] === worker && g.attempt[t] === attempt
}

function holds(g: GraphState, t: number, worker: number, attempt: number): boolean {
  const state = g.state[t]
  return (state === MEMORY || state === UNSURE) && g.attempt[t] === attempt && g.isHeldBy(t, worker)
}

// biome-ignore format: one line reads better
export function taskFinished(
  core: Core, worker: number, graph: number, task: number, attempt: number, bytes: number, seconds: number,
): void {
  // The engine puts into one function only so much of what it calls, so this one is short, and what is rare is elsewhere.
  const g = core.graphs.get(graph)
  if (g === undefined) {
    refuseResult(core, worker, graph, task, attempt)
    return
  }
  const t = g.names === undefined ? task : g.taskOf(task)
  if (!isCurrent(g, t, worker, attempt)) {
    // The same news twice is no news.
    if (!holds(g, t, worker, attempt)) refuseResult(core, worker, graph, task, attempt)
    return
  }
  const layer = g.graph.layerOf[t]!
  // While it waited it held no slot, so the time it took says nothing about how much work to send ahead.
  if (g.state[t] === PROCESSING) learn(g.layers[layer]!.duration, seconds)
  unload(core, g, t)
  core.log.record(EventKind.taskFinished, core.now, graph, task, layer, worker, seconds)
  complete(core, g, t, worker, bytes)
}

/** A result that is not expected any more must not stay on the worker. */
function refuseResult(core: Core, worker: number, graph: number, task: number, attempt: number): void {
  if (core.workers[worker]) core.tell(Instruction.free, worker, graph, task, attempt)
}

export function taskSuspended(core: Core, worker: number, graph: number, task: number, attempt: number): void {
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  if (g && isCurrent(g, t, worker, attempt) && g.state[t] === PROCESSING) suspend(core, g, t)
}

// biome-ignore format: one line reads better
export function taskErred(
  core: Core, worker: number, graph: number, task: number, attempt: number, error: unknown, message: string,
): void {
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  if (!g || !isCurrent(g, t, worker, attempt)) return
  unload(core, g, t)
  g.worker[t] = -1
  const used = g.retriesUsed.get(t) ?? 0
  const allowed = g.layerState(t).retries
  if (used < allowed) {
    g.retriesUsed.set(t, used + 1)
    core.record(EventKind.taskRetried, g, t, worker, allowed - used - 1)
    awaitInputs(core, g, t)
  } else failOfItself(core, g, t, worker, error, message)
}

// biome-ignore format: one line reads better
export function taskInterrupted(
  core: Core, worker: number, graph: number, task: number, attempt: number, charged: boolean, reason: string,
): void {
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  if (!g || !isCurrent(g, t, worker, attempt)) return
  const w = core.workers[worker]!
  interrupt(core, g, t, w, charged, reason)
  if (!charged) preferOther(core, g, t, w)
}

// biome-ignore format: one line reads better
export function taskMissesInput(
  core: Core, worker: number, graph: number, task: number, attempt: number,
  input: TaskAddress, inputAttempt: number, holder: number,
): void {
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  const inputGraph = core.graphs.get(input.graph)
  const inputTask = inputGraph?.taskOf(input.task) ?? -1
  const copy = { graph: inputTask < 0 ? undefined : inputGraph, task: inputTask, attempt: inputAttempt, holder }
  if (g && isCurrent(g, t, worker, attempt)) inputMissing(core, g, t, copy)
  else copyMissing(core, worker, copy)
  settleMove(core, worker, input.graph, input.task, inputAttempt, false)
}

export function replicaArrived(core: Core, worker: number, graph: number, task: number, attempt: number): void {
  if (!core.workers[worker] || isDropping(core, worker, graph, task, attempt)) return
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  const state = g?.state[t]
  const wanted = (state === MEMORY || state === UNSURE) && g!.attempt[t] === attempt
  if (!g || !wanted) core.tell(Instruction.free, worker, graph, task, attempt)
  else {
    if (!g.isHeldBy(t, worker)) {
      g.copies.add(t, worker)
      core.record(EventKind.replicaAdded, g, t, worker, g.cost[t]!)
    }
    if (state === UNSURE) believe(core, g, t)
  }
  settleMove(core, worker, graph, task, attempt, wanted)
}

export function replicaLacking(core: Core, worker: number, graph: number, task: number, attempt: number): void {
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  settleDrop(core, worker, graph, task, attempt)
  if (g && t >= 0) copyLacking(core, worker, g, t, attempt)
}

/** A worker was asked to give a task back: it did, or has begun it. */
export function stealAnswered(core: Core, worker: number, graph: number, task: number, attempt: number, given: boolean): void {
  const thief = settleSteal(core, worker, graph, task, attempt)
  const g = core.graphs.get(graph)
  const t = g?.taskOf(task) ?? -1
  if (!g || !isCurrent(g, t, worker, attempt)) return
  if (given) giveBack(core, g, t, thief)
  else core.workers[worker]!.sent.remove(g.id, t)
}
