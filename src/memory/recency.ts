/** The ends of the list: slots are stored one higher, so that 0 is the link before the oldest and after the newest. */
const END = 0

/**
 * The order in which slots (integers from 0 on) were last used: a doubly-linked list through typed arrays, 8 bytes a slot,
 * every operation in constant time.
 *
 * @example
 * const order = new Recency()
 * for (const slot of [3, 1, 2, 3]) order.touch(slot)
 * order.oldest // 1
 */
export class Recency {
  /** by slot + 1: the next used after it, -1: the slot is not in the list. [END]: the oldest */
  #newer = new Int32Array(64).fill(-1, 1)
  /** by slot + 1: the one used before it. [END]: the newest */
  #older = new Int32Array(64)
  /** how many slots are in the list */
  size = 0

  /** The slot whose last use is longest ago; -1 when there is none. */
  get oldest(): number {
    return this.#newer[END]! - 1
  }

  /** The slot used last; -1 when there is none. */
  get newest(): number {
    return this.#older[END]! - 1
  }

  has(slot: number): boolean {
    return slot + 1 < this.#newer.length && this.#newer[slot + 1]! >= 0
  }

  /** The slot whose last use followed that of `slot`, which is in the list; -1 after the newest. */
  after(slot: number): number {
    return this.#newer[slot + 1]! - 1
  }

  /** The slot is used now; it is added if it is new. */
  touch(slot: number): void {
    const at = slot + 1
    if (at >= this.#newer.length) this.#grow(at + 1)
    if (this.#newer[at]! >= 0) this.#unlink(at)
    else this.size++
    const last = this.#older[END]!
    this.#newer[last] = at
    this.#older[at] = last
    this.#newer[at] = END
    this.#older[END] = at
  }

  /** Takes the slot out; whether it was in. */
  remove(slot: number): boolean {
    if (!this.has(slot)) return false
    this.#unlink(slot + 1)
    this.#newer[slot + 1] = -1
    this.size--
    return true
  }

  #unlink(at: number): void {
    const newer = this.#newer[at]!
    const older = this.#older[at]!
    this.#newer[older] = newer
    this.#older[newer] = older
  }

  #grow(least: number): void {
    const length = Math.max(least, this.#newer.length * 2)
    const newer = new Int32Array(length).fill(-1, this.#newer.length)
    newer.set(this.#newer)
    this.#newer = newer
    const older = new Int32Array(length)
    older.set(this.#older)
    this.#older = older
  }
}
