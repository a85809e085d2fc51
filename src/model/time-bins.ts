/** A column that adds up what falls into a bin, or keeps the last of it. */
export type BinKind = 'sum' | 'last'

/**
 * Numbers over time, in bins of equal length. When there are too many bins, two become one, so that hours take no more
 * room than minutes.
 */
export class TimeBins<Column extends string> {
  readonly #kinds: Readonly<Record<Column, BinKind>>
  readonly #most: number
  readonly columns: Record<Column, number[]>
  /** seconds: where the first bin begins, and how long each is */
  start = Number.NaN
  step: number
  length = 0

  constructor(kinds: Readonly<Record<Column, BinKind>>, { step = 0.25, most = 1200 } = {}) {
    this.#kinds = kinds
    this.#most = most
    this.step = step
    this.columns = Object.fromEntries(Object.keys(kinds).map((column) => [column, []])) as unknown as Record<Column, number[]>
  }

  /** Where bin i begins, in seconds. */
  timeOf(i: number): number {
    return this.start + i * this.step
  }

  /** What is before the first bin counts to it. */
  add(time: number, values: Partial<Record<Column, number>>): void {
    if (Number.isNaN(this.start)) this.start = Math.floor(time / this.step) * this.step
    while (Math.floor((time - this.start) / this.step) >= this.#most) this.#halve()
    const i = Math.max(0, Math.floor((time - this.start) / this.step))
    while (this.length <= i) this.#extend()
    for (const column of Object.keys(values) as Column[]) {
      const list = this.columns[column]
      const value = values[column]!
      if (this.#kinds[column] === 'sum') list[i]! += value
      else for (let j = i; j < this.length; j++) list[j] = value
    }
  }

  #extend(): void {
    for (const column of Object.keys(this.#kinds) as Column[]) {
      const list = this.columns[column]
      // Before it was measured it is not known.
      list.push(this.#kinds[column] === 'sum' ? 0 : (list.at(-1) ?? Number.NaN))
    }
    this.length++
  }

  #halve(): void {
    const half = Math.ceil(this.length / 2)
    for (const column of Object.keys(this.#kinds) as Column[]) {
      const list = this.columns[column]
      for (let i = 0; i < half; i++) {
        const a = list[2 * i]!
        const b = list[2 * i + 1]
        list[i] = b === undefined ? a : this.#kinds[column] === 'sum' ? a + b : b
      }
      list.length = half
    }
    this.length = half
    this.step *= 2
  }
}
