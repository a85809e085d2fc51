import type { Answers } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import { Coordination } from './coordination/coordination.js'
import { Datasets } from './dataset-answers.js'
import { dumpAnswers } from './dump-answers.js'
import { FiredTasks } from './fired-tasks.js'
import { managerAnswers } from './manager-answers.js'
import { placementAnswers } from './placement-answers.js'
import { Profiles } from './profile-answers.js'
import { ProgressWatches } from './progress-answers.js'
import { RecreatedTasks } from './recreate-answers.js'
import { runAnswers } from './run-answers.js'
import type { ClusterState } from './state.js'
import { storyAnswers } from './story-answers.js'
import type { TaskNotes } from './task-notes.js'
import { TopicLog } from './topic-answers.js'
import { valueAnswers } from './value-answers.js'

/** What a scheduler answers to its clients. */
export function clientAnswers(
  state: ClusterState,
  { shutdown, notes }: { shutdown(): void; notes: TaskNotes },
): (client: ClientLink) => Answers {
  const datasets = new Datasets(state)
  const topics = new TopicLog(state)
  const fired = new FiredTasks(state)
  const watches = new ProgressWatches(state)
  const profiles = new Profiles(state)
  const recreated = new RecreatedTasks(state)
  const stories = storyAnswers(state)
  const coordination = new Coordination(state)
  const values = valueAnswers(state)
  const placements = placementAnswers(state)
  const processes = runAnswers(state, () => {
    datasets.clear()
    fired.clear()
    recreated.clear()
    coordination.clear()
  })
  const about: Answers = {
    workers: () => [...state.workers.values()].map(({ index, info, metrics, lastSeen }) => ({ index, info, metrics, lastSeen })),
    identity: () => ({
      id: state.id,
      graphs: state.machine.graphCount,
      clients: [...state.clients.values()].map(({ name }) => name),
    }),
    shutdown,
    ...dumpAnswers(state, topics),
  }
  return (client) => ({
    ...about,
    accounts: ({ all }: { all: boolean }) => {
      state.log.flush()
      return state.accounting.accounts(all ? undefined : client.index, state.clock.now())
    },
    ...state.plugins.answers,
    ...managerAnswers(state),
    ...processes,
    ...values(client),
    ...placements(client),
    ...datasets.answers(client),
    ...topics.answers(client),
    ...fired.answers(client),
    ...recreated.answers(client),
    ...profiles.answers(client),
    ...watches.answers(client),
    ...notes.answers(client),
    ...stories(client),
    ...coordination.answers(client),
  })
}
