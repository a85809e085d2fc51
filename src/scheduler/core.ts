import { ArgumentError, type Clock, IntList, RankSet } from '../base/index.js'
import { EventKind, type EventLog } from '../events/index.js'
import { GraphBuilder } from '../graph/index.js'
import type { Admission } from './admission.js'
import { Durations } from './durations.js'
import { GraphState, type Source } from './graph-state.js'
import { GraphTable } from './graph-table.js'
import { Instruction } from './instructions.js'
import type { Expected } from './larger-workers.js'
import type { Move } from './moves.js'
import type { Requirement } from './requirements.js'
import type { Dropping } from './requests.js'
import { RootQueue } from './root-queue.js'
import type { Retirement } from './retirement.js'
import type { Steal } from './stealing.js'
import { findTask } from './submission.js'
import { forgetWants } from './wants.js'
import type { WorkerState } from './worker-state.js'

export interface SchedulerOptions {
  readonly clock: Clock
  readonly log: EventLog
  /** how many workers may die of a task before it is given up; 3 unless told */
  readonly allowedFailures?: number
  /** seconds of work, for each thread, that may wait on a worker; 0.005 unless told */
  readonly aheadTime?: number
  /** tasks that may wait on a worker, however short they are; 512 unless told */
  readonly maximumAhead?: number
  /** tasks of a worker that may wait for promises, for each thread; 256 unless told */
  readonly concurrentWaits?: number
  /** graphs of so many tasks and more are archived when little of them is left; 4096 unless told */
  readonly archiveFrom?: number
  /** what is little: that part of the tasks of a graph; 1/64 unless told */
  readonly archiveShare?: number
  /** seconds that nothing must have gone on in a graph before it is archived; 0.5 unless told */
  readonly archiveAfter?: number
  /** check every invariant after every event: slow */
  readonly validate?: boolean
}

/** The whole state of the scheduler machine, and how it speaks: shared by the modules that make its transitions. */
export class Core {
  readonly clock: Clock
  readonly log: EventLog
  readonly allowedFailures: number
  readonly aheadTime: number
  readonly maximumAhead: number
  readonly concurrentWaits: number
  readonly archiveFrom: number
  readonly archiveShare: number
  readonly archiveAfter: number
  /** by graph id; ids only grow, so an older submission has a smaller one */
  readonly graphs = new GraphTable()
  /** by graph id, what is not in yet */
  readonly admissions = new Map<number, Admission>()
  /** by client, the graphs that it submitted or wants something of */
  readonly clients = new Map<number, Set<number>>()
  /** by client, how far those are dropped that are gone */
  readonly droppings = new Map<number, Dropping>()
  readonly workers: (WorkerState | undefined)[] = []
  workerCount = 0
  /** those of them that keep values and run nothing */
  readonly keepers = new Set<WorkerState>()
  /** workers that may come, as far as somebody has said so */
  expected: readonly Expected[] = []
  /** grows when a worker comes, goes, or can take values again */
  workersVersion = 0
  /** who goes on although it is short of memory: see closing.ts */
  lastResort: WorkerState | undefined
  /** numbers of workers that are gone, to be used again; first those of this tick, which instructions may still name */
  readonly leaving: number[] = []
  readonly vacant: number[] = []
  readonly requirements = new Map<string, Requirement>()
  readonly durations = new Durations()
  readonly roots = new RootQueue()
  /** the number of workers that `room` and `idle` are made for */
  capacity = 64
  /** the indices of workers that may take another task now */
  room = new RankSet(64)
  /** the indices of workers that have nothing to do */
  idle = new RankSet(64)
  /** the indices of workers that have a thread to spare and nothing queued for it */
  spare = new RankSet(64)
  /** workers that have tasks which wait for a thread; each knows its place */
  readonly laden: WorkerState[] = []
  /** where among them the next one to steal from is looked for */
  nextVictim = 0
  /** workers were asked to give these tasks back; by graph, task and attempt */
  readonly steals = new Map<string, Steal>()
  /** copies that are to be made, by graph, task and target */
  readonly moves = new Map<string, Move>()
  /** those of them that nobody was told of yet */
  moveQueue: Move[] = []
  /** copies that their holders were told to drop, and have not said that they did; by graph, task, attempt and worker */
  readonly dropped = new Map<string, WorkerState>()
  readonly retirements = new Set<Retirement>()
  /** large graphs of which little is left */
  readonly resting: GraphState[] = []
  /** workers to be fed at the end of the tick */
  readonly hungry: WorkerState[] = []
  /** classes of tasks that have new ready ones, whose workers are to be fed at the end of the tick */
  readonly stocked: Requirement[] = []
  /** workers that take nothing because a suspect is next, which must run alone */
  readonly blocked: WorkerState[] = []
  /** tasks that nobody wants any more and that are about to be let go; empty between two calls */
  readonly released = new IntList()
  /** tasks that are being given up */
  readonly unneeded: Source[] = []
  givingUp = false
  /**
   * A graph of no tasks. While it is there the engine keeps the shape that all graphs have, and the code that was compiled
   * for it; between two graphs of a program it would throw both away.
   */
  readonly shape = new GraphState(0, new GraphBuilder().finish(), new Int32Array(0))
  /** what is to be told to workers and clients; the shell empties it */
  readonly instructions = new IntList(4096)
  nextGraph = 1
  #now = -1

  constructor(options: SchedulerOptions) {
    this.clock = options.clock
    this.log = options.log
    this.allowedFailures = options.allowedFailures ?? 3
    this.aheadTime = options.aheadTime ?? 0.005
    this.maximumAhead = options.maximumAhead ?? 512
    this.concurrentWaits = options.concurrentWaits ?? 256
    this.archiveShare = options.archiveShare ?? 1 / 64
    this.archiveAfter = options.archiveAfter ?? 0.5
    this.archiveFrom = options.archiveFrom ?? 4096
  }

  /** The time of this tick: a clock costs more than all else about an event, so it is read once between two flushes. */
  get now(): number {
    if (this.#now < 0) this.#now = this.clock.now()
    return this.#now
  }

  /** Has the clock read again for the next event, and the numbers of workers that are gone used again. */
  endTick(): void {
    this.#now = -1
    if (this.leaving.length === 0) return
    this.vacant.push(...this.leaving)
    this.leaving.length = 0
  }

  graph(id: number): GraphState {
    const g = this.graphs.get(id)
    if (!g) throw new ArgumentError(`the scheduler has no graph ${id}: nothing of it is needed any more`)
    return g
  }

  /** The task that is called so outside. */
  find(graph: number, name: number): Source {
    return findTask(this.graph(graph), name)
  }

  /** Makes the sets of workers large enough for so many. */
  reserveWorkers(workers: number): void {
    if (workers <= this.capacity) return
    this.capacity = Math.max(workers, this.capacity * 2)
    const room = new RankSet(this.capacity)
    const idle = new RankSet(this.capacity)
    const spare = new RankSet(this.capacity)
    for (const w of this.workers) {
      if (w?.hasRoom) room.add(w.index)
      if (w?.isIdle) idle.add(w.index)
      if (w?.isSpare) spare.add(w.index)
    }
    this.room = room
    this.idle = idle
    this.spare = spare
  }

  record(kind: number, g: GraphState, task: number, worker: number, value: number): void {
    this.log.record(kind, this.now, g.id, g.nameOf(task), g.graph.layerOf[task]!, worker, value)
  }

  /** Tells a worker about a value or a task in its present attempt: free, cancel, confirm or steal. */
  tellWorker(op: number, worker: number, g: GraphState, task: number): void {
    this.tell(op, worker, g.id, g.nameOf(task), g.attempt[task]!)
  }

  /** As `tellWorker`, of a task by the name that it has outside, and of any attempt. */
  tell(op: number, worker: number, graph: number, task: number, attempt: number): void {
    const out = this.instructions
    const at = out.length
    out.reserve(at + 5)
    const words = out.items
    words[at] = op
    words[at + 1] = worker
    words[at + 2] = graph
    words[at + 3] = task
    words[at + 4] = attempt
    out.length = at + 5
  }

  tellClient(op: number, g: GraphState, task: number): void {
    const out = this.instructions
    const at = out.length
    out.reserve(at + 4)
    const words = out.items
    words[at] = op
    words[at + 1] = -1
    words[at + 2] = g.id
    words[at + 3] = g.nameOf(task)
    out.length = at + 4
  }

  /** Tells the clients of a graph about all of it. */
  tellGraph(op: number, graph: number): void {
    const out = this.instructions
    out.push(op)
    out.push(-1)
    out.push(graph)
  }

  /** Drops the state of a graph of which nothing is needed any more, and of those that were kept for its sake. */
  forgetIfDone(g: GraphState): void {
    if (g.activeCount > g.archiveBelow) return
    if (g.wantedCount > 0 || g.activeCount > 0 || g.users > 0) this.#noteResting(g)
    else this.#forget(g)
  }

  #forget(g: GraphState): void {
    const list = [g]
    for (let h = list.pop(); h; h = list.pop()) {
      if (h.wantedCount > 0 || h.activeCount > 0 || h.users > 0) {
        if (h.activeCount <= h.archiveBelow) this.#noteResting(h)
        continue
      }
      if (!this.graphs.delete(h.id)) continue
      this.roots.forget(h)
      forgetWants(this, h)
      this.log.record(EventKind.graphForgotten, this.now, h.id, -1, -1, -1, 0)
      this.tellGraph(Instruction.forgotten, h.id)
      for (const used of h.uses) {
        used.users--
        list.push(used)
      }
    }
  }

  /** So little is left of the graph that it may come to rest. */
  #noteResting(g: GraphState): void {
    if (g.restingUpTo >= 0 || g.graph.size < this.archiveFrom) return
    g.restingUpTo = 0
    g.restingSince = Number.NaN
    this.resting.push(g)
  }

  makeHungry(w: WorkerState): void {
    if (w.hungry) return
    w.hungry = true
    this.hungry.push(w)
  }

  /** A suspect stands in the way no longer: the workers that waited for its turn can go on. */
  unblock(): void {
    for (let w = this.blocked.pop(); w; w = this.blocked.pop()) {
      w.blocked = false
      this.makeHungry(w)
    }
  }
}
