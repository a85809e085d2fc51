import { LazyCollection } from './collection.js'

/** Gives the collection that an object stands for where lazy values may stand: a future is no collection, but acts as one. */
export const asCollection: unique symbol = Symbol('heddle.asCollection')

/** The lazy value that this is or stands for, if any. */
export function lazyOf(value: object): LazyCollection<unknown> | undefined {
  if (value instanceof LazyCollection) return value
  return (value as { [asCollection]?: () => LazyCollection<unknown> })[asCollection]?.()
}
