import { ActorLost } from '../base/index.js'
import type { GraphState } from './graph-state.js'

/*
 * An actor is an object that lives on the worker whose task made it; the value of the task only says where. So the value
 * may have copies, but the worker that made it (`GraphState.worker`) is its home: without it the copies are worth nothing.
 * What an actor held cannot be computed again: a task whose actor is gone fails with `ActorLost` when it is needed again,
 * unless somebody has it retried, who then gets a new one.
 */

/** Whether the task makes an actor. */
export function isActor(g: GraphState, t: number): boolean {
  return g.hasActors && g.layerState(t).actor
}

/** Whether the value is an actor that lives on that worker. */
export function livesOn(g: GraphState, t: number, worker: number): boolean {
  return g.worker[t] === worker && isActor(g, t)
}

/** An actor is no more: `how`, as the end of 'the actor x …'. */
export function noteEnd(g: GraphState, t: number, how: string): void {
  g.ended ??= new Map()
  if (!g.ended.has(t)) g.ended.set(t, how)
}

export function lostActor(g: GraphState, t: number): ActorLost {
  return new ActorLost(
    `the actor ${g.graph.keyOf(t)} ${g.ended!.get(t)!}. What it held is gone, so it is not made again by itself: ` +
      'retry() its future for a new one, or submit it again.',
  )
}
