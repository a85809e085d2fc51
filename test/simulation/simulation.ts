import { type Clock, IntList, NumberList, Random } from '../../src/base/index.js'
import { EventLog, ProgressFold } from '../../src/events/index.js'
import { Instruction, Scheduler, type SchedulerOptions, instructionLength, readInstructions } from '../../src/scheduler/index.js'
import { Report, Worker, readReports, reportLength } from '../../src/worker/index.js'
import { EventQueue } from './event-queue.js'
import { Ledger } from './ledger.js'
import { Oracle } from './oracle.js'
import { type GraphPlan, type Plan, type WorkerPlan, planOf } from './plan.js'
import { SimulatedClient } from './simulated-client.js'
import { SimulatedWorker } from './simulated-worker.js'

/** Something that must never happen did. */
export class SimulationFailure extends Error {}

/** The machines to be simulated: tests plant defects in them. */
export interface Machines {
  scheduler(options: SchedulerOptions): Scheduler
  worker(): Worker
}

export interface SimulationOptions {
  readonly machines?: Machines
  /** called with every line of the trace */
  readonly trace?: ((line: string) => void) | undefined
}

export interface Outcome {
  readonly seed: number
  /** tasks that were run */
  readonly tasks: number
  readonly events: number
  readonly failure: string | undefined
}

/** Simulates what a seed plans. */
export function simulate(seed: number, options: SimulationOptions = {}): Outcome {
  const simulation = new Simulation(planOf(seed), options)
  let failure: string | undefined
  try {
    simulation.run()
  } catch (error) {
    failure = error instanceof SimulationFailure ? error.message : ((error as Error).stack ?? String(error))
    simulation.say(`FAILURE: ${failure}`)
  }
  return { seed, tasks: simulation.ledger.executions, events: simulation.queue.count, failure }
}

/**
 * A whole cluster in one thread and in no time: the scheduler machine, worker machines with stores and lanes, a client,
 * and the network between them. Everything follows from the seed.
 */
export class Simulation {
  readonly plan: Plan
  readonly queue = new EventQueue()
  readonly random: Random
  readonly oracle = new Oracle()
  readonly scheduler: Scheduler
  readonly tracing: boolean
  readonly ledger: Ledger
  readonly #trace: ((line: string) => void) | undefined
  readonly #machines: Machines
  readonly #log = new EventLog(1 << 12)
  readonly #progress = new ProgressFold()
  readonly #client: SimulatedClient
  /** by number at the scheduler */
  readonly #workers: (SimulatedWorker | undefined)[] = []
  /** by place in the plan, the worker that goes by that name now */
  readonly #incarnations: (SimulatedWorker | undefined)[]
  readonly #ids = new Map<GraphPlan, number>()
  readonly #plans = new Map<number, GraphPlan>()
  readonly #wentThisTick = new Set<number>()
  #flushing = false
  #closing = false
  /** machines are validated after every so many events, as many as there are tasks: it costs time in proportion to them */
  readonly #validateEvery: number
  /** events after which it is taken to go round in circles */
  readonly #endless: number

  constructor(plan: Plan, { machines = realMachines, trace }: SimulationOptions) {
    this.plan = plan
    this.ledger = new Ledger(plan)
    this.random = new Random(plan.seed ^ 0x5eed)
    this.#trace = trace
    this.tracing = trace !== undefined
    this.#machines = machines
    const clock: Clock = { now: () => this.queue.now }
    const { allowedFailures, concurrentWaits } = plan
    this.scheduler = machines.scheduler({ clock, log: this.#log, allowedFailures, concurrentWaits })
    this.#log.listen(this.#progress.listener)
    this.#client = new SimulatedClient(this)
    this.#incarnations = plan.workers.map(() => undefined)
    const tasks = plan.graphs.reduce((sum, g) => sum + g.graph.size, 0)
    this.#validateEvery = Math.max(1, Math.floor((tasks * tasks) / 20_000))
    this.#endless = 50_000 + tasks * 500
  }

  run(): void {
    const { plan, queue } = this
    if (this.tracing) for (const line of describePlan(plan)) this.say(line)
    plan.joins.forEach((at, i) => queue.at(at, () => this.#join(i)))
    for (const graph of plan.graphs) queue.at(graph.submitAt, () => this.#client.submit(graph))
    for (const { at, worker } of plan.crashes) queue.at(at, () => this.crash(this.#incarnations[worker]))
    for (const { at, worker } of plan.departures) queue.at(at, () => this.#depart(this.#incarnations[worker]))
    for (const { at, worker } of plan.laneDeaths) {
      queue.at(at, () => {
        const w = this.#incarnations[worker]
        if (w?.alive) w.killLane()
      })
    }
    // From here on every worker that is gone comes back, so that whatever is wanted can be had.
    queue.at(plan.horizon, () => {
      this.#closing = true
      plan.workers.forEach((_, i) => this.#join(i))
    })
    this.#untilQuiet()
    this.#client.checkSettled()
    this.#checkProgress()
    this.#checkExecutions()
    if (this.tracing) this.say('all settled; the client releases everything')
    this.#client.releaseAll()
    this.#untilQuiet()
    this.#checkEmpty()
  }

  #untilQuiet(): void {
    for (let n = 1; this.queue.step(); n++) {
      if (n % this.#validateEvery === 0) this.scheduler.validate()
      if (n > this.#endless) this.fail(`it goes round in circles: ${n} events`)
    }
    this.scheduler.validate()
    for (const w of this.#workers) if (w?.alive) w.machine.validate()
  }

  // ---- what anyone may do

  fail(message: string): never {
    throw new SimulationFailure(message)
  }

  say(line: string): void {
    this.#trace?.(`${this.queue.now.toFixed(6)} ${line}`)
  }

  sayReport(worker: SimulatedWorker, list: NumberList, at: number): void {
    const one = new NumberList(8)
    for (let i = 0; i < reportLength(list.items[at]!); i++) one.push(list.items[at + i]!)
    this.say(`${worker.name} reports ${JSON.stringify(readReports(one)[0])}`)
  }

  idOf(plan: GraphPlan): number {
    return this.#ids.get(plan)!
  }

  planOf(id: number): GraphPlan {
    return this.#plans.get(id) ?? this.fail(`there is no graph ${id}`)
  }

  /** The worker that has that number at the scheduler now. */
  workerAt(index: number): SimulatedWorker | undefined {
    return this.#workers[index]
  }

  changed(worker: SimulatedWorker): void {
    if (this.queue.count % this.#validateEvery === 0) worker.machine.validate()
  }

  /** Whether something goes wrong that goes wrong with that chance, but not for ever. */
  misfortune(chance: number): boolean {
    return chance > 0 && this.random.chance(chance) && this.ledger.allowsMisfortune()
  }

  // ---- workers come and go

  #join(i: number): void {
    if (this.#incarnations[i]) return
    const plan: WorkerPlan = this.plan.workers[i]!
    const { name, host, threads, resources } = plan
    const index = this.scheduler.addWorker({ name, host, threads, resources })
    if (this.#workers[index] || this.#wentThisTick.has(index)) this.fail(`worker ${index} is in use`)
    const worker = new SimulatedWorker(this, plan, index, this.#machines.worker())
    this.#workers[index] = worker
    this.#incarnations[i] = worker
    if (this.tracing) this.say(`${worker.name} joins`)
    this.#heard()
  }

  /** The process ends at once; the scheduler hears of it a little later. */
  crash(worker: SimulatedWorker | undefined, killer?: { readonly plan: GraphPlan; readonly task: number }): void {
    if (!worker?.alive) return
    if (this.tracing) this.say(`${worker.name} crashes`)
    worker.vanish()
    this.queue.after(this.random.next() * 0.01, () => {
      const state = killer && this.scheduler.stateOf(this.idOf(killer.plan), killer.task)
      if (state !== 'processing' && state !== 'suspended') this.ledger.strayDeaths++
      this.#remove(worker, false)
    })
  }

  #depart(worker: SimulatedWorker | undefined): void {
    if (!worker?.alive) return
    worker.vanish()
    this.#remove(worker, true)
  }

  #remove(worker: SimulatedWorker, expected: boolean): void {
    this.ledger.losses++
    if (this.tracing) this.say(`${worker.name} is removed, ${expected ? 'expected' : 'unexpected'}`)
    this.#workers[worker.index] = undefined
    this.#wentThisTick.add(worker.index)
    const i = this.plan.workers.indexOf(worker.plan)
    this.#incarnations[i] = undefined
    this.scheduler.removeWorker(worker.index, { expected, reason: 'it crashed' })
    if (this.#closing || this.random.chance(0.5)) this.queue.after(this.random.next() * 0.05, () => this.#join(i))
    this.#heard()
  }

  // ---- the scheduler's shell

  takeSubmission(plan: GraphPlan): void {
    const { scheduler } = this
    const places = new Map<number, { worker: number; bytes: number }>()
    const alive = this.#workers.filter((w) => w?.alive)
    for (const t of plan.data) {
      const w = alive.length > 0 ? this.random.pick(alive) : undefined
      // Where there is no worker, it was on one that is gone.
      places.set(t, { worker: w?.index ?? this.#workers.length, bytes: plan.bytes[t]! })
      if (!w) this.ledger.losses++
    }
    const sources = new Map([...plan.sources].map(([t, s]) => [t, { graph: this.idOf(s.plan), task: s.task }]))
    const ranks = Int32Array.from({ length: plan.graph.size }, (_, t) => t)
    if (this.random.chance(0.3)) this.random.shuffle(ranks as unknown as number[])
    // The number is known before the submission only because the simulation is in one thread.
    const id = this.#plans.size + 1
    this.#ids.set(plan, id)
    this.#plans.set(id, plan)
    for (const [t, { worker }] of places) this.#workers[worker]?.hold(id, t, plan.graph.own(t) as number, plan.bytes[t]!)
    const got = scheduler.submit(plan.graph, { wanted: plan.wanted, ranks, priority: plan.priority, sources, data: places })
    if (got !== id) this.fail(`graph ${plan.number} is ${got} at the scheduler, not ${id}`)
    if (this.tracing) this.say(`graph ${plan.number} is submitted as ${id}`)
    this.#heard()
  }

  command(run: (scheduler: Scheduler) => void): void {
    run(this.scheduler)
    this.#heard()
  }

  takeReports(worker: SimulatedWorker, words: readonly number[], errors: Map<string, Error>): void {
    if (this.#workers[worker.index] !== worker) return // the scheduler took leave of it
    const { scheduler } = this
    const w = worker.index
    for (let at = 0; at < words.length; at += reportLength(words[at]!)) {
      const graph = words[at + 1]!
      const task = words[at + 2]!
      const attempt = words[at + 3]!
      switch (words[at]) {
        case Report.finished:
          scheduler.finished(w, graph, task, attempt, words[at + 4]!, words[at + 5]!)
          break
        case Report.erred: {
          const key = `${graph}:${task}:${attempt}`
          const error = errors.get(key)!
          errors.delete(key)
          scheduler.erred(w, graph, task, attempt, error, error.message)
          break
        }
        case Report.suspended:
          scheduler.suspended(w, graph, task, attempt)
          break
        case Report.interrupted:
          scheduler.interrupted(w, graph, task, attempt, words[at + 4] === 1, 'a lane died')
          break
        case Report.inputMissing:
          scheduler.inputMissing(
            w,
            graph,
            task,
            attempt,
            { graph: words[at + 4]!, task: words[at + 5]! },
            words[at + 6]!,
            words[at + 7]!,
          )
          break
        case Report.hasReplica:
          scheduler.hasReplica(w, graph, task, attempt)
          break
        default:
          this.fail(`${worker.name} reports ${words[at]}`)
      }
    }
    this.#heard()
  }

  /** Something happened to the scheduler: its tick ends soon. */
  #heard(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.queue.after(this.plan.tick * this.random.next(), () => {
      this.#flushing = false
      this.scheduler.flush()
      this.#log.flush()
      this.#carryInstructions()
      this.#wentThisTick.clear()
    })
  }

  #carryInstructions(): void {
    const { instructions } = this.scheduler
    if (instructions.length === 0) return
    const words = instructions.toArray()
    instructions.clear()
    if (this.tracing) {
      const list = new IntList(words.length)
      for (const word of words) list.push(word)
      for (const record of readInstructions(list)) this.say(`scheduler: ${JSON.stringify(record)}`)
    }
    for (let at = 0; at < words.length; at += instructionLength(words, at)) {
      const from = at
      const op = words[at]!
      const graph = words[at + 2]!
      const task = words[at + 3]!
      if (op === Instruction.compute || op === Instruction.free || op === Instruction.cancel || op === Instruction.confirm) {
        const worker = this.#workers[words[at + 1]!]
        // What is meant for one that went in this tick was said before it went.
        if (!worker && this.#wentThisTick.has(words[at + 1]!)) continue
        if (!worker) this.fail(`an instruction for worker ${words[at + 1]}, which does not exist`)
        const attempt = words[at + 4]!
        worker.fromScheduler.send(() => {
          if (op === Instruction.compute) worker.compute(words, from)
          else if (op === Instruction.free) worker.free(graph, task, attempt)
          else if (op === Instruction.cancel) worker.cancel(graph, task, attempt)
          else worker.confirm(graph, task, attempt)
        })
        continue
      }
      this.#client.fromScheduler.send(() => {
        const plan = this.planOf(graph)
        if (op === Instruction.inMemory) this.#client.inMemory(plan, task)
        else if (op === Instruction.erred) this.#client.erred(plan, task)
        else if (op === Instruction.lost) this.#client.lost(plan, task)
        else this.#client.forgotten(plan)
      })
    }
  }

  // ---- checks

  /** The fold over the events must come to what the scheduler says. */
  #checkProgress(): void {
    for (const [plan, id] of this.#ids) {
      const erred = new Map<string, number>()
      const inMemory = new Map<string, number>()
      let graphThere = false
      for (let t = 0; t < plan.graph.size; t++) {
        const state = this.scheduler.stateOf(id, t)
        const { label } = plan.graph.layer(t)
        if (state !== 'released') graphThere = true
        if (state === 'erred') erred.set(label, (erred.get(label) ?? 0) + 1)
        if (state === 'memory') inMemory.set(label, (inMemory.get(label) ?? 0) + 1)
      }
      for (const { name: label } of plan.graph.layers) {
        const group = this.#progress.groups.get(label)!
        if (graphThere && group.erred !== (erred.get(label) ?? 0))
          this.fail(`progress counts ${group.erred} failures of ${label}, not ${erred.get(label) ?? 0}`)
        if (group.done < (inMemory.get(label) ?? 0))
          this.fail(`progress counts ${group.done} of ${label} as done, ${inMemory.get(label)} are in memory`)
        if (group.done + group.erred > group.total)
          this.fail(`progress counts ${group.done} + ${group.erred} of the ${group.total} of ${label}`)
      }
    }
  }

  /** Where nothing goes wrong every task runs exactly once. */
  #checkExecutions(): void {
    if (!this.plan.peaceful) return
    for (const plan of this.plan.graphs) for (const s of plan.sources.values()) if (!s.plan.wanted.includes(s.task)) return
    for (const plan of this.#ids.keys()) {
      for (let t = 0; t < plan.graph.size; t++) {
        const expected = plan.graph.layer(t).run === undefined ? 0 : 1
        const started = this.ledger.started(plan, t)
        if (started !== expected) this.fail(`${plan.graph.keyOf(t)} ran ${started} times`)
      }
    }
  }

  /** Nobody wants anything any more: nothing must be left anywhere. */
  #checkEmpty(): void {
    if (this.scheduler.graphCount > 0) this.fail(`the scheduler has ${this.scheduler.graphCount} graphs left`)
    this.#client.checkForgotten()
    for (const w of this.#workers) {
      if (!w?.alive) continue
      if (w.machine.size > 0) this.fail(`${w.name} has ${w.machine.size} slots left`)
      if (w.busy) this.fail(`${w.name} has runs left`)
      if (w.stored > 0 || w.bytes !== 0) this.fail(`${w.name} holds ${w.stored} values of ${w.bytes} bytes`)
    }
  }
}

export const realMachines: Machines = {
  scheduler: (options) => new Scheduler(options),
  worker: () => new Worker(),
}

function describePlan(plan: Plan): string[] {
  const { workers, graphs, ...rest } = plan
  const lines = [JSON.stringify(rest)]
  for (const w of workers) lines.push(JSON.stringify(w))
  for (const g of graphs) {
    const annotations = g.graph.layers.map((layer) => `${layer.name} ${JSON.stringify(layer.annotations ?? {})}`).join(', ')
    lines.push(
      `graph ${g.number}: ${g.kind}, ${g.graph.size} tasks, ${g.wanted.length} wanted, ${g.sources.size} sources, ${g.data.length} data; ${annotations}`,
    )
  }
  return lines
}
