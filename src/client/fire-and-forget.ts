import type { ClientCore } from './core.js'
import type { Future } from './future.js'
import { coreOf } from './owners.js'

/**
 * Has the cluster finish the tasks of futures though nobody holds them, and though the client leaves.
 *
 * @example
 * fireAndForget(client.submit(writeReport, data))
 */
export function fireAndForget(...futures: readonly Future<unknown>[]): void {
  const byCore = new Map<ClientCore, Future<unknown>[]>()
  for (const future of futures) {
    const core = coreOf(future)
    const list = byCore.get(core)
    if (list) list.push(future)
    else byCore.set(core, [future])
  }
  for (const [core, mine] of byCore) {
    const held = mine.map((future) => future.held)
    // The handles are needed until the scheduler has been told; that a client has ended meanwhile is no error of its own.
    core.keepUntil(
      held,
      core.namesOf(held).then((names) => core.ask('fireAndForget', names)),
    )
  }
}
