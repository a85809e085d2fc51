import { Report, type Worker, reportLength } from '../../src/worker/index.js'
import { Link } from './event-queue.js'
import { PlannedError } from './oracle.js'
import { Behaviour, type GraphPlan, type WorkerPlan, valueOf } from './plan.js'
import type { ShufflePart } from './shuffle-plan.js'
import { SimulatedShuffles } from './simulated-shuffles.js'
import type { Simulation } from './simulation.js'

interface Stored {
  readonly graph: number
  readonly task: number
  readonly attempt: number
  readonly value: unknown
  readonly bytes: number
}

/** A task that a lane has: it waits its turn, runs, or waits for a promise. */
interface Run {
  readonly slot: number
  readonly lane: Lane
  readonly plan: GraphPlan
  readonly task: number
  inputs: unknown[] | undefined
  suspended: boolean
  over: boolean
}

interface Lane {
  alive: boolean
  readonly queue: Run[]
  running: Run | undefined
  readonly suspended: Set<Run>
}

/** A worker process: the worker machine, a store of values, lanes that run tasks, and connections. */
export class SimulatedWorker {
  readonly sim: Simulation
  readonly plan: WorkerPlan
  /** its number at the scheduler */
  readonly index: number
  readonly machine: Worker
  /** where others reach it: nobody else ever has the same */
  readonly address: string
  readonly toScheduler: Link
  readonly fromScheduler: Link
  /** its service of shuffles, where there are any */
  readonly shuffles: SimulatedShuffles | undefined
  alive = true
  /** it has said that it is going */
  leaving = false
  /** bytes in the store */
  bytes = 0
  stored = 0
  /** errors of tasks that threw, by graph, task and attempt, until they are reported */
  readonly #errors = new Map<string, Error>()
  /** by slot */
  readonly #store: (Stored | undefined)[] = []
  readonly #lanes: Lane[]
  readonly #runs = new Map<number, Run>()

  constructor(sim: Simulation, plan: WorkerPlan, index: number, machine: Worker) {
    this.sim = sim
    this.plan = plan
    this.index = index
    this.machine = machine
    this.address = `simulated:${++sim.joined}`
    this.toScheduler = new Link(sim.queue, () => this.delay())
    this.fromScheduler = new Link(sim.queue, () => this.delay())
    this.shuffles = sim.plan.shuffle && new SimulatedShuffles(this)
    this.#lanes = Array.from({ length: plan.threads }, newLane)
  }

  get name(): string {
    return `${this.plan.name}#${this.index}`
  }

  get busy(): boolean {
    return this.#runs.size > 0
  }

  /** Seconds that a message takes. */
  delay(): number {
    const [least, most] = this.plan.delay
    return least + (most - least) * this.sim.random.next()
  }

  // ---- what comes in

  compute(words: Int32Array, at: number): void {
    const [graph, task, attempt, priority, rank, n] = words.subarray(at + 2, at + 8) as unknown as number[]
    this.machine.compute(graph!, task!, attempt!, priority!, rank!, words, at + 8, n!)
    this.after()
  }

  free(graph: number, task: number, attempt: number): void {
    this.machine.free(graph, task, attempt)
    this.after()
  }

  cancel(graph: number, task: number, attempt: number): void {
    this.machine.cancel(graph, task, attempt)
    this.after()
  }

  confirm(graph: number, task: number, attempt: number): void {
    this.machine.confirm(graph, task, attempt)
    this.after()
  }

  steal(graph: number, task: number, attempt: number): void {
    this.machine.steal(graph, task, attempt)
    this.after()
  }

  replicate(graph: number, task: number, attempt: number, holder: number): void {
    this.machine.replicate(graph, task, attempt, holder)
    this.after()
  }

  /** A value that no task made is put here. */
  hold(graph: number, task: number, value: number, bytes: number): void {
    const slot = this.machine.hold(graph, task)
    this.#carryReports()
    this.#put(slot, { graph, task, attempt: 0, value, bytes })
    this.after()
  }

  valueOf(graph: number, task: number): unknown {
    const slot = this.machine.valueSlot(graph, task)
    return slot < 0 ? undefined : this.#store[slot]!.value
  }

  /** The scheduler has taken leave of it and hears nothing of it any more; it does not know that, and goes on. */
  cutOff(): void {
    this.toScheduler.cut = true
    this.fromScheduler.cut = true
  }

  /** All of it vanishes: what it holds, what it does and what is on its way to and from it. */
  vanish(): void {
    this.alive = false
    this.toScheduler.cut = true
    this.fromScheduler.cut = true
    for (const run of this.#runs.values()) run.over = true
    this.shuffles?.vanish()
  }

  // ---- the tick

  /** Carries out what the machine says, and has its lanes take what is ready. */
  after(): void {
    this.#carryReports()
    for (const lane of this.#lanes) this.#take(lane)
    this.#carryReports()
    this.sim.changed(this)
  }

  #carryReports(): void {
    const { reports } = this.machine
    if (reports.length === 0) return
    const words = reports.items
    const toSend: number[] = []
    for (let at = 0; at < reports.length; at += reportLength(words[at]!)) {
      const op = words[at]!
      const length = reportLength(op)
      if (this.sim.tracing) this.sim.sayReport(this, reports, at)
      if (op < 10) {
        for (let i = 0; i < length; i++) toSend.push(words[at + i]!)
      } else if (op === Report.fetch) this.#fetch(words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!)
      else if (op === Report.drop) this.#drop(words[at + 4]!, words[at + 1]!, words[at + 2]!, words[at + 3]!)
      else if (op === Report.abort) this.#abort(words[at + 1]!)
    }
    reports.clear()
    if (toSend.length === 0) return
    const times = this.sim.arrivals()
    this.toScheduler.send(() => {
      for (let i = 0; i < times; i++) this.sim.takeReports(this, toSend, this.#errors)
    })
  }

  // ---- values

  #put(slot: number, stored: Stored): void {
    if (this.#store[slot]) this.sim.fail(`${this.name}: slot ${slot} is put into although it holds ${this.#store[slot]!.task}`)
    this.#store[slot] = stored
    this.bytes += stored.bytes
    this.stored++
  }

  #drop(slot: number, graph: number, task: number, attempt: number): void {
    const stored = this.#store[slot]
    if (stored?.graph !== graph || stored.task !== task || stored.attempt !== attempt) {
      this.sim.fail(`${this.name}: told to drop (${graph}, ${task}, ${attempt}) from slot ${slot}, which does not hold it`)
    }
    this.#forget(slot)
  }

  #forget(slot: number): void {
    this.bytes -= this.#store[slot]!.bytes
    this.#store[slot] = undefined
    this.stored--
  }

  /** Asks a peer for a value: a request that travels, and an answer that travels back. */
  #fetch(holder: number, graph: number, task: number, attempt: number): void {
    const { sim } = this
    const peer = sim.workerAt(holder)
    const answer = (stored: Stored | undefined, delay: number): void => {
      sim.queue.after(delay, () => {
        if (!this.alive) return
        if (!stored || (peer && !peer.alive)) {
          if (sim.tracing) sim.say(`${this.name}: fetching (${graph}, ${task}, ${attempt}) from ${peer?.name ?? holder} failed`)
          this.machine.fetchFailed(graph, task, attempt)
        } else {
          const slot = this.machine.fetched(graph, task, attempt)
          if (sim.tracing)
            sim.say(
              `${this.name}: (${graph}, ${task}, ${attempt}) arrived from ${peer!.name}, ${slot < 0 ? 'too late' : `slot ${slot}`}`,
            )
          if (slot >= 0) this.#put(slot, stored)
        }
        this.after()
      })
    }
    const there = this.delay()
    if (!peer || sim.fleet.isCut(this, peer)) {
      // It tries for a while before it gives up.
      answer(undefined, there + (peer ? 0.01 : 0))
      return
    }
    if (peer === this) sim.fail(`${this.name} is to fetch (${graph}, ${task}) from itself`)
    sim.queue.after(there, () => {
      const slot = peer.alive ? peer.machine.valueSlot(graph, task) : -1
      const stored = slot >= 0 ? peer.#store[slot] : undefined
      const gone = stored?.attempt !== attempt || sim.misfortune(sim.plan.fetchFailure) || sim.fleet.isCut(this, peer)
      // What is spilled must be read from disk first.
      const restoring = sim.random.chance(sim.plan.spilled) ? 0.001 + sim.random.next() * 0.02 : 0
      answer(gone ? undefined : stored, this.delay() + (gone ? 0 : stored!.bytes / 1e9 + restoring))
    })
  }

  // ---- lanes

  #take(lane: Lane): void {
    if (!lane.alive) return
    while (lane.queue.length + (lane.running ? 1 : 0) < this.plan.prefetch) {
      const slot = this.machine.next()
      if (slot < 0) break
      if (this.#runs.has(slot)) this.sim.fail(`${this.name}: slot ${slot} is handed out twice`)
      const run: Run = {
        slot,
        lane,
        plan: this.sim.planOf(this.machine.graphOf(slot)),
        task: this.machine.taskOf(slot),
        inputs: undefined,
        suspended: false,
        over: false,
      }
      this.#runs.set(slot, run)
      // Inputs are read when the task is handed out, as they are sent along with it.
      if (this.#read(run)) lane.queue.push(run)
    }
    if (!lane.running) this.#start(lane)
  }

  /** Looks up the inputs of a task; false when one of them is not here. */
  #read(run: Run): boolean {
    const { sim, machine } = this
    run.inputs = []
    for (const d of run.plan.graph.dependenciesOf(run.task)) {
      let real = { plan: run.plan, task: d }
      for (let source = real.plan.sources.get(d); source; source = real.plan.sources.get(real.task)) real = source
      const graph = sim.idOf(real.plan)
      const { task } = real
      const slot = machine.valueSlot(graph, task)
      const lost = slot >= 0 && sim.misfortune(sim.plan.storeLoss)
      if (slot >= 0 && !lost) {
        run.inputs.push(this.#store[slot]!.value)
        continue
      }
      sim.ledger.losses++
      if (sim.plan.peaceful) sim.fail(`${this.name}: ${run.plan.graph.keyOf(run.task)} is handed out without its input ${task}`)
      if (sim.tracing) sim.say(`${this.name}: the input (${graph}, ${task}) of slot ${run.slot} is not here`)
      const attempt = slot >= 0 ? machine.attemptOf(slot) : 0
      if (lost) this.#forget(slot)
      this.#end(run)
      machine.inputUnavailable(run.slot, graph, task, attempt, this.index)
      return false
    }
    return true
  }

  #start(lane: Lane): void {
    const run = lane.queue.shift()
    if (!run) return
    const { sim } = this
    lane.running = run
    sim.ledger.noteStart(run.plan, run.task)
    if (sim.tracing) sim.say(`${this.name}: slot ${run.slot} runs ${run.plan.graph.keyOf(run.task)}`)
    const restoring = sim.random.chance(sim.plan.spilled) ? sim.random.next() * 0.02 : 0
    const seconds = run.plan.seconds[run.task]! * this.plan.slowness + restoring
    const { behaviour, times } = run.plan
    const b = behaviour[run.task]
    if ((b === Behaviour.killsWorker || b === Behaviour.killsLane) && sim.ledger.kills(run.plan, run.task) < times[run.task]!) {
      // What is part of a shuffle ends it meanwhile.
      const isPart = run.plan.shuffles?.has(run.task) === true
      sim.queue.after(isPart ? seconds + sim.random.next() * 0.01 : seconds / 2, () => {
        if (run.over || !this.alive) return
        sim.ledger.noteKill(run.plan, run.task)
        if (b === Behaviour.killsWorker) sim.fleet.crash(this, run)
        else this.killLane(lane)
      })
      if (!isPart) return
    }
    sim.queue.after(seconds, () => {
      if (run.over || !this.alive) return
      const part = run.plan.shuffles?.get(run.task)
      if (part) return this.#runPart(run, part)
      const waits = run.plan.waits[run.task]!
      if (waits > 0) this.#suspend(run, waits)
      else this.#finish(run, seconds)
    })
  }

  #suspend(run: Run, waits: number): void {
    this.#leaveLane(run)
    this.sim.queue.after(waits, () => {
      if (!run.over && this.alive) this.#finish(run, waits)
    })
    this.after()
  }

  /** A task of a shuffle asks the worker around it, waits, and comes to its end. */
  #runPart(run: Run, part: ShufflePart): void {
    const { sim } = this
    const began = sim.queue.now
    const { slot, plan, task } = run
    const shuffles = this.shuffles!
    if (sim.random.chance(0.7)) this.#leaveLane(run)
    const isOver = (): boolean => run.over || !this.alive
    const running = shuffles.run(part, { slot, plan, task, inputs: run.inputs!, isOver })
    sim.keep(
      running.then(
        (value) => {
          if (!isOver()) this.#finish(run, sim.queue.now - began, value)
        },
        (error: unknown) => {
          if (isOver()) return
          if (sim.tracing) sim.say(`${this.name}: ${plan.graph.keyOf(task)}: ${String(error)}`)
          const isInVain = shuffles.service.isInVain(slot)
          this.#end(run)
          if (isInVain) this.machine.interrupted(slot, false)
          else {
            const key = `${this.machine.graphOf(slot)}:${this.machine.taskOf(slot)}:${this.machine.attemptOf(slot)}`
            if (this.machine.failed(slot)) this.#errors.set(key, error as Error)
          }
          this.after()
        },
      ),
    )
    sim.stir()
    this.after()
  }

  #leaveLane(run: Run): void {
    run.suspended = true
    run.lane.running = undefined
    run.lane.suspended.add(run)
    this.machine.suspended(run.slot)
  }

  /** The function of a task has come to its end, of a shuffle with that value. */
  #finish(run: Run, seconds: number, given?: unknown): void {
    const { machine, sim } = this
    const { plan, task, slot } = run
    const graph = machine.graphOf(slot)
    const attempt = machine.attemptOf(slot)
    const b = plan.behaviour[task]
    if (b === Behaviour.throws || (b === Behaviour.flaky && sim.ledger.threw(plan, task) < plan.times[task]!)) {
      this.#end(run)
      sim.ledger.noteThrow(plan, task)
      if (machine.failed(slot)) this.#errors.set(`${graph}:${task}:${attempt}`, new PlannedError(plan, task))
    } else {
      this.shuffles?.service.executed(slot)
      this.#end(run)
      const value = given ?? valueOf(run.inputs!, plan.graph.own(task) as number)
      if (machine.executed(slot, plan.bytes[task]!, seconds))
        this.#put(slot, { graph, task, attempt, value, bytes: plan.bytes[task]! })
    }
    this.after()
  }

  /** A run is over, however it ended: its lane is free for another. */
  #end(run: Run): void {
    run.over = true
    this.#runs.delete(run.slot)
    this.shuffles?.service.ended(run.slot)
    run.lane.suspended.delete(run)
    if (run.lane.running === run) run.lane.running = undefined
    const i = run.lane.queue.indexOf(run)
    if (i >= 0) run.lane.queue.splice(i, 1)
  }

  /** The result of a run is not needed: some functions notice, and end early. */
  #abort(slot: number): void {
    const run = this.#runs.get(slot)
    if (!run) this.sim.fail(`${this.name}: told to abort slot ${slot}, which runs nothing`)
    if (!this.sim.random.chance(0.5)) return
    this.sim.queue.after(0, () => {
      // What is part of a shuffle does not notice.
      if (!run.over && this.alive && !run.plan.shuffles?.has(run.task)) this.#finish(run, 0)
    })
  }

  /** A thread dies, and what it had with it; another one is started a little later. */
  killLane(lane = this.sim.random.pick(this.#lanes)): void {
    if (!lane.alive) return
    if (this.sim.tracing) this.sim.say(`${this.name}: a lane dies`)
    lane.alive = false
    const { running } = lane
    for (const run of [...lane.queue, ...lane.suspended, ...(running ? [running] : [])]) {
      this.#end(run)
      this.machine.interrupted(run.slot, run === running || (running === undefined && run.suspended))
    }
    this.sim.queue.after(0.005, () => {
      Object.assign(lane, newLane())
      if (this.alive) this.after()
    })
    this.after()
  }
}

function newLane(): Lane {
  return { alive: true, queue: [], running: undefined, suspended: new Set() }
}
