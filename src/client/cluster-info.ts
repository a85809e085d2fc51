import type { WorkerInfo, WorkerMetrics } from '../protocol/index.js'

export type { WorkerMetrics } from '../protocol/index.js'

/** A worker, as the scheduler knows it. */
export interface WorkerDescription extends Omit<WorkerInfo, 'versions'> {
  /** what it said of itself last; undefined when it has just joined */
  readonly metrics: WorkerMetrics | undefined
}

/** A scheduler and what it serves. */
export interface SchedulerDescription {
  /** what tells it from any other */
  readonly id: string
  readonly address: string
  /** graphs of which something is still needed */
  readonly graphs: number
  readonly clients: readonly string[]
  readonly workers: readonly WorkerDescription[]
}

/** A worker in the answers of schedulers. */
interface Described {
  readonly info: WorkerInfo
  readonly metrics: WorkerMetrics | undefined
}

/** The workers, from what a scheduler answers. */
export function describeWorkers(answer: unknown): WorkerDescription[] {
  return (answer as readonly Described[]).map(({ info: { versions: _, ...info }, metrics }) => ({ ...info, metrics }))
}
