import type { Leave } from './party.js'

interface Variable<T> {
  value: { readonly of: T } | undefined
  readonly waiting: Set<(value: T) => void>
}

/** Values by name, and who waits for one to be set. */
export class Variables<T> {
  readonly #variables = new Map<string, Variable<T>>()

  /** What has no value and nobody waits for takes no room. */
  get size(): number {
    return this.#variables.size
  }

  /** Gives the value that it had. */
  set(name: string, value: T): T | undefined {
    const variable = this.#variable(name)
    const before = variable.value?.of
    variable.value = { of: value }
    const waiting = [...variable.waiting]
    variable.waiting.clear()
    for (const take of waiting) take(value)
    return before
  }

  /** Calls back with the value when there is one, perhaps at once. */
  get(name: string, take: (value: T) => void): Leave {
    const variable = this.#variable(name)
    if (variable.value) {
      take(variable.value.of)
      return () => false
    }
    // One of its own, so that equal functions wait apart.
    const waiter = (value: T): void => take(value)
    variable.waiting.add(waiter)
    return () => {
      const left = variable.waiting.delete(waiter)
      if (left) this.#forget(name, variable)
      return left
    }
  }

  /** Gives the value that it had; who waits for one waits on. */
  delete(name: string): T | undefined {
    const variable = this.#variables.get(name)
    if (!variable) return undefined
    const before = variable.value?.of
    variable.value = undefined
    this.#forget(name, variable)
    return before
  }

  /** Gives all values that there were. */
  clear(): T[] {
    return Array.from(this.#variables.keys(), (name) => this.delete(name)).filter((value) => value !== undefined)
  }

  #variable(name: string): Variable<T> {
    let variable = this.#variables.get(name)
    if (!variable) {
      variable = { value: undefined, waiting: new Set() }
      this.#variables.set(name, variable)
    }
    return variable
  }

  #forget(name: string, { value, waiting }: Variable<T>): void {
    if (!value && waiting.size === 0) this.#variables.delete(name)
  }
}
