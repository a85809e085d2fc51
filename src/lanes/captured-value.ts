/**
 * What a task finds in a variable that held a persisted collection or a future where its function was made: the value is
 * here already. It answers as they do.
 */
export class CapturedValue<out T> implements PromiseLike<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** As a persisted collection's. */
  async compute(): Promise<T> {
    return this.#value
  }

  /** As a future's. */
  async result(): Promise<T> {
    return this.#value
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a future can be awaited, so what stands for it can
  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return Promise.resolve(this.#value).then(done, failed)
  }
}
