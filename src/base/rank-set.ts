/**
 * A set of integers below a fixed bound that gives its least member at once: a tree of 32-bit masks, 32 children a
 * node. A million members cost 129 kB; add, delete and min touch one word a level (four levels at a million).
 */
export class RankSet {
  readonly #levels: Int32Array[] = [] // #levels[0] holds the members; a bit above says that the word below is not 0
  size = 0
  /** the word of #levels[0] that has the least member; -1: not known */
  #first = -1

  constructor(bound: number) {
    let n = Math.max(bound, 1)
    do {
      n = (n + 31) >>> 5
      this.#levels.push(new Int32Array(n))
    } while (n > 1)
  }

  has(rank: number): boolean {
    return (this.#levels[0]![rank >>> 5]! & (1 << (rank & 31))) !== 0
  }

  add(rank: number): void {
    if (this.has(rank)) return
    this.size++
    if (rank >>> 5 < this.#first) this.#first = -1
    let i = rank
    for (const level of this.#levels) {
      const word = level[i >>> 5]!
      level[i >>> 5] = word | (1 << (i & 31))
      if (word !== 0) return
      i >>>= 5
    }
  }

  delete(rank: number): boolean {
    if (!this.has(rank)) return false
    this.size--
    let i = rank
    for (const level of this.#levels) {
      const word = level[i >>> 5]! & ~(1 << (i & 31))
      level[i >>> 5] = word
      if (word !== 0) return true
      i >>>= 5
    }
    return true
  }

  /** Takes out the least member, which `min` has just given. */
  deleteMin(): void {
    const level = this.#levels[0]!
    const i = this.#first
    const word = level[i]!
    const rest = word & (word - 1)
    if (rest === 0) this.delete((i << 5) + (31 - Math.clz32(word)))
    else {
      level[i] = rest
      this.size--
    }
  }

  /** The least member, or -1 when there is none. */
  min(): number {
    // Who takes the least again and again mostly finds the next one in the same word.
    if (this.#first >= 0) {
      const word = this.#levels[0]![this.#first]!
      if (word !== 0) return (this.#first << 5) + (31 - Math.clz32(word & -word))
    }
    if (this.size === 0) return -1
    let i = 0
    for (let l = this.#levels.length - 1; l >= 0; l--) {
      const word = this.#levels[l]![i]!
      i = (i << 5) + (31 - Math.clz32(word & -word))
    }
    this.#first = i >>> 5
    return i
  }

  /** The least member that is not below `from`, or -1 when there is none. */
  next(from: number): number {
    let i = from
    for (let l = 0; l < this.#levels.length; l++) {
      const level = this.#levels[l]!
      const rest = i >>> 5 < level.length ? level[i >>> 5]! & (-1 << (i & 31)) : 0
      if (rest !== 0) {
        i = (i & ~31) + (31 - Math.clz32(rest & -rest))
        for (l--; l >= 0; l--) {
          const word = this.#levels[l]![i]!
          i = (i << 5) + (31 - Math.clz32(word & -word))
        }
        return i
      }
      // What comes after the word that was looked at, one level up.
      i = (i >>> 5) + 1
    }
    return -1
  }
}
