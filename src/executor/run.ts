import type { Graph, Layer } from '../graph/index.js'
import { encode } from '../transfer/index.js'
import { type LaneLayer, type LayerPayload, removeScratch, scratchFolder } from '../lanes/index.js'

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
  /** the layers of the graph, for the lanes */
  readonly layers: readonly RunLayer[]
  readonly #waiters: Waiter[] = []
  readonly #waitersOf = new Map<number, Set<Waiter>>()
  #scratch: string | undefined

  constructor(graph: Graph) {
    this.graph = graph
    this.layers = graph.layers.map((layer) => new RunLayer(this, layer))
  }

  /** The folder of the run, made on first use. */
  scratch(): string {
    this.#scratch ??= scratchFolder(`run-${this.layers[0]!.id}`)
    return this.#scratch
  }

  /** Somebody waits for one task, or (undefined) for all that the run was asked for. */
  addWaiter(task: number | undefined, waiter: Waiter): void {
    if (task === undefined) this.#waiters.push(waiter)
    else {
      const waiters = this.#waitersOf.get(task)
      if (waiters) waiters.add(waiter)
      else this.#waitersOf.set(task, new Set([waiter]))
    }
  }

  /** False when he did not wait. */
  removeWaiter(task: number | undefined, waiter: Waiter): boolean {
    if (task === undefined) {
      const i = this.#waiters.indexOf(waiter)
      if (i >= 0) this.#waiters.splice(i, 1)
      return i >= 0
    }
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

  /** A task is in memory: gives those who wait for nothing more to `settled`. */
  arrived(task: number, settled: (waiter: Waiter) => void): void {
    const waiters = this.#waiters
    for (let i = 0; i < waiters.length; i++) if (--waiters[i]!.missing === 0) settled(waiters[i]!)
    if (this.#waitersOf.size === 0) return
    for (const waiter of this.#waitersOf.get(task) ?? []) if (--waiter.missing === 0) settled(waiter)
  }

  allWaiters(): Waiter[] {
    return [...this.#waiters, ...[...this.#waitersOf.values()].flatMap((waiters) => [...waiters])]
  }

  /** Lets its folder go. */
  end(): void {
    if (this.#scratch !== undefined) removeScratch(this.#scratch)
  }
}

/** A layer of a run, for the lanes. */
export class RunLayer implements LaneLayer {
  readonly id = nextLayer++
  readonly label: string
  readonly #run: Run
  readonly #layer: Layer
  #payload: LayerPayload | undefined

  constructor(run: Run, layer: Layer) {
    this.label = layer.label
    this.#run = run
    this.#layer = layer
  }

  payload(): LayerPayload {
    const { name, label, run, shared, payload, captures, scratch, annotations } = this.#layer
    this.#payload ??= {
      id: this.id,
      label,
      name,
      bytes: payload ?? encode({ run, shared }, { subject: this.subject }),
      captures: captures ?? 0,
      scratch: scratch ? this.#run.scratch() : undefined,
      annotations,
    }
    return this.#payload
  }

  /** What travels, for messages. */
  get subject(): string {
    return this.#layer.source ? `the function of ${this.label}` : this.label
  }
}
