import { KeyMap } from './keys.js'
import { blame } from './run.js'
import type { UserFunction } from './steps.js'

/** Adds an item to those of its key, which keep their order. */
export function addTo(groups: KeyMap<unknown[]>, key: unknown, item: unknown): void {
  const entry = groups.find(key)
  if (entry) entry.value.push(item)
  else groups.add(key, [item])
}

/** By what was indexed last. All tasks of a layer that run in one thread share what the layer holds. */
const indexes = new WeakMap<object, { readonly keyOf: UserFunction; readonly index: KeyMap<unknown[]> }>()

/** Items by key, each key with its items in their order. */
export function indexOf(items: Iterable<unknown>, keyOf: UserFunction, label: string): KeyMap<unknown[]> {
  const known = typeof items === 'object' ? indexes.get(items) : undefined
  if (known?.keyOf === keyOf) return known.index
  const index = new KeyMap<unknown[]>()
  try {
    for (const item of items) addTo(index, (keyOf as (item: unknown) => unknown)(item), item)
  } catch (thrown) {
    throw blame(thrown, label, keyOf)
  }
  if (typeof items === 'object') indexes.set(items, { keyOf, index })
  return index
}
