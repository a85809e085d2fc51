import type FastCheck from 'fast-check'
import { Random } from '../../src/base/index.js'
import { type Annotations, type Graph, GraphBuilder, type TaskFunction, type Wanted } from '../../src/graph/index.js'
import { task } from '../../src/transfer/index.js'

export const GRAPH_KINDS = ['independent', 'tree', 'layered', 'shuffle', 'chain', 'random'] as const
export type GraphKind = (typeof GRAPH_KINDS)[number]

export const MODULUS = 1_000_003

/** What every task of a made graph runs: its inputs and its own number, added up modulo `MODULUS`. */
export const addUp = task(import.meta.url, 'addUp', (inputs: readonly unknown[], own: number): number => {
  let sum = own
  for (let i = 0; i < inputs.length; i++) sum += inputs[i] as number
  return sum % MODULUS
})

/** What each task of a made graph must give, by direct evaluation of the graph's data, not of its functions. */
export function expectedValues(graph: Graph): number[] {
  const values: number[] = []
  for (let t = 0; t < graph.size; t++) {
    let sum = graph.own(t) as number
    for (const d of graph.dependenciesOf(t)) sum += values[d]!
    values.push(sum % MODULUS)
  }
  return values
}

/** What each task gives, run one after the other in this thread. */
export async function evaluate(graph: Graph): Promise<unknown[]> {
  const values: unknown[] = []
  for (let t = 0; t < graph.size; t++) {
    const { run, shared } = graph.layer(t)
    const inputs = Array.from(graph.dependenciesOf(t), (d) => values[d])
    const context = { key: graph.keyOf(t), index: graph.indexOf[t]!, scratch: () => '' }
    values.push(await (run as TaskFunction<unknown, unknown>)(inputs, graph.own(t) as never, shared as never, context))
  }
  return values
}

/** The tasks on which no other depends. */
export function sinksOf(graph: Graph): Int32Array {
  const used = new Uint8Array(graph.size)
  for (const d of graph.dependencies.targets) used[d] = 1
  const sinks: number[] = []
  for (let t = 0; t < graph.size; t++) if (used[t] === 0) sinks.push(t)
  return Int32Array.from(sinks)
}

/**
 * A graph of about `n` tasks of the given form; all its tasks run `addUp`, and what they give is `expectedValues`.
 * - independent: no dependencies
 * - tree: pairs added up until one is left
 * - layered: layers of about √n tasks, each of which depends on 3 random ones of the layer before
 * - shuffle: √n inputs × √n outputs; `n` counts the splits between them
 * - chain: each depends on the one before
 * - random: each depends on 0 to 4 of those before it, mostly of the last 50, sometimes twice on the same
 */
export function makeGraph(kind: GraphKind, n: number, random: Random, annotations?: Annotations): Graph {
  const builder = new GraphBuilder()
  const layer = (name: string): number => builder.layer({ name, run: addUp, annotations })
  const add = (to: number, dependencies: ArrayLike<number>): number => builder.task(to, dependencies, random.below(1000))
  switch (kind) {
    case 'independent': {
      const only = layer('independent')
      for (let i = 0; i < n; i++) add(only, [])
      break
    }
    case 'tree': {
      const load = layer('load')
      const join = layer('join')
      let row: number[] = []
      for (let i = 0; i < Math.ceil((n + 1) / 2); i++) row.push(add(load, []))
      while (row.length > 1) {
        const above: number[] = []
        for (let i = 0; i + 1 < row.length; i += 2) above.push(add(join, [row[i]!, row[i + 1]!]))
        if (row.length % 2 === 1) above.push(row[row.length - 1]!)
        row = above
      }
      break
    }
    case 'layered': {
      const width = Math.max(1, Math.round(Math.sqrt(n)))
      for (let first = 0, l = 0; first < n; first += width, l++) {
        const current = layer(`layer-${l}`)
        for (let i = first; i < Math.min(n, first + width); i++) {
          add(current, l === 0 ? [] : [0, 1, 2].map(() => first - width + random.below(width)))
        }
      }
      break
    }
    case 'shuffle': {
      const side = Math.max(1, Math.round(Math.sqrt(n)))
      const [load, split, join] = [layer('load'), layer('split'), layer('join')]
      const inputs = Array.from({ length: side }, () => add(load, []))
      const splits = inputs.map((input) => Array.from({ length: side }, () => add(split, [input])))
      for (let i = 0; i < side; i++)
        add(
          join,
          splits.map((row) => row[i]!),
        )
      break
    }
    case 'chain': {
      const only = layer('chain')
      for (let i = 0; i < n; i++) add(only, i === 0 ? [] : [i - 1])
      break
    }
    case 'random': {
      const layers = Array.from({ length: Math.min(8, 1 + random.below(8)) }, (_, i) => layer(`random-${i}`))
      for (let t = 0; t < n; t++) {
        const dependencies: number[] = []
        const count = t === 0 ? 0 : random.below(5)
        for (let i = 0; i < count; i++) {
          dependencies.push(random.chance(0.8) ? t - 1 - random.below(Math.min(t, 50)) : random.below(t))
        }
        add(random.pick(layers), dependencies)
      }
    }
  }
  return builder.finish()
}

/**
 * Small graphs of any form, with the tasks wanted of each: `fc.property(randomGraph(fc), ({ graph, wanted }) => …)`.
 * They shrink to fewer tasks, dependencies and layers. All run `addUp`.
 *
 * @param options `tasks`: at most so many; `dependencies`: of each, at most; `priorities`: whether some layers have one
 */
export function randomGraph(
  fc: typeof FastCheck,
  { tasks: maximumTasks = 40, dependencies = 4, priorities = true } = {},
): FastCheck.Arbitrary<Wanted> {
  const task = fc.record({
    // How far back each dependency lies; taken modulo the number of tasks before.
    dependencies: fc.array(fc.nat(12), { maxLength: dependencies }),
    layer: fc.nat(4),
    own: fc.nat(999),
    wanted: fc.integer({ min: 0, max: 3 }),
  })
  const shape = fc.record({
    tasks: fc.array(task, { minLength: 1, maxLength: maximumTasks }),
    layerPriorities: fc.array(priorities ? fc.constantFrom(undefined, undefined, undefined, 1, -2) : fc.constant(undefined), {
      minLength: 5,
      maxLength: 5,
    }),
  })
  return shape.map(({ tasks, layerPriorities }) => {
    const builder = new GraphBuilder()
    const layers = layerPriorities.map((priority, i) =>
      builder.layer({ name: `l${i}`, run: addUp, annotations: priority === undefined ? undefined : { priority } }),
    )
    const wanted: number[] = []
    for (const { dependencies: back, layer, own, wanted: w } of tasks) {
      const size = builder.size
      const distances = size === 0 ? [] : back
      const t = builder.task(
        layers[layer]!,
        distances.map((d) => size - 1 - (d % size)),
        own,
      )
      if (w === 3) wanted.push(t)
    }
    if (wanted.length === 0) wanted.push(builder.size - 1)
    return { graph: builder.finish(), wanted: Int32Array.from(wanted) }
  })
}
