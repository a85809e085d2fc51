import { EventKind } from '../../events/index.js'
import { type Answers, type GraphMessage, type PutKey, ToWorker } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import { untilEvents } from './event-wait.js'
import { HeldGraph } from './held-graph.js'
import type { ClusterState } from './state.js'
import { byGraph, taskOf } from './task-names.js'
import { workersNamed } from './worker-choice.js'
import type { WorkerLink } from './worker-link.js'

/** Milliseconds that copies may take before whoever asked for them is answered all the same. */
const COPYING = 60_000

/** A value that a client has put on a worker. */
interface Scattered {
  /** the client's number of the graph whose only task it is to be */
  readonly graph: number
  readonly layer: string
  readonly label: string
  /** the address of the worker, and what it knows the value by */
  readonly worker: string
  readonly key: PutKey
  readonly bytes: number
  readonly broadcast: boolean
}

/** What a scheduler answers about where values are to be. */
export function placementAnswers(state: ClusterState): (client: ClientLink) => Answers {
  const { machine } = state
  /** bytes that clients were told to put there */
  const placed = new WeakMap<WorkerLink, number>()

  const replicate = async (tasks: readonly TaskAddress[], to: number | readonly number[]): Promise<void> => {
    for (const [graph, list] of byGraph(tasks)) machine.replicate(graph, list, to)
    state.schedule()
    const hasEnough = ({ graph, task }: TaskAddress): boolean => {
      const holders = machine.holdersOf(graph, task)
      // What is not in memory any more cannot be copied, and who has left gets nothing.
      if (holders.length === 0) return true
      if (typeof to === 'number') return holders.length >= Math.min(to, [...state.workers.values()].filter(isOpen).length)
      return to.every((worker) => holders.includes(worker) || !isOpen(state.workers.get(worker)))
    }
    await untilEvents(state, COPYING, () => tasks.every(hasEnough))
  }

  return (client) => ({
    /** the address of the worker that data of that size is to be put on; undefined: there is none now */
    placeData: ({ bytes, workers }: { bytes: number; workers: readonly string[] | undefined }) => {
      let best: WorkerLink | undefined
      let least = Infinity
      for (const link of workersNamed(state, workers)) {
        if (!isOpen(link)) continue
        const load = placed.get(link) ?? 0
        if (load >= least) continue
        best = link
        least = load
      }
      // What is small counts too, so that it goes here and there.
      if (best) placed.set(best, least + bytes + 1024)
      return best?.info.address
    },

    /** true: it is known from now on; false: the worker has left */
    scatter: async ({ graph: name, layer, label, worker, key, bytes, broadcast }: Scattered) => {
      const link = [...state.workers.values()].find(({ info }) => info.address === worker)
      if (!link) return false
      const message = dataMessage(name, layer, label)
      const held = new HeldGraph(client, message)
      const data = new Map([[0, { worker: link.index, bytes }]])
      const { wanted, ranks } = message
      const graph = machine.submit(held.graph, { wanted, ranks, data, client: client.index })
      state.graphs.set(graph, held)
      client.graphs.set(name, graph)
      // Before any task that uses it.
      link.records.words4(ToWorker.hold, graph, 0, key[0])
      link.records.word(key[1])
      link.records.word(key[2])
      state.touch(link)
      state.schedule()
      if (broadcast) await replicate([{ graph, task: 0 }], [...state.workers.keys()])
      return true
    },

    replicate: async ({
      tasks,
      copies,
      workers,
    }: {
      tasks: readonly TaskAddress[]
      copies: number | undefined
      workers: readonly string[] | undefined
    }) => {
      const addresses = tasks.map((name) => taskOf(client, name))
      await replicate(
        addresses,
        workers ? workersNamed(state, workers).map(({ index }) => index) : (copies ?? state.workers.size),
      )
    },

    rebalance: async () => {
      const held = new Map<number, number>()
      for (const { index, metrics } of state.workers.values()) if (metrics) held.set(index, metrics.held + metrics.spilled)
      const planned = machine.rebalance(held)
      state.schedule()
      let moved = 0
      await untilEvents(state, COPYING, (log, from, to) => {
        for (let n = from; n < to; n++) if (log.kind[n & log.mask] === EventKind.replicaAdded) moved++
        return moved >= planned
      })
      return Math.min(moved, planned)
    },
  })
}

/** Whether a worker takes anything. */
function isOpen(link: WorkerLink | undefined): boolean {
  return link !== undefined && !link.leaving && link.metrics?.paused !== true
}

/** A graph of one task, whose value is there already. */
function dataMessage(graph: number, name: string, label: string): GraphMessage {
  return {
    graph,
    priority: 0,
    layers: [
      {
        name,
        label,
        annotations: undefined,
        captures: 0,
        scratch: false,
        payload: undefined,
        ownEnds: undefined,
        own: undefined,
      },
    ],
    layerOf: Uint16Array.of(0),
    indexOf: Int32Array.of(0),
    ranks: Int32Array.of(0),
    start: Int32Array.of(0, 0),
    targets: new Int32Array(0),
    wanted: Int32Array.of(0),
    sources: new Int32Array(0),
  }
}
