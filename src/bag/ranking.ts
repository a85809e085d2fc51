import { ArgumentError, describe } from '../base/index.js'
import type { Ordered } from './numeric.js'
import type { Reducer } from './reducers.js'
import type { UserFunction } from './steps.js'

/** Items that may be among the largest, and what they are compared by; both largest first. */
interface Ranks {
  readonly items: readonly unknown[]
  readonly ranks: readonly Ordered[]
}

/** The `k` largest items, largest first; of equal ones those that come first in the bag. NaN is smaller than everything. */
export function ranking(k: number, by: UserFunction | undefined): Reducer<Ranks> {
  const rankOf = (item: unknown): Ordered => {
    const rank = (by ? (by as (item: unknown) => unknown)(item) : item) as Ordered
    if (['number', 'string', 'bigint', 'boolean'].includes(typeof rank) || rank instanceof Date) return rank
    throw new ArgumentError(
      `topk compares numbers, texts, bigints, booleans and dates, but ${by ? 'the function gave' : 'an item is'} ${describe(rank)}${by ? '' : '. Give a function that says what to compare'}`,
    )
  }
  return {
    collector() {
      const best = new Best(k)
      return { push: (item) => best.add(item, rankOf(item)), end: () => best.ranks() }
    },
    merge(parts) {
      const best = new Best(k)
      for (const { items, ranks } of parts) for (let i = 0; i < items.length; i++) best.add(items[i], ranks[i]!)
      return best.ranks()
    },
    finish: ({ items }) => items,
  }
}

/** Keeps the `k` best of what is added: lets them pile up, and from time to time sorts and cuts. */
class Best {
  readonly #k: number
  #candidates: { readonly item: unknown; readonly rank: Ordered }[] = []
  /** what is not better than this cannot be among the best */
  #bar: { readonly rank: Ordered } | undefined

  constructor(k: number) {
    this.#k = k
  }

  add(item: unknown, rank: Ordered): void {
    if (this.#bar && compare(rank, this.#bar.rank) >= 0) return
    this.#candidates.push({ item, rank })
    if (this.#candidates.length >= 2 * this.#k + 32) this.#cut()
  }

  ranks(): Ranks {
    this.#cut()
    return { items: this.#candidates.map((c) => c.item), ranks: this.#candidates.map((c) => c.rank) }
  }

  #cut(): void {
    // Sorting is stable: of equal ones the first stays first.
    this.#candidates = this.#candidates.sort((a, b) => compare(a.rank, b.rank)).slice(0, this.#k)
    if (this.#candidates.length === this.#k) this.#bar = this.#candidates.at(-1) ?? { rank: Number.POSITIVE_INFINITY }
  }
}

/** Below 0 when `a` goes before `b`: when it is larger. */
function compare(a: Ordered, b: Ordered): number {
  if (a > b) return -1
  if (a < b) return 1
  // Equal, or one of them is not a number, which goes last.
  return Number(isNaNLike(a)) - Number(isNaNLike(b))
}

function isNaNLike(rank: Ordered): boolean {
  return typeof rank !== 'string' && typeof rank !== 'bigint' && Number.isNaN(Number(rank))
}
