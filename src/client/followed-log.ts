import { type EventListener, EventLog } from '../events/index.js'
import { EVENT_LENGTH, readEvents } from '../protocol/index.js'

/** What happens to the graphs of a client: the scheduler tells of it while somebody listens. */
export class FollowedLog extends EventLog {
  /** told when the first listener comes, and when the last one goes */
  onFollowed: ((on: boolean) => void) | undefined
  #count = 0

  get isFollowed(): boolean {
    return this.#count > 0
  }

  override listen(listener: EventListener): () => void {
    if (this.#count++ === 0) this.onFollowed?.(true)
    const stop = super.listen(listener)
    let stopped = false
    return () => {
      if (stopped) return
      stopped = true
      stop()
      if (--this.#count === 0) this.onFollowed?.(false)
    }
  }

  /** Takes in what the scheduler tells. */
  take(body: Uint8Array): void {
    const events = readEvents(body)
    for (let at = 0; at + EVENT_LENGTH <= events.length; at += EVENT_LENGTH) {
      this.record(
        events[at]!,
        events[at + 1]!,
        events[at + 2]!,
        events[at + 3]!,
        events[at + 4]!,
        events[at + 5]!,
        events[at + 6]!,
      )
    }
    this.flush()
  }
}
