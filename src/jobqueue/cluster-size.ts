import { ArgumentError } from '../base/index.js'
import { memoryOf } from './amounts.js'
import type { JobPlan } from './job-plan.js'

/** How large a cluster is to be: a number of workers, or so much as whole jobs have. */
export type ClusterSize =
  | number
  | { readonly jobs: number }
  | { readonly workers: number }
  | { readonly cores: number }
  /** with its unit: '2 TB' */
  | { readonly memory: string }

/**
 * The jobs that have so much, rounded up.
 *
 * @param what for messages: 'scale'
 * @throws ArgumentError
 */
export function jobsFor(what: string, size: ClusterSize, plan: JobPlan): number {
  const { cores, memory, processes } = plan
  if (typeof size === 'number') return Math.ceil(checked(`${what}: workers`, size) / processes)
  if ('jobs' in size) return checked(`${what}: jobs`, size.jobs)
  if ('workers' in size) return Math.ceil(checked(`${what}: workers`, size.workers) / processes)
  if ('cores' in size) return Math.ceil(checked(`${what}: cores`, size.cores) / cores)
  return Math.ceil(memoryOf(`${what}: memory`, size.memory) / memory)
}

function checked(what: string, count: number): number {
  if (Number.isInteger(count) && count >= 0) return count
  throw new ArgumentError(`${what}: ${count} is no number of them: it must be a whole number, at least 0`)
}
