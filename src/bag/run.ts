import { asError, failedStep, rememberFailedPart } from '../base/index.js'
import { functionLocation } from '../transfer/index.js'
import type { TaskContext } from '../graph/index.js'

/** The most calls of asynchronous functions whose promises one task waits for at the same time. */
export const MOST_WAITS = 64

/**
 * What the parts of one running pipeline have in common. Items are pushed through it one by one, without waiting, as long
 * as every function answers at once; only what returns promises makes it wait.
 */
export class Run {
  /** the number of the partition */
  readonly partition: number
  /** the end has all it wants: nothing more needs to be pushed */
  stopped = false
  /** items whose promises are waited for; at `MOST_WAITS` and above, whoever pushes items waits for `room` first */
  pending = 0
  #failure: { readonly error: Error } | undefined
  /** how much of what is waited for is no function of the user */
  #busy = 0
  #waiter: { readonly ready: () => boolean; readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  readonly #context: TaskContext
  #release: (() => void) | undefined

  constructor(context: TaskContext) {
    this.partition = context.index
    this.#context = context
  }

  /** The task returns a promise, but computes most of the time: nothing else is to be started in its place. */
  computes(): void {
    this.#release = this.#context.occupy?.()
  }

  /** From now on, the task does wait. */
  waits(): void {
    this.#release?.()
    this.#release = undefined
  }

  /** Nothing may be pushed before this is settled, which is no function of the user: the task keeps its thread. */
  await(promise: Promise<void>): void {
    this.pending += MOST_WAITS
    this.#busy++
    promise.then(
      () => {
        this.pending -= MOST_WAITS
        this.#busy--
        this.look()
      },
      (error: unknown) => this.fail(error),
    )
  }

  /** Settles when `ready` says so, when nothing more is wanted, or when something failed. One waits at a time. */
  until(ready: () => boolean): Promise<void> {
    if (this.#busy === 0) this.waits()
    return new Promise((resolve, reject) => {
      this.#waiter = { ready, resolve, reject }
      this.look()
    })
  }

  /** Settles when items may be pushed again. */
  room(): Promise<void> {
    return this.until(() => this.pending < MOST_WAITS)
  }

  /** Something may be ready. */
  look(): void {
    const waiter = this.#waiter
    if (!waiter) return
    if (this.#failure) waiter.reject(this.#failure.error)
    else if (this.stopped || waiter.ready()) waiter.resolve()
    else return
    this.#waiter = undefined
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Something failed that nobody was there to catch. */
  fail(thrown: unknown): void {
    this.#failure ??= { error: asError(thrown) }
    this.pending = Number.POSITIVE_INFINITY
    this.look()
  }
}

/** The error that a step's function threw, which from now on says which step that was. */
export function blame(thrown: unknown, label: string, source: Function | undefined): Error {
  const error = asError(thrown)
  // What is no error has no stack that leads to whoever threw it.
  const place = error === thrown || !source ? undefined : functionLocation(source)
  if (place)
    error.stack = `${error.name}: ${error.message}\n    at ${source!.name || '<anonymous>'} (${place.file}:${place.line}:${place.column})`
  // What failed further down has been blamed there.
  if (!failedStep(error)) rememberFailedPart(error, { number: 0, label, source })
  return error
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** `next()` now, or when `before` is settled. */
export function after(before: Promise<unknown> | undefined, next: () => unknown): unknown {
  return before === undefined ? next() : before.then(next)
}

/** Pushes items until there is something to wait for; gives the promise to wait for, if any. */
export function pushAll(items: Iterable<unknown>, push: (item: unknown) => void, run: Run): Promise<void> | undefined {
  if (!Array.isArray(items)) return pushFrom(items[Symbol.iterator](), push, run)
  return pushArray(items, 0, push, run)
}

function pushArray(items: readonly unknown[], from: number, push: (item: unknown) => void, run: Run): Promise<void> | undefined {
  for (let i = from; i < items.length && !run.stopped; i++) {
    push(items[i])
    if (run.pending >= MOST_WAITS) return run.room().then(() => pushArray(items, i + 1, push, run))
  }
  return undefined
}

function pushFrom(iterator: Iterator<unknown>, push: (item: unknown) => void, run: Run): Promise<void> | undefined {
  for (;;) {
    const next = iterator.next()
    if (next.done) return undefined
    try {
      push(next.value)
    } catch (error) {
      iterator.return?.()
      throw error
    }
    if (run.stopped) {
      iterator.return?.()
      return undefined
    }
    if (run.pending >= MOST_WAITS) {
      return run.room().then(
        () => pushFrom(iterator, push, run),
        (error: unknown) => {
          iterator.return?.()
          throw error
        },
      )
    }
  }
}
