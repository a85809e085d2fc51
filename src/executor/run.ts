import type { Graph } from '../graph/index.js'
import { encode } from '../transfer/index.js'
import { subjectOf } from './batch-writer.js'
import type { LayerPayload } from './lane-protocol.js'
import { removeScratch, scratchFolder } from './scratch.js'

/** Somebody who waits for values. */
export interface Waiter {
  /** how many of them are not in memory */
  missing: number
  stop(error?: unknown): void
}

let nextLayer = 1

/** A graph that is under way in a pool, or of which values are held. */
export class Run {
  readonly graph: Graph
  /** by number of the layer in the graph, its number in the lanes */
  readonly layerIds: Int32Array
  readonly #payloads: (LayerPayload | undefined)[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #waitersOf = new Map<number, Set<Waiter>>()
  #scratch: string | undefined

  constructor(graph: Graph) {
    this.graph = graph
    this.layerIds = Int32Array.from(graph.layers, () => nextLayer++)
  }

  /** What the tasks of a layer run, for the lanes. Throws when it cannot travel. */
  payload(l: number): LayerPayload {
    const known = this.#payloads[l]
    if (known) return known
    const layer = this.graph.layers[l]!
    if (layer.scratch) this.#scratch ??= scratchFolder(`run-${this.layerIds[0]}`)
    const payload: LayerPayload = {
      id: this.layerIds[l]!,
      label: layer.label,
      name: layer.name,
      bytes: layer.payload ?? encode({ run: layer.run, shared: layer.shared }, { subject: subjectOf(layer) }),
      captures: layer.captures ?? 0,
      scratch: layer.scratch ? this.#scratch : undefined,
    }
    this.#payloads[l] = payload
    return payload
  }

  /** Somebody waits for one task, or (undefined) for all that the run was asked for. */
  addWaiter(task: number | undefined, waiter: Waiter): void {
    if (task === undefined) this.#waiters.add(waiter)
    else {
      const waiters = this.#waitersOf.get(task)
      if (waiters) waiters.add(waiter)
      else this.#waitersOf.set(task, new Set([waiter]))
    }
  }

  /** False when he did not wait. */
  removeWaiter(task: number | undefined, waiter: Waiter): boolean {
    if (task === undefined) return this.#waiters.delete(waiter)
    const waiters = this.#waitersOf.get(task)
    if (!waiters?.delete(waiter)) return false
    if (waiters.size === 0) this.#waitersOf.delete(task)
    return true
  }

  /** Those who wait for a task. */
  eachWaiter(task: number, tell: (waiter: Waiter) => void): void {
    for (const waiter of this.#waiters) tell(waiter)
    if (this.#waitersOf.size > 0) for (const waiter of this.#waitersOf.get(task) ?? []) tell(waiter)
  }

  allWaiters(): Waiter[] {
    return [...this.#waiters, ...[...this.#waitersOf.values()].flatMap((waiters) => [...waiters])]
  }

  /** Lets its folder go. */
  end(): void {
    if (this.#scratch !== undefined) removeScratch(this.#scratch)
  }
}
