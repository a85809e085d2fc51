interface Step {
  index: number
  readonly next: Map<string, Step>
}

/** The key lists of the records of one payload, numbered. Records of one kind usually follow each other. */
export class Shapes {
  #root: Step | undefined
  #count = 0
  #lastKeys: readonly string[] = []
  #lastIndex = -1

  /** The number of the key list, or -1. */
  find(keys: readonly string[]): number {
    const last = this.#lastKeys
    if (this.#lastIndex >= 0 && keys.length === last.length) {
      let i = 0
      while (i < keys.length && keys[i] === last[i]) i++
      if (i === keys.length) return this.#lastIndex
    }
    let step = this.#root
    if (step === undefined) return -1
    for (let i = 0; i < keys.length; i++) {
      step = step.next.get(keys[i]!)
      if (step === undefined) return -1
    }
    if (step.index >= 0) {
      this.#lastKeys = keys
      this.#lastIndex = step.index
    }
    return step.index
  }

  /** The number of a key list that `find` did not find. */
  add(keys: readonly string[]): number {
    this.#root ??= { index: -1, next: new Map() }
    let step = this.#root
    for (const key of keys) {
      let next = step.next.get(key)
      if (next === undefined) step.next.set(key, (next = { index: -1, next: new Map() }))
      step = next
    }
    step.index = this.#count++
    this.#lastKeys = keys
    this.#lastIndex = step.index
    return step.index
  }
}
