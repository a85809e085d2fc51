import { ArgumentError, describe, noSuchOption } from '../base/index.js'
import { checkCount } from '../deploy/index.js'
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
  if (typeof size === 'number') return Math.ceil(checkCount(`${what}: workers`, size, 0) / processes)
  if (typeof size !== 'object' || size === null) return checkNames(what, size)
  if ('jobs' in size) return checkCount(`${what}: jobs`, size.jobs, 0)
  if ('workers' in size) return Math.ceil(checkCount(`${what}: workers`, size.workers, 0) / processes)
  if ('cores' in size) return Math.ceil(checkCount(`${what}: cores`, size.cores, 0) / cores)
  if ('memory' in size) return Math.ceil(memoryOf(`${what}: memory`, size.memory) / memory)
  return checkNames(what, size)
}

/** What JavaScript programs may give. */
function checkNames(what: string, size: unknown): never {
  const [name] = typeof size === 'object' && size !== null ? Object.keys(size) : []
  if (name !== undefined) throw noSuchOption(what, name, ['jobs', 'workers', 'cores', 'memory'])
  throw new ArgumentError(
    `${what}: ${describe(size)} is not a size: give a number of workers, or { jobs: 2 }, { cores: 64 }, { memory: '2 TB' }`,
  )
}
