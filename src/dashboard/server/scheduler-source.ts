import { ArgumentError } from '../../base/index.js'
import type { SchedulerServer } from '../../cluster/index.js'
import type { Digest } from '../../model/index.js'
import type { DashboardSource } from './source.js'

/** What a scheduler in this process does. */
export function schedulerSource(server: SchedulerServer): DashboardSource {
  return {
    id: server.id,
    title: server.addresses[0] ?? 'scheduler',
    wallOffset: Date.now() / 1000 - server.clock.now(),
    follow: (emit: (digest: Digest) => void) => {
      const feed = server.follow(emit)
      return () => feed.stop()
    },
    ask: async (question, args) => {
      const { questions } = server
      const answer = Object.hasOwn(questions, question) ? questions[question] : undefined
      if (!answer) throw new ArgumentError(`a scheduler does not answer ${question}`)
      return answer((args ?? {}) as never)
    },
  }
}
