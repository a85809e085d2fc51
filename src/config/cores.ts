import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/** What the number of usable cores is read from; tests give their own. */
export interface CoreSources {
  /** What the operating system's affinity mask leaves. */
  readonly affinity: number
  readonly environment: NodeJS.ProcessEnv
  /** The text of a file, or undefined when there is none. */
  readonly read: (path: string) => string | undefined
}

let known: number | undefined

/**
 * How many cores this process may use: the least of its affinity mask, its control group's quota (rounded up) and what Slurm
 * gave to the task. It is what 'auto' stands for in the settings `threads` and `processes`, read once in a process.
 */
export function availableCores(): number {
  return (known ??= coresFrom({ affinity: availableParallelism(), environment: process.env, read: readIfThere }))
}

export function coresFrom({ affinity, environment, read }: CoreSources): number {
  const slurm = environment.SLURM_CPUS_PER_TASK
  const granted = slurm !== undefined && /^[1-9]\d*$/.test(slurm) ? Number(slurm) : Infinity
  return Math.max(1, Math.min(affinity, granted, Math.ceil(groupQuota(read))))
}

/** The cores that the quotas of the process's control group and of all groups around it leave; Infinity without any. */
function groupQuota(read: CoreSources['read']): number {
  let least = Infinity
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) continue
    if (controllers === '') for (const group of around(path)) least = Math.min(least, quotaV2(read, group))
    else if (controllers.split(',').includes('cpu'))
      for (const group of around(path)) least = Math.min(least, quotaV1(read, group))
  }
  return least
}

/** A group and its ancestors. Inside a container the path may not be visible, but the root, which then holds the quota, is. */
function around(path: string): string[] {
  const groups = [path]
  while (path !== '/') groups.push((path = dirname(path)))
  return groups
}

function quotaV2(read: CoreSources['read'], group: string): number {
  const [quota, period] = (read(join('/sys/fs/cgroup', group, 'cpu.max')) ?? '').split(/\s+/)
  return ratio(quota, period)
}

function quotaV1(read: CoreSources['read'], group: string): number {
  const folder = join('/sys/fs/cgroup/cpu', group)
  return ratio(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us')))
}

/** Quotas are "max" or -1 where there is no limit. */
function ratio(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period)
  return cores > 0 ? cores : Infinity
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // Absent, or hidden from this process: either way it names no limit.
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
