import type { GroupProgress } from '../events/index.js'
import type { Executor } from '../executor/index.js'
import type { ClientCore } from './core.js'
import type { Future } from './future.js'
import { coreOf } from './owners.js'

/** How far futures of one client are, with the tasks that they need. */
export interface ProgressWatch {
  /** the client */
  readonly executor: Executor
  groups(): Promise<GroupProgress[]>
  stop(): Promise<void>
}

/** See `watchProgress`. */
export async function startWatches(futures: readonly Future<unknown>[]): Promise<ProgressWatch[]> {
  const byCore = new Map<ClientCore, Future<unknown>[]>()
  for (const future of futures) {
    if (future.cancelled) continue
    const core = coreOf(future)
    const list = byCore.get(core)
    if (list) list.push(future)
    else byCore.set(core, [future])
  }
  return Promise.all(
    Array.from(byCore, async ([core, list]): Promise<ProgressWatch> => {
      const id = await core.ask('watchProgress', await core.namesOf(list.map(({ held }) => held)))
      return {
        executor: core.executor,
        groups: async () => (await core.ask('progress', id)) as GroupProgress[],
        stop: async () => {
          if (!core.ended) await core.ask('unwatchProgress', id)
        },
      }
    }),
  )
}
