import { Random } from '../../src/base/index.js'
import { type Annotations, type Graph, GraphBuilder } from '../../src/graph/index.js'
import type { ShufflePart, ShuffleRoom } from './shuffle-plan.js'

/*
 * Everything that a seed decides before the simulation begins: the workers, the graphs and what their tasks do, and
 * what goes wrong.
 */

/** What a task does when it runs. */
export const Behaviour = {
  returns: 0,
  throws: 1,
  /** throws the first `times` times */
  flaky: 2,
  /** ends its worker the first `times` times */
  killsWorker: 3,
  /** ends the lane that runs it the first `times` times */
  killsLane: 4,
} as const

export interface WorkerPlan {
  readonly name: string
  readonly host: string
  readonly threads: number
  readonly resources: Readonly<Record<string, number>>
  /** factor on every duration */
  readonly slowness: number
  /** tasks that a lane takes at a time */
  readonly prefetch: number
  /** seconds a message to or from it takes, at least and at most */
  readonly delay: readonly [number, number]
}

export interface GraphPlan {
  /** the number of the graph in the plan, from 0: layers and errors are named after it */
  readonly number: number
  readonly kind: string
  readonly graph: Graph
  readonly wanted: readonly number[]
  readonly priority: number
  readonly behaviour: Uint8Array
  readonly times: Int32Array
  /** seconds of work */
  readonly seconds: Float64Array
  readonly bytes: Float64Array
  /** seconds that the task waits for a promise after it worked; 0: it is not asynchronous */
  readonly waits: Float64Array
  readonly retries: Int32Array
  /** of tasks that stand for tasks of graphs before: those, by the number in the plan */
  readonly sources: ReadonlyMap<number, { readonly plan: GraphPlan; readonly task: number }>
  /** tasks whose values are put on a worker before the graph is submitted */
  readonly data: readonly number[]
  readonly submitAt: number
  /** tasks that are part of a shuffle */
  readonly shuffles?: ReadonlyMap<number, ShufflePart>
}

export interface Plan {
  readonly seed: number
  readonly workers: readonly WorkerPlan[]
  readonly graphs: readonly GraphPlan[]
  readonly allowedFailures: number
  readonly concurrentWaits: number
  /** nothing goes wrong and nobody changes his mind: every task must run exactly once */
  readonly peaceful: boolean
  /** when the last planned disturbance happens */
  readonly horizon: number
  /** crashes, by time, of a worker by its place in `workers` */
  readonly crashes: readonly { readonly at: number; readonly worker: number }[]
  /** expected departures */
  readonly departures: readonly { readonly at: number; readonly worker: number }[]
  /** a lane of a worker dies of nothing in particular */
  readonly laneDeaths: readonly { readonly at: number; readonly worker: number }[]
  /** a worker is short of memory for a while */
  readonly pauses: readonly { readonly at: number; readonly worker: number; readonly seconds: number }[]
  /** when all workers that are there are short of memory, and for how long */
  readonly shortage: { readonly at: number; readonly seconds: number } | undefined
  /** a worker is to leave, and is let go when it holds nothing that only it has */
  readonly retirements: readonly { readonly at: number; readonly worker: number }[]
  /** two workers cannot reach each other for a while; the scheduler hears both */
  readonly cuts: readonly { readonly at: number; readonly workers: readonly [number, number]; readonly seconds: number }[]
  /** the scheduler does not hear a worker any more and takes leave of it; it runs on, and its peers reach it, for a while */
  readonly isolations: readonly { readonly at: number; readonly worker: number; readonly seconds: number }[]
  /** messages from and to a worker arrive late for a while */
  readonly stalls: readonly { readonly at: number; readonly worker: number; readonly seconds: number }[]
  /** what a user has the scheduler do: spread values, or free superfluous copies */
  readonly moves: readonly { readonly at: number; readonly kind: 'replicate' | 'rebalance' | 'relieve' }[]
  /** results are of no use any more, of tasks that have been a part of something which lost a part */
  readonly discards: readonly number[]
  /** chance that a task is best run on one worker */
  readonly preferred: number
  /** chance that a batch of messages arrives twice */
  readonly repeats: number
  /** chance that a value is on disk when it is asked for */
  readonly spilled: number
  /** another client that wants some of the same things; when it goes, without a word, if it does */
  readonly secondClient:
    | { readonly share: number; readonly goesAt: number | undefined; readonly droppedAfter: number }
    | undefined
  /** the connection of the client is away: messages come later */
  readonly absences: readonly { readonly at: number; readonly seconds: number }[]
  /** graphs of so many tasks are archived when little is left of them, after so many seconds at rest */
  readonly archiveFrom: number
  readonly archiveShare: number
  readonly archiveAfter: number
  /** tasks of a graph that are taken in at a time; 0: all at once */
  readonly slice: number
  /** when each worker joins for the first time */
  readonly joins: readonly number[]
  /** chance that a fetch fails although the value is there */
  readonly fetchFailure: number
  /** chance that a value is not in its store when a task looks for it */
  readonly storeLoss: number
  /** chances, for each settled key, that the client releases it, or asks again for one that failed */
  readonly earlyRelease: number
  readonly clientRetry: number
  /** chance that the client cancels a whole graph, or single keys, at a random time */
  readonly cancelGraph: number
  readonly cancelKeys: number
  /** chance that it wants a key again soon after it cancelled it */
  readonly changeOfMind: number
  /** seconds between an event and the flush of the scheduler, at most */
  readonly tick: number
  /** what workers have for shuffles; undefined: there is no shuffle */
  readonly shuffle?: ShuffleRoom
}

const RESOURCES = ['gpu', 'memory']

export function planOf(seed: number): Plan {
  const random = new Random(seed)
  const peaceful = random.chance(0.2)
  const faults = peaceful ? 0 : random.pick([0, 1, 1, 2])
  const workerCount = 1 + random.below(random.chance(0.5) ? 3 : 8)
  const workers = Array.from({ length: workerCount }, (_, i): WorkerPlan => planWorker(random, i))
  const graphCount = 1 + (random.chance(0.6) ? 0 : random.below(4))
  const calm = random.chance(0.3)
  const graphs: GraphPlan[] = []
  let at = 0
  let work = 0
  for (let i = 0; i < graphCount; i++) {
    const plan = planGraph(random, i, graphs, workers, at, peaceful || calm, graphCount)
    graphs.push(plan)
    for (const s of plan.seconds) work += s
    at += random.next() * random.pick([0.001, 0.05, 0.5])
  }
  const threads = workers.reduce((sum, w) => sum + w.threads, 0)
  const horizon = at + (work / threads) * (0.5 + random.next() * 2) + 0.01
  const times = (n: number): { at: number; worker: number }[] =>
    Array.from({ length: n }, () => ({ at: random.next() * horizon, worker: random.below(workerCount) }))
  const crashes = times(faults === 0 ? 0 : random.below(faults === 1 ? 3 : 7))
  const laneDeaths = times(faults === 0 ? 0 : random.below(faults === 1 ? 2 : 5))
  const isolations = times(faults < 2 ? 0 : random.below(3)).map((p) => ({ ...p, seconds: random.next() * 0.1 }))
  const chance = (probability: number, value: number): number => (!peaceful && random.chance(probability) ? value : 0)
  // What was released can then not be had again, so that the client does not ask for it.
  const archives = random.chance(0.3)
  return {
    seed,
    workers,
    graphs,
    // Whoever was merely near when something died must not be given up: a task can be charged once beside others, and
    // once for each random death while it runs alone.
    allowedFailures: Math.max(random.below(4), crashes.length + laneDeaths.length + isolations.length + 1),
    concurrentWaits: random.pick([1, 2, 256]),
    peaceful,
    horizon,
    crashes,
    departures: times(faults === 0 ? 0 : random.below(3)),
    laneDeaths,
    joins: workers.map((_, i) => (i > 0 && random.chance(0.3) ? random.next() * horizon : 0)),
    fetchFailure: chance(0.2, random.pick([0.01, 0.1])),
    storeLoss: chance(0.1, 0.02),
    earlyRelease: chance(0.5, random.next()),
    clientRetry: chance(0.5, 0.3),
    cancelGraph: chance(0.15, 0.5),
    cancelKeys: chance(0.3, random.pick([0.3, 1])),
    changeOfMind: archives ? 0 : random.pick([0, 0.5, 1]),
    tick: random.pick([0, 0.0001, 0.003]),
    pauses: times(calm || peaceful ? 0 : random.below(3)).map((p) => ({ ...p, seconds: random.next() * horizon })),
    retirements: times(faults === 0 ? 0 : random.below(3)),
    cuts: times(peaceful ? 0 : random.below(4)).map(({ at: cutAt, worker }) => ({
      at: cutAt,
      workers: [worker, random.below(workerCount)] as const,
      seconds: random.next() * 0.2,
    })),
    isolations,
    stalls: times(peaceful ? 0 : random.below(3)).map((p) => ({ ...p, seconds: random.next() * 0.2 })),
    moves: times(peaceful ? 0 : random.below(4)).map(({ at: moveAt }) => ({
      at: moveAt,
      kind: random.pick(['replicate', 'rebalance', 'relieve'] as const),
    })),
    repeats: chance(0.2, 0.1),
    spilled: random.chance(0.2) ? 0.2 : 0,
    secondClient:
      !peaceful && random.chance(0.3)
        ? {
            share: random.next(),
            goesAt: random.chance(0.5) ? random.next() * horizon * 2 : undefined,
            droppedAfter: random.next() * 0.1,
          }
        : undefined,
    absences: !peaceful && random.chance(0.2) ? [{ at: random.next() * horizon, seconds: random.next() * 0.3 }] : [],
    archiveFrom: archives ? random.pick([1, 10, 100]) : Infinity,
    archiveShare: random.pick([1, 1, 0.1]),
    archiveAfter: random.pick([0, 0.001, 0.05]),
    slice: random.pick([0, 0, 1, 7, 50]),
    discards: times(peaceful ? 0 : random.below(4)).map(({ at: discardAt }) => discardAt),
    preferred: random.chance(0.3) ? random.next() : 0,
    shortage: !peaceful && random.chance(0.2) ? { at: random.next() * horizon, seconds: random.next() * horizon } : undefined,
  }
}

function planWorker(random: Random, i: number): WorkerPlan {
  const least = random.pick([0.00005, 0.0005, 0.002])
  return {
    name: `w${i}`,
    host: `host${i % 3}`,
    threads: random.pick([1, 1, 2, 4, 12]),
    resources: Object.fromEntries(RESOURCES.filter(() => random.chance(0.5)).map((name) => [name, 1 + random.below(3)])),
    slowness: random.chance(0.15) ? 10 : 1,
    prefetch: random.pick([1, 1, 3]),
    delay: [least, least * random.pick([1, 3, 30])],
  }
}

function sizeOf(random: Random, graphs: number): number {
  const r = random.next()
  if (r < 0.6) return 1 + random.below(40)
  if (r < 0.9) return 40 + random.below(110)
  if (r < 0.993 || graphs > 2) return 150 + random.below(150)
  return 1000 + random.below(2000)
}

export const KINDS = ['independent', 'tree', 'layered', 'shuffle', 'chain', 'random'] as const

/** For each task beyond the inputs, what it depends on (numbers of tasks before it) and which layer it is in. */
export function shapeOf(kind: string, size: number, random: Random): { layer: number; inputs: number[] }[] {
  const shape: { layer: number; inputs: number[] }[] = []
  switch (kind) {
    case 'independent':
      for (let i = 0; i < size; i++) shape.push({ layer: 0, inputs: [] })
      break
    case 'tree': {
      const arity = 2 + random.below(6)
      let level: number[] = []
      const leaves = Math.max(1, Math.round((size * (arity - 1)) / arity))
      for (let i = 0; i < leaves; i++) {
        level.push(shape.length)
        shape.push({ layer: 0, inputs: [] })
      }
      for (let depth = 1; level.length > 1; depth++) {
        const above: number[] = []
        for (let i = 0; i < level.length; i += arity) {
          above.push(shape.length)
          shape.push({ layer: depth, inputs: level.slice(i, i + arity) })
        }
        level = above
      }
      break
    }
    case 'layered': {
      const width = 1 + random.below(Math.ceil(Math.sqrt(size) * 2))
      const degree = 1 + random.below(4)
      for (let i = 0; i < size; i++) {
        const layer = Math.floor(i / width)
        const inputs = layer === 0 ? [] : Array.from({ length: degree }, () => (layer - 1) * width + random.below(width))
        shape.push({ layer, inputs })
      }
      break
    }
    case 'shuffle': {
      const k = Math.max(1, Math.round(Math.sqrt(size)) - 1)
      for (let i = 0; i < k; i++) shape.push({ layer: 0, inputs: [] })
      for (let i = 0; i < k * k; i++) shape.push({ layer: 1, inputs: [Math.floor(i / k)] })
      for (let j = 0; j < k; j++) shape.push({ layer: 2, inputs: Array.from({ length: k }, (_, i) => k + i * k + j) })
      break
    }
    case 'chain':
      for (let i = 0; i < size; i++) shape.push({ layer: i % 3, inputs: i === 0 ? [] : [i - 1] })
      break
    default:
      for (let i = 0; i < size; i++) {
        const degree = i === 0 ? 0 : random.below(5)
        shape.push({ layer: random.below(4), inputs: Array.from({ length: degree }, () => random.below(i)) })
      }
  }
  return shape
}

/** Whether what the task makes lives where it was made, and must not be made again. */
export function isActor(plan: GraphPlan, task: number): boolean {
  return plan.graph.layer(task).annotations?.actor === true
}

/** What every task computes, of its own number and of its inputs. */
export function valueOf(inputs: readonly unknown[], own: number): number {
  let h = Math.imul(own + 1, 0x9e3779b1)
  for (const value of inputs) h = Math.imul(h ^ (value as number), 0x85ebca6b) + 1
  return h ^ (h >>> 13)
}

function planGraph(
  random: Random,
  number: number,
  before: readonly GraphPlan[],
  workers: readonly WorkerPlan[],
  submitAt: number,
  calm: boolean,
  graphs: number,
): GraphPlan {
  const kind = random.pick(KINDS)
  const shape = shapeOf(kind, sizeOf(random, graphs), random)
  const size = shape.length
  const builder = new GraphBuilder()
  const salt = random.below(2 ** 30)
  const annotated = random.chance(0.3)
  // Chosen apart, so that nothing else of a seed depends on it.
  const actors = new Random(salt)
  const hasActors = actors.chance(0.2)
  const layers: number[] = []
  const layerRetries: number[] = []
  const annotations: (Annotations | undefined)[] = []
  for (let l = 0; l <= Math.max(...shape.map((s) => s.layer)); l++) {
    const a = annotated && random.chance(0.5) ? annotationsOf(random, workers) : {}
    if (!calm && random.chance(0.4)) Object.assign(a, { retries: 1 + random.below(3) })
    if (hasActors && actors.chance(0.3)) Object.assign(a, { actor: true })
    annotations.push(a)
    layerRetries.push(a.retries ?? 0)
    layers.push(builder.layer({ name: `g${number}-l${l}`, run: valueOf, annotations: a }))
  }
  const given = builder.layer({ name: `g${number}-given`, run: undefined })
  const sources = new Map<number, { plan: GraphPlan; task: number }>()
  const data: number[] = []
  const useSources = before.length > 0 && random.chance(0.7)
  const useData = random.chance(0.15)
  shape.forEach(({ layer, inputs }, t) => {
    if (inputs.length === 0 && useSources && random.chance(0.5)) {
      const plan = random.pick(before)
      sources.set(t, { plan, task: random.chance(0.8) ? random.pick(plan.wanted) : random.below(plan.graph.size) })
      builder.task(given, [], -1)
    } else if (inputs.length === 0 && useData && random.chance(0.4)) {
      data.push(t)
      builder.task(given, [], salt + t)
    } else builder.task(layers[layer]!, inputs, salt + t)
  })
  const graph = builder.finish()

  const behaviour = new Uint8Array(size)
  const times = new Int32Array(size)
  const seconds = new Float64Array(size)
  const bytes = new Float64Array(size)
  const waits = new Float64Array(size)
  const retries = new Int32Array(size)
  const scale = random.pick([0.0001, 0.001, 0.02])
  const asynchronous = random.chance(0.2) ? random.pick([0.1, 1]) : 0
  const bad = !calm && random.chance(0.5) ? random.pick([1, 3, size * 0.1]) / size : 0
  for (let t = 0; t < size; t++) {
    seconds[t] = scale * random.next() * (random.chance(0.02) ? 20 : 1)
    bytes[t] = random.chance(0.1) ? 0 : Math.floor(random.next() * 10 ** (1 + random.below(7)))
    if (random.chance(asynchronous)) waits[t] = 0.0001 + random.next() * 0.02
    retries[t] = shape[t]!.inputs.length === 0 && graph.layer(t).run === undefined ? 0 : layerRetries[shape[t]!.layer]!
    if (graph.layer(t).run === undefined || !random.chance(bad)) continue
    behaviour[t] = random.pick([Behaviour.throws, Behaviour.flaky, Behaviour.flaky, Behaviour.killsWorker, Behaviour.killsLane])
    times[t] = behaviour[t] === Behaviour.flaky ? 1 + random.below(3) : random.chance(0.5) ? 1 + random.below(2) : 1000
  }
  const { start } = graph.dependents
  const alsoWanted = random.pick([0, 0, 0.1, 1])
  const wanted: number[] = []
  for (let t = 0; t < size; t++) if (start[t] === start[t + 1] || random.chance(alsoWanted)) wanted.push(t)
  return {
    number,
    kind,
    graph,
    wanted,
    priority: random.pick([0, 0, 0, 5, -5]),
    behaviour,
    times,
    seconds,
    bytes,
    waits,
    retries,
    sources,
    data,
    submitAt,
  }
}

/** Annotations that at least one of the workers satisfies. */
function annotationsOf(random: Random, workers: readonly WorkerPlan[]): { -readonly [K in keyof Annotations]: Annotations[K] } {
  const a: { priority?: number; resources?: Record<string, number>; workers?: string[]; allowOtherWorkers?: boolean } = {}
  if (random.chance(0.4)) a.priority = random.below(5) - 2
  const fit = random.pick(workers)
  if (random.chance(0.4)) {
    const names = Object.keys(fit.resources)
    if (names.length > 0) {
      const name = random.pick(names)
      a.resources = { [name]: random.chance(0.3) ? fit.resources[name]! / 2 : 1 + random.below(fit.resources[name]!) }
    }
  }
  if (random.chance(0.4)) {
    a.workers = [random.chance(0.7) ? fit.name : fit.host]
    a.allowOtherWorkers = random.chance(0.4)
  }
  return a
}
