import { type Graph, GraphBuilder, type Wanted } from '../graph/index.js'
import { operation } from '../transfer/index.js'
import type { Executor } from './executor.js'
import { HeldValue } from './held-value.js'

/** Runs as a task: gives its own parameter. */
export const literal = operation(import.meta.url, 'literal', (_inputs: readonly unknown[], own: unknown): unknown => own)

/** The graph as `executor` can run it: values that other executors hold are fetched, and put in as they are. */
export async function localise(graph: Graph, wanted: Int32Array, executor: Executor): Promise<Wanted> {
  const foreign = (held: unknown): held is HeldValue => held instanceof HeldValue && held.executor !== executor
  if (!graph.layers.some((layer) => layer.run === undefined && layer.own?.some(foreign))) return { graph, wanted }
  const builder = new GraphBuilder()
  const layers = graph.layers.map((layer) => builder.layer(layer as Parameters<typeof builder.layer>[0]))
  const values = new Map<number, unknown>()
  let fetched = -1
  for (let t = 0; t < graph.size; t++) {
    const own = graph.own(t)
    if (graph.layer(t).run !== undefined || !foreign(own)) continue
    if (fetched < 0) fetched = builder.layer({ name: 'fetched', run: literal })
    values.set(t, await own.value())
  }
  for (let t = 0; t < graph.size; t++) {
    if (values.has(t)) builder.task(fetched, [], values.get(t))
    else builder.task(layers[graph.layerOf[t]!]!, graph.dependenciesOf(t), graph.own(t))
  }
  return { graph: builder.finish(), wanted }
}
