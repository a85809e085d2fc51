import type { RunningScheduler, WorkerSpec } from './running.js'

/**
 * Has workers begin while their scheduler is still starting: a process takes longest to load what it is made of, and needs no
 * scheduler for that. Those that were begun for nothing are ended.
 *
 * @param members names of workers, and of what kind they are
 * @param join what starts them, when the scheduler is there
 */
export async function startBeside<T>(
  starting: Promise<RunningScheduler>,
  members: readonly (readonly [names: readonly string[], spec: WorkerSpec])[],
  join: (scheduler: RunningScheduler) => Promise<T>,
): Promise<T> {
  const [scheduler, ...prepared] = await Promise.allSettled([
    starting,
    ...members.map(async ([names, spec]) => (await spec.prepare?.(names)) ?? (() => undefined)),
  ])
  try {
    if (scheduler.status === 'rejected') throw scheduler.reason
    scheduler.value.reference?.(false)
    return await join(scheduler.value)
  } finally {
    for (const one of prepared) if (one.status === 'fulfilled') one.value()
  }
}
