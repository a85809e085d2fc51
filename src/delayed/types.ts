import type { Collection } from '../expr/index.js'
import type { Delayed } from './delayed.js'
import type { toTransfer } from '../transfer/index.js'

/** A value that is being computed somewhere: what has a `key` and gives its result later. */
export interface FutureLike<out T> extends PromiseLike<T> {
  readonly key: string
  readonly status: string
  result(options?: { signal?: AbortSignal }): Promise<T>
}

/** Something whose value is not here yet. */
export type Lazy<T> = Delayed<T> | FutureLike<T>

/** Objects that are values themselves: nothing lazy is looked for inside. */
export type Leaf =
  | ((...args: never[]) => unknown)
  | Date
  | RegExp
  | Error
  | ArrayBufferView
  | ArrayBufferLike
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | PromiseLike<unknown>
  | { [toTransfer](): unknown }

// Two levels, written out: a type that calls itself freely costs the compiler seconds.
type Lift2<T> = T extends Leaf ? T : T extends object ? { [K in keyof T]: T[K] | Lazy<T[K]> } : T
type Lift1<T> = T extends Leaf ? T : T extends object ? { [K in keyof T]: T[K] | Lazy<T[K]> | Lift2<T[K]> } : T

/** Where a T is asked for, something lazy that gives a T may stand, also inside arrays and objects. */
export type Lift<T> = T | Lazy<T> | Collection<T> | Lift1<T>

/** `Lift` for each argument; keeps names, optional and rest parameters. */
export type LiftArgs<A extends readonly unknown[]> = { [K in keyof A]: Lift<A[K]> }

/** What a function that returns an R gives once everything about it is settled. */
export type Settled<R> = Awaited<R> extends Collection<infer U> ? U : Awaited<R>

/** What computing a T gives: collections and futures inside become their values. */
export type Computed<T> =
  T extends Collection<infer R>
    ? R
    : T extends FutureLike<infer U>
      ? U
      : T extends Leaf
        ? T
        : T extends object
          ? { -readonly [K in keyof T]: Computed<T[K]> }
          : T

/** The names of the methods of T that can be called on its value later. */
export type MethodName<T> = { [K in keyof T]-?: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T]

/** The parameters of the method K of T. */
export type MethodParameters<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : never

/** What the method K of T returns. */
export type MethodResult<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? R : never

/** A tuple of N items of E. */
export type TupleOf<N extends number, E, Acc extends E[] = []> = number extends N
  ? E[]
  : Acc['length'] extends N
    ? Acc
    : TupleOf<N, E, [...Acc, E]>
