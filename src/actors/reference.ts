import { inspect } from 'node:util'
import { lazily } from '../base/index.js'
import { fromTransfer, operation, needsCode, toTransfer } from '../transfer/index.js'
import { CallKind } from './messages.js'

/** Where an actor is, and what it can do: what travels of it. */
export interface ActorPlace {
  /** its number on its worker */
  readonly id: number
  /** the name of its worker */
  readonly worker: string
  /** where that is reached */
  readonly address: string
  /** the address of the worker's scheduler */
  readonly scheduler: string
  /** the name of its class */
  readonly type: string
  readonly methods: readonly string[]
  readonly properties: readonly string[]
}

/** What is known of an actor in this thread. */
export interface Known {
  readonly place: ActorPlace
  /** what keeps the actor alive, as long as somebody here has it */
  held: object | undefined
}

const known = new WeakMap<object, Known>()

/** Stands for an actor where that does not live: everything that is asked of it, it asks the actor. */
export class ActorReference {
  [toTransfer](): ActorPlace {
    return known.get(this)!.place
  }

  static [fromTransfer](place: ActorPlace): object {
    return actorAt(place)
  }

  [inspect.custom](): string {
    const { type, worker } = known.get(this)!.place
    return `Actor { ${type} on ${worker} }`
  }
}
// It travels as the name of this module: no thread needs a debugger to look for it.
operation(import.meta.url, 'ActorReference', ActorReference)
const calls = lazily(() => import('./calls.js'))
// Whoever gets an actor may call it, and arguments are those of the moment of the call: what calls need is there before.
needsCode(ActorReference, calls)

/** An actor, for those who know where it is. */
export function actorAt(place: ActorPlace): object {
  const record: Known = { place, held: undefined }
  const methods = new Map<string, unknown>()
  const method = (name: string): unknown => {
    let found = methods.get(name)
    if (found === undefined) {
      found = (...args: readonly unknown[]) => ask(record, CallKind.method, name, args)
      methods.set(name, found)
    }
    return found
  }
  const isMethod = new Set(place.methods)
  const isProperty = new Set(place.properties)
  const target = new ActorReference()
  const actor = new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string') {
        if (isMethod.has(name)) return method(name)
        if (isProperty.has(name)) return ask(record, CallKind.property, name, [])
        if (!(name in Object.prototype) && name !== 'then' && name !== 'toJSON') return unforeseen(record, name)
      }
      return Reflect.get(target, name) as unknown
    },
    set(_, name) {
      throw new TypeError(`${place.type}.${String(name)} cannot be set from elsewhere: give the class a method that sets it`)
    },
  })
  known.set(target, record)
  known.set(actor, record)
  return actor
}

/** If the value is an actor: whoever has it keeps that too. */
export function keepWith(value: unknown, held: object): void {
  const record = typeof value === 'object' && value !== null ? known.get(value) : undefined
  if (record) record.held = held
}

/** What the actor did not have when it was made: it may have it by now, and says so if not. */
function unforeseen(record: Known, name: string): unknown {
  const value = () => ask(record, CallKind.property, name, [])
  return Object.assign((...args: readonly unknown[]) => ask(record, CallKind.method, name, args), {
    // oxlint-disable-next-line unicorn/no-thenable -- nobody knows yet whether it is a property, which is awaited
    then: (...settled: Parameters<Promise<unknown>['then']>) => value().then(...settled),
    catch: (...settled: Parameters<Promise<unknown>['catch']>) => value().catch(...settled),
    finally: (...settled: Parameters<Promise<unknown>['finally']>) => value().finally(...settled),
  })
}

function ask(record: Known, kind: number, member: string, args: readonly unknown[]): Promise<unknown> {
  // Those who made the actor in this very thread were given it without being prepared.
  const loading = calls.load()
  return loading
    ? loading.then(() => calls.code.askActor(record, kind, member, args))
    : calls.code.askActor(record, kind, member, args)
}
