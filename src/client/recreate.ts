import { type TravellingTask, type HeldValue, runHere } from '../executor/index.js'
import type { ClientCore } from './core.js'
import { ResultUnreachable } from './errors.js'

/** Where an input is: what workers know it by, and those that have it. */
interface Located {
  readonly graph: number
  readonly task: number
  readonly holders: readonly string[]
}

interface Recreated extends Omit<TravellingTask, 'inputs'> {
  readonly key: string
  /** who keeps the inputs, until it is told to let them go */
  readonly hold: number
  readonly inputs: readonly Located[]
}

/** See `Client.recreateLocally`. */
export async function recreateLocally(core: ClientCore, held: HeldValue, signal: AbortSignal | undefined): Promise<unknown> {
  signal?.throwIfAborted()
  const [name] = await core.namesOf([held])
  const { hold, inputs, ...task } = (await core.ask('recreate', name)) as Recreated
  let encoded: Uint8Array[]
  try {
    signal?.throwIfAborted()
    encoded = await core.waitingFor(() => Promise.all(inputs.map((input) => get(core, input, task.key))))
  } finally {
    await core.ask('letInputsGo', hold)
  }
  signal?.throwIfAborted()
  return runHere({ ...task, inputs: encoded })
}

async function get(core: ClientCore, { graph, task, holders }: Located, key: string): Promise<Uint8Array> {
  for (const address of holders) {
    const value = await new Promise<Uint8Array | undefined>((resolve) => core.peers.get(address, graph, task, -1, resolve))
    if (value) return value
  }
  throw new ResultUnreachable(
    `an input of ${key} is on ${holders.join(', ')}, but this client cannot get it there: can this host reach the worker?`,
  )
}
