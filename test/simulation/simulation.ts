import { type Clock, IntList, NumberList, Random } from '../../src/base/index.js'
import { EventLog, ProgressFold } from '../../src/events/index.js'
import {
  Instruction,
  Scheduler,
  type SchedulerOptions,
  type Submission,
  instructionLength,
  readInstructions,
} from '../../src/scheduler/index.js'
import { Shuffles, type ShufflesOptions } from '../../src/cluster/worker/shuffles.js'
import { AccountingFold } from '../../src/model/index.js'
import { type RunGround, type RunNotice, type ShuffleRuns, movers } from '../../src/shuffle/index.js'
import { Report, Worker, readReports, reportLength } from '../../src/worker/index.js'
import { Waits, checkAccounts, checkEmpty, checkExecutions, checkProgress, checkResults, checkShuffles } from './checks.js'
import { EventQueue } from './event-queue.js'
import { Fleet } from './fleet.js'
import { Ledger } from './ledger.js'
import { Oracle } from './oracle.js'
import { type GraphPlan, type Plan, planOf, isActor } from './plan.js'
import { type SimulatedPlugin, SimulatedPlugins } from './simulated-plugins.js'
import { withShuffles } from './shuffle-plan.js'
import { SecondClient } from './second-client.js'
import { SimulatedClient } from './simulated-client.js'
import type { SimulatedWorker } from './simulated-worker.js'

/** Something that must never happen did. */
export class SimulationFailure extends Error {}

/** The machines to be simulated: tests plant defects in them. */
export interface Machines {
  scheduler(options: SchedulerOptions): Scheduler
  worker(): Worker
  /** what the scheduler, and a worker, have of shuffles */
  runs(ground: RunGround): ShuffleRuns
  shuffles(options: ShufflesOptions): Shuffles
}

export interface SimulationOptions {
  readonly machines?: Machines
  /** called with every line of the trace */
  readonly trace?: ((line: string) => void) | undefined
  /** plugins of the scheduler; some seeds have one anyway */
  readonly plugins?: readonly SimulatedPlugin[]
  /** given the log of what happens, before plugins listen */
  readonly log?: (log: EventLog) => void
}

export interface Outcome {
  readonly seed: number
  /** tasks that were run */
  readonly tasks: number
  readonly events: number
  readonly failure: string | undefined
}

/** Questions about shuffles after which they are taken to go round in circles: hundreds are many. */
const MOST_ASKED = 500

/** Simulates what a seed plans. One at a time. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const simulation = new Simulation(withShuffles(planOf(seed)), options)
  let failure: string | undefined
  try {
    await simulation.run()
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
  readonly #accounting = new AccountingFold()
  readonly #waits = new Waits()
  readonly client: SimulatedClient
  readonly second: SecondClient
  readonly fleet: Fleet
  readonly ids = new Map<GraphPlan, number>()
  readonly #plans = new Map<number, GraphPlan>()
  /** the runs of shuffles, where there are any */
  readonly shuffleRuns: ShuffleRuns | undefined
  runsBegun = 0
  #asked = 0
  readonly #plugins: SimulatedPlugins | undefined
  readonly #otherPlugins: readonly SimulatedPlugin[]
  readonly #forgotten = new Set<number>()
  #stirred = false
  #broken: { readonly error: unknown } | undefined
  /** workers that have joined */
  joined = 0
  /** ends of ticks of the scheduler */
  ticks = 0
  #flushing = false
  /** machines are validated after every so many events, as many as there are tasks: it costs time in proportion to them */
  readonly #validateEvery: number
  /** events after which it is taken to go round in circles */
  readonly #endless: number

  constructor(plan: Plan, { machines = realMachines, trace, plugins, log }: SimulationOptions) {
    this.plan = plan
    this.ledger = new Ledger(plan)
    this.random = new Random(plan.seed ^ 0x5eed)
    this.#trace = trace
    this.tracing = trace !== undefined
    this.#machines = machines
    const clock: Clock = { now: () => this.queue.now }
    const { allowedFailures, concurrentWaits, archiveFrom, archiveShare, archiveAfter } = plan
    const limits = { allowedFailures, concurrentWaits, archiveFrom, archiveShare, archiveAfter }
    this.scheduler = machines.scheduler({ clock, log: this.#log, ...limits })
    this.#log.listen(this.#progress.listener)
    this.#log.listen(this.#accounting.listener)
    this.#log.listen(this.#waits.listener)
    this.#log.listen((all, from, to) => checkResults(this, all, from, to))
    log?.(this.#log)
    if (plugins || plan.seed % 10 === 7) this.#plugins = new SimulatedPlugins(this, this.#log, (id) => !this.#forgotten.has(id))
    this.#otherPlugins = plugins ?? []
    this.client = new SimulatedClient(this)
    this.second = new SecondClient(this)
    this.fleet = new Fleet(this)
    this.shuffleRuns = plan.shuffle && machines.runs(this.#shuffleGround())
    const tasks = plan.graphs.reduce((sum, g) => sum + g.graph.size, 0)
    this.#validateEvery = Math.max(1, Math.floor((tasks * tasks) / 20_000))
    this.#endless = 50_000 + tasks * 500
  }

  async run(): Promise<void> {
    const { plan, queue } = this
    if (this.tracing) for (const line of describePlan(plan)) this.say(line)
    await this.#plugins?.setUp(this.#otherPlugins)
    for (const graph of plan.graphs) queue.at(graph.submitAt, () => this.client.submit(graph))
    for (const { at, seconds } of plan.absences) queue.at(at, () => this.client.leaveFor(seconds))
    const goesAt = plan.secondClient?.goesAt
    if (goesAt !== undefined) queue.at(goesAt, () => this.second.go())
    this.fleet.planDisturbances()
    // Also where nothing is heard of, the scheduler has ticks.
    for (let n = 1; n <= 10; n++) queue.at((plan.horizon * n) / 5, () => this.heard())
    // From here on whatever is wanted can be had.
    queue.at(plan.horizon, () => this.fleet.comeBack())
    await this.#untilQuiet()
    this.client.checkSettled()
    checkProgress(this, this.#progress)
    checkExecutions(this)
    this.second.checkSettled()
    if (this.tracing) this.say('all settled; the clients release everything')
    this.client.releaseAll()
    this.second.go()
    await this.#untilQuiet()
    checkShuffles(this)
    this.#log.flush()
    this.#plugins?.check()
    checkAccounts(this, this.#accounting.accounts(), this.#waits)
    checkEmpty(this)
  }

  async #untilQuiet(): Promise<void> {
    for (let n = 1; this.queue.step(); n++) {
      // What goes through promises has come to its end before the next event happens.
      if (this.#stirred) await this.#settle()
      if (n % this.#validateEvery === 0) this.scheduler.validate()
      if (n > this.#endless) this.fail(`it goes round in circles: ${n} events`)
    }
    this.scheduler.validate()
    for (const w of this.fleet.alive) w.machine.validate()
  }

  async #settle(): Promise<void> {
    this.#stirred = false
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#broken) throw this.#broken.error
  }

  // ---- what anyone may do

  /** Something was done that promises wait for. */
  stir(): void {
    this.#stirred = true
  }

  /** What goes wrong with that goes wrong with the simulation. */
  keep(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => {
      this.#broken ??= { error }
      this.#stirred = true
    })
  }

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
    return this.ids.get(plan)!
  }

  planOf(id: number): GraphPlan {
    return this.#plans.get(id) ?? this.fail(`there is no graph ${id}`)
  }

  newMachine(): Worker {
    return this.#machines.worker()
  }

  newService(options: ShufflesOptions): Shuffles {
    return this.#machines.shuffles(options)
  }

  /** The worker that has that number at the scheduler now. */
  workerAt(index: number): SimulatedWorker | undefined {
    return this.fleet.at(index)
  }

  changed(worker: SimulatedWorker): void {
    if (this.queue.count % this.#validateEvery === 0) worker.machine.validate()
  }

  /** Whether something goes wrong that goes wrong with that chance, but not for ever. */
  misfortune(chance: number): boolean {
    return chance > 0 && this.random.chance(chance) && this.ledger.allowsMisfortune()
  }

  /** How often a batch of messages arrives: once, or twice if the connection broke and it was sent again. */
  arrivals(): number {
    return this.random.chance(this.plan.repeats) ? 2 : 1
  }

  // ---- the scheduler's shell

  takeSubmission(plan: GraphPlan): void {
    const places = new Map<number, { worker: number; bytes: number }>()
    const { alive } = this.fleet
    for (const t of plan.data) {
      const w = alive.length > 0 ? this.random.pick(alive) : undefined
      // Where there is no worker, it was on one that is gone.
      places.set(t, { worker: w?.index ?? NOBODY, bytes: plan.bytes[t]! })
      if (!w) this.ledger.losses++
    }
    const sources = new Map([...plan.sources].map(([t, s]) => [t, { graph: this.idOf(s.plan), task: s.task }]))
    const ranks = Int32Array.from({ length: plan.graph.size }, (_, t) => t)
    if (this.random.chance(0.3)) this.random.shuffle(ranks as unknown as number[])
    // The number is known before the submission only because the simulation is in one thread.
    const id = this.#plans.size + 1
    this.ids.set(plan, id)
    this.#plans.set(id, plan)
    for (const [t, { worker }] of places) this.fleet.at(worker)?.hold(id, t, plan.graph.own(t) as number, plan.bytes[t]!)
    const submission = { wanted: plan.wanted, ranks, priority: plan.priority, sources, data: places }
    const got = this.#submit(plan, submission)
    if (got !== id) this.fail(`graph ${plan.number} is ${got} at the scheduler, not ${id}`)
    if (this.tracing) this.say(`graph ${plan.number} is submitted as ${id}`)
    this.second.wantSome(plan, id)
    this.#preferSome(plan, id)
    this.heard()
  }

  #preferSome(plan: GraphPlan, id: number): void {
    const { alive } = this.fleet
    if (this.plan.preferred === 0 || alive.length === 0) return
    for (let t = 0; t < plan.graph.size; t++)
      if (this.random.chance(this.plan.preferred)) this.scheduler.prefer(id, t, this.random.pick(alive).index)
  }

  #submit(plan: GraphPlan, submission: Submission): number {
    const { queue, scheduler } = this
    const { slice, tick } = this.plan
    if (slice === 0) return scheduler.submit(plan.graph, submission)
    const admission = scheduler.admit(plan.graph, submission)
    const step = (): void => {
      if (!admission.step(slice)) queue.after(this.random.next() * Math.max(tick, 0.0001), step)
      this.heard()
    }
    step()
    return admission.graph
  }

  command(run: (scheduler: Scheduler) => void): void {
    run(this.scheduler)
    this.heard()
  }

  /** What a worker is answered that asks something about a shuffle. */
  answerShuffle(worker: SimulatedWorker, name: string, args: object): unknown {
    const runs = this.shuffleRuns!
    if (++this.#asked > MOST_ASKED) this.fail(`workers ask for ever: ${MOST_ASKED} questions about shuffles`)
    if (this.tracing) this.say(`${worker.name} asks ${name} ${JSON.stringify(args)}`)
    if (name === 'shuffle.join') return runs.join(args as Parameters<ShuffleRuns['join']>[0])
    if (name === 'shuffle.seal') return runs.seal(args as Parameters<ShuffleRuns['seal']>[0])
    return runs.broken(args as Parameters<ShuffleRuns['broken']>[0])
  }

  #shuffleGround(): RunGround {
    const { fleet, scheduler } = this
    return {
      machine: scheduler,
      graphOf: (id) => {
        if (this.#forgotten.has(id)) return undefined
        return { graph: this.planOf(id).graph, nameOf: (place) => place, placeOf: (task) => task }
      },
      workers: () =>
        fleet.known.map(({ index, name, address, plan: { threads }, leaving }) => ({ index, name, address, threads, leaving })),
      nameOf: (worker) => fleet.at(worker)?.name,
      tell: (worker, what, run) => this.#tellOfRun(worker, what, run),
      schedule: () => this.heard(),
    }
  }

  #tellOfRun(index: number, what: RunNotice, run: number): void {
    const worker = this.fleet.at(index)
    if (!worker) this.fail(`worker ${index} is to be told ${what}, and does not exist`)
    if (this.tracing) this.say(`${worker.name} is told ${what} ${run}`)
    if (what === 'shuffle.begin') this.runsBegun = Math.max(this.runsBegun, run)
    const times = this.arrivals()
    worker.fromScheduler.send(() => {
      for (let i = 0; i < times; i++) worker.shuffles!.told(what, run)
    })
  }

  takeReports(worker: SimulatedWorker, words: readonly number[], errors: Map<string, Error>): void {
    if (!this.fleet.has(worker)) return // the scheduler took leave of it
    const { scheduler } = this
    const w = worker.index
    for (let at = 0; at < words.length; at += reportLength(words[at]!)) {
      const graph = words[at + 1]!
      const task = words[at + 2]!
      const attempt = words[at + 3]!
      switch (words[at]) {
        case Report.finished: {
          const before = scheduler.stateOf(graph, task)
          scheduler.finished(w, graph, task, attempt, words[at + 4]!, words[at + 5]!)
          // What is stale changes nothing.
          if (scheduler.stateOf(graph, task) !== before && isActor(this.planOf(graph), task))
            this.ledger.noteActor(this.planOf(graph), task)
          break
        }
        case Report.erred: {
          const key = `${graph}:${task}:${attempt}`
          const error = errors.get(key)
          if (!error) break // said before
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
        case Report.stolen:
          scheduler.stolen(w, graph, task, attempt)
          break
        case Report.kept:
          scheduler.kept(w, graph, task, attempt)
          break
        case Report.lacks:
          scheduler.lacks(w, graph, task, attempt)
          break
        default:
          this.fail(`${worker.name} reports ${words[at]}`)
      }
    }
    this.heard()
  }

  /** Something happened to the scheduler: its tick ends soon. */
  heard(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.queue.after(this.plan.tick * this.random.next(), () => {
      this.#flushing = false
      this.scheduler.flush()
      this.#log.flush()
      this.#carryInstructions()
      this.ticks++
      this.fleet.endTick()
    })
  }

  #carryInstructions(): void {
    const { scheduler } = this
    const { instructions } = scheduler
    if (instructions.length === 0) return
    const words = instructions.toArray()
    instructions.clear()
    if (this.tracing) {
      const list = new IntList(words.length)
      for (const word of words) list.push(word)
      for (const record of readInstructions(list)) this.say(`scheduler: ${JSON.stringify(record)}`)
    }
    // What is said was decided before any of it is heard of.
    const { isLastResort } = this.fleet
    for (let at = 0; at < words.length; at += instructionLength(words, at)) {
      const from = at
      const op = words[at]!
      const graph = words[at + 2]!
      const task = words[at + 3]!
      if (op === Instruction.retired) {
        const worker = this.fleet.at(words[at + 1]!)
        if (!worker) continue
        if (graph === 0) this.fleet.retire(worker)
        else this.fleet.stay(worker)
        continue
      }
      if (op === Instruction.free) this.shuffleRuns?.freed(graph, task)
      if (op === Instruction.forgotten) {
        this.#forgotten.add(graph)
        this.shuffleRuns?.forgotten(graph)
      }
      if (forWorkers.has(op)) {
        const worker = this.fleet.at(words[at + 1]!)
        // What is meant for one that went in this tick was said before it went.
        if (!worker && this.fleet.wentThisTick(words[at + 1]!)) continue
        if (!worker) this.fail(`an instruction for worker ${words[at + 1]}, which does not exist`)
        if (op === Instruction.compute && !isLastResort && this.fleet.isPaused(worker))
          this.fail(`${worker.name} is short of memory, and gets ${this.planOf(graph).graph.keyOf(task)} to run`)
        const about = this.planOf(graph)
        if (op === Instruction.replicate && isActor(about, task)) this.fail(`the actor ${about.graph.keyOf(task)} is moved`)
        if (op === Instruction.compute && this.ledger.hadActor(about, task, 'now'))
          this.fail(`the actor ${about.graph.keyOf(task)} is made again, and nobody asked for it`)
        const attempt = words[at + 4]!
        const times = this.arrivals()
        worker.fromScheduler.send(() => {
          for (let i = 0; i < times; i++) {
            if (op === Instruction.compute) worker.compute(words, from)
            else if (op === Instruction.free) worker.free(graph, task, attempt)
            else if (op === Instruction.cancel) worker.cancel(graph, task, attempt)
            else if (op === Instruction.steal) worker.steal(graph, task, attempt)
            else if (op === Instruction.replicate) worker.replicate(graph, task, attempt, words[from + 5]!)
            else worker.confirm(graph, task, attempt)
          }
        })
        continue
      }
      if (op === Instruction.archived) continue
      if (op !== Instruction.forgotten && !scheduler.clientsOf(graph, task).includes(0)) continue
      this.client.fromScheduler.send(() => {
        const plan = this.planOf(graph)
        if (op === Instruction.inMemory) this.client.inMemory(plan, task)
        else if (op === Instruction.erred) this.client.erred(plan, task)
        else if (op === Instruction.lost) this.client.lost(plan, task)
        else this.client.forgotten(plan)
      })
    }
  }
}

/** The number of a worker that there never is. */
const NOBODY = 1 << 20

const forWorkers = new Set<number>([
  Instruction.compute,
  Instruction.free,
  Instruction.cancel,
  Instruction.confirm,
  Instruction.steal,
  Instruction.replicate,
])

export const realMachines: Machines = {
  scheduler: (options) => new Scheduler(options),
  worker: () => new Worker(),
  runs: (ground) => new movers.code.ShuffleRuns(ground),
  shuffles: (options) => new Shuffles(options),
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
