import type { Core } from './core.js'
import { expectedSeconds } from './durations.js'
import type { GraphState } from './graph-state.js'
import type { TaskQueue } from './task-queue.js'
import { PROCESSING } from './task-states.js'
import type { WorkerState } from './worker-state.js'

/** Ready tasks of one graph that are looked at, to learn what all of them are like. */
const SAMPLES = 64

/** What there is to do, for whoever decides how many workers there are to be. */
export interface Load {
  /** tasks that run or could run now, on workers that there are or others like them */
  readonly tasks: number
  /** seconds that those of them need in all whose like was timed before */
  readonly occupancy: number
  /** those of them that nobody has timed */
  readonly untimed: number
  /** tasks that wait for promises, and so take up no thread */
  readonly suspended: number
  /** tasks that no worker there is may run; those of them that a newcomer could run count among `tasks` too */
  readonly unrunnable: number
  readonly workers: readonly WorkerLoad[]
}

/** What a worker has to do. */
export interface WorkerLoad {
  readonly index: number
  /** tasks it was sent or that are meant for it, those that wait for promises too */
  readonly tasks: number
  /** it was told to leave */
  readonly retiring: boolean
}

/** What a worker does, and how long that takes. */
export interface WorkerDemand extends WorkerLoad {
  /** tasks that it was sent and that hold a thread */
  readonly running: number
  readonly suspended: number
  readonly untimed: number
  readonly occupancy: number
}

/** Tasks that could run now and were not sent to anybody, and which workers could run them. */
export interface ClassDemand {
  /** what they need of each named resource */
  readonly resources: Readonly<Record<string, number>>
  /** bytes: workers that have no more were not enough for them */
  readonly memoryAbove: number
  /** they run on workers of certain names only */
  readonly named: boolean
  /** there is a worker that may run them */
  readonly runnable: boolean
  readonly tasks: number
  readonly occupancy: number
  readonly untimed: number
}

/** What there is to do, by what it needs. */
export interface Demand {
  readonly workers: readonly WorkerDemand[]
  readonly classes: readonly ClassDemand[]
}

/**
 * What is to be done, from what is kept anyway: of the tasks that no worker has yet some are looked at, and the rest is
 * taken to be like them. It loops over workers and graphs, so it is for now and then.
 *
 * @param newcomer what a worker would have that is yet to be started
 */
export function loadOf(core: Core, newcomer: Readonly<Record<string, number>>): Load {
  const { workers, classes } = demandOf(core)
  const sum = { tasks: 0, occupancy: 0, untimed: 0, suspended: 0, unrunnable: 0 }
  for (const w of workers) {
    sum.tasks += w.running
    sum.occupancy += w.occupancy
    sum.untimed += w.untimed
    sum.suspended += w.suspended
  }
  for (const one of classes) {
    if (!one.runnable) sum.unrunnable += one.tasks
    if (!one.runnable && !suits(one, newcomer)) continue
    sum.tasks += one.tasks
    sum.occupancy += one.occupancy
    sum.untimed += one.untimed
  }
  return { ...sum, workers: workers.map(({ index, tasks, retiring }) => ({ index, tasks, retiring })) }
}

/** The same, by worker what it does, and by class of tasks what nobody has been sent. */
export function demandOf(core: Core): Demand {
  const workers: WorkerDemand[] = []
  const any = newClass({}, 0, false, true)
  for (const w of core.workers) {
    if (!w) continue
    const untimed = Math.min(w.inflight, untimedSent(core, w))
    workers.push({
      index: w.index,
      tasks: w.inflight + w.suspended + w.ready.size,
      retiring: w.retirement !== undefined,
      running: w.inflight,
      suspended: w.suspended,
      untimed,
      occupancy: Math.max(0, w.occupancy - untimed * expectedSeconds({ mean: -1 })),
    })
    addQueue(any, w.ready)
  }
  for (const g of core.graphs.values()) if (g.roots.size > 0) addRoots(any, g)
  const classes = [any]
  for (const r of core.requirements.values()) {
    if (r.ready.size === 0) continue
    const named = r.workers !== undefined && !r.allowOtherWorkers
    const one = newClass(Object.fromEntries(r.resources), r.memoryAbove, named, r.eligible.size > 0)
    addQueue(one, r.ready)
    classes.push(one)
  }
  return { workers, classes }
}

function newClass(resources: Record<string, number>, memoryAbove: number, named: boolean, runnable: boolean): Mutable {
  return { resources, memoryAbove, named, runnable, tasks: 0, occupancy: 0, untimed: 0 }
}

type Mutable = { -readonly [K in keyof ClassDemand]: ClassDemand[K] }
type Sum = { tasks: number; occupancy: number; untimed: number }

/** All of them are taken to be like the first one. */
function addQueue(sum: Sum, queue: TaskQueue): void {
  if (!queue.topGraph) return
  const { mean } = queue.topGraph.layerState(queue.topTask).duration
  sum.tasks += queue.size
  if (mean < 0) sum.untimed += queue.size
  else sum.occupancy += queue.size * mean
}

function addRoots(sum: Sum, g: GraphState): void {
  const { roots, taskAt } = g
  let seconds = 0
  let untimed = 0
  let seen = 0
  // From places that are equally far from each other; the same one may come up twice.
  const first = roots.min()
  for (let i = 0; i < SAMPLES; i++) {
    const rank = roots.next(first + Math.floor((i * (taskAt.length - first)) / SAMPLES))
    if (rank < 0) break
    const { mean } = g.layerState(taskAt[rank]!).duration
    seen++
    if (mean < 0) untimed++
    else seconds += mean
  }
  const share = roots.size / seen
  sum.tasks += roots.size
  sum.untimed += Math.round(untimed * share)
  sum.occupancy += seconds * share
}

/** The tasks that nobody has timed among those that a worker has: all such ones are in the list of what it was sent. */
function untimedSent(core: Core, w: WorkerState): number {
  let count = 0
  for (let i = 0; i < w.sent.length; i++) {
    const g = core.graphs.get(w.sent.graphAt(i))
    const t = w.sent.taskAt(i)
    if (g?.state[t] === PROCESSING && g.worker[t] === w.index && g.layerState(t).duration.mean < 0) count++
  }
  return count
}

/** Whether a worker that has these resources and any name could run tasks of the class. */
function suits({ named, resources, memoryAbove }: ClassDemand, has: Readonly<Record<string, number>>): boolean {
  return !named && memoryAbove === 0 && Object.entries(resources).every(([name, amount]) => (has[name] ?? 0) >= amount)
}
