import type { GraphPlan } from './plan.js'
import { unexplained } from './oracle.js'
import { Link } from './event-queue.js'
import type { Simulation } from './simulation.js'

/** What the client knows of one key that it wants. */
interface Key {
  state: 'waiting' | 'memory' | 'erred' | 'released'
  /** its value was fetched at least once, and was right */
  fetched: boolean
  retries: number
}

/** A graph that the client has submitted. */
interface Submitted {
  readonly plan: GraphPlan
  readonly keys: Map<number, Key>
  forgotten: boolean
}

/** A user's program: submits graphs, hears of results, fetches them, and changes its mind. */
export class SimulatedClient {
  readonly #sim: Simulation
  readonly #toScheduler: Link
  readonly fromScheduler: Link
  readonly #submitted = new Map<GraphPlan, Submitted>()
  /** retries that it has left: each may fail thousands of tasks anew */
  #retriesLeft = 30

  constructor(sim: Simulation) {
    this.#sim = sim
    const delay = (): number => sim.random.next() * 0.002
    this.#toScheduler = new Link(sim.queue, delay)
    this.fromScheduler = new Link(sim.queue, delay)
  }

  /** Its connection is away for so long: messages come later. */
  leaveFor(seconds: number): void {
    const until = this.#sim.queue.now + seconds
    for (const link of [this.#toScheduler, this.fromScheduler]) link.heldUntil = until
  }

  submit(plan: GraphPlan): void {
    const { queue, random } = this.#sim
    // Sources must be of graphs of which it wants something still: others may be forgotten by the time this arrives.
    const archives = this.#sim.plan.archiveFrom < Infinity
    for (const { plan: source, task } of plan.sources.values()) {
      if (!this.#holds(source)) return
      if (archives && (this.#submitted.get(source)!.keys.get(task)?.state ?? 'released') === 'released') return
    }
    // What it has released is computed again, if that is possible.
    for (const { plan: source, task } of plan.sources.values())
      if (this.#submitted.get(source)!.keys.get(task)?.state !== 'memory') this.#sim.ledger.losses++
    const keys = new Map(plan.wanted.map((task): [number, Key] => [task, { state: 'waiting', fetched: false, retries: 0 }]))
    this.#submitted.set(plan, { plan, keys, forgotten: false })
    this.#send(() => this.#sim.takeSubmission(plan))
    const { cancelGraph, cancelKeys, horizon } = this.#sim.plan
    if (random.chance(cancelGraph)) queue.after(random.next() * horizon, () => this.release(plan, plan.wanted))
    for (const task of plan.wanted)
      if (random.chance(cancelKeys)) queue.after(random.next() * horizon, () => this.#cancel(plan, task))
  }

  #cancel(plan: GraphPlan, task: number): void {
    const { queue, random, plan: all } = this.#sim
    this.release(plan, [task])
    if (!random.chance(all.changeOfMind)) return
    queue.after(random.next() * random.pick([0, 0.0005, 0.005]), () => {
      if (this.#key(plan, task).state !== 'released' || !this.#holds(plan)) return
      this.#want(plan, task)
      if (random.chance(0.3)) this.#cancel(plan, task)
    })
  }

  #holds(plan: GraphPlan): boolean {
    for (const key of this.#submitted.get(plan)?.keys.values() ?? []) if (key.state !== 'released') return true
    return false
  }

  #send(deliver: () => void): void {
    this.#toScheduler.send(deliver)
  }

  release(plan: GraphPlan, tasks: readonly number[]): void {
    const held = tasks.filter((task) => this.#key(plan, task).state !== 'released')
    if (held.length === 0) return
    for (const task of held) this.#key(plan, task).state = 'released'
    if (this.#sim.tracing) this.#sim.say(`client: releases ${held.map((task) => plan.graph.keyOf(task)).join(' ')}`)
    this.#send(() => this.#sim.command((scheduler) => scheduler.release(this.#sim.idOf(plan), held)))
  }

  releaseAll(): void {
    for (const { plan, keys } of this.#submitted.values()) this.release(plan, [...keys.keys()])
  }

  // ---- what it hears

  inMemory(plan: GraphPlan, task: number): void {
    const { random, queue, plan: all } = this.#sim
    const key = this.#key(plan, task)
    if (key.state === 'released') return
    key.state = 'memory'
    queue.after(random.next() * 0.01, () => {
      if (key.state !== 'memory') return
      if (!this.#fetch(plan, task, key)) return
      if (!random.chance(all.earlyRelease)) return
      this.release(plan, [task])
      // It may want it back, as long as the graph cannot be forgotten.
      if (all.archiveFrom === Infinity && random.chance(0.2) && this.#holds(plan)) this.#want(plan, task)
    })
  }

  erred(plan: GraphPlan, task: number): void {
    const { random, queue, plan: all } = this.#sim
    const key = this.#key(plan, task)
    if (key.state === 'released') return
    key.state = 'erred'
    this.#checkError(plan, task)
    if (this.#retriesLeft === 0 || key.retries === 2 || !random.chance(all.clientRetry)) return
    key.retries++
    this.#retriesLeft--
    queue.after(random.next() * 0.01, () => {
      if (key.state !== 'erred') return
      key.state = 'waiting'
      this.#sim.ledger.losses++
      if (this.#sim.tracing) this.#sim.say(`client: retries ${plan.graph.keyOf(task)}`)
      this.#send(() => {
        this.#sim.ledger.forgiveActors()
        this.#sim.command((scheduler) => scheduler.retry(this.#sim.idOf(plan), task))
      })
    })
  }

  lost(plan: GraphPlan, task: number): void {
    const key = this.#key(plan, task)
    if (key.state !== 'released') key.state = 'waiting'
  }

  forgotten(plan: GraphPlan): void {
    const submitted = this.#submitted.get(plan)!
    if (this.#holds(plan)) this.#sim.fail(`graph ${plan.number} is forgotten although the client wants something of it`)
    submitted.forgotten = true
  }

  #want(plan: GraphPlan, task: number): void {
    this.#key(plan, task).state = 'waiting'
    this.#sim.ledger.losses++
    if (this.#sim.tracing) this.#sim.say(`client: wants ${plan.graph.keyOf(task)} again`)
    this.#send(() => this.#sim.command((scheduler) => scheduler.want(this.#sim.idOf(plan), [task])))
  }

  #key(plan: GraphPlan, task: number): Key {
    const key = this.#submitted.get(plan)!.keys.get(task)
    if (!key) this.#sim.fail(`the client hears of ${plan.graph.keyOf(task)}, which it never wanted`)
    return key
  }

  /** Gets a value from one of its holders and compares. False when it is on its way to be computed again. */
  #fetch(plan: GraphPlan, task: number, key: Key): boolean {
    const sim = this.#sim
    const holders = sim.scheduler.holdersOf(sim.idOf(plan), task)
    if (holders.length === 0) return false // it was lost since; that news is on its way
    const { graph, task: real } = sim.scheduler.addressOf(sim.idOf(plan), task)
    const holder = sim.workerAt(sim.random.pick(holders))
    if (!holder?.alive) return false // it crashed, and the scheduler does not know yet
    const value = holder.valueOf(graph, real)
    if (value === undefined) {
      if (sim.plan.storeLoss > 0) return false
      sim.fail(`${holder.name} does not hold ${plan.graph.keyOf(task)}, although the scheduler believes so`)
    }
    if (!sim.oracle.isRight(plan, task, value)) {
      sim.fail(`${plan.graph.keyOf(task)} is ${String(value)}, it should be ${sim.oracle.value(plan, task)}`)
    }
    key.fetched = true
    return true
  }

  #checkError(plan: GraphPlan, task: number): void {
    const error = this.#sim.scheduler.errorOf(this.#sim.idOf(plan), task)
    // Undefined: the news is old, the task runs again.
    const reason = error === undefined ? undefined : unexplained(plan, task, error, this.#sim.ledger)
    if (reason) this.#sim.fail(reason)
  }

  /** All is quiet: what it wants must be there, or have failed for a reason. */
  checkSettled(): void {
    const sim = this.#sim
    for (const { plan, keys } of this.#submitted.values()) {
      for (const [task, key] of keys) {
        if (key.state === 'released') continue
        const what = plan.graph.keyOf(task)
        const state = sim.scheduler.stateOf(sim.idOf(plan), task)
        if (key.state !== state)
          sim.fail(`nothing happens any more, and ${what} is ${state}; the client was told that it is ${key.state}`)
        if (key.state === 'memory') {
          if (!this.#fetch(plan, task, key)) sim.fail(`nothing happens any more, and ${what} cannot be had`)
        } else this.#checkError(plan, task)
      }
    }
  }

  checkForgotten(): void {
    for (const { plan, forgotten } of this.#submitted.values()) {
      if (!forgotten) this.#sim.fail(`the client was not told that graph ${plan.number} is forgotten`)
    }
  }
}
