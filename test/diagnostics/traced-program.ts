import { type Bag, range } from '../../src/bag.js'

/** Some tasks. */
export function bag(): Bag<number> {
  return range(20, { partitions: 4 }).map((x) => x + 1)
}
