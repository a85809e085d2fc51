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
  cancel(held: HeldValue): void
  whenDone(held: HeldValue, done: () => void): void
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
  #end: 'cancelled' | undefined
  #error: Error | undefined

  /** Made by `Client.submit` and its like. */
  constructor(owner: FutureOwner, call: Expression | undefined, held?: HeldValue) {
    this.#owner = owner
    this.#call = call
    this.#held = held
  }

  /** the key of its task, as in messages and events */
  get key(): string {
    return this.handle().key
  }

  get status(): Status {
    if (this.#end) return this.#end
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

  /** The value; rejects with a `TaskError` when its task, or one that it needs, has failed. */
  async result({ signal }: { signal?: AbortSignal } = {}): Promise<T> {
    signal?.throwIfAborted()
    if (this.#error) throw this.#error
    return (await this.#owner.result(this.handle(), signal)) as T
  }

  /** The error that its task failed with, when it has; undefined when it has its value. Waits for the end. */
  async exception(): Promise<Error | undefined> {
    await new Promise<void>((resolve) => this.addDoneCallback(() => resolve()))
    if (this.status !== 'error') return undefined
    return this.result().then(
      () => undefined,
      (error: unknown) => error as Error,
    )
  }

  /** Calls back when it has come to its end, soon if it has. */
  addDoneCallback(callback: (future: this) => void): void {
    if (this.#error) queueMicrotask(() => callback(this))
    else this.#owner.whenDone(this.handle(), () => callback(this))
  }

  /** Gives up what only this future and those like it need, for everybody who holds it. */
  async cancel(): Promise<void> {
    if (this.#end) return
    const held = this.handle()
    this.#end = 'cancelled'
    this.#owner.cancel(held)
  }

  /** Lets the result go now; it must not be used afterwards. */
  release(): void {
    if (this.#held) this.#held.release()
    else this.handle().release()
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
    return new Delayed<T>(new FutureValue(this, this.#owner))
  }

  /** A closure that captures it depends on it. */
  [dependency](): undefined {
    return undefined
  }

  [lowerCaptured](context: LowerContext): number {
    return context.lower(new FutureValue(this, this.#owner))[0]!
  }

  [inspect.custom](): string {
    return `Future { ${this.#held ? `${this.#held.key}, ` : ''}${this.status} }`
  }

  /** what it is computed of; undefined when it was submitted */
  get call(): Expression | undefined {
    return this.#call
  }

  /** where its value is kept; undefined: it was not submitted yet */
  get held(): HeldValue | undefined {
    return this.#held
  }

  /** It was submitted, or could not be. */
  submitted(outcome: HeldValue | Error): void {
    this.#call = undefined
    if (outcome instanceof Error) this.#error = outcome
    else this.#held = outcome
  }

  /** Where its value is kept; submits it if need be. Throws what kept it from being submitted. */
  handle(): HeldValue {
    if (!this.#held) this.#owner.flush()
    if (this.#error) throw this.#error
    return this.#held!
  }
}

/** The value of a future, in an expression. */
class FutureValue extends Expression {
  readonly label = 'future'
  readonly size = 1
  readonly #future: Future<unknown>
  readonly #owner: FutureOwner

  constructor(future: Future<unknown>, owner: FutureOwner) {
    super([], undefined)
    this.#future = future
    this.#owner = owner
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): ArrayLike<number> {
    const future = this.#future
    // What is submitted in one tick goes in one graph: there its task is another one of the same.
    if (!future.held) this.#owner.flush()
    if (future.held) return context.held([future.held])
    return context.lower(future.call!)
  }

  withInputs(): this {
    return this
  }
}
