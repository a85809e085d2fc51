import { Expression, type LazyCollection, type LowerContext } from '../expr/index.js'

/** The one value that a collection of several partitions gives: its parts put together, in a task. */
export class Gathered extends Expression {
  readonly label = 'gather'
  readonly size = 1
  readonly #collection: LazyCollection<unknown>

  constructor(collection: LazyCollection<unknown>, input: Expression = collection.expression) {
    super([input])
    this.#collection = collection
  }

  identity(context: LowerContext): string {
    return context.hash(this.#collection.gathering)
  }

  lower(context: LowerContext, [parts]: readonly ArrayLike<number>[]): number[] {
    return [context.layer({ run: this.#collection.gathering }).task(parts!)]
  }

  withInputs([input]: readonly Expression[]): Expression {
    return new Gathered(this.#collection, input)
  }
}
