import { NumberList } from '../../base/index.js'
import { EventKind, type EventLog } from '../../events/index.js'
import { Frame, writeEvents } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'

/** Tells clients that ask for it what happens to their graphs: for progress bars and profiles. Nobody asking costs nothing. */
export class Followers {
  readonly #state: ClusterState
  readonly #events = new Map<ClientLink, NumberList>()
  #stop: (() => void) | undefined

  constructor(state: ClusterState) {
    this.#state = state
  }

  follow(client: ClientLink, on: boolean): void {
    if (on) this.#events.set(client, new NumberList(1024))
    else this.#events.delete(client)
    if (this.#events.size > 0) this.#stop ??= this.#state.log.listen((log, from, to) => this.#take(log, from, to))
    else {
      this.#stop?.()
      this.#stop = undefined
    }
  }

  #take(log: EventLog, from: number, to: number): void {
    const { graphs } = this.#state
    for (let n = from; n < to; n++) {
      const i = n & log.mask
      // That it was submitted the client knows itself.
      if (log.kind[i] === EventKind.graphSubmitted) continue
      const held = graphs.get(log.graph[i]!)
      const events = held && this.#events.get(held.client)
      if (!events) continue
      const at = events.length
      events.reserve(at + 7)
      const { items } = events
      items[at] = log.kind[i]!
      items[at + 1] = log.time[i]!
      items[at + 2] = held.name
      items[at + 3] = log.task[i]!
      items[at + 4] = log.layer[i]!
      items[at + 5] = log.worker[i]!
      items[at + 6] = log.value[i]!
      events.length = at + 7
    }
    for (const [client, events] of this.#events) {
      if (events.length === 0) continue
      client.session.send(Frame.events, [writeEvents(events.items.slice(0, events.length))])
      events.clear()
    }
  }
}
