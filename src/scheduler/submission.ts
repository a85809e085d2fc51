import { ArgumentError } from '../base/index.js'
import { EventKind } from '../events/index.js'
import { type Graph, checkWanted } from '../graph/index.js'
import type { Core } from './core.js'
import { requirementOf } from './eligibility.js'
import { GraphState, layerStates } from './graph-state.js'
import { makeReady } from './placement.js'
import { WAITING } from './task-states.js'
import { awaitInputs, complete, holdSource, loseData } from './transitions.js'

/** A task by the number of its graph and its own. */
export interface TaskAddress {
  readonly graph: number
  readonly task: number
}

export interface Submission {
  /** the tasks whose results the client wants */
  readonly wanted: ArrayLike<number>
  /** the place of each task in the order, a permutation; tasks of a smaller rank go first */
  readonly ranks: Int32Array
  /** over that of the annotations; 0 unless told */
  readonly priority?: number
  /** of tasks that stand for tasks of graphs submitted before: those */
  readonly sources?: ReadonlyMap<number, TaskAddress>
  /** of tasks whose values are on a worker already: where, and how many bytes */
  readonly data?: ReadonlyMap<number, { readonly worker: number; readonly bytes: number }>
}

/** Takes a graph in and gives its number. Everything that may be wrong is looked at first. */
export function takeGraph(core: Core, graph: Graph, { wanted, ranks, priority = 0, sources, data }: Submission): number {
  const layers = layerStates(graph, priority, core.durations, (layer) => requirementOf(core, layer))
  const g = new GraphState(core.nextGraph, graph, wanted, ranks, layers)
  for (const [t, address] of sources ?? []) {
    const source = { graph: core.graph(address.graph), task: address.task }
    checkWanted(source.graph.graph, [address.task])
    // A stand-in for a stand-in stands for what that one stands for.
    g.sources.set(t, source.graph.sources.get(source.task) ?? source)
  }
  checkInputless(graph, sources, data)

  const id = core.nextGraph++
  core.graphs.set(id, g)
  g.activeCount = graph.size
  core.log.recordDetail(EventKind.graphSubmitted, core.now, id, -1, graph.size, {
    labels: graph.layers.map((layer) => layer.label),
    sizes: layerSizes(graph),
  })
  const { state, waiting, waiters } = g
  const { start } = graph.dependencies
  const dependents = graph.dependents.start
  for (let t = 0; t < graph.size; t++) {
    state[t] = WAITING
    waiting[t] = start[t + 1]! - start[t]!
    waiters[t] = dependents[t + 1]! - dependents[t]!
  }
  for (const [t, source] of g.sources) {
    holdSource(g, t, source)
    if (g.uses.has(source.graph)) continue
    g.uses.add(source.graph)
    source.graph.users++
  }
  // First what is in memory, so that it is freed again if a failure makes it useless.
  for (const [t, { worker, bytes }] of data ?? []) if (core.workers[worker]) complete(core, g, t, worker, bytes)
  for (const [t, { worker }] of data ?? []) if (state[t] === WAITING && !core.workers[worker]) loseData(core, g, t)
  for (let t = 0; t < graph.size; t++) {
    if (start[t + 1] !== start[t] || state[t] !== WAITING) continue
    if (g.sources.has(t)) awaitInputs(core, g, t)
    else makeReady(core, g, t)
  }
  core.forgetIfDone(g)
  return id
}

function layerSizes(graph: Graph): number[] {
  const sizes = new Array<number>(graph.layers.length).fill(0)
  for (let t = 0; t < graph.size; t++) sizes[graph.layerOf[t]!]!++
  return sizes
}

/** Checks that each task that runs nothing is in `sources` or `data`, and that what is there needs no inputs. */
function checkInputless(graph: Graph, sources: Submission['sources'], data: Submission['data']): void {
  const { start } = graph.dependencies
  const check = (t: number): void => {
    if (start[t] !== start[t + 1]) throw new ArgumentError(`task ${graph.keyOf(t)} stands for a value and has dependencies`)
  }
  for (const t of sources?.keys() ?? []) check(t)
  for (const t of data?.keys() ?? []) check(t)
  if (graph.layers.every((layer) => layer.run !== undefined)) return
  for (let t = 0; t < graph.size; t++) {
    if (graph.layer(t).run !== undefined || sources?.has(t) || data?.has(t)) continue
    throw new ArgumentError(`task ${graph.keyOf(t)} runs nothing, and neither \`sources\` nor \`data\` says where its value is`)
  }
}
