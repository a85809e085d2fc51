import type { Leave } from './party.js'

interface Flag {
  isSet: boolean
  readonly waiting: Set<() => void>
}

/** Events that have happened, or not yet, and who waits for them. */
export class Flags {
  readonly #flags = new Map<string, Flag>()

  /** What has not happened and nobody waits for takes no room. */
  get size(): number {
    return this.#flags.size
  }

  isSet(name: string): boolean {
    return this.#flags.get(name)?.isSet ?? false
  }

  set(name: string): void {
    const flag = this.#flag(name)
    flag.isSet = true
    const waiting = [...flag.waiting]
    flag.waiting.clear()
    for (const happened of waiting) happened()
  }

  clear(name: string): void {
    const flag = this.#flags.get(name)
    if (!flag) return
    flag.isSet = false
    this.#forget(name, flag)
  }

  /** Calls back when it has happened, perhaps at once. */
  wait(name: string, happened: () => void): Leave {
    if (this.isSet(name)) {
      happened()
      return () => false
    }
    const flag = this.#flag(name)
    // One of its own, so that equal functions wait apart.
    const waiter = (): void => happened()
    flag.waiting.add(waiter)
    return () => {
      const left = flag.waiting.delete(waiter)
      if (left) this.#forget(name, flag)
      return left
    }
  }

  /** None of them has happened. */
  clearAll(): void {
    for (const name of Array.from(this.#flags.keys())) this.clear(name)
  }

  #flag(name: string): Flag {
    let flag = this.#flags.get(name)
    if (!flag) {
      flag = { isSet: false, waiting: new Set() }
      this.#flags.set(name, flag)
    }
    return flag
  }

  #forget(name: string, { isSet, waiting }: Flag): void {
    if (!isSet && waiting.size === 0) this.#flags.delete(name)
  }
}
