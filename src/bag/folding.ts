import { decode, encode } from '../transfer/index.js'
import { EmptyBagError } from './errors.js'
import { KeyMap } from './keys.js'
import type { Reducer } from './reducers.js'
import type { Reduction } from './reduction.js'

type Two = (a: unknown, b: unknown) => unknown

/** Makes copies of a value, so that functions which change their total do not change anybody else's. */
function copies(value: unknown): () => unknown {
  if (typeof value !== 'object' || value === null) return () => value
  const bytes = encode(value, { subject: 'the initial value' })
  return () => decode(bytes)
}

function copy<T>(value: T): T {
  return copies(value)() as T
}

/** A total of all items; undefined where there was no item to begin with. */
type Total = { readonly total: unknown } | undefined

export function folding({ step, combine, initial, of }: Reduction & { kind: 'fold' }): Reducer<Total> {
  const first = initial && copies(initial.value)
  return {
    collector() {
      let started = first !== undefined
      let total = first?.()
      return {
        push(item) {
          total = started ? (step as Two)(total, item) : item
          started = true
        },
        end: () => (started ? { total } : undefined),
      }
    },
    merge(parts) {
      const totals = parts.filter((part) => part !== undefined)
      if (totals.length === 0) return undefined
      const [head, ...rest] = totals
      return { total: rest.reduce((a, b) => (combine as Two)(a, b.total), copy(head!.total)) }
    },
    finish(part) {
      if (part === undefined) throw new EmptyBagError('fold', of)
      return part.total
    },
  }
}

/** Columns, as in keyed.ts. */
interface Totals {
  readonly keys: readonly unknown[]
  readonly totals: readonly unknown[]
}

export function foldingByKey({ key, step, combine, initial }: Reduction & { kind: 'foldBy' }): Reducer<Totals> {
  const keyOf = key as (item: unknown) => unknown
  const first = copies(initial)
  const totalsOf = ({ entries }: KeyMap<unknown>): Totals => ({
    keys: entries.map((e) => e.key),
    totals: entries.map((e) => e.value),
  })
  return {
    collector() {
      const totals = new KeyMap<unknown>()
      return {
        push(item) {
          const k = keyOf(item)
          const entry = totals.find(k) ?? totals.add(k, first())
          entry.value = (step as Two)(entry.value, item)
        },
        end: () => totalsOf(totals),
      }
    },
    merge(parts) {
      const merged = new KeyMap<unknown>()
      for (const { keys, totals } of parts) {
        for (let i = 0; i < keys.length; i++) {
          const entry = merged.find(keys[i])
          if (entry) entry.value = (combine as Two)(entry.value, totals[i])
          else merged.add(keys[i], copy(totals[i]))
        }
      }
      return totalsOf(merged)
    },
    finish: ({ keys, totals }) => keys.map((k, i) => [k, totals[i]]),
  }
}

export function ofPartitions({ perPartition, aggregate }: Reduction & { kind: 'reduction' }): Reducer {
  return {
    collector() {
      const items: unknown[] = []
      return {
        push: (item) => items.push(item),
        end: () => (perPartition as (items: unknown[]) => unknown)(items),
      }
    },
    merge: (parts) => (aggregate as (parts: readonly unknown[]) => unknown)(parts),
    finish: (part) => part,
  }
}
