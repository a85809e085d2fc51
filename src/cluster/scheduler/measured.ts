import { EventKind } from '../../events/index.js'
import type { WorkerMetrics } from '../../protocol/index.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** Records what a worker has told of the tasks of a layer, of which `task` is one. */
export function recordSpent(
  { log, clock, graphs }: ClusterState,
  { index }: WorkerLink,
  graph: number,
  task: number,
  amounts: readonly (readonly [kind: number, value: number, worker?: number])[],
): void {
  const held = graphs.get(graph)
  const place = held?.placeOf(task)
  // Of a graph that nobody wants any more nothing is told.
  if (held === undefined || place === undefined) return
  const layer = held.graph.layerOf[place]!
  const now = clock.now()
  for (const [kind, value, worker = index] of amounts) if (value > 0) log.record(kind, now, graph, -1, layer, worker, value)
}

/** By kind of event: what it counts, which heartbeats tell as a sum since the worker began. */
const sums: readonly (readonly [kind: number, of: (metrics: WorkerMetrics) => number | undefined])[] = [
  [EventKind.idleForInputs, ({ idle }) => idle?.inputs],
  [EventKind.idleForDisk, ({ idle }) => idle?.disk],
  [EventKind.idleForMemory, ({ idle }) => idle?.memory],
  [EventKind.valuesSpilled, ({ spilledBytes }) => spilledBytes],
  [EventKind.spillingTook, ({ spillSeconds }) => spillSeconds],
  [EventKind.valuesRestored, ({ restoredBytes }) => restoredBytes],
  [EventKind.restoringTook, ({ restoreSeconds }) => restoreSeconds],
]

/** Records what has changed since the heartbeat before. */
export function recordMetrics(
  { log, clock }: ClusterState,
  worker: number,
  before: WorkerMetrics | undefined,
  metrics: WorkerMetrics,
): void {
  const now = clock.now()
  log.record(EventKind.memoryMeasured, now, -1, -1, -1, worker, metrics.memory)
  for (const [kind, of] of sums) {
    const more = (of(metrics) ?? 0) - (before ? (of(before) ?? 0) : 0)
    if (more > 0) log.record(kind, now, -1, -1, -1, worker, more)
  }
}
