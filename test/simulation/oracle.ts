import { ActorLost } from '../../src/base/index.js'
import { DataLost, WorkerLost } from '../../src/scheduler/index.js'
import { ShuffleError } from '../../src/shuffle/index.js'
import type { Ledger } from './ledger.js'
import { Behaviour, type GraphPlan, valueOf } from './plan.js'
import { type ShufflePart, recordsOf } from './shuffle-plan.js'

/** What a task of the simulation throws. */
export class PlannedError extends Error {
  readonly plan: GraphPlan
  readonly task: number
  constructor(plan: GraphPlan, task: number) {
    super(`planned failure of ${plan.graph.keyOf(task)}`)
    this.plan = plan
    this.task = task
  }
}

/** The value of every task, computed directly, one after the other, as if nothing ever failed. */
export class Oracle {
  readonly #values = new Map<GraphPlan, Float64Array>()

  /** Whether that is what the task gives. Of a part of a shuffle which attempts counted is known only by those who read it. */
  isRight(plan: GraphPlan, task: number, value: unknown): boolean {
    const role = plan.shuffles?.get(task)?.role
    if (role === 'transfer' || role === 'seal') return typeof value === 'object'
    return value === this.value(plan, task)
  }

  value(plan: GraphPlan, task: number): number {
    return this.#all(plan)[task]!
  }

  #all(plan: GraphPlan): Float64Array {
    let values = this.#values.get(plan)
    if (values) return values
    values = new Float64Array(plan.graph.size)
    for (let t = 0; t < plan.graph.size; t++) {
      const source = plan.sources.get(t)
      if (source) values[t] = this.value(source.plan, source.task)
      else if (plan.data.includes(t)) values[t] = plan.graph.own(t) as number
      else values[t] = valueOf(inputsOf(plan, t, values), plan.graph.own(t) as number)
    }
    this.#values.set(plan, values)
    return values
  }
}

/** What the function of a task is given; for one that reads a partition, its records in the order of the inputs. */
function inputsOf(plan: GraphPlan, task: number, values: Float64Array): number[] {
  const { graph, shuffles } = plan
  const part = shuffles?.get(task)
  const valuesOf = (t: number): number[] => Array.from(graph.dependenciesOf(t), (d) => values[d]!)
  if (part?.role !== 'reader') return valuesOf(task)
  const records: number[] = []
  for (const seal of graph.dependenciesOf(task)) {
    for (const transfer of graph.dependenciesOf(seal)) {
      const sending = shuffles!.get(transfer) as ShufflePart & { role: 'transfer' }
      for (const { output, value } of recordsOf(valuesOf(transfer), graph.own(transfer) as number, sending))
        if (output === part.output) records.push(value)
    }
  }
  return records
}

/** Calls back with every task that a task needs, itself among them, through all graphs; stops when that gives true. */
export function someNeeded(plan: GraphPlan, task: number, fn: (plan: GraphPlan, task: number) => boolean): boolean {
  const seen = new Map<GraphPlan, Uint8Array>()
  const list: { plan: GraphPlan; task: number }[] = [{ plan, task }]
  for (let next = list.pop(); next; next = list.pop()) {
    let marks = seen.get(next.plan)
    if (!marks) seen.set(next.plan, (marks = new Uint8Array(next.plan.graph.size)))
    if (marks[next.task] === 1) continue
    marks[next.task] = 1
    if (fn(next.plan, next.task)) return true
    const source = next.plan.sources.get(next.task)
    if (source) list.push(source)
    for (const d of next.plan.graph.dependenciesOf(next.task)) list.push({ plan: next.plan, task: d })
  }
  return false
}

/** Why the error of a wanted task is no error that should have happened; undefined when it is explained. */
export function unexplained(plan: GraphPlan, task: number, error: unknown, ledger: Ledger): string | undefined {
  const what = `the error of ${plan.graph.keyOf(task)}`
  if (error instanceof PlannedError) {
    const { behaviour, times, retries } = error.plan
    const t = error.task
    const may = behaviour[t] === Behaviour.throws || (behaviour[t] === Behaviour.flaky && times[t]! > retries[t]!)
    if (!may) return `${what} is that of ${error.plan.graph.keyOf(t)}, which should have come through with its retries`
    if (!someNeeded(plan, task, (p, u) => p === error.plan && u === t)) return `${what} is of a task that it does not need`
    return undefined
  }
  if (error instanceof ShuffleError) return unexplainedShuffle(what, error, ledger)
  if (!(error instanceof WorkerLost || error instanceof DataLost || error instanceof ActorLost))
    return `${what} is ${String(error)}`
  const key = /g(\d+)-(?:l\d+|given):\d+/.exec(error.message)?.[0]
  let origin: { plan: GraphPlan; task: number } | undefined
  const found = someNeeded(plan, task, (p, u) => {
    if (p.graph.keyOf(u) !== key) return false
    origin = { plan: p, task: u }
    return true
  })
  if (!found || !origin) return `${what} is of ${key}, which it does not need: ${error.message}`
  if (error instanceof ActorLost)
    return ledger.hadActor(origin.plan, origin.task, 'ever') ? undefined : `${what}: there was no such actor: ${error.message}`
  if (error instanceof DataLost)
    return ledger.losses > 0 && origin.plan.data.includes(origin.task) ? undefined : `${what} is ${error.message}`
  // Beside its own kills a task may be charged once for a neighbour’s, and once for each death that no task was charged for.
  const kills = ledger.kills(origin.plan, origin.task)
  if (kills + 1 + ledger.strayDeaths > ledger.allowedFailures) return undefined
  return `${what}: ${key} ended ${kills} workers or lanes, ${ledger.allowedFailures} are allowed: ${error.message}`
}

function unexplainedShuffle(what: string, error: ShuffleError, ledger: Ledger): string | undefined {
  if (/no room on the disk/.test(error.message) && ledger.fullDisks > 0) return undefined
  // It is given up when it was done again ten times.
  if (/was done again 10 times/.test(error.message) && ledger.unreached + ledger.losses > 10) return undefined
  return `${what} is ${error.message}`
}
