import { ArgumentError, describe } from '../base/index.js'
import { LazyCollection } from '../expr/index.js'
import { Future } from './future.js'

/** How the values of futures and of collections are had, all of them together. */
export interface GatherFrom {
  futures(futures: readonly Future<unknown>[]): Promise<unknown[]>
  collection(collection: LazyCollection<unknown>): Promise<unknown>
}

/** The structure with the values of its futures and collections in their place. */
export async function gather(x: unknown, from: GatherFrom): Promise<unknown> {
  const futures: Future<unknown>[] = []
  const collections: Promise<unknown>[] = []
  walk(x, [], (leaf) => {
    if (leaf instanceof Future) futures.push(leaf)
    else if (leaf instanceof LazyCollection) collections.push(from.collection(leaf))
    return leaf
  })
  const [values, computed] = await Promise.all([from.futures(futures), Promise.all(collections)])
  let nextFuture = 0
  let nextCollection = 0
  return walk(x, [], (leaf) => {
    if (leaf instanceof Future) return values[nextFuture++]
    return leaf instanceof LazyCollection ? computed[nextCollection++] : leaf
  })
}

/** A copy of a structure of arrays and plain objects, with what `change` gives for everything else. */
function walk(x: unknown, open: object[], change: (leaf: unknown) => unknown): unknown {
  if (typeof x !== 'object' || x === null || x instanceof Future || x instanceof LazyCollection) return change(x)
  const prototype: unknown = Object.getPrototypeOf(x)
  if (!Array.isArray(x) && prototype !== Object.prototype && prototype !== null) {
    if (typeof (x as { then?: unknown }).then === 'function') throw new ArgumentError(`gather: ${describe(x)} is no future`)
    return change(x)
  }
  if (open.includes(x)) throw new ArgumentError('gather: the structure contains itself')
  open.push(x)
  const copy = Array.isArray(x)
    ? x.map((item) => walk(item, open, change))
    : Object.fromEntries(Object.entries(x).map(([key, item]) => [key, walk(item, open, change)]))
  open.pop()
  return copy
}
