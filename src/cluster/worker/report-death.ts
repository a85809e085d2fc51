import { type Credentials, connect } from '../../comm/index.js'
import { ControlChannel, ProtocolError } from '../../protocol/index.js'
import type { DeathNote } from '../death-note.js'
import type { WorkerDeath } from '../nanny/index.js'

/** How long the scheduler is tried, in milliseconds: it does not wait for longer. */
const TIMEOUT = 1000

/**
 * For whoever has a nanny: tells the scheduler why a worker of that name died, since the worker itself cannot, so that the
 * errors of tasks that kill their workers say it. Ends that were meant are not told. Resolves when it is told, or cannot be.
 *
 * @example
 * const nanny = new Nanny({ ..., onDeath: (death) => void reportDeath(scheduler, credentials, name, death) })
 */
export async function reportDeath(scheduler: string, credentials: Credentials, name: string, death: WorkerDeath): Promise<void> {
  const { pid, reason, logTail, expected, outOfMemory } = death
  if (expected || pid === undefined) return
  let control: ControlChannel | undefined
  try {
    const comm = await connect(scheduler, {
      credentials,
      role: 'nanny',
      timeout: TIMEOUT,
      events: {
        frame: (kind, body) => void control?.receive(kind, body),
        closed: (error) => control?.closed(error ?? new ProtocolError('the scheduler has closed the connection')),
      },
    })
    control = new ControlChannel(comm, {})
    await control.ask('death', { name, pid, reason, outOfMemory, logTail } satisfies DeathNote)
    await comm.close()
  } catch {
    // A scheduler that is gone, or that is going, has no use for it; and the worker's end is told to its starter anyway.
  }
}
