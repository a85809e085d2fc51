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

  clear(): void {
    this.length = 0
  }
}
