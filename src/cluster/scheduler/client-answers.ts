import { ArgumentError } from '../../base/index.js'
import type { Answers } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { graphOf } from './take-client-records.js'
import type { WorkerLink } from './worker-link.js'

/** A task by a client's number of its graph. */
export interface TaskName {
  readonly graph: number
  readonly task: number
}

/** What a scheduler answers to its clients. */
export function clientAnswers(state: ClusterState, { shutdown }: { shutdown(): void }): (client: ClientLink) => Answers {
  const { machine } = state
  const workersNamed = (names: readonly string[] | undefined): WorkerLink[] => {
    const links = [...state.workers.values()]
    if (!names) return links
    return names.map((name) => {
      const link = links.find(({ info }) => info.name === name || info.address === name)
      if (!link) throw new ArgumentError(`there is no worker ${name}; there are ${links.map((l) => l.info.name).join(', ')}`)
      return link
    })
  }
  return (client) => {
    const address = ({ graph, task }: TaskName): TaskName => {
      const known = graphOf(client, graph)
      if (known === undefined) throw new ArgumentError(`nothing of the graph ${graph} is needed any more`)
      return machine.addressOf(known, task)
    }
    return {
      /** where values are now, as numbers of workers, and their addresses; the numbers are empty when one is not in memory */
      locate: (names: readonly TaskName[]) =>
        names.map((name) => {
          const at = address(name)
          return { ...at, holders: machine.holdersOf(at.graph, at.task).map((w) => state.peers.address(w)!) }
        }),
      workers: () =>
        [...state.workers.values()].map(({ index, info, metrics, lastSeen }) => ({ index, info, metrics, lastSeen })),
      identity: () => ({ id: state.id, graphs: machine.graphCount, clients: state.clients.size }),
      runOnWorkers: async ({ payload, workers }: { payload: Uint8Array; workers: readonly string[] | undefined }) => {
        const links = workersNamed(workers)
        const results = await Promise.all(links.map((link) => link.control.ask('run', { payload })))
        return links.map(({ info }, i) => [info.name, results[i]])
      },
      retire: ({ workers }: { workers: readonly string[] }) => {
        for (const link of workersNamed(workers)) machine.retireWorker(link.index)
        state.schedule()
      },
      shutdown,
    }
  }
}
