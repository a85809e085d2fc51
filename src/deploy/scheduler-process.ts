import { loadNow } from '../base/index.js'
import type { Nanny, SchedulerServerOptions } from '../cluster/index.js'
import { type Credentials, generateToken } from '../comm/index.js'
import type { RunningScheduler } from './running.js'
import { preloadOf } from './worker-options.js'

type SchedulerNanny = Nanny<SchedulerServerOptions, { readonly addresses: readonly string[] }>

/** Starts a scheduler in a process of its own, which ends with this one. */
export async function startSchedulerProcess(address = 'tcp://127.0.0.1:0'): Promise<RunningScheduler> {
  const preload = preloadOf('scheduler', undefined)
  const credentials: Credentials = { token: generateToken() }
  const { Nanny, processFlags, quietWorld, schedulerEntry } = loadNow(
    import.meta.url,
    '../cluster/index.js',
  ) as typeof import('../cluster/index.js')
  const nanny: SchedulerNanny = new Nanny({
    entry: schedulerEntry,
    name: 'the scheduler',
    flags: processFlags,
    options: { credentials, addresses: [address], preload },
    terminate: false,
    world: quietWorld,
    // What it knew is gone with it: one that is started again would be another scheduler.
    onDeath: ({ expected }) => {
      if (!expected) void nanny.stop({ graceful: false })
    },
  })
  const { addresses } = await nanny.start()
  return {
    address: addresses[0]!,
    credentials,
    ended: nanny.ended,
    close: () => nanny.stop(),
    kill: () => void nanny.stop({ graceful: false }),
    reference: (on) => nanny.reference(on),
  }
}
