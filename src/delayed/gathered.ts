import type { TaskFunction } from '../graph/index.js'
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
    const { gathering, gatheringShared } = this.#collection
    return gatheringShared === undefined ? context.hash(gathering) : context.hash([gathering, gatheringShared])
  }

  lower(context: LowerContext, [parts]: readonly ArrayLike<number>[]): number[] {
    const { gathering, gatheringShared } = this.#collection
    return [context.layer({ run: gathering as TaskFunction<unknown, unknown>, shared: gatheringShared }).task(parts!)]
  }

  withInputs([input]: readonly Expression[]): Expression {
    return new Gathered(this.#collection, input)
  }
}
