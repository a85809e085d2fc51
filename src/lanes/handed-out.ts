/** What the pool knows of the tasks that its lanes have: columns by slot of the worker machine. */
export class HandedOut {
  /** the number of the lane; 0: no lane has it */
  lane = new Int32Array(1024)
  /** the number of its label in `Timings` */
  label = new Int32Array(1024)
  /** what the lane was charged for it, in seconds; -1: nobody knew; -2: nothing, for it waits for a promise */
  charged = new Float64Array(1024)

  reserve(slot: number): void {
    if (slot < this.lane.length) return
    let n = this.lane.length
    while (n <= slot) n *= 2
    const lane = new Int32Array(n)
    lane.set(this.lane)
    this.lane = lane
    const label = new Int32Array(n)
    label.set(this.label)
    this.label = label
    const charged = new Float64Array(n)
    charged.set(this.charged)
    this.charged = charged
  }
}

/** How long the tasks of each label take in a lane, in seconds; -1 when none has finished. */
export class Timings {
  readonly #numbers = new Map<string, number>()
  readonly mean: number[] = []
  #lastLabel: string | undefined
  #lastNumber = -1

  numberOf(label: string): number {
    // Mostly it is that of the last one.
    if (label !== this.#lastLabel) {
      this.#lastLabel = label
      this.#lastNumber = this.#find(label)
    }
    return this.#lastNumber
  }

  #find(label: string): number {
    let n = this.#numbers.get(label)
    if (n === undefined) {
      n = this.mean.push(-1) - 1
      this.#numbers.set(label, n)
    }
    return n
  }

  learn(label: number, seconds: number): void {
    const mean = this.mean[label]!
    this.mean[label] = mean < 0 ? seconds : mean * 0.8 + seconds * 0.2
  }
}
