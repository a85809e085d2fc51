import { ArgumentError, describe } from '../base/index.js'
import { HeldValue } from '../executor/index.js'
import { type Graph, type Layer, order } from '../graph/index.js'
import type { GraphMessage, LayerMessage } from '../protocol/index.js'
import { encode } from '../transfer/index.js'

/** A graph as it travels to the scheduler: ordered here, because the scheduler has others to serve. */
export function graphMessage(name: number, graph: Graph, wanted: Int32Array, priority: number): GraphMessage {
  const sources: number[] = []
  for (let t = 0; t < graph.size; t++) {
    if (graph.layer(t).run !== undefined) continue
    const held = graph.own(t)
    if (!(held instanceof HeldValue)) throw new ArgumentError(`task ${graph.keyOf(t)} runs nothing and holds ${describe(held)}`)
    sources.push(t, held.graph, held.task)
  }
  const { start, targets } = graph.dependencies
  return {
    graph: name,
    priority,
    layers: graph.layers.map(layerMessage),
    layerOf: graph.layerOf,
    indexOf: graph.indexOf,
    ranks: order(graph, wanted),
    start,
    targets,
    wanted,
    sources: Int32Array.from(sources),
  }
}

function layerMessage(layer: Layer): LayerMessage {
  const { name, label, annotations, captures = 0, scratch = false, shuffle, run, shared, payload, source } = layer
  const subject = source ? `the function of ${label}` : label
  const owns = run === undefined ? undefined : encodeAll(layer.own, subject)
  return {
    name,
    label,
    annotations,
    captures,
    scratch,
    shuffle,
    payload: run === undefined ? undefined : (payload ?? encode({ run, shared }, { subject })),
    own: owns?.bytes,
    ownEnds: owns?.ends,
  }
}

/** The own parameters of the tasks of a layer, one after the other; nothing for those that have none. */
function encodeAll(
  values: readonly unknown[] | undefined,
  subject: string,
): { bytes: Uint8Array; ends: Float64Array } | undefined {
  if (!values) return undefined
  let memory = new Uint8Array(Math.max(64, values.length * 16))
  let used = 0
  const allocate = (bytes: number): Uint8Array => {
    // Each begins at a multiple of 8, so that typed arrays inside can be read in place.
    const from = Math.ceil(used / 8) * 8
    used = from + bytes
    if (used > memory.length) {
      const grown = new Uint8Array(Math.max(used, memory.length * 2))
      grown.set(memory)
      memory = grown
    }
    return memory.subarray(from, used)
  }
  const ends = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== undefined) encode(values[i], { subject, allocate })
    ends[i] = used
  }
  return { bytes: memory.subarray(0, used), ends }
}
