import type { Answers } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import { Datasets } from './dataset-answers.js'
import { FiredTasks } from './fired-tasks.js'
import { managerAnswers } from './manager-answers.js'
import { placementAnswers } from './placement-answers.js'
import { runAnswers } from './run-answers.js'
import type { ClusterState } from './state.js'
import { TopicLog } from './topic-answers.js'
import { valueAnswers } from './value-answers.js'

/** What a scheduler answers to its clients. */
export function clientAnswers(state: ClusterState, { shutdown }: { shutdown(): void }): (client: ClientLink) => Answers {
  const datasets = new Datasets(state)
  const topics = new TopicLog(state)
  const fired = new FiredTasks(state)
  const values = valueAnswers(state)
  const placements = placementAnswers(state)
  const processes = runAnswers(state, () => {
    datasets.clear()
    fired.clear()
  })
  const about: Answers = {
    workers: () => [...state.workers.values()].map(({ index, info, metrics, lastSeen }) => ({ index, info, metrics, lastSeen })),
    identity: () => ({
      id: state.id,
      graphs: state.machine.graphCount,
      clients: [...state.clients.values()].map(({ name }) => name),
    }),
    shutdown,
  }
  return (client) => ({
    ...about,
    ...state.plugins.answers,
    ...managerAnswers(state),
    ...processes,
    ...values(client),
    ...placements(client),
    ...datasets.answers(client),
    ...topics.answers(client),
    ...fired.answers(client),
  })
}
