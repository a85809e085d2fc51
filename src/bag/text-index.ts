/** Texts longer than this are left to a `Map`, whose hash of long ones is faster. */
const LONGEST = 32

/** Differs from process to process, so that nobody can make up texts that all have the same place. */
const SEED = (Math.random() * 2 ** 32) | 0

/**
 * Finds the entry of a short text about twice as fast as a `Map` does: most of the time of word counts and their like is
 * spent in looking up texts that were made a moment ago. A hash table with open addressing and linear probing.
 */
export class TextIndex<E extends { readonly key: unknown }> {
  /** by place: the number of an entry plus one, or 0 */
  #slots = new Int32Array(64)
  #mask = 63
  #hashes = new Int32Array(32)
  readonly #entries: E[] = []
  readonly #long = new Map<string, E>()

  find(text: string): E | undefined {
    if (text.length > LONGEST) return this.#long.get(text)
    const hash = hashOf(text)
    for (let place = hash & this.#mask; ; place = (place + 1) & this.#mask) {
      const number = this.#slots[place]! - 1
      if (number < 0) return undefined
      if (this.#hashes[number] === hash) {
        const entry = this.#entries[number]!
        if (entry.key === text) return entry
      }
    }
  }

  /** Adds the entry of a text that has none. */
  add(text: string, entry: E): void {
    if (text.length > LONGEST) {
      this.#long.set(text, entry)
      return
    }
    const number = this.#entries.push(entry) - 1
    if (number === this.#hashes.length) this.#grow()
    this.#hashes[number] = hashOf(text)
    this.#put(number)
  }

  /** At most half of the places are taken. */
  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    this.#slots = new Int32Array(this.#slots.length * 2)
    this.#mask = this.#slots.length - 1
    const count = this.#hashes.length
    this.#hashes = hashes
    for (let number = 0; number < count; number++) this.#put(number)
  }

  #put(number: number): void {
    let place = this.#hashes[number]! & this.#mask
    while (this.#slots[place]! > 0) place = (place + 1) & this.#mask
    this.#slots[place] = number + 1
  }
}

function hashOf(text: string): number {
  let hash = SEED
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash ^ (hash >>> 15)
}
