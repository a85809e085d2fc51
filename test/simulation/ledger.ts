import type { GraphPlan, Plan } from './plan.js'

/** What really happened in a simulation, as far as it explains results and errors. */
export class Ledger {
  readonly allowedFailures: number
  /** runs that were begun */
  executions = 0
  /** how often something happened that has values computed again: a loss, or a client that asks for what was freed */
  losses = 0
  /** deaths of workers and lanes that no task which the scheduler believed to be running there was the cause of */
  strayDeaths: number
  #misfortunes = 0
  /** questions of shuffles that did not reach whom they were for, or came before it could answer */
  unreached = 0
  /** files that could not be written */
  fullDisks = 0
  readonly #actors = { now: new Set<string>(), ever: new Set<string>() }
  readonly #counts = new Map<GraphPlan, { started: Int32Array; threw: Int32Array; kills: Int32Array }>()

  constructor(plan: Plan) {
    this.allowedFailures = plan.allowedFailures
    this.strayDeaths = plan.laneDeaths.length
  }

  noteStart(plan: GraphPlan, task: number): void {
    this.executions++
    this.#of(plan).started[task]!++
  }

  noteThrow(plan: GraphPlan, task: number): void {
    this.#of(plan).threw[task]!++
  }

  noteKill(plan: GraphPlan, task: number): void {
    this.#of(plan).kills[task]!++
  }

  started(plan: GraphPlan, task: number): number {
    return this.#of(plan).started[task]!
  }

  threw(plan: GraphPlan, task: number): number {
    return this.#of(plan).threw[task]!
  }

  /** How many workers and lanes the task ended. */
  kills(plan: GraphPlan, task: number): number {
    return this.#of(plan).kills[task]!
  }

  /** An actor is there: it must not be made again, until somebody asks for another one. */
  noteActor(plan: GraphPlan, task: number): void {
    for (const set of [this.#actors.now, this.#actors.ever]) set.add(plan.graph.keyOf(task))
  }

  /** A client has failed tasks run again: for those, new actors may be made. */
  forgiveActors(): void {
    this.#actors.now.clear()
  }

  /** Whether there is, or was, such an actor, since it was asked for last (`now`) or at all (`ever`). */
  hadActor(plan: GraphPlan, task: number, when: 'now' | 'ever'): boolean {
    return this.#actors[when].has(plan.graph.keyOf(task))
  }

  /** Whether one more thing may go wrong by chance: not for ever. */
  allowsMisfortune(): boolean {
    return this.#misfortunes++ < 20
  }

  #of(plan: GraphPlan): { started: Int32Array; threw: Int32Array; kills: Int32Array } {
    let counts = this.#counts.get(plan)
    if (!counts) {
      const n = plan.graph.size
      counts = { started: new Int32Array(n), threw: new Int32Array(n), kills: new Int32Array(n) }
      this.#counts.set(plan, counts)
    }
    return counts
  }
}
