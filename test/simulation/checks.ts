import { EventKind, type EventLog, type ProgressFold } from '../../src/events/index.js'
import type { Accounts } from '../../src/model/index.js'
import type { Simulation } from './simulation.js'

/*
 * What must be true when nothing happens any more.
 */

/** The fold over the events must come to what the scheduler says. */
export function checkProgress(sim: Simulation, progress: ProgressFold): void {
  for (const [plan, id] of sim.ids) {
    const erred = new Map<string, number>()
    const inMemory = new Map<string, number>()
    let graphThere = false
    for (let t = 0; t < plan.graph.size; t++) {
      const state = sim.scheduler.stateOf(id, t)
      const { label } = plan.graph.layer(t)
      if (state !== 'released') graphThere = true
      if (state === 'erred') erred.set(label, (erred.get(label) ?? 0) + 1)
      if (state === 'memory') inMemory.set(label, (inMemory.get(label) ?? 0) + 1)
    }
    for (const { name: label } of plan.graph.layers) {
      const group = progress.groups.get(label)
      if (!group) continue // released before it was in
      // Of an archived graph nothing is known of the failures that nobody wanted to hear of.
      const allKnown = plan.graph.layerOf.every((_, t) => sim.scheduler.knows(id, t))
      if (graphThere && allKnown && group.erred !== (erred.get(label) ?? 0))
        sim.fail(`progress counts ${group.erred} failures of ${label}, not ${erred.get(label) ?? 0}`)
      if (group.done < (inMemory.get(label) ?? 0))
        sim.fail(`progress counts ${group.done} of ${label} as done, ${inMemory.get(label)} are in memory`)
      if (group.done + group.erred > group.total)
        sim.fail(`progress counts ${group.done} + ${group.erred} of the ${group.total} of ${label}`)
    }
  }
}

/** Where nothing goes wrong every task runs exactly once. */
export function checkExecutions(sim: Simulation): void {
  if (!sim.plan.peaceful) return
  for (const plan of sim.plan.graphs) for (const s of plan.sources.values()) if (!s.plan.wanted.includes(s.task)) return
  for (const plan of sim.ids.keys()) {
    for (let t = 0; t < plan.graph.size; t++) {
      const expected = plan.graph.layer(t).run === undefined ? 0 : 1
      const started = sim.ledger.started(plan, t)
      if (started !== expected) sim.fail(`${plan.graph.keyOf(t)} ran ${started} times`)
    }
  }
}

/** The event after the end of a task is its result: accounts and history count on it. */
export function checkResults(
  sim: Simulation,
  { mask, kind, graph, task, worker, time }: EventLog,
  from: number,
  to: number,
): void {
  for (let n = from; n + 1 < to; n++) {
    const [i, next] = [n & mask, (n + 1) & mask]
    if (kind[i] !== EventKind.taskFinished) continue
    const isIts = kind[next] === EventKind.taskStored && graph[next] === graph[i] && task[next] === task[i]
    if (!isIts || worker[next] !== worker[i] || time[next] !== time[i])
      sim.fail(`event ${n} ends a task, and the next one is not its result`)
  }
}

/** How long tasks could have run before they did, or could not any more, by the plainest way there is to know it. */
export class Waits {
  seconds = 0
  readonly #since = new Map<string, number>()

  readonly listener = (log: EventLog, from: number, to: number): void => {
    for (let n = from; n < to; n++) {
      const { kind, graph, task, time, value } = log.at(n)
      const key = `${graph}/${task}`
      if (kind === 'taskReady') this.#since.set(key, time)
      else if (kind === 'taskFinished') this.#end(key, time - value)
      else if (kind === 'taskErred' || kind === 'taskUpstreamErred' || kind === 'inputMissing') this.#end(key, time)
      else if (['taskRetried', 'taskInterrupted', 'taskCancelled', 'taskLost', 'taskRequired'].includes(kind))
        this.#since.delete(key)
    }
  }

  #end(key: string, time: number): void {
    this.seconds += Math.max(0, time - (this.#since.get(key) ?? Infinity))
    this.#since.delete(key)
  }
}

/** All is let go: what is counted as held must be nothing, and more than nothing must never have been let go. */
export function checkAccounts(sim: Simulation, { groups }: Accounts, waits: Waits): void {
  const queued = groups.reduce((sum, group) => sum + group.queued, 0)
  // Accounts have single numbers.
  if (Math.abs(queued - waits.seconds) > 1e-4 * (1 + waits.seconds))
    sim.fail(`tasks are counted to have waited for ${queued} s, and did for ${waits.seconds} s`)
  for (const { label, held, peak, stored } of groups) {
    if (held !== 0) sim.fail(`${held} bytes of ${label} are counted as held when nothing is`)
    if (peak > stored) sim.fail(`${peak} bytes of ${label} were held at one time, of ${stored} in all`)
  }
}

/** Nobody wants anything any more: nothing must be left anywhere. */
export function checkEmpty(sim: Simulation): void {
  if (sim.scheduler.graphCount > 0) sim.fail(`the scheduler has ${sim.scheduler.graphCount} graphs left`)
  sim.client.checkForgotten()
  for (const w of sim.fleet.alive) {
    if (w.machine.size > 0) sim.fail(`${w.name} has ${w.machine.size} slots left`)
    if (w.busy) sim.fail(`${w.name} has runs left`)
    const left = w.shuffles?.left
    if (left) sim.fail(`${w.name} has something of shuffles left: ${left}`)
    if (w.stored > 0 || w.bytes !== 0) sim.fail(`${w.name} holds ${w.stored} values of ${w.bytes} bytes`)
  }
}

/** A shuffle begins anew only when something went wrong, and nothing of one is left at the end. */
export function checkShuffles(sim: Simulation): void {
  const { shuffleRuns, plan, ledger } = sim
  if (!shuffleRuns) return
  if (shuffleRuns.size > 0 || shuffleRuns.describe().length > 0)
    sim.fail(`the scheduler remembers ${shuffleRuns.size} runs of shuffles, and ${shuffleRuns.describe().length} shuffles`)
  let shuffles = 0
  for (const graph of plan.graphs) for (const part of graph.shuffles?.values() ?? []) if (part.role === 'seal') shuffles++
  const most = shuffles * (1 + ledger.losses) + ledger.unreached
  if (sim.runsBegun > most)
    sim.fail(
      `${sim.runsBegun} runs of ${shuffles} shuffles, after ${ledger.losses} losses and ${ledger.unreached} questions in vain`,
    )
}
