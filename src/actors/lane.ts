import { ArgumentError, Moved, asError, nearest } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { workerContext } from '../protocol/index.js'
import { decode, dependency, encode, operation, prepare } from '../transfer/index.js'
import { CallKind, CallStatus, readCall } from './messages.js'
import { actorAt } from './reference.js'
import { MADE_ACTOR } from './services.js'

// What runs in the thread that actors live in: it imports no more than it must.

/** Answers of so many bytes change hands; shorter ones are copied, which is faster. */
const LARGE = 16 * 1024

/** An actor that lives in this thread. */
interface Living {
  readonly instance: object
  readonly type: string
  /** settled when the calls that came before have begun; undefined: they have */
  begun: Promise<unknown> | undefined
}

const living = new Map<number, Living>()

type AnyClass = new (...args: readonly unknown[]) => object

/** Runs as a task: makes an actor in this thread, and gives what others call it by. */
export const construct = operation(
  import.meta.url,
  'construct',
  async (task: TaskContext, type: AnyClass, ...args: readonly unknown[]): Promise<unknown> => {
    // Others have no service of that name.
    if (!task.ask || workerContext() === undefined) {
      throw new ArgumentError(`${type.name} cannot be an actor here: actors live on the workers of a cluster (Client.connect)`)
    }
    const instance = new type(...args)
    const place = (await task.ask(MADE_ACTOR, undefined)) as {
      id: number
      worker: string
      address: string
      scheduler: string
    }
    living.set(place.id, { instance, type: type.name, begun: undefined })
    return actorAt({ ...place, type: type.name, ...membersOf(instance) })
  },
)

/** Takes in a call, as a frame. Calls of an actor begin in the order in which they come. */
export function call(frame: Uint8Array): Promise<Moved> {
  const { actor, kind, member, args } = readCall(frame)
  const found = living.get(actor)
  if (!found) return Promise.resolve(answer(CallStatus.lost, encode('it was released')))
  let imported: Promise<void> | undefined
  try {
    imported = args.length > 0 ? prepare(args) : undefined
  } catch (error) {
    return Promise.resolve(thrown(error, found.type, member))
  }
  if (!imported && !found.begun) return run(found, kind, member, args)
  const ready = (found.begun ?? Promise.resolve()).then(() => imported)
  const answered = ready.then(
    () => run(found, kind, member, args),
    (error: unknown) => thrown(error, found.type, member),
  )
  const begun = ready.then(ignore, ignore).then(() => {
    if (found.begun === begun) found.begun = undefined
  })
  found.begun = begun
  return answered
}

/** Nobody needs an actor any more. */
export function drop(id: number): void {
  living.delete(id)
}

/** How many actors live in this thread. */
export function count(): number {
  return living.size
}

/** Begins a call now. */
async function run({ instance, type }: Living, kind: number, member: string, bytes: Uint8Array): Promise<Moved> {
  try {
    const object = instance as Record<string, unknown>
    let result: unknown
    if (kind === CallKind.property) {
      if (!(member in object)) throw new TypeError(unknownMember(instance, type, member))
      result = object[member]
    } else {
      const method = object[member]
      if (typeof method !== 'function') throw new TypeError(unknownMember(instance, type, member))
      // The bytes came for this call alone.
      result = Reflect.apply(method, instance, decode(bytes, { views: true }) as unknown[])
    }
    const value = await result
    const settled = isLazy(value) ? await value.compute({ executor: 'inline' }) : value
    return answer(CallStatus.value, encode(settled, { subject: `what ${type}.${member} gives`, allocate: own }))
  } catch (error) {
    return thrown(error, type, member)
  }
}

function thrown(reason: unknown, type: string, member: string): Moved {
  const error = asError(reason)
  try {
    return answer(CallStatus.thrown, encode(error, { subject: `the error of ${type}.${member}` }))
  } catch {
    // It holds something that cannot travel: its text can.
    const plain = new Error(error.message)
    plain.name = error.name
    if (error.stack !== undefined) plain.stack = error.stack
    return answer(CallStatus.thrown, encode(plain))
  }
}

function answer(status: number, body: Uint8Array): Moved {
  const whole = body.byteLength === body.buffer.byteLength
  return new Moved(
    { status, body: whole ? body : body.slice() },
    whole && body.length >= LARGE ? [body.buffer as ArrayBuffer] : [],
  )
}

/** The names of the methods of an object, and of what else it has; those that every object has left out. */
function membersOf(instance: object): { methods: string[]; properties: string[] } {
  const methods = new Set<string>()
  const properties = new Set<string>()
  for (let o = instance; o !== Object.prototype && o !== null; o = Object.getPrototypeOf(o) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(o))) {
      if (name === 'constructor' || methods.has(name) || properties.has(name)) continue
      if (typeof value === 'function') methods.add(name)
      else properties.add(name)
    }
  }
  return { methods: [...methods], properties: [...properties] }
}

function unknownMember(instance: object, type: string, member: string): string {
  const { methods, properties } = membersOf(instance)
  if (properties.includes(member)) return `${type}.${member} is no method but a property: await it, without calling it`
  const meant = nearest(member, [...methods, ...properties])
  const list = methods.length === 0 ? 'it has no methods' : `its methods are ${methods.join(', ')}`
  return `${type} has no ${member}${meant === undefined ? '' : `: do you mean ${meant}?`} (${list})`
}

function own(length: number): Uint8Array {
  return new Uint8Array(length)
}

function isLazy(value: unknown): value is { compute(options: { readonly executor: 'inline' }): Promise<unknown> } {
  return typeof value === 'object' && value !== null && dependency in value && 'compute' in value
}

function ignore(): void {
  // The one whose call it is hears of it.
}
