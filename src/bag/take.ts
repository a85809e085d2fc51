import { type ComputeOptions, Held, sorted } from '../expr/index.js'
import type { Bag } from './bag.js'
import { Partitionwise } from './partitionwise.js'
import { type Pick, Rearranged } from './rearranged.js'

/**
 * The first `n` items of the first `most` partitions of a bag whose partitions give no more than `n`. Partitions are
 * computed one, then two, then four … at a time, if each of them can be computed without any other.
 */
export async function takeSome<T>(bag: Bag<T>, n: number, most: number, options: ComputeOptions): Promise<T[]> {
  const items: T[] = []
  if (n === 0) return items
  const rewritten = options.optimize === false ? bag : bag.optimize()
  let count = isIndependent(bag) ? 1 : most
  for (let from = 0; from < most && items.length < n; from += count, count *= 2) {
    const picks = Array.from({ length: Math.min(count, most - from) }, (_, i): Pick => [0, from + i])
    const part = rewritten.rebuild(new Rearranged('take', [rewritten.expression], picks))
    for (const item of await part.compute(options)) items.push(item)
  }
  return items.slice(0, n)
}

/** Whether its partitions are read or held, and nothing is needed by two of them. */
function isIndependent(bag: Bag<unknown>): boolean {
  return sorted([bag.expression]).every((e) => {
    if (e instanceof Rearranged) return new Set(e.picks.map(String)).size === e.picks.length
    return e instanceof Held || (e instanceof Partitionwise && e.modes.every((mode) => mode === 'each'))
  })
}
