import { Held, LazyCollection, sorted } from '../expr/index.js'
import { Future } from './future.js'
import { coreOfExecutor } from './owners.js'

/**
 * The futures that something consists of: those of the values of persisted collections, and futures themselves, also inside
 * arrays and objects. What is lazy, or held by this machine's threads, has none.
 *
 * @example
 * await wait(futuresOf(bag.persist()))
 */
export function futuresOf(...things: readonly unknown[]): Future<unknown>[] {
  const found = new Set<Future<unknown>>()
  for (const thing of things) search(thing, found, [])
  return [...found]
}

function search(x: unknown, found: Set<Future<unknown>>, open: object[]): void {
  if (typeof x !== 'object' || x === null) return
  if (x instanceof Future) found.add(x)
  else if (x instanceof LazyCollection) {
    for (const expression of sorted([x.expression])) {
      if (!(expression instanceof Held)) continue
      for (const held of expression.values) {
        const core = coreOfExecutor(held.executor)
        if (core) found.add(new Future(core, undefined, held))
      }
    }
  } else if ((Array.isArray(x) || Object.getPrototypeOf(x) === Object.prototype) && !open.includes(x)) {
    open.push(x)
    for (const item of Object.values(x)) search(item, found, open)
    open.pop()
  }
}
