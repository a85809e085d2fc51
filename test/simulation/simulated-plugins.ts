import { ClusterPlugins } from '../../src/cluster/scheduler/plugin-answers.js'
import type { ClusterState } from '../../src/cluster/scheduler/state.js'
import type { EventLog } from '../../src/events/index.js'
import type { AnyPlugin, PluginScheduler, SchedulerTransition } from '../../src/plugins/index.js'
import type { Simulation } from './simulation.js'

export type SimulatedPlugin = AnyPlugin<PluginScheduler, SchedulerTransition>

/**
 * Plugins of the simulated scheduler: the real set of them, and one in it that must be told everything that happens, in
 * order and once, whatever the others do.
 */
export class SimulatedPlugins {
  readonly #sim: Simulation
  readonly #log: EventLog
  readonly #plugins: ClusterPlugins
  #told = 0
  #happened = 0
  #wrong: string | undefined

  /** `graphs`: those that the scheduler's shell has still */
  constructor(sim: Simulation, log: EventLog, hasGraph: (id: number) => boolean) {
    this.#sim = sim
    this.#log = log
    log.listen((_, from, to) => {
      this.#happened += to - from
    })
    const graphs = {
      get: (id: number) => (hasGraph(id) ? { graph: sim.planOf(id).graph, placeOf: (task: number) => task } : undefined),
    }
    const state = { id: 'simulated', log, graphs, workers: new Map(), clients: new Map() }
    this.#plugins = new ClusterPlugins(state as unknown as ClusterState, () => [])
  }

  async setUp(others: readonly SimulatedPlugin[]): Promise<void> {
    const [first, ...rest] = others
    if (first) await this.#plugins.own.adopt('first', first)
    await this.#plugins.own.adopt('watcher', { transition: (event) => this.#hear(event) })
    for (const [i, other] of rest.entries()) await this.#plugins.own.adopt(`other ${i}`, other)
  }

  check(): void {
    if (this.#wrong !== undefined) this.#sim.fail(this.#wrong)
    if (this.#told !== this.#happened) this.#sim.fail(`a plugin was told ${this.#told} of ${this.#happened} events`)
  }

  #hear(told: SchedulerTransition): void {
    const n = this.#told++
    const event = this.#log.at(n)
    const { kind, time, graph, task, worker } = event
    const isThat =
      told.kind === kind && told.time === time && told.graph === graph && told.task === task && told.worker === worker
    // What it throws would be held against the plugin, and the simulation would go on.
    if (!isThat) this.#wrong ??= `a plugin is told ${JSON.stringify(told)} as number ${n}, which is ${JSON.stringify(event)}`
    if (worker >= 0 && !this.#sim.plan.workers.some(({ name }) => name === told.workerName))
      this.#wrong ??= `a plugin is told of a worker ${told.workerName}, which is number ${worker}`
    if (told.key !== undefined && told.key !== this.#sim.planOf(graph).graph.keyOf(task))
      this.#wrong ??= `a plugin is told of ${told.key}, which is task ${task} of graph ${graph}`
  }
}
