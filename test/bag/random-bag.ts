import fc from 'fast-check'
import * as bag from '../../src/bag/index.js'

/** A list, and the same items in a bag of partitions of any lengths, also empty ones. */
export interface Pair<T> {
  readonly items: T[]
  readonly bag: bag.Bag<T>
}

export function pairOf<T>(item: fc.Arbitrary<T>): fc.Arbitrary<Pair<T>> {
  return fc.array(fc.array(item, { maxLength: 6 }), { minLength: 1, maxLength: 12 }).map((parts) => ({
    items: parts.flat(),
    bag: bag.concat(parts.map((part) => bag.fromSequence(part, { partitions: 1 }))),
  }))
}

export const integers = fc.integer({ min: -20, max: 20 })

/** What keys can be: alike, and of different kinds. */
export const keys = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom('0', '1', 'a', '', 'a key that is longer than the texts for which there is a table'),
  fc.constantFrom(0.5, -0, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>(true, false, null, undefined, 1n, 12n),
  fc.constantFrom(0, 86_400_000).map((time) => new Date(time)),
  fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 2 }),
  fc.record({ a: fc.integer({ min: 0, max: 1 }), b: fc.constantFrom('x', 'y') }, { requiredKeys: [], noNullPrototype: true }),
  fc.record({ a: fc.integer({ min: 0, max: 1 }), b: fc.constant('x') }, { noNullPrototype: true }).map(({ a, b }) => ({ b, a })),
  fc.uniqueArray(fc.integer({ min: 0, max: 2 })).map((xs) => new Set(xs)),
  fc
    .uniqueArray(fc.tuple(fc.constantFrom('p', 'q'), fc.integer({ min: 0, max: 1 })), { selector: ([k]) => k })
    .map((xs) => new Map(xs)),
)
