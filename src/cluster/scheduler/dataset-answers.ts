import { ArgumentError, HeddleError } from '../../base/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import { type ClientLink, foreignGraph } from './client-link.js'
import type { ClusterState } from './state.js'
import { byGraph, taskOf } from './task-names.js'

/** Clients see it as one of the same name of theirs. */
class DatasetError extends HeddleError {
  static {
    DatasetError.prototype.name = 'DatasetError'
  }
}

interface Dataset {
  /** what only clients look into */
  readonly described: unknown
  readonly tasks: readonly TaskAddress[]
  /** the number under which the scheduler machine knows who wants it */
  readonly holder: number
}

/** What was published, and what somebody is just getting. */
export class Datasets {
  readonly #state: ClusterState
  readonly #datasets = new Map<string, Dataset>()
  /** by number of the holder, who gets it */
  readonly #getting = new Map<number, ClientLink>()
  // Clients have numbers above 0.
  #lastHolder = -1000

  constructor(state: ClusterState) {
    this.#state = state
  }

  answers(client: ClientLink): Answers {
    return {
      publish: ({
        name,
        described,
        tasks,
        overwrite,
      }: {
        name: string
        described: unknown
        tasks: readonly TaskAddress[]
        overwrite: boolean
      }) => {
        const before = this.#datasets.get(name)
        if (before && !overwrite) {
          throw new DatasetError(`there is a dataset '${name}' already: unpublish it first, or publish with { overwrite: true }`)
        }
        const { machine } = this.#state
        const addresses = tasks.map((task) => taskOf(client, task)).map(({ graph, task }) => machine.addressOf(graph, task))
        this.#datasets.set(name, { described, tasks: addresses, holder: this.#hold(addresses) })
        if (before) this.#drop(before.holder)
      },

      /** Its values are held until `letDatasetGo`: by then the client has something of its own that holds them. */
      dataset: (name: string) => {
        this.#dropOfThoseGone()
        const { described, tasks } = this.#find(name)
        const hold = this.#hold(tasks)
        this.#getting.set(hold, client)
        return { described, addresses: tasks.map(({ graph, task }) => ({ graph: foreignGraph(graph), task })), hold }
      },

      letDatasetGo: (hold: number) => {
        if (this.#getting.delete(hold)) this.#drop(hold)
      },

      listDatasets: () => [...this.#datasets.keys()].sort(),

      unpublish: (name: string) => {
        const { holder } = this.#find(name)
        this.#datasets.delete(name)
        this.#drop(holder)
      },
    }
  }

  /** There are none any more. */
  clear(): void {
    for (const { holder } of this.#datasets.values()) this.#drop(holder)
    for (const holder of this.#getting.keys()) this.#drop(holder)
    this.#datasets.clear()
    this.#getting.clear()
  }

  #find(name: string): Dataset {
    const found = this.#datasets.get(name)
    if (found) return found
    throw new DatasetError(`there is no dataset '${name}'; there are ${[...this.#datasets.keys()].join(', ') || 'none'}`)
  }

  #hold(tasks: readonly TaskAddress[]): number {
    const { machine } = this.#state
    const holder = --this.#lastHolder
    for (const { graph, task } of tasks) {
      if (!machine.knows(graph, task)) throw new ArgumentError('a value of the dataset was released or cancelled meanwhile')
    }
    for (const [graph, list] of byGraph(tasks)) machine.want(graph, list, holder)
    this.#state.schedule()
    return holder
  }

  #drop(holder: number): void {
    this.#state.machine.dropClient(holder)
    this.#state.schedule()
  }

  #dropOfThoseGone(): void {
    for (const [holder, client] of this.#getting) {
      if (this.#state.clients.get(client.index) === client) continue
      this.#getting.delete(holder)
      this.#drop(holder)
    }
  }
}
