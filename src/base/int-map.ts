const EMPTY = -1
const DELETED = -2

/**
 * A map from non-negative 32-bit integers to 32-bit integers: open addressing in one typed array, no object an
 * entry. `get` gives -1 for a key that is not there.
 */
export class IntMap {
  #table: Int32Array // key, value, key, value, …
  #mask: number
  #used = 0 // entries and tombstones
  size = 0

  constructor(capacity = 8) {
    let n = 8
    while (n < capacity * 2) n *= 2
    this.#mask = n - 1
    this.#table = new Int32Array(n * 2).fill(EMPTY)
  }

  get(key: number): number {
    const table = this.#table
    for (let i = hash(key) & this.#mask; ; i = (i + 1) & this.#mask) {
      const k = table[i * 2]!
      if (k === key) return table[i * 2 + 1]!
      if (k === EMPTY) return -1
    }
  }

  set(key: number, value: number): void {
    if ((this.#used + 1) * 2 > this.#mask) this.#rehash()
    const table = this.#table
    let free = -1
    for (let i = hash(key) & this.#mask; ; i = (i + 1) & this.#mask) {
      const k = table[i * 2]!
      if (k === key) {
        table[i * 2 + 1] = value
        return
      }
      if (k === DELETED && free < 0) free = i
      if (k === EMPTY) {
        if (free < 0) {
          free = i
          this.#used++
        }
        table[free * 2] = key
        table[free * 2 + 1] = value
        this.size++
        return
      }
    }
  }

  delete(key: number): boolean {
    const table = this.#table
    for (let i = hash(key) & this.#mask; ; i = (i + 1) & this.#mask) {
      const k = table[i * 2]!
      if (k === EMPTY) return false
      if (k === key) {
        table[i * 2] = DELETED
        this.size--
        if (this.size === 0 && this.#used * 8 > this.#mask) {
          // The common end of a life: everything goes. Forget the tombstones too, when they are many.
          table.fill(EMPTY)
          this.#used = 0
        }
        return true
      }
    }
  }

  forEach(fn: (key: number, value: number) => void): void {
    const table = this.#table
    for (let i = 0; i < table.length; i += 2) if (table[i]! >= 0) fn(table[i]!, table[i + 1]!)
  }

  #rehash(): void {
    const old = this.#table
    let n = 8
    while (n < (this.size + 1) * 4) n *= 2
    this.#table = new Int32Array(n * 2).fill(EMPTY)
    this.#mask = n - 1
    this.#used = 0
    this.size = 0
    for (let i = 0; i < old.length; i += 2) if (old[i]! >= 0) this.set(old[i]!, old[i + 1]!)
  }
}

function hash(key: number): number {
  const h = Math.imul(key, 0x9e3779b1)
  return h ^ (h >>> 15)
}
