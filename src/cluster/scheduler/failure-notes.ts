import type { WorkerFailure } from './client-link.js'
import type { HeldGraph } from './held-graph.js'

/** Kinds of failures that are remembered, and examples of each. */
const MOST_KINDS = 200
const MOST_EXAMPLES = 5
/** Inputs that are named of one task. */
const MOST_INPUTS = 50

/** A task that failed, for those who look when it has been forgotten. */
export interface FailureNote {
  readonly key: string
  readonly label: string
  readonly inputs: readonly string[]
  readonly moreInputs: number
  readonly failure: WorkerFailure
}

/** The first tasks that failed in each way: of a million that fail alike a few are enough. */
export class FailureNotes {
  /** by layer and message, the names of the examples */
  readonly #kinds = new Map<string, string[]>()
  readonly #notes = new Map<string, FailureNote>()

  add(graph: number, task: number, held: HeldGraph, message: string, failure: WorkerFailure): void {
    const place = held.placeOf(task)
    if (place === undefined) return
    const layer = held.graph.layerOf[place]!
    const kind = `${held.layers[layer]!.id} ${message}`
    const examples = this.#kinds.get(kind) ?? []
    if (examples.length >= MOST_EXAMPLES) return
    const name = `${graph}/${task}`
    if (this.#notes.has(name)) return
    if (examples.length === 0) this.#begin(kind, examples)
    examples.push(name)
    const needs = held.graph.dependenciesOf(place)
    this.#notes.set(name, {
      key: held.graph.keyOf(place),
      label: held.graph.layer(place).label,
      inputs: Array.from(needs.slice(0, MOST_INPUTS), (d) => held.graph.keyOf(d)),
      moreInputs: Math.max(0, needs.length - MOST_INPUTS),
      failure,
    })
  }

  of(graph: number, task: number): FailureNote | undefined {
    return this.#notes.get(`${graph}/${task}`)
  }

  #begin(kind: string, examples: string[]): void {
    if (this.#kinds.size >= MOST_KINDS) {
      const [[oldest, names]] = this.#kinds as unknown as [[string, string[]]]
      for (const name of names) this.#notes.delete(name)
      this.#kinds.delete(oldest)
    }
    this.#kinds.set(kind, examples)
  }
}
