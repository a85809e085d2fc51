/**
 * A map that forgets what was not used for long: it holds the `capacity` entries used last, and at most as many older
 * ones. Two generations, so that a hit costs one look-up and moves nothing.
 */
export class Lru<K, V> {
  #young = new Map<K, V>()
  #old = new Map<K, V>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: K): V | undefined {
    let value = this.#young.get(key)
    if (value === undefined) {
      value = this.#old.get(key)
      if (value !== undefined) this.set(key, value)
    }
    return value
  }

  set(key: K, value: V): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#capacity) return
    this.#old = this.#young
    this.#young = new Map()
  }
}
