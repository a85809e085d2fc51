import { asError } from '../base/index.js'
import type { Answers } from '../protocol/index.js'
import { decode, encode, prepare } from '../transfer/index.js'

/** Something that a program has logged on the cluster. */
export interface TopicEvent {
  /** when the scheduler heard of it: milliseconds since 1970 */
  readonly time: number
  /** the name of the client that logged it */
  readonly client: string
  readonly value: unknown
}

/** An event as it travels. */
interface Encoded {
  readonly topic: string
  readonly time: number
  readonly client: string
  readonly value: Uint8Array
}

export type TopicHandler = (event: TopicEvent) => void

/** What a topic needs of its client. */
export interface TopicConnection {
  ask(name: string, args?: unknown): Promise<unknown>
}

/** The events that programs log on a cluster, by topic: one client's view of them. */
export class Topics {
  readonly #handlers = new Map<string, Set<TopicHandler>>()
  /** events are told in the order in which they came, also when one has to import something */
  #telling: Promise<void> = Promise.resolve()

  /** what the scheduler tells */
  readonly answers: Answers = {
    topicEvent: (event: Encoded) => {
      this.#telling = this.#telling.then(() => this.#tell(event))
    },
  }

  async log(to: TopicConnection, topic: string, value: unknown): Promise<void> {
    await to.ask('logEvent', { topic, value: encode(value, { subject: `the event for ${topic}` }) })
  }

  async events(from: TopicConnection, topic: string): Promise<TopicEvent[]> {
    const events = (await from.ask('events', topic)) as Encoded[]
    return Promise.all(events.map(opened))
  }

  /** Calls the handler with every event from now on. Gives a function that stops it. */
  async subscribe(to: TopicConnection, topic: string, handler: TopicHandler): Promise<() => Promise<void>> {
    const known = this.#handlers.get(topic)
    // An object of its own, so that one handler can subscribe twice.
    const own: TopicHandler = (event) => handler(event)
    if (known) known.add(own)
    else this.#handlers.set(topic, new Set([own]))
    await to.ask('subscribe', topic)
    return async () => {
      const handlers = this.#handlers.get(topic)
      if (!handlers?.delete(own) || handlers.size > 0) return
      this.#handlers.delete(topic)
      await to.ask('unsubscribe', topic)
    }
  }

  async #tell(encoded: Encoded): Promise<void> {
    let event: TopicEvent
    try {
      event = await opened(encoded)
    } catch (error) {
      process.emitWarning(`an event of the topic ${encoded.topic} cannot be read here: ${asError(error).message}`)
      return
    }
    // What a handler throws is the program's own affair: an uncaught exception.
    for (const handler of this.#handlers.get(encoded.topic) ?? []) queueMicrotask(() => handler(event))
  }
}

async function opened({ time, client, value }: Encoded): Promise<TopicEvent> {
  await prepare(value)
  return { time, client, value: decode(value) }
}
