/**
 * A small seeded random number generator: the same numbers from the same seed on every machine. For simulation,
 * sampling and back-off; not for secrets (use `node:crypto`) and not for `array/random` (whose streams are NumPy's).
 *
 * Algorithm: xoshiro128** 1.1 (Blackman, Vigna), seeded through splitmix32.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number) {
    let s = seed | 0
    // A float seed, or one beyond 32 bits, must not collapse onto its neighbours.
    s ^= Math.imul(Math.floor(seed / 2 ** 32) | 0, 0x9e3779b9)
    const next = (): number => {
      s = (s + 0x9e3779b9) | 0
      let z = s
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return z ^ (z >>> 16)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1
  }

  /** 32 random bits, as an unsigned integer. */
  bits(): number {
    const r = Math.imul(this.#b, 5)
    const result = Math.imul((r << 7) | (r >>> 25), 9)
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result >>> 0
  }

  /** A number in [0, 1), all 53 bits of it random. */
  next(): number {
    return ((this.bits() >>> 5) * 0x4000000 + (this.bits() >>> 6)) / 2 ** 53
  }

  /** An integer in [0, n), each equally likely. `n` ≤ 2^53. */
  below(n: number): number {
    return Math.floor(this.next() * n)
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** The items in random order (Fisher–Yates), in place. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const t = items[i]!
      items[i] = items[j]!
      items[j] = t
    }
    return items
  }

  /** A generator that is independent of this one, for a part that must not disturb the others' sequence. */
  fork(): Random {
    return new Random(this.bits() * 2 ** 20 + (this.bits() >>> 12))
  }
}
