import { HeddleError, ArgumentError } from '../base/index.js'
import type { HeldValue } from '../executor/index.js'
import { type Expression, Held, LazyCollection } from '../expr/index.js'
import { GraphBuilder } from '../graph/index.js'
import { decode, encode, prepare } from '../transfer/index.js'
import type { ClientCore, TaskName } from './core.js'
import { DatasetError } from './errors.js'
import { Future } from './future.js'

/** What a dataset refers to: a future, or a persisted collection whose class makes it of an expression. */
interface Reference {
  /** the class of a collection, encoded; undefined: it is a future */
  readonly collection: Uint8Array | undefined
  readonly label: string
  /** how many values it consists of */
  readonly count: number
}

export interface Described {
  /** the structure, encoded, with numbers of references in it */
  readonly payload: Uint8Array
  readonly references: readonly Reference[]
  readonly keys: readonly string[]
}

type CollectionClass = new (expression: Expression) => LazyCollection<unknown>

/** Publishes a future, a collection, or a structure of them. */
export async function publish(core: ClientCore, name: string, thing: unknown, overwrite: boolean): Promise<void> {
  const { described, tasks } = await describeThing(core, thing, `the dataset ${name}`)
  await askAbout(core, 'publish', { name, described, tasks, overwrite })
}

/** A value as it travels to the scheduler, which keeps it for others, and the results that it refers to. */
export async function describeThing(
  core: ClientCore,
  thing: unknown,
  subject: string,
): Promise<{ described: Described; tasks: readonly TaskName[] }> {
  const references: Reference[] = []
  const values: HeldValue[] = []
  const numbers = new Map<object, number>()
  const refer = (object: object): number => {
    const known = numbers.get(object)
    if (known !== undefined) return known
    const { held, ...reference } = describeReference(core, object)
    numbers.set(object, references.push({ ...reference, count: held.length }) - 1)
    values.push(...held)
    return references.length - 1
  }
  const kept = persistInside(core, thing)
  const payload = encode(kept, { subject, reference: refer })
  const tasks = values.length === 0 ? [] : await core.namesOf(values)
  const described: Described = { payload, references, keys: values.map(({ key }) => key) }
  return { described, tasks }
}

/** What was published, over handles of this client's own. */
export async function getDataset(core: ClientCore, name: string): Promise<{ readonly value: unknown }> {
  const { described, addresses, hold } = (await askAbout(core, 'dataset', name)) as {
    described: Described
    addresses: readonly TaskName[]
    hold: number
  }
  const values = standIns(core, described.keys, addresses)
  // From here on the stand-ins keep the values.
  await core.submitter.sent(values.map(({ graph }) => graph))
  await core.ask('letDatasetGo', hold)
  return openThing(core, described, values)
}

/** The value that was described, over handles of the results that it refers to. */
export async function openThing(
  core: ClientCore,
  described: Described,
  values: readonly HeldValue[],
): Promise<{ readonly value: unknown }> {
  let at = 0
  const objects = described.references.map(({ collection, label, count }) => {
    const held = values.slice(at, (at += count))
    return { collection, label, held }
  })
  const classes = await Promise.all(
    objects.map(async ({ collection }) => {
      if (!collection) return undefined
      await prepare(collection)
      return decode(collection) as CollectionClass
    }),
  )
  const made = objects.map(({ label, held }, i) => {
    const Class = classes[i]
    return Class ? new Class(new Held(label, held)) : new Future(core, undefined, held[0]!)
  })
  await prepare(described.payload)
  // In a box, because a future is thenable: a promise of one would be a promise of its value.
  return { value: decode(described.payload, { reference: (n: number) => made[n]! }) }
}

/** Asks the scheduler; what it says of the dataset is an error of its own class. */
export async function askAbout(core: ClientCore, question: string, args: unknown): Promise<unknown> {
  try {
    return await core.ask(question, args)
  } catch (error) {
    // Errors of the scheduler have the name that they had there.
    if (error instanceof HeddleError && error.name === 'DatasetError') throw new DatasetError(error.message, { cause: error })
    throw error
  }
}

/** Handles of values of other clients: a graph of tasks that stand for theirs. */
export function standIns(core: ClientCore, keys: readonly string[], addresses: readonly TaskName[]): HeldValue[] {
  if (addresses.length === 0) return []
  const builder = new GraphBuilder()
  const layer = builder.layer({ name: 'dataset', run: undefined })
  const theirs = addresses.map(({ graph, task }, i) => core.handle(graph, task, keys[i]!))
  for (const held of theirs) builder.task(layer, [], held)
  const wanted = Int32Array.from(theirs.keys())
  const { name } = core.submitter.send(builder.finish(), wanted, 0)
  return theirs.map(({ key }, task) => core.handle(name, task, key))
}

function describeReference(core: ClientCore, object: object): Omit<Reference, 'count'> & { held: readonly HeldValue[] } {
  if (object instanceof Future) {
    return { collection: undefined, label: 'future', held: [object.held] }
  }
  if (object instanceof LazyCollection && object.expression instanceof Held) {
    const subject = `the class ${object.constructor.name}`
    return { collection: encode(object.constructor, { subject }), label: object.expression.label, held: object.expression.values }
  }
  throw new ArgumentError(`${core.name}: a dataset consists of futures and collections; ${object.constructor.name} is neither`)
}

/** The structure with its lazy collections persisted, so that others find values. */
function persistInside(core: ClientCore, x: unknown): unknown {
  if (x instanceof LazyCollection) {
    return x.expression instanceof Held ? x : (x as LazyCollection<unknown>).persist({ executor: core.executor })
  }
  if (Array.isArray(x)) return x.map((item) => persistInside(core, item))
  if (typeof x !== 'object' || x === null || Object.getPrototypeOf(x) !== Object.prototype) return x
  return Object.fromEntries(Object.entries(x).map(([key, item]) => [key, persistInside(core, item)]))
}
