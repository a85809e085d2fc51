import { config } from '../config/index.js'
import type { ManagerLink } from '../protocol/index.js'

/** Milliseconds between two looks at workers that are to leave. */
const LOOK = 250

/** The workers of a cluster that were told to leave, until they have. */
export class Leaving {
  readonly #link: ManagerLink
  readonly #workers: () => readonly string[]
  readonly #leaving = new Set<string>()
  #closed = false

  /** `workers`: those that there are. */
  constructor(link: ManagerLink, workers: () => readonly string[]) {
    this.#link = link
    this.#workers = workers
  }

  /** whether there are any */
  get any(): boolean {
    return this.#leaving.size > 0
  }

  /**
   * Has workers move what they hold to others and leave. Resolves when they are gone, or when nothing has come of it for as
   * long as any worker has to end.
   */
  async leave(names: readonly string[]): Promise<void> {
    for (const name of names) this.#leaving.add(name)
    try {
      await this.#link.retire(names)
      let progress = ''
      let since = performance.now()
      while (!this.#closed && this.#workers().some((name) => names.includes(name))) {
        const { workers } = await this.#link.demand()
        const here = workers.filter(({ name }) => names.includes(name))
        if (here.length === 0) return
        const seen = here.map(({ name, bytes, tasks }) => `${name} ${bytes} ${tasks}`).join()
        if (seen !== progress) {
          progress = seen
          since = performance.now()
        } else if (performance.now() - since > config.get('nanny.gracePeriod')) return
        await new Promise((resolve) => setTimeout(resolve, LOOK))
      }
    } finally {
      for (const name of names) this.#leaving.delete(name)
    }
  }

  /** Nobody is waited for any more. */
  close(): void {
    this.#closed = true
  }
}
