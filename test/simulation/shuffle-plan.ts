import { Random } from '../../src/base/index.js'
import { GraphBuilder } from '../../src/graph/index.js'
import { Behaviour, type GraphPlan, type Plan, valueOf } from './plan.js'

/*
 * Shuffles in some of the simulations: graphs whose tasks send records to each other through the service of shuffles, and
 * more that goes wrong meanwhile. Chosen apart, so that what else a seed plans does not depend on it.
 */

/** What a task has to do with a shuffle. */
export type ShufflePart =
  | {
      readonly role: 'transfer'
      readonly outputs: number
      readonly records: number
      /** all records go to one partition, or to those below this */
      readonly below: number
      /** how often something is sent */
      readonly batches: number
    }
  | { readonly role: 'seal'; readonly outputs: number }
  | { readonly role: 'reader'; readonly output: number }

/** What workers have for shuffles. */
export interface ShuffleRoom {
  readonly memory: number
  readonly peerBytes: number
  readonly sendBytes: number
  /** chance that a file cannot be written, a few times */
  readonly fullDisk: number
}

export interface PartitionedRecord {
  readonly output: number
  readonly value: number
}

const SHARE = 0.15

/** Whether there is a shuffle in what the seed plans. */
export function hasShuffles(seed: number): boolean {
  return randomOf(seed).chance(SHARE)
}

function randomOf(seed: number): Random {
  return new Random(seed ^ 0x5f1e_d)
}

/** The plan, with shuffles if its seed wants some. */
export function withShuffles(plan: Plan): Plan {
  const random = randomOf(plan.seed)
  if (!random.chance(SHARE)) return plan
  const { workers, peaceful } = plan
  const slowest = Math.max(...workers.map(({ delay }) => delay[1]))
  const within = Math.max(plan.horizon, slowest * random.pick([5, 20, 50]))
  const graphs: GraphPlan[] = []
  let work = 0
  const count = random.pick([1, 1, 2, 3])
  const scale = random.pick([0.0001, 0.001, within / 10])
  for (let i = 0; i < count; i++) {
    const number = plan.graphs.length + i
    const graph = planGraph(random, number, random.next() * within * 0.5, scale, peaceful)
    graphs.push(graph)
    for (const s of graph.seconds) work += s
  }
  const horizon = within + work / workers.length
  const shuffle: ShuffleRoom = {
    memory: random.pick([Infinity, Infinity, 0, 100, 1000]),
    peerBytes: random.pick([1, 100, 1e6]),
    sendBytes: random.pick([1, 200, 1e6]),
    fullDisk: !peaceful && random.chance(0.1) ? 0.2 : 0,
  }
  const own = { ...plan, graphs: [...plan.graphs, ...graphs], horizon, shuffle }
  if (peaceful || random.chance(0.3)) return own
  const times = (n: number): { at: number; worker: number }[] =>
    Array.from({ length: n }, () => ({ at: random.next() * horizon, worker: random.below(workers.length) }))
  const lasting = (n: number, most: number): { at: number; worker: number; seconds: number }[] =>
    times(n).map((one) => ({ ...one, seconds: random.next() * most }))
  const crashes = [...plan.crashes, ...times(random.below(3))]
  const laneDeaths = [...plan.laneDeaths, ...times(random.below(2))]
  const isolations = [...plan.isolations, ...lasting(random.below(2), horizon / 2)]
  return {
    ...own,
    crashes,
    laneDeaths,
    isolations,
    departures: [...plan.departures, ...times(random.below(2))],
    stalls: [...plan.stalls, ...lasting(random.below(3), horizon / 4)],
    cuts: [
      ...plan.cuts,
      ...lasting(random.below(3), horizon / 4).map(({ at, worker, seconds }) => ({
        at,
        workers: [worker, random.below(workers.length)] as const,
        seconds,
      })),
    ],
    allowedFailures: Math.max(plan.allowedFailures, crashes.length + laneDeaths.length + isolations.length + 1),
  }
}

/**
 * A chain of stages, each of one shuffle or of two that are read together: tasks that make something, transfers, a seal and
 * readers, which are what the next stage begins with.
 */
function planGraph(random: Random, number: number, submitAt: number, scale: number, peaceful: boolean): GraphPlan {
  const builder = new GraphBuilder()
  const salt = random.below(2 ** 30)
  const shuffles = new Map<number, ShufflePart>()
  const calm = peaceful || random.chance(0.5)
  const retries: number[] = []
  const taskRetries = calm ? 0 : random.below(3)
  const layer = (name: string, shuffle?: 'transfer' | 'seal'): number =>
    builder.layer({ name: `g${number}-${name}`, run: valueOf, shuffle, annotations: { retries: taskRetries } })
  let count = 0
  const task = (of: number, inputs: readonly number[], part?: ShufflePart): number => {
    const t = builder.task(of, inputs, salt + count++)
    retries.push(taskRetries)
    if (part) shuffles.set(t, part)
    return t
  }
  const made = layer('l0')
  let before = Array.from({ length: random.below(8) }, () => task(made, []))
  const stages = random.pick([1, 1, 2])
  const wanted: number[] = []
  for (let stage = 0; stage < stages; stage++) {
    const outputs = 1 + random.below(9)
    const sides = random.pick([1, 1, 1, 2])
    const isTogether = random.chance(0.3)
    const seals: number[] = []
    let sending = -1
    const parts: { transfers: number[]; side: number }[] = []
    for (let side = 0; side < sides; side++) {
      if (sending < 0 || !isTogether) sending = layer(`l${stage}${side}1`, 'transfer')
      const skew = random.chance(0.2) ? 1 : random.chance(0.2) ? 1 + random.below(outputs) : outputs
      const transfers = before.map((input) =>
        task(sending, random.chance(0.3) ? [input, random.pick(before)] : [input], {
          role: 'transfer',
          outputs,
          records: random.below(12),
          below: skew,
          batches: 1 + random.below(3),
        }),
      )
      parts.push({ transfers, side })
    }
    for (const { transfers, side } of parts)
      seals.push(task(layer(`l${stage}${side}2`, 'seal'), transfers, { role: 'seal', outputs }))
    const readerLayers = random.pick([1, 1, 1, 2])
    let readers: number[] = []
    for (let l = 0; l < readerLayers; l++) {
      const reading = layer(`l${stage}${l}3`)
      readers = Array.from({ length: outputs }, (_, output) => task(reading, seals, { role: 'reader', output }))
      if (l < readerLayers - 1 || stage === stages - 1) wanted.push(...readers)
    }
    before = readers
  }
  const graph = builder.finish()
  const { size } = graph
  const behaviour = new Uint8Array(size)
  const times = new Int32Array(size)
  const bad = calm ? 0 : random.pick([0, 1, 3]) / size
  for (let t = 0; t < size; t++) {
    if (!random.chance(bad)) continue
    behaviour[t] = random.pick([Behaviour.throws, Behaviour.flaky, Behaviour.flaky, Behaviour.killsWorker, Behaviour.killsLane])
    times[t] = behaviour[t] === Behaviour.flaky ? 1 + random.below(3) : 1 + random.below(2)
  }
  return {
    number,
    kind: 'exchange',
    graph,
    wanted,
    priority: random.pick([0, 0, 5]),
    behaviour,
    times,
    seconds: Float64Array.from({ length: size }, () => scale * random.next()),
    bytes: Float64Array.from({ length: size }, () => random.below(1000)),
    waits: new Float64Array(size),
    retries: Int32Array.from(retries),
    sources: new Map(),
    data: [],
    submitAt,
    shuffles,
  }
}

/** The records that a transfer sends, in their order. */
export function recordsOf(
  inputs: readonly unknown[],
  own: number,
  part: ShufflePart & { role: 'transfer' },
): PartitionedRecord[] {
  return Array.from({ length: part.records }, (_, i) => {
    const value = valueOf([...inputs, i], own)
    return { output: (value >>> 8) % part.below, value }
  })
}
