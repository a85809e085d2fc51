/** Numbers that an empty list has room for, at most: one large tick must not cost memory for ever. */
const MOST_SPARE = 131_072

/** A list of numbers that grows by doubling. `items` is replaced as it grows: do not keep it. */
export class NumberList {
  items: Float64Array
  length = 0

  constructor(capacity = 16) {
    this.items = new Float64Array(Math.max(capacity, 4))
  }

  push(value: number): void {
    if (this.length === this.items.length) this.reserve(this.length + 1)
    this.items[this.length++] = value
  }

  /** Makes room for so many numbers. */
  reserve(capacity: number): void {
    if (capacity <= this.items.length) return
    const grown = new Float64Array(Math.max(capacity, this.items.length * 2))
    grown.set(this.items)
    this.items = grown
  }

  /** Empties it. The memory stays for the next time, unless it is a lot. */
  clear(): void {
    this.length = 0
    if (this.items.length > MOST_SPARE) this.items = new Float64Array(MOST_SPARE)
  }
}
