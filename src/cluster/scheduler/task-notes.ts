import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'

/** Facts that a task has attached to itself. */
export interface TaskNote extends TaskAddress {
  /** encoded: nobody here looks into them */
  readonly facts: Uint8Array
}

/** Keeps them with the graph of the task, for as long as anything of that is needed. */
export function takeNote(state: ClusterState, { graph, task, facts }: TaskNote): void {
  // What was asked for by nobody any more has no graph.
  state.graphs.get(graph)?.notes.set(task, facts)
}

/** What a scheduler answers about facts that tasks have attached to themselves. */
export function noteAnswers(state: ClusterState): (client: ClientLink) => Answers {
  return (client) => ({
    notes: (names: readonly TaskAddress[]) =>
      names.map((name) => {
        const { graph, task } = taskOf(client, name)
        const at = state.machine.addressOf(graph, task)
        return state.graphs.get(at.graph)?.notes.get(at.task)
      }),
  })
}
