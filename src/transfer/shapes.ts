interface Step {
  index: number
  readonly next: Map<string, Step>
}

/** Up to so many key lists are compared one by one; more are kept in a tree of keys. */
const few = 8

/** The key lists of the records of one payload, numbered. Records of one kind usually follow each other. */
export class Shapes {
  readonly #lists: (readonly string[])[] = []
  #last = 0
  #root: Step | undefined

  /** The number of the key list, or -1. */
  find(keys: readonly string[]): number {
    const lists = this.#lists
    if (lists.length === 0) return -1
    if (isSame(keys, lists[this.#last]!)) return this.#last
    if (this.#root === undefined) {
      for (let i = 0; i < lists.length; i++) if (isSame(keys, lists[i]!)) return (this.#last = i)
      return -1
    }
    let step = this.#root
    for (let i = 0; i < keys.length; i++) {
      const next = step.next.get(keys[i]!)
      if (next === undefined) return -1
      step = next
    }
    if (step.index >= 0) this.#last = step.index
    return step.index
  }

  /** The number of a key list that `find` did not find. */
  add(keys: readonly string[]): number {
    const index = this.#lists.push(keys) - 1
    this.#last = index
    if (this.#root !== undefined) grow(this.#root, keys, index)
    else if (index === few) {
      this.#root = { index: -1, next: new Map() }
      for (let i = 0; i <= index; i++) grow(this.#root, this.#lists[i]!, i)
    }
    return index
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function grow(root: Step, keys: readonly string[], index: number): void {
  let step = root
  for (const key of keys) {
    let next = step.next.get(key)
    if (next === undefined) step.next.set(key, (next = { index: -1, next: new Map() }))
    step = next
  }
  step.index = index
}
