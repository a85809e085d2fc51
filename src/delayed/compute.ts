import { ArgumentError, describe } from '../base/index.js'
import {
  type Collection,
  type ComputeOptions,
  LazyCollection,
  asCollection,
  computeAll,
  lazyOf,
  optimizeMany,
  persistAll,
} from '../expr/index.js'
import { fill } from './put-together.js'
import { takeOut } from './template.js'
import type { Computed } from './types.js'

/**
 * Computes several collections at once; what they share is computed once. Or one plain structure with collections
 * inside.
 *
 * @example
 * const [a, b] = await compute(x, y)
 * const { mean, rows } = await compute({ mean: x.mean(), rows: y })
 */
// oxlint-disable-next-line typescript/no-explicit-any -- a collection of whatever: `unknown` would not infer
export function compute<const T extends readonly [Collection<any>, ...Collection<any>[]]>(...collections: T): Promise<Computed<T>>
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export function compute<const T extends readonly [Collection<any>, ...Collection<any>[]]>(
  ...collections: [...T, options: ComputeOptions]
): Promise<Computed<T>>
export function compute<const T extends object>(structure: T, options?: ComputeOptions): Promise<Computed<T>>
export async function compute(...args: unknown[]): Promise<unknown> {
  const { collections, options } = split('compute', args)
  if (collections.length > 0) return computeAll(collections, options)
  const structure = args[0]
  if (typeof structure !== 'object' || structure === null) {
    throw new ArgumentError(`compute: ${describe(structure)} holds nothing lazy`)
  }
  const given = (args[1] as ComputeOptions | undefined) ?? {}
  // The usual structure, a list of collections, may be long: it need not be taken apart.
  if (isListOfCollections(structure)) return computeAll(structure, given)
  const inside: LazyCollection<unknown>[] = []
  const holed = takeOut(structure, (collection) => inside.push(collection), 'compute')
  return fill(holed, await computeAll(inside, given))
}

/** A collection, or what acts as one: a dataframe. Futures do too, but may stand in structures only. */
function collectionOf(value: unknown): unknown {
  if (value instanceof LazyCollection || typeof value !== 'object' || value === null) return value
  return asCollection in value && !('then' in value) ? lazyOf(value) : value
}

function isListOfCollections(structure: object): structure is LazyCollection<unknown>[] {
  return Array.isArray(structure) && structure.every((item) => item instanceof LazyCollection)
}

/**
 * Starts computing several collections, and gives them over the values that are being made, which stay where they are.
 *
 * @example
 * const [rows, columns] = persist(x, y)
 */
export function persist<const T extends readonly [Collection<unknown>, ...Collection<unknown>[]]>(
  ...collections: T
): { -readonly [K in keyof T]: T[K] }
export function persist<const T extends readonly [Collection<unknown>, ...Collection<unknown>[]]>(
  ...collections: [...T, options: ComputeOptions]
): { -readonly [K in keyof T]: T[K] }
export function persist(...args: unknown[]): unknown {
  const { collections, options } = split('persist', args)
  const lazy = collections.filter((_, i) => args[i] instanceof LazyCollection)
  const held = persistAll(lazy, options)
  // What only acts as a collection stays what it is.
  return collections.map((each, i) => (each === args[i] ? held.shift() : (args[i] as Collection<unknown>).persist(options)))
}

/** Several collections over their rewritten expressions, still lazy; what they share stays shared. */
export function optimize<const T extends readonly LazyCollection<unknown>[]>(
  ...collections: T
): { -readonly [K in keyof T]: T[K] } {
  return optimizeMany(collections) as { -readonly [K in keyof T]: T[K] }
}

function split(name: string, given: readonly unknown[]): { collections: LazyCollection<unknown>[]; options: ComputeOptions } {
  const args = given.map(collectionOf)
  const last = args.at(-1)
  const hasOptions = args.length > 1 && !(last instanceof LazyCollection)
  const collections = hasOptions ? args.slice(0, -1) : [...args]
  if (collections[0] instanceof LazyCollection) {
    collections.forEach((c, i) => {
      if (!(c instanceof LazyCollection))
        throw new ArgumentError(`${name}: argument ${i + 1} is ${describe(c)}, not a collection`)
    })
    return { collections: collections as LazyCollection<unknown>[], options: hasOptions ? (last as ComputeOptions) : {} }
  }
  return { collections: [], options: {} }
}
