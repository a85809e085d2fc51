import type { GraphPlan, WorkerPlan } from './plan.js'
import { SimulatedWorker } from './simulated-worker.js'
import type { Simulation } from './simulation.js'

/** The workers of a simulation, and what happens to them. */
export class Fleet {
  readonly #sim: Simulation
  /** by number at the scheduler */
  readonly #byNumber: (SimulatedWorker | undefined)[] = []
  /** by place in the plan, the worker that goes by that name now */
  readonly #byPlace: (SimulatedWorker | undefined)[]
  readonly #byAddress = new Map<string, SimulatedWorker>()
  /** the workers that are short of memory, with the tick in which the scheduler was told */
  readonly #paused = new Map<SimulatedWorker, number>()
  readonly #retiring = new Set<SimulatedWorker>()
  readonly #wentThisTick = new Set<number>()
  #wasShort = false
  #closing = false

  constructor(sim: Simulation) {
    this.#sim = sim
    this.#byPlace = sim.plan.workers.map(() => undefined)
  }

  /** The worker that has that number at the scheduler now. */
  at(index: number): SimulatedWorker | undefined {
    return this.#byNumber[index]
  }

  /** The worker that is or was reached there. */
  byAddress(address: string): SimulatedWorker | undefined {
    return this.#byAddress.get(address)
  }

  /** The workers that the scheduler knows. */
  get known(): SimulatedWorker[] {
    return this.#byNumber.filter((w) => w !== undefined)
  }

  get alive(): SimulatedWorker[] {
    return this.#byNumber.filter((w): w is SimulatedWorker => w?.alive === true)
  }

  /** The scheduler knows it. */
  has(worker: SimulatedWorker): boolean {
    return this.#byNumber[worker.index] === worker
  }

  wentThisTick(index: number): boolean {
    return this.#wentThisTick.has(index)
  }

  endTick(): void {
    this.#wentThisTick.clear()
    this.#wasShort = this.#isShort
  }

  /** The scheduler was told in a tick before that the worker is short of memory. */
  isPaused(worker: SimulatedWorker): boolean {
    return (this.#paused.get(worker) ?? Infinity) < this.#sim.ticks
  }

  /** All that are not about to leave are short of memory: one of them is to go on. */
  get #isShort(): boolean {
    return this.#byNumber.every((w) => w === undefined || this.#retiring.has(w) || this.#paused.has(w))
  }

  /** Why a worker that is short of memory gets a task all the same: in this tick there was nobody else. */
  get isLastResort(): boolean {
    return this.#wasShort || this.#isShort
  }

  /** Whether two workers cannot reach each other now. */
  isCut(a: SimulatedWorker, b: SimulatedWorker): boolean {
    const { now } = this.#sim.queue
    const places = [this.#sim.plan.workers.indexOf(a.plan), this.#sim.plan.workers.indexOf(b.plan)]
    return this.#sim.plan.cuts.some(
      ({ at, workers, seconds }) => now >= at && now < at + seconds && workers.every((w) => places.includes(w)),
    )
  }

  /** Every worker that is gone comes back, and all take new tasks. */
  comeBack(): void {
    this.#closing = true
    this.#sim.plan.workers.forEach((_, i) => this.join(i))
    for (const w of this.#byPlace) if (w) this.stay(w)
  }

  /** The worker takes new tasks again. */
  stay(worker: SimulatedWorker): void {
    this.#paused.delete(worker)
    this.#retiring.delete(worker)
    this.#sim.command((scheduler) => {
      scheduler.keepWorker(worker.index)
      scheduler.resumeWorker(worker.index)
    })
  }

  join(i: number): void {
    if (this.#byPlace[i]) return
    const plan: WorkerPlan = this.#sim.plan.workers[i]!
    const { name, host, threads, resources } = plan
    // Some have more than others, and some of those that crash took too much.
    const memory = [100, 200, undefined][i % 3]
    const index = this.#sim.scheduler.addWorker({ name, host, threads, resources, memory })
    if (this.#byNumber[index] || this.#wentThisTick.has(index)) this.#sim.fail(`worker ${index} is in use`)
    const worker = new SimulatedWorker(this.#sim, plan, index, this.#sim.newMachine())
    this.#byNumber[index] = worker
    this.#byPlace[i] = worker
    if (this.#sim.plan.shuffle) this.#byAddress.set(worker.address, worker)
    if (this.#sim.tracing) this.#sim.say(`${worker.name} joins`)
    this.#sim.heard()
  }

  /** The process ends at once; the scheduler hears of it a little later. */
  crash(worker: SimulatedWorker | undefined, killer?: { readonly plan: GraphPlan; readonly task: number }): void {
    if (!worker?.alive) return
    if (this.#sim.tracing) this.#sim.say(`${worker.name} crashes`)
    worker.vanish()
    if (this.#byNumber[worker.index] !== worker) return // the scheduler took leave of it before
    this.#sim.queue.after(this.#sim.random.next() * 0.01, () => {
      const state = killer && this.#sim.scheduler.stateOf(this.#sim.idOf(killer.plan), killer.task)
      if (state !== 'processing' && state !== 'suspended') this.#sim.ledger.strayDeaths++
      this.#remove(worker, false)
    })
  }

  /** It says that it is going, and goes a moment later. */
  #leave(worker: SimulatedWorker | undefined): void {
    if (!worker?.alive) return
    worker.leaving = true
    this.#sim.queue.after(this.#sim.random.next() * 0.005, () => this.depart(worker))
  }

  depart(worker: SimulatedWorker | undefined): void {
    if (!worker?.alive) return
    worker.vanish()
    this.#remove(worker, true)
  }

  /** The scheduler does not hear it any more, and takes leave of it; it runs on for a while. */
  #isolate(worker: SimulatedWorker, seconds: number): void {
    worker.cutOff()
    this.#sim.ledger.strayDeaths++
    this.#remove(worker, false)
    this.#sim.queue.after(seconds, () => worker.vanish())
  }

  /** The scheduler says that the worker can go: nothing must be lost with it. */
  retire(worker: SimulatedWorker): void {
    for (const [plan, id] of this.#sim.ids) {
      for (let t = 0; t < plan.graph.size; t++) {
        const holders = this.#sim.scheduler.holdersOf(id, t)
        if (holders.length === 1 && holders[0] === worker.index)
          this.#sim.fail(`${worker.name} may go, and is the only one that holds ${plan.graph.keyOf(t)}`)
      }
    }
    if (worker.alive) this.depart(worker)
  }

  #remove(worker: SimulatedWorker, expected: boolean): void {
    if (this.#byNumber[worker.index] !== worker) return
    this.#sim.ledger.losses++
    if (this.#sim.tracing) this.#sim.say(`${worker.name} is removed, ${expected ? 'expected' : 'unexpected'}`)
    this.#byNumber[worker.index] = undefined
    this.#wentThisTick.add(worker.index)
    const i = this.#sim.plan.workers.indexOf(worker.plan)
    this.#byPlace[i] = undefined
    const outOfMemory = !expected && i % 2 === 0
    this.#sim.scheduler.removeWorker(worker.index, { expected, reason: 'it crashed', outOfMemory })
    this.#sim.shuffleRuns?.workerLost(worker.index)
    if (this.#closing || this.#sim.random.chance(0.5)) this.#sim.queue.after(this.#sim.random.next() * 0.05, () => this.join(i))
    this.#sim.heard()
  }

  /** Puts all that is planned to happen to workers into the future. */
  planDisturbances(): void {
    const { plan, queue } = this.#sim
    const onWorker = (i: number, run: (w: SimulatedWorker) => void) => (): void => {
      const w = this.#byPlace[i]
      if (w?.alive) run(w)
    }
    plan.joins.forEach((at, i) => queue.at(at, () => this.join(i)))
    for (const { at, worker } of plan.crashes) queue.at(at, () => this.crash(this.#byPlace[worker]))
    for (const { at, worker } of plan.departures)
      queue.at(at, () => {
        // That it says so before makes a difference to shuffles only.
        const leaving = this.#byPlace[worker]
        if (plan.shuffle) this.#leave(leaving)
        else this.depart(leaving)
      })
    for (const { at, worker } of plan.laneDeaths)
      queue.at(
        at,
        onWorker(worker, (w) => w.killLane()),
      )
    for (const { at, worker, seconds } of plan.pauses)
      queue.at(
        at,
        onWorker(worker, (w) => this.#pause(w, seconds)),
      )
    if (plan.shortage) {
      const { at, seconds } = plan.shortage
      queue.at(at, () => {
        for (const w of this.#byNumber) if (w) this.#pause(w, seconds)
      })
    }
    const retire = (w: SimulatedWorker): void => {
      this.#retiring.add(w)
      this.#sim.command((scheduler) => scheduler.retireWorker(w.index))
    }
    for (const { at, worker } of plan.retirements) queue.at(at, onWorker(worker, retire))
    for (const { at, worker, seconds } of plan.isolations)
      queue.at(
        at,
        onWorker(worker, (w) => this.#isolate(w, seconds)),
      )
    for (const { at, worker, seconds } of plan.stalls) {
      const stall = (w: SimulatedWorker): void => {
        for (const link of [w.toScheduler, w.fromScheduler]) link.heldUntil = queue.now + seconds
      }
      queue.at(at, onWorker(worker, stall))
    }
    for (const at of plan.discards) queue.at(at, () => this.#sim.command(() => this.#discard()))
    for (const { at, kind } of plan.moves) queue.at(at, () => this.#sim.command(() => this.#moveValues(kind)))
  }

  #pause(worker: SimulatedWorker, seconds: number): void {
    if (this.#closing) return
    this.#sim.command((scheduler) => scheduler.pauseWorker(worker.index))
    this.#paused.set(worker, this.#sim.ticks)
    this.#sim.queue.after(seconds, () => {
      if (this.has(worker)) this.stay(worker)
    })
  }

  /** Some results of a graph are of no use any more; they are not given, but computed. */
  #discard(): void {
    const { scheduler, random, ids, ledger } = this.#sim
    if (ids.size === 0) return
    const [plan, id] = random.pick([...ids])
    const tasks = Array.from({ length: plan.graph.size }, (_, t) => t).filter(
      (t) => plan.graph.layer(t).run !== undefined && random.chance(0.5),
    )
    ledger.losses++
    scheduler.discard(id, tasks)
  }

  #moveValues(kind: 'replicate' | 'rebalance' | 'relieve'): void {
    const { scheduler, random } = this.#sim
    const workers = this.#byNumber.filter((w) => w !== undefined)
    if (workers.length === 0 || this.#sim.ids.size === 0) return
    if (kind === 'rebalance') scheduler.rebalance()
    else if (kind === 'relieve') scheduler.relieveWorker(random.pick(workers).index)
    else {
      const [plan, id] = random.pick([...this.#sim.ids])
      const tasks = plan.wanted.filter((t) => scheduler.knows(id, t))
      scheduler.replicate(id, tasks, random.chance(0.5) ? 2 : workers.map((w) => w.index))
    }
  }
}
