import type { LiftArgs } from '../delayed/index.js'

/**
 * An object that lives on a worker, as seen from elsewhere: its methods return promises of what they return there, its
 * properties are promises of their values. It can be given to tasks, to other actors and to other clients.
 *
 * Calls from one thread are begun in the order in which they were made. A method that returns a promise lets the next
 * call begin while it waits; all other methods run to their end. Arguments and results travel by value; futures and
 * collections among the arguments become their values. What a method throws, its promise is rejected with.
 *
 * The actor lives as long as its future, or an `Actor` that the program which made it got from the future: those of tasks
 * and of other programs do not keep it alive. When it is gone, calls reject with `ActorLost`.
 *
 * @example
 * class Counter { n = 0; add(by: number) { return (this.n += by) } }
 * const counter = await client.actor(Counter)       // Actor<Counter>
 * await counter.add(2)
 * console.log(await counter.n) // 2
 */
export type Actor<T> = {
  // What has a `then` is awaited by itself, and an actor must not be.
  readonly [K in Exclude<keyof T, 'then' | symbol>]: T[K] extends (...args: infer A) => infer R
    ? (...args: LiftArgs<A>) => Promise<Awaited<R>>
    : Promise<Awaited<T[K]>>
}

/** What a class is constructed from; something lazy may stand for each. */
export type ActorArguments<C extends new (...args: never[]) => object> = LiftArgs<ConstructorParameters<C>>
