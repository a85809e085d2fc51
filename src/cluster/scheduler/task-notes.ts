import { ArgumentError } from '../../base/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'

/** Tasks whose facts are collected for one client, at most: the oldest go first. */
const MOST_COLLECTED = 100_000

/** Facts that a task has attached to itself. */
export interface TaskNote extends TaskAddress {
  /** encoded: nobody here looks into them */
  readonly facts: Uint8Array
}

interface Collection {
  readonly client: ClientLink
  /** by key of the task */
  readonly notes: Map<string, Uint8Array>
}

/** Facts that tasks attach to themselves: kept with the graph of the task, for as long as anything of that is needed. */
export class TaskNotes {
  readonly #state: ClusterState
  readonly #collections = new Map<number, Collection>()
  #last = 0

  constructor(state: ClusterState) {
    this.#state = state
  }

  take({ graph, task, facts }: TaskNote): void {
    const held = this.#state.graphs.get(graph)
    // What nobody asks for any more has no graph, or no place in it.
    if (!held || !this.#state.machine.knows(graph, task)) return
    held.notes.set(task, facts)
    for (const [id, { client, notes }] of this.#collections) {
      if (this.#state.clients.get(client.index) !== client) this.#collections.delete(id)
      else if (held.client === client) {
        const key = held.graph.keyOf(held.placeOf(task))
        notes.delete(key)
        notes.set(key, facts)
        if (notes.size > MOST_COLLECTED) notes.delete(notes.keys().next().value!)
      }
    }
  }

  answers(client: ClientLink): Answers {
    return {
      notes: (names: readonly TaskAddress[]) =>
        names.map((name) => {
          const { graph, task } = taskOf(client, name)
          const at = this.#state.machine.addressOf(graph, task)
          return this.#state.graphs.get(at.graph)?.notes.get(at.task)
        }),
      /** From now on facts of tasks of this client are collected, also of those that are let go. */
      collectNotes: () => {
        this.#collections.set(++this.#last, { client, notes: new Map() })
        return this.#last
      },
      collectedNotes: (id: number) => {
        const collection = this.#collections.get(id)
        if (!collection) throw new ArgumentError('that is not collected any more')
        this.#collections.delete(id)
        return collection.notes
      },
    }
  }
}
