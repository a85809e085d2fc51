import { needCount, needSeed } from './arguments.js'
import { Bag, needBag } from './bag.js'
import { reducing } from './reduced.js'

/** How to draw items by chance. */
export interface DrawOptions {
  /** an integer; the same seed, items and partitions give the same sample */
  readonly seed?: number
}

/**
 * `k` items of a bag by chance, each at most once, in random order. One partition. Computing it fails with `ArgumentError` if
 * the bag has fewer.
 *
 * @example
 * const three = await bag.sample(lines, 3, { seed: 1 }).compute()
 */
export function sample<T>(from: Bag<T>, k: number, options: DrawOptions = {}): Bag<T> {
  return draw('sample', from, k, options)
}

/**
 * `k` items of a bag by chance, where each may come again. One partition.
 *
 * @example
 * const rolls = bag.choices(bag.fromSequence([1, 2, 3, 4, 5, 6]), 100)
 */
export function choices<T>(from: Bag<T>, k: number, options: DrawOptions = {}): Bag<T> {
  return draw('choices', from, k, options)
}

function draw<T>(kind: 'sample' | 'choices', from: Bag<T>, k: number, { seed }: DrawOptions): Bag<T> {
  needBag(kind, from)
  return new Bag(reducing(from.expression, { kind, label: kind, k: needCount(kind, 'k', k), seed: needSeed(kind, seed) }))
}
