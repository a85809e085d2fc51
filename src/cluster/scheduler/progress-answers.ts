import { setImmediate as turn } from 'node:timers/promises'
import { ArgumentError } from '../../base/index.js'
import { EventKind, type EventLog, type GroupProgress } from '../../events/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { HeldGraph } from './held-graph.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'

/** Tasks that are looked at before others have their turn. */
const SLICE = 20_000

const UNKNOWN = 0
const PENDING = 1
const DONE = 2
const FAILED = 3

const after: Readonly<Record<number, number>> = {
  [EventKind.taskStored]: DONE,
  [EventKind.taskErred]: FAILED,
  [EventKind.taskUpstreamErred]: FAILED,
  [EventKind.taskLost]: PENDING,
  [EventKind.taskRequired]: PENDING,
  [EventKind.taskForgiven]: PENDING,
  [EventKind.taskCancelled]: UNKNOWN,
}

/** How far some tasks are, and those that they still need. */
class Watched {
  readonly client: ClientLink
  readonly groups = new Map<string, GroupProgress>()
  /** by graph, what is known of its tasks, by name */
  readonly #states = new Map<number, Uint8Array>()
  readonly #state: ClusterState
  readonly #stop: () => void

  constructor(state: ClusterState, client: ClientLink) {
    this.client = client
    this.#state = state
    this.#stop = state.log.listen((log, from, to) => this.#take(log, from, to))
  }

  stop(): void {
    this.#stop()
  }

  /** Adds tasks, and those that they need and have not been done. What happens meanwhile is counted. */
  async add(tasks: readonly TaskAddress[]): Promise<void> {
    const { machine, graphs } = this.#state
    const stack = [...tasks]
    let looked = 0
    for (let next = stack.pop(); next; next = stack.pop()) {
      if (++looked % SLICE === 0) await turn()
      const { graph, task } = machine.addressOf(next.graph, next.task)
      const held = graphs.get(graph)
      if (!held || !machine.knows(graph, task) || this.#of(graph, held, task)[task] !== UNKNOWN) continue
      const name = machine.stateOf(graph, task)
      const now = name === 'memory' ? DONE : name === 'erred' ? FAILED : PENDING
      const place = held.placeOf(task)
      this.#change(graph, task, held.graph.layer(place).label, now)
      if (now === PENDING) for (const d of held.graph.dependenciesOf(place)) stack.push({ graph, task: held.nameOf(d) })
    }
  }

  #of(graph: number, held: HeldGraph, task: number): Uint8Array {
    let states = this.#states.get(graph)
    if (!states || task >= states.length) {
      const grown = new Uint8Array(Math.max(held.graph.size, task + 1))
      if (states) grown.set(states)
      this.#states.set(graph, (states = grown))
    }
    return states
  }

  #take(log: EventLog, from: number, to: number): void {
    for (let n = from; n < to; n++) {
      const i = n & log.mask
      const graph = log.graph[i]!
      const task = log.task[i]!
      const states = task < 0 ? undefined : this.#states.get(graph)
      if (!states || (states[task] ?? UNKNOWN) === UNKNOWN) continue
      const label = this.#state.graphs.get(graph)?.layers[log.layer[i]!]?.message.label
      if (label === undefined) continue
      if (log.kind[i] === EventKind.taskFinished) this.groups.get(label)!.seconds += log.value[i]!
      const now = after[log.kind[i]!]
      if (now !== undefined) this.#change(graph, task, label, now)
    }
  }

  #change(graph: number, task: number, label: string, now: number): void {
    const states = this.#states.get(graph)!
    let group = this.groups.get(label)
    if (!group) this.groups.set(label, (group = { label, total: 0, done: 0, erred: 0, seconds: 0 }))
    count(group, states[task]!, -1)
    count(group, now, 1)
    states[task] = now
  }
}

function count(group: GroupProgress, state: number, by: number): void {
  if (state === UNKNOWN) return
  group.total += by
  if (state === DONE) group.done += by
  else if (state === FAILED) group.erred += by
}

/** What a scheduler answers to those who want to see how far their tasks are. */
export class ProgressWatches {
  readonly #state: ClusterState
  readonly #watches = new Map<number, Watched>()
  #last = 0

  constructor(state: ClusterState) {
    this.#state = state
  }

  answers(client: ClientLink): Answers {
    return {
      watchProgress: async (names: readonly TaskAddress[]) => {
        this.#stopThoseGone()
        const watched = new Watched(this.#state, client)
        const id = ++this.#last
        this.#watches.set(id, watched)
        await watched.add(names.map((name) => taskOf(client, name)))
        return id
      },
      progress: (id: number): GroupProgress[] => {
        const watched = this.#watches.get(id)
        if (!watched) throw new ArgumentError('nobody watches that any more')
        return [...watched.groups.values()].filter(({ total }) => total > 0)
      },
      unwatchProgress: (id: number) => this.#stop(id),
    }
  }

  #stop(id: number): void {
    this.#watches.get(id)?.stop()
    this.#watches.delete(id)
  }

  #stopThoseGone(): void {
    for (const [id, { client }] of this.#watches) if (this.#state.clients.get(client.index) !== client) this.#stop(id)
  }
}
