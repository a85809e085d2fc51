import { setImmediate as turn } from 'node:timers/promises'
import type { GraphPicture } from '../../cluster/index.js'
import { type EventLog, EventKind } from '../../events/index.js'
import type { HeldValue } from '../../executor/index.js'
import type { Graph } from '../../graph/index.js'
import type { FollowedExecutor } from './followed-executor.js'

const SLICE = 20_000
const MOST_LOOKED_AT = 200_000
const MOST_TASKS = 5000

const after: Readonly<Record<number, string>> = {
  [EventKind.taskReady]: 'ready',
  [EventKind.taskSent]: 'processing',
  [EventKind.taskSuspended]: 'suspended',
  [EventKind.taskStored]: 'memory',
  [EventKind.taskErred]: 'erred',
  [EventKind.taskUpstreamErred]: 'erred',
  [EventKind.taskReleased]: 'released',
  [EventKind.taskCancelled]: 'released',
}

/** The graphs of executors of this process, those too that are over, as a scheduler would tell of them. */
export async function pictureOf(executors: readonly FollowedExecutor[]): Promise<GraphPicture> {
  const graphs = executors.flatMap((one) => Array.from(one.graphs, ([number, graph]) => ({ one, number, graph })))
  const total = graphs.reduce((sum, { graph }) => sum + graph.size, 0)
  const stride = Math.max(1, Math.ceil(total / MOST_LOOKED_AT))
  const numbers = new Map<string, number>()
  const numberOf = (label: string): number => numbers.get(label) ?? (numbers.set(label, numbers.size), numbers.size - 1)
  const edges = new Map<number, number>()
  const single = total <= MOST_TASKS
  const tasks = {
    graph: [] as number[],
    task: [] as number[],
    key: [] as string[],
    group: [] as number[],
    state: [] as string[],
    edges: [] as [number, number][],
  }
  /** by graph and task, its number in the list */
  const listed = new Map<Graph, Int32Array>()
  let looked = 0
  for (const { one, number, graph } of graphs) {
    const groupOf = (task: number): number => numberOf(graph.layer(task).label)
    const own = new Int32Array(single ? graph.size : 0).fill(-1)
    listed.set(graph, own)
    const states = single ? statesOf(one.executor.log, number) : undefined
    for (let task = 0; task < graph.size; task += stride) {
      if (++looked % SLICE === 0) await turn()
      // What runs nothing stands for a value of another graph.
      if (graph.layer(task).run === undefined) continue
      const to = groupOf(task)
      if (single) own[task] = tasks.task.length
      for (const d of graph.dependenciesOf(task)) {
        const origin = graph.layer(d).run === undefined ? (graph.own(d) as HeldValue) : undefined
        const other = origin ? one.graphs.get(origin.graph) : graph
        if (!other) continue
        const from = numberOf(other.layer(origin?.task ?? d).label)
        edges.set(from * 65536 + to, (edges.get(from * 65536 + to) ?? 0) + 1)
        const needed = (origin ? listed.get(other)?.[origin.task] : own[d]) ?? -1
        if (single && needed >= 0) tasks.edges.push([needed, tasks.task.length])
      }
      if (!states) continue
      tasks.graph.push(number)
      tasks.task.push(task)
      tasks.key.push(graph.keyOf(task))
      tasks.group.push(to)
      tasks.state.push(states.get(task) ?? 'waiting')
    }
  }
  return {
    groups: [...numbers.keys()],
    groupEdges: Array.from(edges, ([edge, count]) => [Math.floor(edge / 65536), edge % 65536, count * stride] as const),
    stride,
    total: single ? tasks.task.length : total,
    ...(single ? { tasks } : {}),
  }
}

/** What the log tells of the tasks of a graph. */
function statesOf(log: EventLog, graph: number): Map<number, string> {
  const states = new Map<number, string>()
  for (let n = log.oldest; n < log.length; n++) {
    const i = n & log.mask
    const state = after[log.kind[i]!]
    if (state !== undefined && log.graph[i] === graph) states.set(log.task[i]!, state)
  }
  return states
}
