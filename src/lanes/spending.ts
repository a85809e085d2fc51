/** What tasks of one layer spent beside computing. Times are in seconds. */
export interface Spent {
  /** one of these tasks */
  readonly graph: number
  readonly task: number
  /** decoding inputs, and encoding results */
  decoding: number
  encoding: number
  /** waiting for inputs that were on their way, summed over tasks */
  transferring: number
  /** by number of the worker that they came from, bytes of inputs; undefined: none came */
  received: Map<number, number> | undefined
}

/** Adds up what tasks spend, by layer, until somebody is told: once a tick, so that short tasks cost a few additions each. */
export class Spending {
  readonly #byLayer = new Map<object, Spent>()
  #lastLayer: object | undefined
  #last: Spent | undefined

  /** A task of a layer has spent so many seconds. */
  add(layer: object, graph: number, task: number, decoding: number, encoding: number, transferring = 0): void {
    const spent = this.#of(layer, graph, task)
    spent.decoding += decoding
    spent.encoding += encoding
    spent.transferring += transferring
  }

  /** An input of a task of a layer has come from a worker. */
  received(layer: object, graph: number, task: number, from: number, bytes: number): void {
    const spent = this.#of(layer, graph, task)
    spent.received ??= new Map()
    spent.received.set(from, (spent.received.get(from) ?? 0) + bytes)
  }

  /** Tells what was spent since the last time. */
  tell(of: (spent: Spent) => void): void {
    if (this.#byLayer.size === 0) return
    for (const spent of this.#byLayer.values()) of(spent)
    this.#byLayer.clear()
    this.#lastLayer = undefined
  }

  #of(layer: object, graph: number, task: number): Spent {
    if (layer === this.#lastLayer) return this.#last!
    let spent = this.#byLayer.get(layer)
    if (!spent) {
      this.#byLayer.set(layer, (spent = { graph, task, decoding: 0, encoding: 0, transferring: 0, received: undefined }))
    }
    this.#lastLayer = layer
    this.#last = spent
    return spent
  }
}
