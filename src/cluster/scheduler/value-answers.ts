import { setImmediate as turn } from 'node:timers/promises'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'
import { workersNamed } from './worker-choice.js'

/** Tasks that are looked at before others have their turn. */
const SLICE = 50_000

/** What a scheduler answers about values: where they are, and that nobody wants them any more. */
export function valueAnswers(state: ClusterState): (client: ClientLink) => Answers {
  const { machine } = state
  return (client) => ({
    /** where values are now, and what workers know them by; without holders when one is not in memory */
    locate: (names: readonly TaskAddress[]) =>
      names.map((name) => {
        const { graph, task } = taskOf(client, name)
        const at = machine.addressOf(graph, task)
        const holders = machine.holdersOf(at.graph, at.task).map((worker) => state.peers.address(worker))
        return { ...at, holders: holders.filter((address) => address !== undefined) }
      }),

    /** the names of the workers that have them */
    whoHas: (names: readonly TaskAddress[]) =>
      names.map((name) => {
        const { graph, task } = taskOf(client, name)
        return machine.holdersOf(graph, task).flatMap((worker) => state.workers.get(worker)?.info.name ?? [])
      }),

    /** by name of the worker, the keys of what it has */
    hasWhat: async ({ workers }: { workers: readonly string[] | undefined }) => {
      const keys = new Map(workersNamed(state, workers).map((link) => [link, [] as string[]]))
      let looked = 0
      for (const [id, { graph }] of Array.from(state.graphs)) {
        for (let task = 0; task < graph.size; task++) {
          if (++looked % SLICE === 0) await turn()
          // What stands for a task of another graph is found there.
          if (machine.addressOf(id, task).graph !== id) continue
          for (const worker of machine.holdersOf(id, task)) {
            const link = state.workers.get(worker)
            if (link) keys.get(link)?.push(graph.keyOf(task))
          }
        }
      }
      return [...keys].map(([{ info }, list]) => [info.name, list])
    },

    cancel: (names: readonly TaskAddress[]) => {
      for (const name of names) {
        const { graph, task } = taskOf(client, name)
        cancelEverywhere(state, machine.addressOf(graph, task))
      }
      state.schedule()
    },
  })
}

/** No client wants a task any more, nor what stands for it: those who did are told. */
function cancelEverywhere(state: ClusterState, address: TaskAddress): void {
  const { machine } = state
  const cancel = (graph: number, task: number): void => {
    const held = state.graphs.get(graph)
    for (const index of machine.clientsOf(graph, task)) {
      machine.release(graph, [task], index)
      const client = state.clients.get(index)
      // The one who asked may have it under another name, too.
      if (client && held) client.control.tell('cancelled', [{ graph: client.nameOf(held, graph), task }])
    }
  }
  cancel(address.graph, address.task)
  for (const [id, held] of state.graphs) {
    const { sources } = held
    for (let i = 0; i < sources.length; i += 3) {
      const task = sources[i]!
      const at = machine.addressOf(id, task)
      if (at.graph === address.graph && at.task === address.task) cancel(id, task)
    }
  }
}
