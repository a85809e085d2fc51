import { config, processLimit } from '../config/index.js'
import { removeScratch, scratchFolder } from '../lanes/index.js'
import { type LocalShuffles, movers } from '../shuffle/index.js'

let opened = 0

/** The shuffles of an executor of this process, and the folder of their files; made when the first shuffle begins. */
export class OpenShuffles {
  readonly #name: string
  #shuffles: LocalShuffles | undefined
  #folder: string | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** What there is of it; undefined as long as there was no shuffle. */
  get known(): LocalShuffles | undefined {
    return this.#shuffles
  }

  async get(): Promise<LocalShuffles> {
    await movers.load()
    if (!this.#shuffles) {
      const { LocalShuffles } = movers.code
      const share = config.get('shuffle.memory')
      this.#shuffles = new LocalShuffles({
        name: this.#name,
        limit: share === false ? Infinity : share * processLimit(),
        folder: () => (this.#folder ??= scratchFolder(`shuffle-${++opened}`)),
      })
    }
    return this.#shuffles
  }

  async close(): Promise<void> {
    await this.#shuffles?.store.close()
    if (this.#folder !== undefined) removeScratch(this.#folder)
  }
}
