import type { Answers } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'

/** Events of a topic that are kept. */
const MOST_EVENTS = 10_000

export interface TopicEvent {
  readonly topic: string
  /** milliseconds since 1970 */
  readonly time: number
  readonly client: string
  /** encoded: nobody here looks into it */
  readonly value: Uint8Array
}

interface Topic {
  readonly events: TopicEvent[]
  readonly subscribers: Set<ClientLink>
}

/** What clients log and are told, by topic. */
export class TopicLog {
  readonly #state: ClusterState
  readonly #topics = new Map<string, Topic>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  answers(client: ClientLink): Answers {
    return {
      logEvent: ({ topic, value }: { topic: string; value: Uint8Array }) => {
        const event: TopicEvent = { topic, time: Date.now(), client: client.name, value }
        const { events, subscribers } = this.#topic(topic)
        events.push(event)
        if (events.length > MOST_EVENTS) events.shift()
        for (const subscriber of subscribers) {
          if (this.#state.clients.get(subscriber.index) === subscriber) subscriber.control.tell('topicEvent', event)
          else subscribers.delete(subscriber)
        }
      },
      events: (topic: string) => this.#topics.get(topic)?.events ?? [],
      subscribe: (topic: string) => void this.#topic(topic).subscribers.add(client),
      unsubscribe: (topic: string) => void this.#topics.get(topic)?.subscribers.delete(client),
    }
  }

  /** Everything that is kept, by topic. */
  all(): TopicEvent[] {
    return [...this.#topics.values()].flatMap(({ events }) => events)
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name)
    if (!topic) {
      topic = { events: [], subscribers: new Set() }
      this.#topics.set(name, topic)
    }
    return topic
  }
}
