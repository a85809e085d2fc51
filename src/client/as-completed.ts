import { ArgumentError } from '../base/index.js'
import { Fifo } from './fifo.js'
import type { Future, FutureOwner } from './future.js'

/** A future that has come to its end. It is not thenable, so that an iterator can give it. */
export interface Completed<out T> {
  readonly future: Future<T>
  /** the place of the future among those that were given, and added */
  readonly index: number
  readonly status: 'finished' | 'error' | 'cancelled' | 'lost'
  /** The value; throws what the task failed with. */
  value(): T
}

export interface AsCompletedOptions {
  /** whether the values are fetched, so that `value()` has them; true unless told */
  readonly withResults?: boolean
}

/** What a future of type F gives. */
export type CompletedOf<F> = F extends Future<infer T> ? Completed<T> : never

/** Values that are fetched ahead of whoever iterates. */
const AHEAD = 256

/** Futures in the order in which they come to their ends. */
export class AsCompleted<F extends Future<unknown>> implements AsyncIterableIterator<CompletedOf<F>> {
  readonly #withResults: boolean
  /** those that have come to their ends, and those of them whose values are on their way */
  readonly #done = new Fifo<{ future: Future<unknown>; index: number }>()
  readonly #coming = new Fifo<Promise<Completed<unknown>>>()
  readonly #owners = new Set<FutureOwner>()
  /** nobody iterates any more */
  #left = false
  #added = 0
  #pending = 0
  #changed: (() => void)[] = []

  constructor(futures: Iterable<F>, { withResults = true }: AsCompletedOptions) {
    this.#withResults = withResults
    for (const future of futures) this.add(future)
  }

  /** Adds a future; it may be done already. */
  add(future: F): void {
    const index = this.#added++
    this.#pending++
    this.#owners.add(future.owner)
    future.whenDone(() => {
      this.#pending--
      if (!this.#left) this.#done.push({ future, index })
      for (const changed of this.#changed.splice(0)) changed()
    })
  }

  /** How many have not been given yet. */
  get count(): number {
    return this.#pending + this.#done.size + this.#coming.size
  }

  async next(): Promise<IteratorResult<CompletedOf<F>, undefined>> {
    while (this.#done.size === 0 && this.#coming.size === 0) {
      if (this.#pending === 0 || this.#left) return { done: true, value: undefined }
      // While it waits the process stays alive.
      const owners = [...this.#owners]
      for (const owner of owners) owner.refer(1)
      await new Promise<void>((resolve) => this.#changed.push(resolve))
      for (const owner of owners) owner.refer(-1)
    }
    // Many at a time, so that their values come in one message.
    if (this.#coming.size <= AHEAD / 2) {
      while (this.#coming.size < AHEAD && this.#done.size > 0) {
        const { future, index } = this.#done.shift()!
        this.#coming.push(this.#complete(future, index))
      }
    }
    return { done: false, value: (await this.#coming.shift()) as CompletedOf<F> }
  }

  /** Called when a loop is left: nothing is waited for any more. */
  async return(): Promise<IteratorResult<CompletedOf<F>, undefined>> {
    this.#left = true
    for (const changed of this.#changed.splice(0)) changed()
    this.#done.clear()
    this.#coming.clear()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #complete(future: Future<unknown>, index: number): Promise<Completed<unknown>> {
    const { status } = future
    if (status === 'finished' && !this.#withResults) {
      const value = (): never => {
        throw new ArgumentError('asCompleted was told not to fetch values ({ withResults: false }): await the future')
      }
      return { future, index, status, value }
    }
    try {
      const result = await future.result()
      return { future, index, status: 'finished', value: () => result }
    } catch (error) {
      const value = (): never => {
        throw error
      }
      return { future, index, status: status === 'cancelled' || status === 'lost' ? status : 'error', value }
    }
  }
}

/**
 * Gives futures in the order in which they come to their ends, good or bad; more can be added meanwhile.
 *
 * @example
 * for await (const done of asCompleted(client.map(load, paths))) {
 *   console.log(done.index, done.status === 'finished' ? done.value() : done.status)
 * }
 */
export function asCompleted<F extends Future<unknown>>(futures: Iterable<F>, options: AsCompletedOptions = {}): AsCompleted<F> {
  return new AsCompleted(futures, options)
}
