import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type ReadFile, controlGroups, readIfThere } from '../base/index.js'

/** What the number of usable cores is read from; tests give their own. */
export interface CoreSources {
  /** What the operating system's affinity mask leaves. */
  readonly affinity: number
  readonly environment: NodeJS.ProcessEnv
  readonly read: ReadFile
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
function groupQuota(read: ReadFile): number {
  const { v1, v2 } = controlGroups(read, 'cpu')
  let least = Infinity
  for (const folder of v2) {
    const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').split(/\s+/)
    least = Math.min(least, ratio(quota, period))
  }
  for (const folder of v1)
    least = Math.min(least, ratio(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us'))))
  return least
}

/** Quotas are "max" or -1 where there is no limit. */
function ratio(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period)
  return cores > 0 ? cores : Infinity
}
