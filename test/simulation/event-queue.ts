/** Something that will happen: `run` at `time`. Events of the same time happen in the order in which they were added. */
interface Event {
  readonly time: number
  readonly order: number
  readonly run: () => void
}

/** The future of a simulation: a binary heap by time. */
export class EventQueue {
  now = 0
  /** events that have happened */
  count = 0
  readonly #heap: Event[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  at(time: number, run: () => void): void {
    const heap = this.#heap
    const event = { time: Math.max(time, this.now), order: this.#order++, run }
    let i = heap.length
    heap.push(event)
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!before(event, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = event
  }

  after(delay: number, run: () => void): void {
    this.at(this.now + delay, run)
  }

  /** Lets the next event happen; false when there is none. */
  step(): boolean {
    const heap = this.#heap
    const top = heap[0]
    if (!top) return false
    const last = heap.pop()!
    const n = heap.length
    if (n > 0) {
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= n) break
        if (child + 1 < n && before(heap[child + 1]!, heap[child]!)) child++
        if (!before(heap[child]!, last)) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
    }
    this.now = top.time
    this.count++
    top.run()
    return true
  }
}

function before(a: Event, b: Event): boolean {
  return a.time !== b.time ? a.time < b.time : a.order < b.order
}

/** One direction of a connection: what is sent arrives after a delay, in the order in which it was sent. */
export class Link {
  readonly #queue: EventQueue
  readonly #delay: () => number
  #last = 0
  /** what is on its way */
  inFlight = 0
  /** nothing arrives before that time; nothing is lost */
  heldUntil = 0
  /** cut: nothing arrives any more */
  cut = false

  constructor(queue: EventQueue, delay: () => number) {
    this.#queue = queue
    this.#delay = delay
  }

  send(deliver: () => void): void {
    this.#last = Math.max(this.#queue.now + this.#delay(), this.#last, this.heldUntil)
    this.inFlight++
    this.#queue.at(this.#last, () => {
      this.inFlight--
      if (!this.cut) deliver()
    })
  }
}
