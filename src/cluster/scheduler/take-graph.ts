import { ArgumentError, asError } from '../../base/index.js'
import { type GraphMessage, readGraph } from '../../protocol/index.js'
import type { Admission, TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import { HeldGraph } from './held-graph.js'
import type { ClusterState } from './state.js'
import { graphOf } from './take-client-records.js'

/** Milliseconds that the graphs that are being taken in may take of every tick. */
const SLICE = 8
/** Tasks between two looks at the clock. */
const TASKS = 10_000

/** A graph that has come. */
interface Taken {
  readonly admission: Admission
  readonly client: ClientLink
  readonly message: GraphMessage
}

/**
 * The graphs that are being taken in, piece by piece, so that a large one stops nobody. One after the other: what comes
 * behind may depend on what is before.
 */
export class Intake {
  readonly #state: ClusterState
  readonly #queue: Taken[] = []
  #scheduled = false

  constructor(state: ClusterState) {
    this.#state = state
  }

  take(client: ClientLink, body: Uint8Array): void {
    const message = readGraph(body)
    if (client.graphs.has(message.graph)) throw new ArgumentError(`the graph ${message.graph} has come already`)
    const { wanted, ranks, priority } = message
    let admission: Admission
    const held = new HeldGraph(client, message)
    try {
      const sources = sourcesOf(client, message)
      admission = this.#state.machine.admit(held.graph, { wanted, ranks, priority, sources, client: client.index })
    } catch (error) {
      this.#refuse(client, message, error)
      return
    }
    this.#state.graphs.set(admission.graph, held)
    client.graphs.set(message.graph, admission.graph)
    this.#queue.push({ admission, client, message })
    this.#work()
  }

  /** A graph that nothing can be made of: something that it uses was cancelled by another client meanwhile, say. */
  #refuse(client: ClientLink, { graph, wanted }: GraphMessage, error: unknown): void {
    const reason = asError(error)
    for (const task of wanted) client.erred(graph, task, reason)
    this.#state.touch(client)
    this.#state.schedule()
  }

  #step({ admission, client, message }: Taken): boolean {
    try {
      return admission.step(TASKS)
    } catch (error) {
      this.#state.graphs.delete(admission.graph)
      client.graphs.delete(message.graph)
      this.#refuse(client, message, error)
      return true
    }
  }

  #work(): void {
    const end = performance.now() + SLICE
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if (!this.#step(next)) {
        if (performance.now() < end) continue
        break
      }
      this.#queue.shift()
      if (performance.now() >= end) break
    }
    this.#state.schedule()
    if (this.#queue.length === 0 || this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#work()
    })
  }
}

function sourcesOf(client: ClientLink, { sources }: GraphMessage): Map<number, TaskAddress> {
  const found = new Map<number, TaskAddress>()
  for (let i = 0; i < sources.length; i += 3) {
    const graph = graphOf(client, sources[i + 1]!)
    if (graph === undefined) throw new ArgumentError(`a value of the graph ${sources[i + 1]} is used, which was released`)
    found.set(sources[i]!, { graph, task: sources[i + 2]! })
  }
  return found
}
