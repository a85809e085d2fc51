import { KeyMap } from './keys.js'
import { TextIndex } from './text-index.js'

/** Items and how often each occurs. Columns travel faster than pairs. */
export interface Tally {
  readonly items: readonly unknown[]
  readonly counts: readonly number[]
}

/** Counts items, in the order in which they were first seen. As long as all of them are texts it makes no object for any. */
export class Counter {
  #texts: TextIndex | undefined = new TextIndex()
  /** by number of the text */
  #counts = new Float64Array(64)
  readonly #mixed = new KeyMap<number>()

  add(item: unknown, times: number): void {
    const texts = this.#texts
    if (typeof item !== 'string' || texts === undefined) {
      this.#addMixed(item, times)
      return
    }
    const number = texts.numberOf(item)
    if (number === this.#counts.length) this.#grow()
    this.#counts[number]! += times
  }

  tally(): Tally {
    const texts = this.#texts?.texts
    if (texts) return { items: texts, counts: Array.from(this.#counts.subarray(0, texts.length)) }
    const { entries } = this.#mixed
    return { items: entries.map((e) => e.key), counts: entries.map((e) => e.value) }
  }

  #addMixed(item: unknown, times: number): void {
    if (this.#texts) {
      const { items, counts } = this.tally()
      this.#texts = undefined
      for (let i = 0; i < items.length; i++) this.#mixed.add(items[i], counts[i]!)
    }
    const entry = this.#mixed.find(item)
    if (entry) entry.value += times
    else this.#mixed.add(item, times)
  }

  #grow(): void {
    const counts = new Float64Array(this.#counts.length * 2)
    counts.set(this.#counts)
    this.#counts = counts
  }
}
