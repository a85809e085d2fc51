import { setImmediate as nextTurn } from 'node:timers/promises'

/** What else a thread has to do waits no longer than so many milliseconds for rows that are converted. */
const longest = 3

/**
 * Work that would keep its thread busy for long, in turns: whoever does it looks between pieces that take little.
 *
 * @example
 * const turns = new Turns()
 * for (const chunk of chunks) {
 *   if (turns.isOver) await turns.next()
 *   convert(chunk)
 * }
 */
export class Turns {
  #began = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#began > longest
  }

  async next(): Promise<void> {
    await nextTurn()
    this.#began = performance.now()
  }
}
