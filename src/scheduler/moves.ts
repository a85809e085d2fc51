import { EventKind } from '../events/index.js'
import { isActor, livesOn } from './actors.js'
import type { Core } from './core.js'
import type { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import type { Retirement } from './retirement.js'
import { MEMORY, PROCESSING, READY, SUSPENDED } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/*
 * Copies of values that are made because somebody wants them where no task asked for them: for a worker that retires,
 * for safety, or to spread the load. A few at a time: what is planned waits in a queue.
 */

/** Copies under way at most, in all. */
const MOST_MOVES = 256
/** Copies that are got from one worker at a time: with few, those who have a value soon pass it on, as in a tree. */
const MOST_OUTGOING = 4
/** Dependents that are looked at, at most, to learn whether a copy is in use. */
const MOST_LOOKED_AT = 1000

/** A copy that is to be made. */
export interface Move {
  readonly graph: number
  /** by the name that it has outside */
  readonly task: number
  readonly attempt: number
  readonly to: WorkerState
  /** who gives its copy up once `to` has it */
  readonly from: WorkerState | undefined
  readonly retirement: Retirement | undefined
  /** whom it is got from, once it has begun */
  holder: WorkerState | undefined
}

/** Plans a copy of a value that is in memory; false when there is one or is going to be. */
export function planMove(
  core: Core,
  g: GraphState,
  t: number,
  to: WorkerState,
  from?: WorkerState,
  retirement?: Retirement,
): boolean {
  const key = keyOf(g.id, g.nameOf(t), to)
  if (core.moves.has(key) || g.isHeldBy(t, to.index) || isActor(g, t)) return false
  const move: Move = { graph: g.id, task: g.nameOf(t), attempt: g.attempt[t]!, to, from, retirement, holder: undefined }
  core.moves.set(key, move)
  core.moveQueue.push(move)
  if (retirement) retirement.moves++
  return true
}

/** Begins as many of the planned moves as may be under way: the end of every tick. */
export function beginMoves(core: Core): void {
  const queue = core.moveQueue
  if (queue.length === 0) return
  const deferred: Move[] = []
  let underWay = core.moves.size - queue.length
  let i = 0
  for (; i < queue.length && underWay < MOST_MOVES && deferred.length < MOST_MOVES; i++) {
    const move = queue[i]!
    const began = begin(core, move)
    if (began === 'deferred') deferred.push(move)
    else if (began === 'impossible') endMove(core, move, false)
    else underWay++
  }
  queue.splice(0, i, ...deferred)
}

function begin(core: Core, move: Move): 'begun' | 'deferred' | 'impossible' {
  const g = core.graphs.get(move.graph)
  const t = g?.taskOf(move.task) ?? -1
  const { to } = move
  if (!g || t < 0 || g.state[t] !== MEMORY || g.attempt[t] !== move.attempt) return 'impossible'
  if (core.workers[to.index] !== to || !to.takesValues || g.isHeldBy(t, to.index)) return 'impossible'
  let holder: WorkerState | undefined
  for (const index of [g.worker[t]!, ...g.copies.all(t)]) {
    const w = core.workers[index]
    if (w && (!holder || w.outgoing < holder.outgoing)) holder = w
  }
  if (!holder) return 'impossible'
  if (holder.outgoing >= MOST_OUTGOING) return 'deferred'
  holder.outgoing++
  move.holder = holder
  core.tell(Instruction.replicate, to.index, move.graph, move.task, move.attempt)
  core.instructions.push(holder.index)
  return 'begun'
}

/** A worker has a copy, or says that it cannot get it: if that was planned, it is done with. */
export function settleMove(core: Core, worker: number, graph: number, task: number, attempt: number, arrived: boolean): void {
  if (core.moves.size === 0) return
  const w = core.workers[worker]
  const move = w && core.moves.get(keyOf(graph, task, w))
  if (move?.holder && move.attempt === attempt) endMove(core, move, arrived)
}

/** A worker is gone, and with it the copies that it was to get and to give. */
export function loseMoves(core: Core, w: WorkerState): void {
  for (const move of core.moves.values()) {
    if (move.holder === w || (move.holder && move.to === w)) endMove(core, move, false)
  }
  for (const [key, holder] of core.dropped) if (holder === w) core.dropped.delete(key)
}

function endMove(core: Core, move: Move, arrived: boolean): void {
  core.moves.delete(keyOf(move.graph, move.task, move.to))
  if (move.holder) move.holder.outgoing--
  if (move.retirement) move.retirement.moves--
  const g = core.graphs.get(move.graph)
  const t = g?.taskOf(move.task) ?? -1
  if (arrived && move.from && g && t >= 0) dropCopy(core, g, t, move.from)
}

/** Has a worker drop its copy of a value, if another one has it and no task is using this one. False: it stays. */
export function dropCopy(core: Core, g: GraphState, t: number, w: WorkerState): boolean {
  if (g.state[t] !== MEMORY || g.copies.first(t) < 0 || !g.isHeldBy(t, w.index) || isInUse(core, g, t, w)) return false
  if (livesOn(g, t, w.index)) return false
  core.tellWorker(Instruction.free, w.index, g, t)
  // It may have said just now that it has the value. That it says it has not any more is later news.
  core.tellWorker(Instruction.confirm, w.index, g, t)
  core.dropped.set(droppedKey(g.id, g.nameOf(t), g.attempt[t]!, w.index), w)
  g.dropHolder(t, w.index)
  core.record(EventKind.replicaRemoved, g, t, w.index, g.cost[t]!)
  return true
}

/** Whether news that the worker has the value is older than that it was told to drop it. */
export function isDropping(core: Core, worker: number, graph: number, task: number, attempt: number): boolean {
  return core.dropped.size > 0 && core.dropped.has(droppedKey(graph, task, attempt, worker))
}

/** The worker says that it does not have the value. */
export function settleDrop(core: Core, worker: number, graph: number, task: number, attempt: number): void {
  if (core.dropped.size > 0) core.dropped.delete(droppedKey(graph, task, attempt, worker))
}

/** Whether a task under way may have been told that it finds the value on the worker, or can get it there. */
function isInUse(core: Core, g: GraphState, t: number, w: WorkerState): boolean {
  const readers = [{ graph: g, task: t }, ...(g.aliases.get(t) ?? [])]
  let looked = 0
  for (const { graph, task } of readers) {
    const { start, targets } = graph.dependents
    for (let e = start[task]!; e < start[task + 1]!; e++) {
      if (++looked > MOST_LOOKED_AT) return true
      const d = targets[e]!
      const state = graph.state[d]
      if (state === PROCESSING || state === SUSPENDED || (state === READY && graph.worker[d] === w.index)) return true
    }
  }
  return core.workers[w.index] !== w
}

function keyOf(graph: number, task: number, to: WorkerState): string {
  return `${graph}/${task}/${to.index}`
}

function droppedKey(graph: number, task: number, attempt: number, worker: number): string {
  return `${graph}/${task}/${attempt}/${worker}`
}
