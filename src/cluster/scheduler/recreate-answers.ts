import { ArgumentError } from '../../base/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import { untilEvents } from './event-wait.js'
import type { HeldGraph, HeldLayer } from './held-graph.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'

/** The longest that a timer can wait, in milliseconds. */
const FOR_EVER = 2 ** 31 - 1

/** A task where it is kept: its graph, and its place in it. */
interface Found extends TaskAddress {
  readonly held: HeldGraph
  readonly place: number
}

function layerOf({ held, place }: Found): HeldLayer {
  return held.layers[held.graph.layerOf[place]!]!
}

/** What a client needs to run a task itself: what it runs, and its inputs, which are kept in memory for it meanwhile. */
export class RecreatedTasks {
  readonly #state: ClusterState
  /** by number of the holder, for whom inputs are kept */
  readonly #kept = new Map<number, ClientLink>()
  // Neither clients (above 0) nor datasets (a little below -1000) come here.
  #lastHolder = -(2 ** 30)

  constructor(state: ClusterState) {
    this.#state = state
  }

  answers(client: ClientLink): Answers {
    return {
      /** Of a failed task: the one that failed first. Its inputs are kept until `letInputsGo`; some may be computed again. */
      recreate: async (name: TaskAddress) => {
        this.#dropOfThoseGone()
        const found = this.#origin(this.#find(taskOf(client, name)))
        const { held, place } = found
        const layer = layerOf(found)
        const { payload, name: layerName, label, captures } = layer.message
        const index = held.graph.indexOf[place]!
        const key = held.graph.keyOf(place)
        if (!payload) throw new ArgumentError(`${key} is a value that was put on the cluster: there is no task that made it`)
        const inputs = this.#inputsOf(found)
        const hold = await this.#keep(client, inputs, key)
        return {
          key,
          hold,
          name: layerName,
          label,
          index,
          captures,
          annotations: layer.message.annotations,
          payload,
          own: layer.own(index),
          inputs: inputs.map(({ graph, task }) => ({ graph, task, holders: this.#holders(graph, task) })),
        }
      },

      letInputsGo: (hold: number) => this.#drop(hold),
    }
  }

  /** Nothing is kept any more. */
  clear(): void {
    for (const holder of this.#kept.keys()) this.#drop(holder)
  }

  #find({ graph, task }: TaskAddress): Found {
    const at = this.#state.machine.addressOf(graph, task)
    const held = this.#state.graphs.get(at.graph)
    if (!held || !this.#state.machine.knows(at.graph, at.task)) {
      throw new ArgumentError('what the task ran is not known any more: its graph was let go')
    }
    return { ...at, held, place: held.placeOf(at.task) }
  }

  #inputsOf({ graph, held, place }: Found): Found[] {
    return Array.from(held.graph.dependenciesOf(place), (d) => this.#find({ graph, task: held.nameOf(d) }))
  }

  /** The task whose failure made this one fail; the task itself when it did not fail because of another. */
  #origin(found: Found): Found {
    const { machine } = this.#state
    let at = found
    for (;;) {
      if (machine.stateOf(at.graph, at.task) !== 'erred') return at
      const cause = this.#inputsOf(at).find(({ graph, task }) => machine.stateOf(graph, task) === 'erred')
      // Data that was put on the cluster and is lost has no task.
      if (!cause || !layerOf(cause).message.payload) return at
      at = cause
    }
  }

  /** Has inputs brought into memory and kept there. Gives the number of who keeps them. */
  async #keep(client: ClientLink, inputs: readonly Found[], key: string): Promise<number> {
    const { machine, clients } = this.#state
    const holder = --this.#lastHolder
    this.#kept.set(holder, client)
    for (const { graph, task } of inputs) machine.want(graph, [task], holder)
    this.#state.schedule()
    const isGone = (): boolean => clients.get(client.index) !== client || !this.#kept.has(holder)
    const isSettled = ({ graph, task }: Found): boolean => {
      const state = machine.stateOf(graph, task)
      return state === 'memory' || state === 'erred'
    }
    await untilEvents(this.#state, FOR_EVER, () => isGone() || inputs.every(isSettled))
    const failed = inputs.find(({ graph, task }) => machine.stateOf(graph, task) !== 'memory')
    if (isGone() || failed) {
      this.#drop(holder)
      const input = failed ? `its input ${failed.held.graph.keyOf(failed.place)}` : 'one of its inputs'
      throw new ArgumentError(`${key} cannot be run again: ${input} is gone, and could not be computed again`)
    }
    return holder
  }

  #holders(graph: number, task: number): string[] {
    const { machine, peers } = this.#state
    return machine.holdersOf(graph, task).flatMap((worker) => peers.address(worker) ?? [])
  }

  #drop(holder: number): void {
    if (!this.#kept.delete(holder)) return
    this.#state.machine.dropClient(holder)
    this.#state.schedule()
  }

  #dropOfThoseGone(): void {
    for (const [holder, client] of this.#kept) if (this.#state.clients.get(client.index) !== client) this.#drop(holder)
  }
}
