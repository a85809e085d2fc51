import type { GraphPlan } from './plan.js'
import type { Simulation } from './simulation.js'

const NUMBER = 1

/** Another client: it wants some of what there is from the beginning, until it disappears without a word. */
export class SecondClient {
  readonly #sim: Simulation
  readonly #wanted: { readonly plan: GraphPlan; readonly id: number; readonly tasks: number[] }[] = []
  #gone = false

  constructor(sim: Simulation) {
    this.#sim = sim
  }

  wantSome(plan: GraphPlan, id: number): void {
    const { random, plan: all, scheduler } = this.#sim
    if (!all.secondClient || this.#gone || !scheduler.knows(id, 0)) return
    const { share } = all.secondClient
    const tasks: number[] = []
    for (let t = 0; t < plan.graph.size; t++) if (random.chance(share)) tasks.push(t)
    scheduler.want(id, tasks, NUMBER)
    this.#wanted.push({ plan, id, tasks })
  }

  /** It disappears; after a while the scheduler drops it, a little at a time. */
  go(): void {
    const { queue, random, plan } = this.#sim
    if (this.#gone) return
    this.#gone = true
    const drop = (): void => {
      let done = false
      this.#sim.command((scheduler) => {
        done = scheduler.dropClient(NUMBER, 1 + random.below(20))
      })
      if (!done) queue.after(random.next() * 0.001, drop)
    }
    queue.after(plan.secondClient?.droppedAfter ?? 0, drop)
  }

  /** All is quiet: what it wants must be there, or have failed. */
  checkSettled(): void {
    if (this.#gone) return
    const { scheduler } = this.#sim
    for (const { plan, id, tasks } of this.#wanted) {
      for (const t of tasks) {
        const state = scheduler.stateOf(id, t)
        if (state !== 'memory' && state !== 'erred')
          this.#sim.fail(`nothing happens any more, and ${plan.graph.keyOf(t)}, which another client wants, is ${state}`)
        if (!scheduler.clientsOf(id, t).includes(NUMBER))
          this.#sim.fail(`nobody knows that another client wants ${plan.graph.keyOf(t)}`)
      }
    }
  }
}
