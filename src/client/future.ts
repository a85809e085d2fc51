import { inspect } from 'node:util'
import { Delayed } from '../delayed/index.js'
import type { HeldValue } from '../executor/index.js'
import { Expression, type LowerContext, asCollection, lowerCaptured } from '../expr/index.js'
import { dependency } from '../transfer/index.js'

/** How a future does. */
export type Status = 'pending' | 'finished' | 'error' | 'cancelled' | 'lost'

/** What a future asks of its client. */
export interface FutureOwner {
  /** Has everything that was submitted in this tick sent. */
  flush(): void
  statusOf(held: HeldValue): Status
  result(held: HeldValue, signal: AbortSignal | undefined): Promise<unknown>
  cancel(held: readonly HeldValue[]): Promise<void>
  retry(held: readonly HeldValue[]): Promise<void>
  /** Calls back when it has come to its end, at once if it has. Gives a function that stops it. */
  whenDone(held: HeldValue, done: () => void): () => void
  /** Something is (1) or is not (-1) waited for: while something is, the process stays alive. */
  refer(by: 1 | -1): void
}

/**
 * A result that is being computed on a cluster, or is there. It can be awaited, and can be an argument of further calls,
 * which then find it where it is. The cluster keeps the result until the future is released or collected.
 *
 * @example
 * const total = client.submit((xs: number[]) => xs.length, client.submit(load, 'a.csv'))
 * console.log(await total)
 */
export class Future<out T> implements PromiseLike<T> {
  readonly #owner: FutureOwner
  /** what it is computed of, until it is submitted */
  #call: Expression | undefined
  #held: HeldValue | undefined
  /** why it could not be submitted */
  #error: Error | undefined

  /** Made by `Client.submit` and its like. */
  constructor(owner: FutureOwner, call: Expression | undefined, held?: HeldValue) {
    this.#owner = owner
    this.#call = call
    this.#held = held
  }

  /** the key of its task, as in messages and events; empty when it could not be submitted */
  get key(): string {
    return this.#submit()?.key ?? ''
  }

  get status(): Status {
    if (this.#error) return 'error'
    return this.#held ? this.#owner.statusOf(this.#held) : 'pending'
  }

  /** Whether it has come to its end, a good or a bad one. */
  get done(): boolean {
    return this.status !== 'pending'
  }

  get cancelled(): boolean {
    return this.status === 'cancelled'
  }

  /**
   * The value.
   *
   * @throws TaskError when its task, or one that it needs, has failed; Cancelled when it was cancelled or released;
   * SchedulerLost when the scheduler is gone; the reason of the signal when that is aborted.
   */
  async result({ signal }: { signal?: AbortSignal } = {}): Promise<T> {
    signal?.throwIfAborted()
    const held = this.#submit()
    if (!held) throw this.#error!
    return (await this.#owner.result(held, signal)) as T
  }

  /** The error that its task failed with, when it has; undefined when it has its value. Waits for the end. */
  async exception({ signal }: { signal?: AbortSignal } = {}): Promise<Error | undefined> {
    await this.settled({ signal })
    if (this.status === 'finished') return undefined
    return this.result({ signal }).then(
      () => undefined,
      (error: unknown) => error as Error,
    )
  }

  /** The stack of where its task failed; undefined when it has its value. Waits for the end. */
  async traceback(options: { signal?: AbortSignal } = {}): Promise<string | undefined> {
    const error = await this.exception(options)
    return error && (error.cause instanceof Error ? (error.cause.stack ?? error.stack) : error.stack)
  }

  /** Resolves when it has come to its end, a good or a bad one; the value stays where it is. */
  async settled({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted()
    this.#owner.refer(1)
    try {
      await new Promise<void>((resolve, reject) => {
        const aborted = (): void => {
          stop()
          reject(signal!.reason as Error)
        }
        const stop = this.whenDone(() => {
          signal?.removeEventListener('abort', aborted)
          resolve()
        })
        signal?.addEventListener('abort', aborted, { once: true })
      })
    } finally {
      this.#owner.refer(-1)
    }
  }

  /** Calls back when it has come to its end, perhaps at once; the callback must not throw. Gives a function that stops it. */
  whenDone(callback: () => void): () => void {
    const held = this.#submit()
    if (held) return this.#owner.whenDone(held, callback)
    callback()
    return () => undefined
  }

  /**
   * Calls back when it has come to its end, soon if it has. It does not keep the process alive; what the callback throws is
   * an uncaught exception.
   */
  addDoneCallback(callback: (future: this) => void): void {
    // Whoever is called back waits for it: the process stays alive.
    this.#owner.refer(1)
    this.whenDone(() =>
      queueMicrotask(() => {
        this.#owner.refer(-1)
        callback(this)
      }),
    )
  }

  /** Gives up its task, for everybody who wants the result. What others need it for is computed all the same. */
  async cancel(): Promise<void> {
    const held = this.#submit()
    if (held) await this.#owner.cancel([held])
  }

  /** Has its task run again when it has failed, and those that failed before it. */
  async retry(): Promise<void> {
    const held = this.#submit()
    if (!held) throw this.#error!
    await this.#owner.retry([held])
  }

  /** Lets the result go now; it must not be used afterwards. */
  release(): void {
    this.#submit()?.release()
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a future can be awaited
  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result().then(done, failed)
  }

  /** As an argument of delayed calls. */
  [asCollection](): Delayed<T> {
    return new Delayed<T>(new FutureValue(this))
  }

  /** A closure that captures it depends on it. */
  [dependency](): undefined {
    return undefined
  }

  [lowerCaptured](context: LowerContext): number {
    return context.lower(new FutureValue(this))[0]!
  }

  [inspect.custom](): string {
    return `Future { ${this.#held ? `${this.#held.key}, ` : ''}${this.status} }`
  }

  /** what it is computed of; undefined when it was submitted */
  get call(): Expression | undefined {
    return this.#call
  }

  /** where its value is kept; it is submitted first, if it was not. Throws when that is impossible. */
  get held(): HeldValue {
    const held = this.#submit()
    if (!held) throw this.#error!
    return held
  }

  /** whose it is */
  get owner(): FutureOwner {
    return this.#owner
  }

  /** The task that gives its value, in the graph that is being made. */
  lower(context: LowerContext): ArrayLike<number> {
    if (!this.#held) this.#owner.flush()
    if (this.#error) throw this.#error
    // What is submitted in one tick goes in one graph: there its task is another one of the same.
    return this.#held ? context.held([this.#held]) : context.lower(this.#call!)
  }

  /** It was submitted, or could not be. */
  submitted(outcome: HeldValue | Error): void {
    this.#call = undefined
    if (outcome instanceof Error) this.#error = outcome
    else this.#held = outcome
  }

  #submit(): HeldValue | undefined {
    if (!this.#held && !this.#error) this.#owner.flush()
    return this.#held
  }
}

/** The value of a future, in an expression. */
class FutureValue extends Expression {
  readonly label = 'future'
  readonly size = 1
  readonly #future: Future<unknown>

  constructor(future: Future<unknown>) {
    super([], undefined)
    this.#future = future
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): ArrayLike<number> {
    return this.#future.lower(context)
  }

  withInputs(): this {
    return this
  }
}
