import { ArgumentError, describe } from '../base/index.js'
import { Delayed, type Settled } from '../delayed/index.js'
import type { Expression, Pass } from '../expr/index.js'
import { bagPasses } from './partitionwise.js'

/**
 * The one value that a bag was reduced to, still lazy: what `count()`, `sum()` and their like give. A `Delayed` like any
 * other: it can be an argument of `delayed` functions and of steps of bags.
 *
 * @example
 * const numbers = bag.range(10)
 * const mean = numbers.mean()
 * console.log(await numbers.map((x, m) => x - m, mean).max().compute()) // 4.5
 */
export class Item<out T> extends Delayed<T> {
  /** Bags make them; for a value of your own, use `fromDelayed`. */
  constructor(expression: Expression, passes: readonly Pass[] = bagPasses) {
    super(expression, passes)
  }

  /**
   * The item for a `Delayed`; the other way is `toDelayed`.
   *
   * @example
   * const limit = bag.Item.fromDelayed(delayed(readLimit)('limit.txt'))
   */
  static fromDelayed<T>(delayed: Delayed<T>): Item<T> {
    if (!(delayed instanceof Delayed)) throw new ArgumentError(`Item.fromDelayed: a Delayed is needed, not ${describe(delayed)}`)
    return new Item<T>(delayed.expression, delayed.passes)
  }

  override get fusible(): boolean {
    return true
  }

  override rebuild(expression: Expression): this {
    return new Item(expression, this.passes) as this
  }

  /**
   * What a function gives for the value.
   *
   * @example
   * const percent = bag.range(10).mean().apply((m) => `${m} %`)
   */
  apply<R>(fn: (value: T) => R): Item<Settled<R>> {
    return Item.fromDelayed(this.map(fn))
  }

  /**
   * The same value as a plain `Delayed`.
   *
   * @example
   * const doubled = bag.range(5).sum().toDelayed().map((x) => x * 2)
   */
  toDelayed(): Delayed<T> {
    return new Delayed<T>(this.optimize().expression)
  }
}
