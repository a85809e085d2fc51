import { ArgumentError } from '../../base/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import { graphOf } from './take-client-records.js'

/** The task that a client means, by the scheduler machine's number of its graph. */
export function taskOf(client: ClientLink, { graph, task }: TaskAddress): TaskAddress {
  const known = graphOf(client, graph)
  if (known === undefined) throw new ArgumentError(`nothing of the graph ${graph} is needed any more`)
  return { graph: known, task }
}

/** Tasks by their graphs. */
export function byGraph(tasks: readonly TaskAddress[]): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const { graph, task } of tasks) {
    const list = found.get(graph)
    if (list) list.push(task)
    else found.set(graph, [task])
  }
  return found
}
