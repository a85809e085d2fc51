import type { HeldValue } from '../../executor/index.js'
import { decode, prepare } from '../../transfer/index.js'
import type { ClientCore, TaskName } from '../core.js'
import { type Described, describeThing, openThing, standIns } from '../datasets.js'

/** A value on its way to the scheduler, with the results that it refers to if there are any. */
export type SentValue = Uint8Array | { readonly described: Described; readonly tasks: readonly TaskName[] }

/** The same on its way from there. */
type GivenValue = Uint8Array | { readonly described: Described; readonly addresses: readonly TaskName[] }

/** Values on their way from the scheduler, and the number under which it keeps what they refer to. */
export interface Delivery {
  readonly values: readonly GivenValue[]
  readonly hold: number
}

type Box = { readonly value: unknown }

/** A value for others. */
export async function sendValue(core: ClientCore, value: unknown, subject: string): Promise<SentValue> {
  const { described, tasks } = await describeThing(core, value, subject)
  return described.references.length === 0 ? described.payload : { described, tasks }
}

/** The values, with handles of this client's own; each in a box, because a future is thenable. */
export async function openDelivery(core: ClientCore, { values, hold }: Delivery): Promise<Box[]> {
  // One graph for each value: when one refers to what was cancelled, the others are none the worse for it.
  const handles = values.map((value) =>
    value instanceof Uint8Array ? [] : standIns(core, value.described.keys, value.addresses),
  )
  const opened = Promise.all(values.map((value, i) => open(core, value, handles[i]!)))
  if (hold !== 0) {
    // From here on the handles keep the results.
    await core.submitter.sent(handles.flat().map(({ graph }) => graph))
    await core.ask('valuesArrived', hold)
  }
  return opened
}

async function open(core: ClientCore, value: GivenValue, handles: readonly HeldValue[]): Promise<Box> {
  if (!(value instanceof Uint8Array)) return openThing(core, value.described, handles)
  await prepare(value)
  return { value: decode(value) }
}
