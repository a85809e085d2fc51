/** The time that something may take, and the signal that its caller may end it by, as one signal. */
export class Attempt {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #outer: AbortSignal | undefined
  readonly #cancel = (): void => this.#controller.abort(this.#outer!.reason)

  constructor(milliseconds: number, late: () => Error, outer: AbortSignal | undefined) {
    this.#outer = outer
    // Timers of more than 2^31 ms would fire at once.
    this.#timer = setTimeout(() => this.#controller.abort(late()), Math.min(milliseconds, 2 ** 31 - 1))
    if (outer?.aborted) this.#cancel()
    else outer?.addEventListener('abort', this.#cancel, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** It is over: nothing will abort any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#cancel)
  }
}
