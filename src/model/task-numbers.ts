/** A number for each task of a graph, in 4 bytes each; when few of them are left to know, `shrink` keeps only those. */
export class TaskNumbers {
  readonly #none: number
  /** by task; undefined when only few are kept. Apart from these, so that to tell which it is costs nothing: it is asked for every event. */
  #all: Float32Array | undefined
  #few: Map<number, number> | undefined

  /** `none`: what a task has that was given no number. */
  constructor(size: number, none: number) {
    this.#none = none
    this.#all = new Float32Array(size).fill(none)
  }

  /** Single precision, as long as all are kept. */
  put(task: number, value: number): void {
    if (this.#all) this.#all[task] = value
    else this.#few!.set(task, value)
  }

  /** Gives the number of a task, which has none from then on. */
  take(task: number): number {
    const all = this.#all
    if (all) {
      const value = all[task]!
      all[task] = this.#none
      return value
    }
    const value = this.#few!.get(task)
    if (value === undefined) return this.#none
    this.#few!.delete(task)
    return value
  }

  shrink(): void {
    const all = this.#all
    if (!all) return
    this.#few = new Map()
    for (let task = 0; task < all.length; task++) if (!Object.is(all[task]!, this.#none)) this.#few.set(task, all[task]!)
    this.#all = undefined
  }
}
