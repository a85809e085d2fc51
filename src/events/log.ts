import { type EventDetail, type HeddleEvent, eventKindName } from './vocabulary.js'

/** Called with the numbers of new events, [from, to): read them from the log at once, later ones overwrite them. */
export type EventListener = (log: EventLog, from: number, to: number) => void

/**
 * The recent past, as columns: a ring that keeps the last `capacity` events (35 bytes each). Recording costs some ten
 * nanoseconds, so it is always on. Events are numbered from 0; event n stands at n & mask.
 *
 * Listeners are called by `flush`, in batches, at the end of a tick; a batch never spans more than half the ring, so a
 * listener always sees every event.
 */
export class EventLog {
  readonly mask: number
  readonly kind: Uint8Array
  readonly time: Float64Array
  readonly graph: Int32Array
  readonly task: Int32Array
  readonly layer: Int32Array
  readonly worker: Int32Array
  readonly value: Float64Array
  // The columns again, one after the other: each array that an event is written to costs as much as writing to it.
  /** graph, task, layer and worker */
  readonly #words: Int32Array
  /** time and value */
  readonly #numbers: Float64Array
  /** the number of events ever recorded */
  length = 0
  /** by number of the event, the oldest first */
  readonly #details = new Map<number, EventDetail>()
  /** the number of the oldest event with a detail, -1: there is none */
  #oldestDetail = -1
  // A map forgets slowly what its oldest key is, when many old ones are gone.
  /** the numbers of events with a detail; those before `#detailsFrom` are gone */
  #detailed: number[] = []
  #detailsFrom = 0
  /** the number of the next event with which there is more to do than to write it down */
  #attention: number
  readonly #listeners = new Set<EventListener>()
  #flushed = 0

  constructor(capacity = 1 << 17) {
    let n = 16
    while (n < capacity) n *= 2
    this.mask = n - 1
    this.kind = new Uint8Array(n)
    const words = new Int32Array(n * 4)
    this.#words = words
    this.graph = words.subarray(0, n)
    this.task = words.subarray(n, n * 2)
    this.layer = words.subarray(n * 2, n * 3)
    this.worker = words.subarray(n * 3)
    const numbers = new Float64Array(n * 2)
    this.#numbers = numbers
    this.time = numbers.subarray(0, n)
    this.value = numbers.subarray(n)
    this.#attention = n >>> 1
  }

  record(kind: number, time: number, graph: number, task: number, layer: number, worker: number, value: number): void {
    const n = this.length
    const i = n & this.mask
    if (n >= this.#attention) this.#attend(n)
    this.kind[i] = kind
    const rows = this.mask + 1
    const words = this.#words
    words[i] = graph
    words[i + rows] = task
    words[i + rows * 2] = layer
    words[i + rows * 3] = worker
    const numbers = this.#numbers
    numbers[i] = time
    numbers[i + rows] = value
    this.length = n + 1
  }

  /** Before event n is written: drops the detail of the one that it overwrites, and keeps the batches of listeners short. */
  #attend(n: number): void {
    if (this.#oldestDetail === n - this.mask - 1) {
      this.#details.delete(this.#oldestDetail)
      this.#oldestDetail = this.#detailed[++this.#detailsFrom] ?? -1
      if (this.#detailsFrom * 2 > this.#detailed.length) {
        this.#detailed = this.#detailed.slice(this.#detailsFrom)
        this.#detailsFrom = 0
      }
    }
    if (n - this.#flushed > this.mask >>> 1) this.flush()
    this.#planAttention()
  }

  #planAttention(): void {
    const long = this.#flushed + (this.mask >>> 1) + 1
    const overwritten = this.#oldestDetail + this.mask + 1
    this.#attention = this.#oldestDetail >= 0 && overwritten < long ? overwritten : long
  }

  /** As `record`, for the rare events that say more than numbers can. */
  recordDetail(
    kind: number,
    time: number,
    graph: number,
    worker: number,
    value: number,
    detail: EventDetail,
    task = -1,
    layer = -1,
  ): void {
    // First the detail: recording the event may hand it to the listeners.
    this.#details.set(this.length, detail)
    this.#detailed.push(this.length)
    if (this.#details.size === 1) {
      this.#oldestDetail = this.length
      this.#planAttention()
    }
    this.record(kind, time, graph, task, layer, worker, value)
  }

  detail(event: number): EventDetail | undefined {
    return this.#details.get(event)
  }

  /** Hands what is new to the listeners. */
  flush(): void {
    const from = this.#flushed
    const to = this.length
    if (from === to) return
    this.#flushed = to
    this.#planAttention()
    for (const listener of this.#listeners) listener(this, from, to)
  }

  /** Calls the listener with every event from now on. Gives a function that stops it. */
  listen(listener: EventListener): () => void {
    this.flush()
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** The number of the oldest event that is still there. */
  get oldest(): number {
    return Math.max(0, this.length - this.mask - 1)
  }

  /** Event n as an object. */
  at(n: number): HeddleEvent {
    const i = n & this.mask
    const detail = this.#details.get(n)
    return {
      kind: eventKindName(this.kind[i]!),
      time: this.time[i]!,
      graph: this.graph[i]!,
      task: this.task[i]!,
      layer: this.layer[i]!,
      worker: this.worker[i]!,
      value: this.value[i]!,
      ...(detail === undefined ? {} : { detail }),
    }
  }

  /** What is still known of the life of one task, oldest first: its story. */
  story(graph: number, task: number): HeddleEvent[] {
    const events: HeddleEvent[] = []
    for (let n = this.oldest; n < this.length; n++) {
      const i = n & this.mask
      if (this.graph[i] === graph && this.task[i] === task) events.push(this.at(n))
    }
    return events
  }
}
