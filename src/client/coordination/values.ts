import type { ClientCore, TaskName } from '../core.js'
import { type Described, describeThing, openThing, standIns } from '../datasets.js'

/** A value on its way to the scheduler. */
export interface SentValue {
  readonly described: Described
  readonly tasks: readonly TaskName[]
}

/** Values on their way from the scheduler, and the number under which it keeps what they refer to. */
export interface Delivery {
  readonly values: readonly { readonly described: Described; readonly addresses: readonly TaskName[] }[]
  readonly hold: number
}

/** A value for others. */
export function sendValue(core: ClientCore, value: unknown, subject: string): Promise<SentValue> {
  return describeThing(core, value, subject)
}

/** The values, with handles of this client's own; each in a box, because a future is thenable. */
export async function openDelivery(core: ClientCore, { values, hold }: Delivery): Promise<{ readonly value: unknown }[]> {
  // One graph for each value: when one refers to what was cancelled, the others are none the worse for it.
  const handles = values.map(({ described, addresses }) => standIns(core, described.keys, addresses))
  const opened = Promise.all(values.map(({ described }, i) => openThing(core, described, handles[i]!)))
  if (hold !== 0) {
    // From here on the handles keep the results.
    await core.submitter.sent(handles.flat().map(({ graph }) => graph))
    await core.ask('valuesArrived', hold)
  }
  return opened
}
