import { getHeapStatistics } from 'node:v8'
import { type Clock, systemClock } from '../base/index.js'
import { collectGarbage } from '../lanes/index.js'

/** Bytes of new shared memory after which it is looked whether values could be let go instead. */
const MUCH = 256 * 2 ** 20
/** Programs with more bytes of objects wait for V8's own collection: it would take them too long. */
const MOST_OBJECTS = 64 * 2 ** 20
/** Of the time of this thread so much is spent on it, at most. */
const MOST_TIME = 1 / 20

/**
 * Values that an executor holds are let go when their handles are collected. V8 knows nothing of how large they are: a program that
 * makes one array after the other, in few objects, would have all of them in memory. So it is asked to collect when much new
 * memory is taken.
 */
export class ForgottenValues {
  readonly #clock: Clock
  readonly #heldBytes: () => number
  readonly #collect: () => void
  #taken = 0
  #notBefore = -Infinity
  #isComing = false

  /** @param heldBytes bytes of the values that there are */
  constructor(heldBytes: () => number, clock: Clock = systemClock, collect: () => void = collectGarbage) {
    this.#heldBytes = heldBytes
    this.#clock = clock
    this.#collect = collect
  }

  /** So many bytes of new memory were taken. */
  grown(bytes: number): void {
    this.#taken += bytes
    if (this.#taken < MUCH || this.#isComing || this.#clock.now() < this.#notBefore) return
    this.#isComing = true
    setImmediate(() => this.#look()).unref()
  }

  #look(): void {
    this.#isComing = false
    this.#taken = 0
    if (this.#heldBytes() < MUCH || getHeapStatistics().used_heap_size > MOST_OBJECTS) return
    const started = this.#clock.now()
    this.#collect()
    const ended = this.#clock.now()
    this.#notBefore = ended + (ended - started) * (1 / MOST_TIME - 1)
  }
}
