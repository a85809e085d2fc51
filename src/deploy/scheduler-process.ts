import type { Nanny } from '../cluster/processes.js'
import { type Credentials, generateToken } from '../comm/index.js'
import { config } from '../config/index.js'
import { type SchedulerProcessOptions, type SchedulerReady, schedulerEntry } from './entries.js'
import type { RunningScheduler } from './running.js'
import { preloadOf } from './worker-options.js'

type SchedulerNanny = Nanny<SchedulerProcessOptions, SchedulerReady>

/** Starts a scheduler in a process of its own, which ends with this one. */
export async function startSchedulerProcess(address = 'tcp://127.0.0.1:0'): Promise<RunningScheduler> {
  const preload = preloadOf('scheduler', undefined)
  const credentials: Credentials = { token: generateToken() }
  const { Nanny, processFlags, quietWorld } = await import('../cluster/processes.js')
  const nanny: SchedulerNanny = new Nanny({
    entry: schedulerEntry,
    name: 'the scheduler',
    flags: processFlags,
    options: {
      credentials,
      addresses: [address],
      preload,
      dashboard: config.get('dashboard'),
      history: config.get('history'),
      metrics: config.get('metrics'),
    },
    terminate: false,
    world: quietWorld,
    // What it knew is gone with it: one that is started again would be another scheduler.
    onDeath: ({ expected }) => {
      if (!expected) void nanny.stop({ graceful: false })
    },
  })
  const { addresses, dashboard } = await nanny.start()
  return {
    address: addresses[0]!,
    credentials,
    dashboard,
    ended: nanny.ended,
    close: () => nanny.stop(),
    kill: () => void nanny.stop({ graceful: false }),
    reference: (on) => nanny.reference(on),
  }
}
