import { ArgumentError } from '../base/index.js'
import { type Graph, checkWanted } from '../graph/index.js'
import type { Core } from './core.js'
import type { GraphState, Source } from './graph-state.js'

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
  /** the number of the client that submits it; 0 unless told */
  readonly client?: number
}

/** What the stand-ins of a submission stand for. Says what is wrong before anything has happened. */
export function findSources(core: Core, g: GraphState, { sources, data }: Submission): void {
  const { start } = g.graph.dependencies
  for (const tasks of [sources, data]) {
    for (const t of tasks?.keys() ?? []) {
      if (start[t] === start[t + 1]) continue
      throw new ArgumentError(`task ${g.graph.keyOf(t)} stands for a value and has dependencies`)
    }
  }
  for (const [t, address] of sources ?? []) {
    const source = core.find(address.graph, address.task)
    // A stand-in for a stand-in stands for what that one stands for.
    g.sources.set(t, source.graph.sources.get(source.task) ?? source)
  }
}

/** Checks that each of the tasks from … below that runs nothing is in `sources` or `data`. */
export function checkGiven(graph: Graph, { sources, data }: Submission, from: number, below: number): void {
  for (let t = from; t < below; t++) {
    if (graph.layer(t).run !== undefined || sources?.has(t) || data?.has(t)) continue
    throw new ArgumentError(`task ${graph.keyOf(t)} runs nothing, and neither \`sources\` nor \`data\` says where its value is`)
  }
}

/** The graph and the task of an address. */
export function findTask(g: GraphState, name: number): Source {
  const task = g.taskOf(name)
  if (task < 0) {
    if (g.names === undefined) checkWanted(g.graph, [name])
    throw new ArgumentError(
      `task ${name} of graph ${g.id} is forgotten: of the graph only what was wanted, and what that needs, is kept`,
    )
  }
  return { graph: g, task }
}
