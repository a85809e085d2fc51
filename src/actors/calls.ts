import { ArgumentError, asError } from '../base/index.js'
import { dependency, encode } from '../transfer/index.js'
import { type Caller, callerFor } from './callers.js'
import { Line, lineTo } from './line.js'
import { CallKind } from './messages.js'
import type { Known } from './reference.js'

/** Asks an actor: of one thread, in the order in which this is called. */
export function askActor(record: Known, kind: number, member: string, args: readonly unknown[]): Promise<unknown> {
  try {
    const { place } = record
    const caller = callerFor(place)
    const line = lineTo(place.address, caller)
    const send = (values: readonly unknown[]): Promise<unknown> => {
      const bytes = kind === CallKind.method ? encode(values, { subject: `the arguments of ${place.type}.${member}` }) : NOTHING
      return line.ask(record, kind, member, bytes)
    }
    const values = hasLazy(args) ? resolve(caller, args, `${place.type}.${member}`) : undefined
    return inTurn(line, place.id, values, () => args, send)
  } catch (error) {
    return Promise.reject(asError(error))
  }
}

const NOTHING = new Uint8Array(0)

/** Sends a call when its arguments are known and those before it were sent: at once, if nothing is to be waited for. */
function inTurn(
  { turns }: Line,
  actor: number,
  values: Promise<readonly unknown[]> | undefined,
  args: () => readonly unknown[],
  send: (values: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  const before = turns.get(actor)
  if (!before && !values) return send(args())
  // Whoever made the call hears of it, when it is its turn.
  values?.catch(ignore)
  const ready = (before ?? Promise.resolve()).then(() => values ?? args())
  const answered = ready.then(send)
  const turn = ready.then(ignore, ignore).then(() => {
    if (turns.get(actor) === turn) turns.delete(actor)
  })
  turns.set(actor, turn)
  return answered
}

function resolve(caller: Caller, args: readonly unknown[], what: string): Promise<readonly unknown[]> {
  if (caller.resolve) return caller.resolve(args)
  throw new ArgumentError(`${what}: among the arguments is something lazy, whose value only a client can get: getClient() first`)
}

/** Whether there is a future or a collection among the arguments, also inside arrays and plain objects. */
function hasLazy(x: unknown, open: object[] = []): boolean {
  if (typeof x !== 'object' || x === null) return false
  if (dependency in x) return true
  const prototype: unknown = Object.getPrototypeOf(x)
  if ((!Array.isArray(x) && prototype !== Object.prototype && prototype !== null) || open.includes(x)) return false
  open.push(x)
  const found = (Array.isArray(x) ? x : Object.values(x)).some((item) => hasLazy(item, open))
  open.pop()
  return found
}

function ignore(): void {
  // It is told where the call was made.
}
