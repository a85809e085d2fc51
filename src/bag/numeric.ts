import { ArgumentError, describe } from '../base/index.js'
import { EmptyBagError } from './errors.js'
import type { Reducer } from './reducers.js'

function numberOf(item: unknown, label: string): number {
  if (typeof item === 'number') return item
  throw new ArgumentError(`${label} is of numbers, but an item is ${describe(item)}`)
}

interface Sum {
  readonly count: number
  readonly sum: number
  /** what rounding took from the sum */
  readonly lost: number
}

/**
 * Sums whose rounding does not depend on how the bag is cut into partitions, but for the last bit.
 * Algorithm: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
 */
export function summing(kind: 'sum' | 'mean'): Reducer<Sum> {
  return {
    collector() {
      const total = new Accumulator()
      return {
        push: (item) => total.add(numberOf(item, kind)),
        end: () => total.part(),
      }
    },
    merge(parts) {
      const total = new Accumulator()
      for (const { count, sum, lost } of parts) {
        total.add(sum)
        total.lost += lost
        total.count += count - 1
      }
      return total.part()
    },
    finish({ count, sum, lost }) {
      // Where the sum is infinite, what it lost is not a number.
      const exact = Number.isFinite(sum) ? sum + lost : sum
      return kind === 'sum' ? exact : exact / count
    },
  }
}

class Accumulator {
  count = 0
  lost = 0
  #sum = 0

  add(x: number): void {
    this.count++
    const sum = this.#sum + x
    this.lost += Math.abs(this.#sum) >= Math.abs(x) ? this.#sum - sum + x : x - sum + this.#sum
    this.#sum = sum
  }

  part(): Sum {
    return { count: this.count, sum: this.#sum, lost: this.lost }
  }
}

interface Moments {
  readonly count: number
  readonly mean: number
  /** the sum of the squares of the distances from the mean */
  readonly squares: number
}

/**
 * Variance and standard deviation, without cancellation.
 * Algorithm: Welford (1962) for items, Chan, Golub, LeVeque, Updating Formulae and a Pairwise Algorithm (1979) for parts.
 */
export function moments(kind: 'var' | 'std', ddof: number): Reducer<Moments> {
  return {
    collector() {
      let count = 0
      let mean = 0
      let squares = 0
      return {
        push(item) {
          const x = numberOf(item, kind)
          count++
          const distance = x - mean
          mean += distance / count
          squares += distance * (x - mean)
        },
        end: () => ({ count, mean, squares }),
      }
    },
    merge: (parts) =>
      parts.reduce((a, b) => {
        if (a.count === 0) return b
        if (b.count === 0) return a
        const count = a.count + b.count
        const distance = b.mean - a.mean
        return {
          count,
          mean: a.mean + (distance * b.count) / count,
          squares: a.squares + b.squares + (distance * distance * a.count * b.count) / count,
        }
      }),
    finish({ count, squares }) {
      if (count === 0 || count <= ddof) return Number.NaN
      const variance = squares / (count - ddof)
      return kind === 'var' ? variance : Math.sqrt(variance)
    },
  }
}

/** What can be compared with `<`. */
export type Ordered = number | string | bigint | boolean | Date

/** The item itself, or undefined where there is none. */
type Extreme = { readonly item: Ordered } | undefined

export function comparing(kind: 'min' | 'max', of: string): Reducer<Extreme> {
  const better = kind === 'min' ? (a: Ordered, b: Ordered) => a < b : (a: Ordered, b: Ordered) => a > b
  /** NaN is smaller and greater than everything, as in Math.min and Math.max. */
  const choose = (a: Extreme, b: Ordered): Extreme => {
    if (a === undefined) return { item: ordered(b, kind) }
    if (isNaNLike(a.item)) return a
    if (typeof b !== typeof a.item || (typeof b === 'object' && !(b instanceof Date))) {
      throw new ArgumentError(`${kind} cannot compare ${describe(b)} with ${describe(a.item)}`)
    }
    return isNaNLike(b) || better(b, a.item) ? { item: b } : a
  }
  return {
    collector() {
      let extreme: Extreme
      return {
        push(item) {
          extreme = choose(extreme, item as Ordered)
        },
        end: () => extreme,
      }
    },
    merge: (parts) => parts.reduce((a, b) => (b === undefined ? a : choose(a, b.item))),
    finish(part) {
      if (part === undefined) throw new EmptyBagError(kind, of)
      return part.item
    },
  }
}

function isNaNLike(item: Ordered): boolean {
  return typeof item === 'number' ? Number.isNaN(item) : typeof item === 'object' && Number.isNaN(item.getTime())
}

function ordered(item: Ordered, label: string): Ordered {
  if (typeof item === 'object' ? item instanceof Date : ['number', 'string', 'bigint', 'boolean'].includes(typeof item))
    return item
  throw new ArgumentError(`${label} compares numbers, texts, bigints, booleans and dates, but an item is ${describe(item)}`)
}
