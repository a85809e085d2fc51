import { EventKind } from '../events/index.js'
import type { Core } from './core.js'
import { canSend, popReady, send, unload, updateRoom } from './feeding.js'
import type { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import { LATENCY, moveSeconds, preferredWorker } from './placement.js'
import { PROCESSING, READY } from './task-states.js'
import { awaitInputs } from './transitions.js'
import type { WorkerState } from './worker-state.js'

/*
 * Work stealing: a worker that has a thread to spare gets tasks that wait for one elsewhere. Those that were not sent yet
 * simply go to it; one that was sent must first be given back by the worker that has it, so that no task runs twice.
 */

/** Workers with a thread to spare that are seen to at the end of a tick. */
const MOST_THIEVES = 64
/** Workers that are looked at to find one to steal from. */
const MOST_VICTIMS = 8
/** Tasks of it that are looked at to find one that is worth it. */
const MOST_TASKS = 8
/** Unsent tasks that go to a worker at a time. */
const MOST_UNSENT = 64

/** A worker was asked to give a task back that it has not begun, and has not answered. */
export interface Steal {
  readonly victim: WorkerState
  /** whom it is for; undefined: whoever can take it */
  readonly thief: WorkerState | undefined
}

/** Gets work for those that have none: the end of every tick, after everything was sent that can be. */
export function steal(core: Core): void {
  if (core.spare.size === 0 || core.laden.length === 0) return
  const thieves: WorkerState[] = []
  while (thieves.length < MOST_THIEVES) {
    const index = core.spare.min()
    if (index < 0) break
    core.spare.delete(index)
    thieves.push(core.workers[index]!)
  }
  for (const w of thieves) if (w.isSpare) core.spare.add(w.index)
  for (const thief of thieves) {
    while (thief.isSpare && thief.inflight + thief.expected < thief.threads) {
      const victim = pickVictim(core, thief)
      if (!victim || !(stealUnsent(core, thief, victim) || stealSent(core, thief, victim))) break
    }
    if (core.laden.length === 0) break
  }
}

/** Of a few workers, another few each time, the one that is behind most. */
function pickVictim(core: Core, thief: WorkerState): WorkerState | undefined {
  const { laden } = core
  let best: WorkerState | undefined
  let most = 0
  for (let i = 0; i < MOST_VICTIMS && i < laden.length; i++) {
    const w = laden[core.nextVictim++ % laden.length]!
    const behind = (w.occupancy + w.queued) / w.threads
    if (w === thief || behind <= most || (w.ready.size === 0 && w.inflight - w.asked <= w.threads)) continue
    best = w
    most = behind
  }
  return best
}

/** Sends the thief what goes first of what was meant for the victim, as far as that pays. */
function stealUnsent(core: Core, thief: WorkerState, victim: WorkerState): boolean {
  const half = victim.queued / 2
  let taken = 0
  for (let n = 0; n < MOST_UNSENT && victim.ready.size > 0; n++) {
    const g = victim.ready.topGraph!
    const t = victim.ready.topTask
    if (g.state[t] !== READY || g.worker[t] !== victim.index) {
      popReady(victim)
      continue
    }
    const layer = g.layerState(t)
    if (preferredWorker(core, g, t) === victim) break
    if (g.failures[t]! > 0 || g.misses?.has(t) || !canSend(core, thief, layer.duration.mean)) break
    // It waits for a thread there at least as long as what runs before it takes.
    if (victim.occupancy / victim.threads <= moveSeconds(g, t, thief)) break
    if (taken > 0 && victim.queued <= half) break
    popReady(victim)
    core.record(EventKind.taskStolen, g, t, victim.index, thief.index)
    send(core, thief, g, t)
    taken++
  }
  updateRoom(core, thief)
  updateRoom(core, victim)
  return taken > 0
}

/** Asks the victim for the last task it was sent that is worth it. */
function stealSent(core: Core, thief: WorkerState, victim: WorkerState): boolean {
  if (victim.inflight - victim.asked <= victim.threads) return false
  const { sent } = victim
  for (let i = sent.length - 1, looked = 0; i >= 0 && looked < MOST_TASKS; i--) {
    const g = core.graphs.get(sent.graphAt(i))
    const t = sent.taskAt(i)
    if (!g || g.state[t] !== PROCESSING || g.worker[t] !== victim.index) continue
    looked++
    const wait = (victim.occupancy - g.cost[t]!) / victim.threads
    if (!fits(core, g, t, thief) || core.steals.has(keyOf(g.id, g.nameOf(t), g.attempt[t]!))) continue
    // Asking takes a way there and back.
    if (wait <= moveSeconds(g, t, thief) + 2 * LATENCY) continue
    ask(core, g, t, victim, thief)
    return true
  }
  return false
}

/** Whether the worker may run the task now. */
function fits(core: Core, g: GraphState, t: number, w: WorkerState): boolean {
  if (g.failures[t]! > 0 || g.misses?.has(t)) return false
  if ((preferredWorker(core, g, t) ?? w) !== w) return false
  const requirement = g.requirementOf(t)
  return requirement === undefined || (requirement.eligible.has(w) && requirement.isFree(w))
}

function ask(core: Core, g: GraphState, t: number, victim: WorkerState, thief: WorkerState | undefined): void {
  core.steals.set(keyOf(g.id, g.nameOf(t), g.attempt[t]!), { victim, thief })
  victim.asked++
  if (thief) thief.expected++
  core.tellWorker(Instruction.steal, victim.index, g, t)
}

/** Asks a worker to give everything back that it has not begun. */
export function askBack(core: Core, w: WorkerState): void {
  for (let i = 0; i < w.sent.length; i++) {
    const g = core.graphs.get(w.sent.graphAt(i))
    const t = w.sent.taskAt(i)
    if (!g || g.state[t] !== PROCESSING || g.worker[t] !== w.index) continue
    if (!core.steals.has(keyOf(g.id, g.nameOf(t), g.attempt[t]!))) ask(core, g, t, w, undefined)
  }
}

/** A worker answered. Gives the worker that the task is for. */
export function settleSteal(core: Core, victim: number, graph: number, task: number, attempt: number): WorkerState | undefined {
  const key = keyOf(graph, task, attempt)
  const s = core.steals.get(key)
  if (s?.victim !== core.workers[victim] || !s) return undefined
  end(core, key, s)
  return s.thief
}

/** A worker is gone: it will not answer. */
export function loseSteals(core: Core, w: WorkerState): void {
  for (const [key, s] of core.steals) if (s.victim === w) end(core, key, s)
}

function end(core: Core, key: string, s: Steal): void {
  core.steals.delete(key)
  s.victim.asked--
  if (s.thief) s.thief.expected--
}

/** A task was given back: it goes to the thief, if that still has a thread to spare, or is placed anew. */
export function giveBack(core: Core, g: GraphState, t: number, thief: WorkerState | undefined): void {
  const victim = g.worker[t]!
  unload(core, g, t)
  g.worker[t] = -1
  core.record(EventKind.taskStolen, g, t, victim, thief?.index ?? -1)
  awaitInputs(core, g, t)
  if (!thief || core.workers[thief.index] !== thief || g.state[t] !== READY || !fits(core, g, t, thief)) return
  const layer = g.layerState(t)
  if (!canSend(core, thief, layer.duration.mean)) return
  // Where it was queued the entry goes stale.
  if (g.worker[t]! < 0 && !g.requirementOf(t)) core.roots.delete(g, t)
  send(core, thief, g, t)
  updateRoom(core, thief)
}

function keyOf(graph: number, task: number, attempt: number): string {
  return `${graph}/${task}/${attempt}`
}
