import { FromClient, ProtocolError, RecordReader } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'

/** Does what a client asks for in records, until that time (as `performance.now` counts). False when there is more to do. */
export function takeClientRecords(state: ClusterState, client: ClientLink, reader: RecordReader, until: number): boolean {
  state.schedule()
  while (!reader.isDone) {
    if (performance.now() >= until) return false
    const op = reader.word()
    const name = reader.word()
    const graph = graphOf(client, name)
    switch (op) {
      case FromClient.release: {
        const count = reader.word()
        const tasks = reader.words.subarray(reader.at, reader.at + count)
        reader.at += count
        if (graph !== undefined) state.machine.release(graph, tasks, client.index)
        break
      }
      case FromClient.retry: {
        const task = reader.word()
        if (graph !== undefined) state.machine.retry(graph, task)
        break
      }
      default:
        throw new ProtocolError(`the client ${client.name} sends a record ${op}, which is nothing that there is`)
    }
  }
  return true
}

/** The scheduler machine's number of a graph; undefined when nothing of it is needed any more. */
export function graphOf(client: ClientLink, name: number): number | undefined {
  return name >= 2 ** 30 ? name - 2 ** 30 : client.graphs.get(name)
}
