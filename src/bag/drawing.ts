import { ArgumentError } from '../base/index.js'
import type { Reducer } from './reducers.js'
import { partitionRandom } from './steps.js'

/** Items with a random number each, in the order of these. */
interface Drawn {
  readonly count: number
  readonly items: readonly unknown[]
  readonly lots: readonly number[]
}

/**
 * `k` items at random, none twice: those with the smallest random numbers, so that parts merge without further chance.
 */
export function drawing(k: number, seed: number): Reducer<Drawn> {
  const smallest = (all: { readonly item: unknown; readonly lot: number }[], count: number): Drawn => {
    const best = all.sort((a, b) => a.lot - b.lot).slice(0, k)
    return { count, items: best.map((d) => d.item), lots: best.map((d) => d.lot) }
  }
  return {
    collector(run) {
      const random = partitionRandom(seed, run.partition)
      let drawn: { readonly item: unknown; readonly lot: number }[] = []
      let bar = 1
      let count = 0
      return {
        push(item) {
          count++
          const lot = random.next()
          if (lot >= bar) return
          drawn.push({ item, lot })
          if (drawn.length < 2 * k + 32) return
          drawn = drawn.sort((a, b) => a.lot - b.lot).slice(0, k)
          bar = drawn.at(-1)?.lot ?? 0
        },
        end: () => smallest(drawn, count),
      }
    },
    merge: (parts) =>
      smallest(
        parts.flatMap(({ items, lots }) => items.map((item, i) => ({ item, lot: lots[i]! }))),
        parts.reduce((sum, { count }) => sum + count, 0),
      ),
    finish({ count, items }) {
      if (count < k)
        throw new ArgumentError(
          `sample: ${k} items were asked for, but the bag has ${count}. choices may draw items more than once`,
        )
      return items
    },
  }
}

/** `k` items, of which each was drawn from all `count`. */
interface Chosen {
  readonly count: number
  readonly items: readonly unknown[]
}

/** `k` items at random, each drawn from all of them: of each draw a part with more items wins more often. */
export function choosing(k: number, seed: number): Reducer<Chosen> {
  return {
    collector(run) {
      const all: unknown[] = []
      return {
        push: (item) => all.push(item),
        end() {
          const random = partitionRandom(seed, run.partition)
          return { count: all.length, items: all.length === 0 ? [] : Array.from({ length: k }, () => random.pick(all)) }
        },
      }
    },
    merge(parts, place) {
      const random = partitionRandom(~seed, place)
      const count = parts.reduce((sum, part) => sum + part.count, 0)
      const draw = (_: unknown, i: number): unknown => {
        let at = random.below(count)
        return parts.find((part) => (at -= part.count) < 0)!.items[i]
      }
      return { count, items: count === 0 ? [] : Array.from({ length: k }, draw) }
    },
    finish({ count, items }) {
      if (count === 0 && k > 0) throw new ArgumentError(`choices: ${k} items were asked for, but the bag has none`)
      return items
    },
  }
}
