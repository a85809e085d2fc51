import { EventKind } from '../events/index.js'
import { isActor, livesOn, noteEnd } from './actors.js'
import type { Core } from './core.js'
import { InputUnreachable, KilledWorker, WorkerLost } from './errors.js'
import { unload } from './feeding.js'
import type { GraphState, Source } from './graph-state.js'
import { Instruction } from './instructions.js'
import { seekLarger, takeHopeless } from './larger-workers.js'
import { loseMoves } from './moves.js'
import { makeReady } from './placement.js'
import { loseSteals } from './stealing.js'
import { MEMORY, PROCESSING, READY, RELEASED, SUSPENDED, UNSURE, WAITING } from './task-states.js'
import { awaitInputs, comeNearer, complete, failOfItself, freeCopies, require } from './transitions.js'
import type { WorkerState } from './worker-state.js'

/*
 * What happens when values or workers vanish. None of this is on a hot path: it may look at every task there is.
 */

/** A worker is gone: what it held is computed again where it is needed, what it ran is run elsewhere. */
// biome-ignore format: one line reads better
export function loseWorker(core: Core, w: WorkerState, expected: boolean, reason: string, outOfMemory = false): void {
  loseSteals(core, w)
  loseMoves(core, w)
  const interrupted: Source[] = []
  const lost: Source[] = []
  const unsent: Source[] = []
  for (const g of core.graphs.values()) {
    const { worker } = g
    const copies = g.copies.any
    for (let t = 0; t < worker.length; t++) {
      if (worker[t] !== w.index) {
        if (copies) g.copies.delete(t, w.index)
        continue
      }
      const state = g.state[t]
      if (state === PROCESSING || state === SUSPENDED) interrupted.push({ graph: g, task: t })
      else if ((state === MEMORY || state === UNSURE) && isLostWith(g, t, w, reason)) lost.push({ graph: g, task: t })
      else if (state === READY) unsent.push({ graph: g, task: t })
    }
  }
  for (const { graph, task } of lost) markLost(core, graph, task)
  for (const { graph, task } of unsent) {
    // It may wait by now, for something that was lost with the worker.
    if (graph.state[task] === READY) makeReady(core, graph, task)
  }
  for (const { graph, task } of lost) require(core, graph, task)
  for (const { graph, task } of interrupted) {
    // Before it is ready again. What its worker counted for it went with the worker.
    if (outOfMemory) seekLarger(core, graph, task, w)
    interrupt(core, graph, task, w, !expected, reason, KilledWorker)
  }
  giveUpLarger(core)
  core.unblock()
}

/** What waits for larger workers that there will not be takes any. */
export function giveUpLarger(core: Core): void {
  for (const { graph, task } of takeHopeless(core)) makeReady(core, graph, task)
}

/** Takes away a worker that had a value in `GraphState.worker`: whether nobody has it any more. */
function isLostWith(g: GraphState, t: number, w: WorkerState, reason: string): boolean {
  if (!isActor(g, t)) return !g.dropHolder(t, w.index)
  noteEnd(g, t, `was on ${w.name} (${w.host}), which is gone: ${reason}`)
  return true
}

/**
 * A task did not come to its end because what ran it died; `charged`: presumably of this task, which fails with a `Failure` when
 * that has happened too often.
 */
// biome-ignore format: one line reads better
export function interrupt(
  core: Core, g: GraphState, t: number, w: WorkerState, charged: boolean, reason: string, Failure = WorkerLost,
): void {
  const state = g.state[t]
  if ((state !== PROCESSING && state !== SUSPENDED) || g.worker[t] !== w.index) return
  unload(core, g, t)
  g.worker[t] = -1
  if (charged) {
    const failures = ++g.failures[t]!
    core.record(EventKind.taskInterrupted, g, t, w.index, failures)
    if (failures > core.allowedFailures) {
      const error = new Failure(
        `${g.graph.layer(t).label}: what ran the task ${g.graph.keyOf(t)} died ${failures} times, presumably of this task. ` +
          `The last time on worker ${w.name} (${w.host}): ${reason}. ` +
          'Tasks die with their thread when they call process.exit, exhaust the memory, or crash native code.',
      )
      failOfItself(core, g, t, w.index, error, error.message)
      return
    }
  }
  awaitInputs(core, g, t)
}

/** How often a task may not get an input that is there, before it is given up. */
const MOST_MISSES = 50

/** A worker could not get an input of a task. The task waits again, for that input too if that may be lost. */
export function inputMissing(core: Core, g: GraphState, t: number, input: Copy): void {
  const worker = g.worker[t]!
  core.record(EventKind.inputMissing, g, t, worker, input.graph?.nameOf(input.task) ?? -1)
  unload(core, g, t)
  g.worker[t] = -1
  // It counts as one that waits for nothing, so that losing the input does not count it twice.
  g.state[t] = WAITING
  g.waiting[t] = 0
  copyMissing(core, worker, input)
  if (g.state[t] !== WAITING) return
  const state = input.graph?.state[input.task]
  const isThere = input.holder !== worker && (state === MEMORY || state === UNSURE)
  if (isThere && noteMiss(core, g, t, input, worker)) return
  awaitInputs(core, g, t)
}

/** The worker that has the input may have to run the task itself. True: it has been tried often enough. */
function noteMiss(core: Core, g: GraphState, t: number, input: Copy, worker: number): boolean {
  g.misses ??= new Map()
  const misses = (g.misses.get(t) ?? 0) + 1
  g.misses.set(t, misses)
  if (misses <= MOST_MISSES) return false
  const name = (index: number): string => core.workers[index]?.name ?? `worker ${index}`
  const error = new InputUnreachable(
    `${g.graph.keyOf(t)} needs ${input.graph!.graph.keyOf(input.task)}, which is on ${name(input.holder)}, and ${name(worker)}, ` +
      `among others, could not get it from there, ${misses} times. Let the workers connect to each other, or do not restrict the task to some of them.`,
  )
  failOfItself(core, g, t, worker, error, error.message)
  return true
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
 * value anew, and have said so. Until it has answered nothing is computed again, for it may be the only one to have it.
 */
export function copyMissing(core: Core, worker: number, { graph: g, task: t, attempt, holder }: Copy): void {
  if (!g || !holds(g, t, attempt, holder)) return
  if (holder !== worker) {
    core.tellWorker(Instruction.confirm, holder, g, t)
    if (g.copies.first(t) < 0) {
      if (g.state[t] === MEMORY) doubt(core, g, t)
      return
    }
    // Its copies are there as long as it is.
    if (livesOn(g, t, holder)) return
  }
  dropCopyThere(core, g, t, holder)
}

/** A worker that was asked says that it does not have the value. */
export function copyLacking(core: Core, worker: number, g: GraphState, t: number, attempt: number): void {
  if (holds(g, t, attempt, worker)) dropCopyThere(core, g, t, worker)
}

/**
 * The results of these tasks, as far as there are any, are of no use any more: their holders drop them, and where they are
 * needed they are computed again. Actors stay: their state could not be computed.
 */
export function discard(core: Core, g: GraphState, tasks: ArrayLike<number>): void {
  const lost: number[] = []
  for (let i = 0; i < tasks.length; i++) {
    const t = tasks[i]!
    if ((g.state[t] !== MEMORY && g.state[t] !== UNSURE) || g.sources.has(t) || isActor(g, t)) continue
    freeCopies(core, g, t)
    markLost(core, g, t)
    lost.push(t)
  }
  for (const t of lost) require(core, g, t)
}

function holds(g: GraphState, t: number, attempt: number, holder: number): boolean {
  return (g.state[t] === MEMORY || g.state[t] === UNSURE) && g.attempt[t] === attempt && g.isHeldBy(t, holder)
}

function dropCopyThere(core: Core, g: GraphState, t: number, holder: number): void {
  if (livesOn(g, t, holder)) noteEnd(g, t, `has ended on ${core.workers[holder]?.name}: the thread that it lived in died`)
  else if (g.dropHolder(t, holder)) return
  markLost(core, g, t)
  require(core, g, t)
}

/** The last holder of a value may not have it: what needs it waits. */
function doubt(core: Core, g: GraphState, t: number): void {
  core.record(EventKind.valueDoubted, g, t, g.worker[t]!, 0)
  for (const { graph, task } of readersOf(g, t, MEMORY)) {
    graph.state[task] = UNSURE
    dependentsWait(core, graph, task)
  }
}

/** A worker has the value that was in doubt. What clients believe of it was right all the time. */
export function believe(core: Core, g: GraphState, t: number): void {
  core.workersVersion++
  for (const { graph, task } of readersOf(g, t, UNSURE)) {
    graph.state[task] = MEMORY
    comeNearer(core, graph, task)
  }
  for (const { graph, task } of readersOf(g, t, WAITING)) complete(core, graph, task, -1, g.cost[t]!)
}

/** The task, and what stands for it elsewhere, as far as they are in that state. */
function readersOf(g: GraphState, t: number, state: number): Source[] {
  return [{ graph: g, task: t }, ...(g.aliases.get(t) ?? [])].filter((r) => r.graph.state[r.task] === state)
}

/** A value is gone. Those that were ready to use it wait. `require` must follow. */
function markLost(core: Core, g: GraphState, t: number): void {
  const state = g.state[t]!
  for (const { graph, task } of readersOf(g, t, state)) {
    if (state === MEMORY) dependentsWait(core, graph, task)
    if (graph !== g || task !== t) {
      graph.state[task] = WAITING
      graph.waiting[task] = 1
    }
    core.record(EventKind.taskLost, graph, task, -1, graph === g && task === t ? g.cost[t]! : 0)
    if (graph.wanted[task] === 1) core.tellClient(Instruction.lost, graph, task)
  }
  if (isActor(g, t)) {
    g.worker[t] = -1
    freeCopies(core, g, t)
  }
  g.state[t] = RELEASED
  g.worker[t] = -1
  g.cost[t] = -1
  g.activeCount--
}

function dependentsWait(core: Core, g: GraphState, t: number): void {
  const { start, targets } = g.dependents
  for (let e = start[t]!; e < start[t + 1]!; e++) waitAgain(core, g, targets[e]!)
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
