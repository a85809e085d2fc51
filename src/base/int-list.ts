/** Integers that an empty list has room for, at most: one large tick must not cost memory for ever. */
const MOST_SPARE = 262_144

/** A list of 32-bit integers that grows by doubling. `items` is replaced as it grows: do not keep it. */
export class IntList {
  items: Int32Array
  length = 0

  constructor(capacity = 16) {
    this.items = new Int32Array(Math.max(capacity, 4))
  }

  push(value: number): void {
    if (this.length === this.items.length) this.reserve(this.length + 1)
    this.items[this.length++] = value
  }

  /** Makes room for `length` integers in all. */
  reserve(length: number): void {
    if (length <= this.items.length) return
    const grown = new Int32Array(Math.max(length, this.items.length * 2))
    grown.set(this.items.subarray(0, this.length))
    this.items = grown
  }

  pop(): number {
    return this.items[--this.length]!
  }

  /** Empties it. The memory stays for the next time, unless it is a lot. */
  clear(): void {
    this.length = 0
    if (this.items.length > MOST_SPARE) this.items = new Int32Array(MOST_SPARE)
  }

  /**
   * Empties it for those who soon fill it with about as much. The memory stays, however much it is, as large pieces cost
   * more than what is done with them; when little of it was used, half goes.
   */
  rewind(): void {
    const room = this.items.length
    if (room > MOST_SPARE && this.length < room >>> 2) this.items = new Int32Array(Math.max(room >>> 1, MOST_SPARE))
    this.length = 0
  }

  /** A copy of what is in the list, exactly as long as it is. */
  toArray(): Int32Array {
    return this.items.slice(0, this.length)
  }
}
