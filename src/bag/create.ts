import { randomUUID } from 'node:crypto'
import { ArgumentError, describe } from '../base/index.js'
import { availableCores, config } from '../config/index.js'
import type { Delayed } from '../delayed/index.js'
import { LazyCollection } from '../expr/index.js'
import { THIS, needCount, needFunction, refusePromise } from './arguments.js'
import { Bag, type MoreItems, type MorePartitions, needBag } from './bag.js'
import { Partitionwise, type SourceSpec } from './partitionwise.js'
import { inOrder } from './rearranged.js'

/** How a sequence is cut into partitions: into so many, or of so many items. */
export interface SequenceOptions {
  readonly partitions?: number
  /** the setting `bag.partitionSize` unless told */
  readonly partitionSize?: number
}

/** Partitions that a sequence is cut into when nobody says how: enough for many cores, few enough to cost nothing. */
const PARTITIONS = 100

/** Together they make the name of a sequence, which no other has, also none of another process on the same cluster. */
const session = randomUUID()
let sequences = 0

/**
 * A bag of items that are here already. They travel to where they are used, so of large data give the names, and read it
 * in a `map` or with a reader. Unless told how to cut them, they are in 100 partitions (or twice as many as this machine
 * has cores, if that is more), or one for each item of fewer.
 *
 * @example
 * const numbers = bag.fromSequence([3, 1, 2], { partitions: 2 })
 */
export function fromSequence<T>(items: Iterable<T>, options: SequenceOptions = {}): Bag<T> {
  refusePromise('fromSequence', items, 1)
  if (typeof (items as Iterable<T> | undefined | null)?.[Symbol.iterator] !== 'function') {
    throw new ArgumentError(`fromSequence: an array or something else to iterate over is needed, not ${describe(items)}`)
  }
  const all = [...items]
  const cuts = cutsOf('fromSequence', all.length, options)
  const owns = cuts.slice(1).map((end, i) => all.slice(cuts[i], end))
  return fromSource({
    source: { kind: 'items' },
    label: 'fromSequence',
    inputs: [],
    partitions: owns.length,
    owns,
    token: `${session} ${++sequences}`,
  })
}

/**
 * The integers from 0 up to, not including, `n`.
 *
 * @example
 * const squares = bag.range(1_000_000, { partitions: 8 }).map((x) => x * x)
 */
export function range(n: number, options: SequenceOptions = {}): Bag<number> {
  needCount('range', 'n', n)
  const cuts = cutsOf('range', n, options)
  const owns = cuts.slice(1).map((end, i) => [cuts[i]!, end])
  return fromSource({ source: { kind: 'range' }, label: 'range', inputs: [], partitions: owns.length, owns, token: cuts.join() })
}

/** Where partitions begin, and where the last one ends. */
function cutsOf(label: string, length: number, { partitions, partitionSize }: SequenceOptions): number[] {
  if (partitions !== undefined && partitionSize !== undefined)
    throw new ArgumentError(`${label}: give either partitions or partitionSize`)
  const size = partitionSize ?? (partitions === undefined ? config.get('bag.partitionSize') : 'auto')
  if (size !== 'auto') {
    needCount(label, 'partitionSize', size, 1)
    const count = Math.max(1, Math.ceil(length / size))
    return Array.from({ length: count + 1 }, (_, i) => Math.min(length, i * size))
  }
  const count = needCount(
    label,
    'partitions',
    partitions ?? Math.max(1, Math.min(length, Math.max(PARTITIONS, 2 * availableCores()))),
    1,
  )
  return Array.from({ length: count + 1 }, (_, i) => Math.floor((length * i) / count))
}

/**
 * A bag with a partition for each delayed value, which must be an array or something else to iterate over.
 *
 * @example
 * const rows = bag.fromDelayed(urls.map((url) => delayed(loadRows)(url)))
 */
export function fromDelayed<P extends Iterable<unknown>>(
  parts: Iterable<Delayed<P>> | Delayed<P>,
): Bag<P extends Iterable<infer T> ? T : never> {
  const list = parts instanceof LazyCollection ? [parts] : [...parts]
  if (list.length === 0) throw new ArgumentError('fromDelayed: at least one delayed value is needed')
  list.forEach((part, i) => {
    if (!(part instanceof LazyCollection && part.isSingle))
      throw new ArgumentError(`fromDelayed: item ${i} is ${describe(part)}, not a Delayed`)
  })
  const input = inOrder(
    'fromDelayed',
    list.map((part) => part.expression),
  )
  return fromSource({
    source: { kind: 'partition' },
    label: 'fromDelayed',
    inputs: [{ expression: input, mode: 'each' }],
    partitions: list.length,
    token: '',
  })
}

/**
 * The items of several bags, one bag after the other, in the partitions that they have.
 *
 * @example
 * const all = bag.concat([lastYear, thisYear])
 */
export function concat<T>(bags: Iterable<Bag<T>>): Bag<T> {
  const list = [...bags]
  if (list.length === 0) throw new ArgumentError('concat: at least one bag is needed')
  for (const b of list) needBag('concat', b)
  return new Bag(
    inOrder(
      'concat',
      list.map((b) => b.expression),
    ),
  )
}

/**
 * Tuples of the items that have the same place in each of several bags, which must have the same partitions.
 *
 * @example
 * const pairs = bag.zip(names, ages) // Bag<[string, number]>
 */
export function zip<T extends readonly unknown[]>(...bags: { [K in keyof T]: Bag<T[K]> }): Bag<T> {
  const list: readonly Bag<unknown>[] = bags
  if (list.length === 0) throw new ArgumentError('zip: at least one bag is needed')
  for (const b of list) needBag('zip', b)
  const counts = new Set(list.map((b) => b.partitions))
  if (counts.size > 1)
    throw new ArgumentError(`zip: bags must have the same partitions, but these have ${list.map((b) => b.partitions).join(', ')}`)
  const inputs = list.map((b) => ({ expression: b.expression, mode: 'each' as const }))
  return fromSource({
    source: { kind: 'zip', count: list.length },
    label: 'zip',
    inputs,
    partitions: list[0]!.partitions,
    token: '',
  })
}

/**
 * What a function gives for the items of several bags side by side; other arguments may be values, or lazy values. At
 * least one must be a bag. The same as `Bag.map`, for when the bag is not the first argument.
 *
 * @example
 * const powers = bag.map((base, exponent) => base ** exponent, 2, bag.range(10))
 */
export function map<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: MoreItems<A>): Bag<Awaited<R>> {
  const { first, all } = splitArguments('map', args)
  return first.mapItems(needFunction('map', fn), all)
}

/**
 * What a function makes of the partitions of several bags side by side; see `Bag.mapPartitions`.
 *
 * @example
 * const merged = bag.mapPartitions((a, b) => [...a, ...b].sort(), left, right)
 */
export function mapPartitions<A extends readonly unknown[], R>(
  fn: (...args: A) => Iterable<R> | AsyncIterable<R> | PromiseLike<Iterable<R> | AsyncIterable<R>>,
  ...args: MorePartitions<A>
): Bag<R> {
  const { first, all } = splitArguments('mapPartitions', args)
  return first.mapArrays(needFunction('mapPartitions', fn), all)
}

/** The first bag among arguments, and all of them with its place marked. */
function splitArguments(label: string, args: readonly unknown[]): { first: Bag<unknown>; all: unknown[] } {
  const position = args.findIndex((arg) => arg instanceof Bag)
  if (position < 0) throw new ArgumentError(`${label}: at least one argument must be a bag`)
  return { first: args[position] as Bag<unknown>, all: args.map((arg, i) => (i === position ? THIS : arg)) }
}

export function fromSource<T>(source: SourceSpec): Bag<T> {
  return new Bag<T>(new Partitionwise(source, [], { kind: 'array' }))
}
