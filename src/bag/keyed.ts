import { Counter, type Tally } from './counter.js'
import { KeyMap } from './keys.js'
import type { Reducer } from './reducers.js'
import type { UserFunction } from './steps.js'

/** How often each item occurs, in the order in which they were first seen, or the most frequent first. */
export function tallying(sort: boolean): Reducer<Tally> {
  return {
    collector() {
      const counter = new Counter()
      return {
        push: (item) => counter.add(item, 1),
        pushMany(items) {
          for (let i = 0; i < items.length; i++) counter.add(items[i], 1)
        },
        end: () => counter.tally(),
      }
    },
    merge(parts) {
      const total = new Counter()
      for (const { items, counts } of parts) for (let i = 0; i < items.length; i++) total.add(items[i], counts[i]!)
      return total.tally()
    },
    finish({ items, counts }) {
      const pairs = items.map((item, i): [unknown, number] => [item, counts[i]!])
      return sort ? pairs.sort((a, b) => b[1] - a[1]) : pairs
    },
  }
}

/** Of items with the same key the first one. */
export function distinguishing(by: UserFunction | undefined): Reducer<readonly unknown[]> {
  const keyOf = by as ((item: unknown) => unknown) | undefined
  const collector = (): { push: (item: unknown) => void; end: () => readonly unknown[] } => {
    const seen = new KeyMap<unknown>()
    return {
      push(item) {
        const key = keyOf ? keyOf(item) : item
        if (!seen.find(key)) seen.add(key, item)
      },
      end: () => seen.entries.map((entry) => entry.value),
    }
  }
  return {
    collector,
    merge(parts) {
      const { push, end } = collector()
      for (const items of parts) for (const item of items) push(item)
      return end()
    },
    finish: (items) => items,
  }
}
