import { canonical } from './canonical.js'
import { TextIndex } from './text-index.js'

/** A key as it was first seen, and what goes with it. */
export interface Entry<V> {
  readonly key: unknown
  value: V
}

/**
 * Entries by key, in the order in which the keys were first seen. Primitives are compared by value (-0 is 0, NaN is NaN,
 * 1 is neither '1' nor 1n), objects by content (see `canonical`).
 */
export class KeyMap<V> {
  readonly entries: Entry<V>[] = []
  readonly #texts = new TextIndex()
  /** by number of the text */
  readonly #ofTexts: Entry<V>[] = []
  readonly #primitives = new Map<unknown, Entry<V>>()
  readonly #objects = new Map<string, Entry<V>>()

  find(key: unknown): Entry<V> | undefined {
    if (typeof key === 'string') {
      const number = this.#texts.find(key)
      return number < 0 ? undefined : this.#ofTexts[number]
    }
    return typeof key === 'object' && key !== null ? this.#objects.get(canonical(key)) : this.#primitives.get(key)
  }

  /** Adds an entry for a key that has none. */
  add(key: unknown, value: V): Entry<V> {
    const entry = { key, value }
    switch (typeof key) {
      case 'string':
        this.#ofTexts[this.#texts.numberOf(key)] = entry
        break
      case 'object':
      case 'symbol':
      case 'function':
        if (key === null) this.#primitives.set(key, entry)
        else this.#objects.set(canonical(key), entry)
        break
      default:
        this.#primitives.set(key, entry)
    }
    this.entries.push(entry)
    return entry
  }
}

const float = new Float64Array(1)
const words = new Int32Array(float.buffer)

/** 32 bits that are equal for equal keys, in every process. */
export function hashKey(key: unknown): number {
  switch (typeof key) {
    case 'string':
      return hashText(key)
    case 'number':
      if ((key | 0) === key) return mix(key | 0)
      float[0] = Number.isNaN(key) ? Number.NaN : key
      return mix(words[0]! ^ Math.imul(words[1]!, 0x9e3779b1))
    case 'boolean':
      return mix(key ? 0x51ed27 : 0x3c6ef3)
    case 'undefined':
      return mix(0x1b873593)
    default:
      return key === null ? mix(0x2545f491) : hashText(canonical(key))
  }
}

/** FNV-1a over UTF-16 units (Fowler, Noll, Vo), and a final mix, since its low bits alone are not even. */
function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h)
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input reaches every bit of the result. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
