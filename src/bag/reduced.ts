import { config } from '../config/index.js'
import { Expression, type LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { needCount } from './arguments.js'
import { identityOf } from './identity.js'
import { Partitionwise, partitionsOf } from './partitionwise.js'
import { mergeParts } from './operations.js'
import type { Merging, Reduction } from './reduction.js'

/** How the parts of a reduction are merged. */
export interface TreeOptions {
  /** how many neighbouring parts one task merges; the setting `bag.splitEvery` unless told */
  readonly splitEvery?: number | undefined
}

/** The expression of a reduction of all partitions of another. */
export function reducing(
  of: Expression,
  reduction: Reduction,
  { splitEvery = config.get('bag.splitEvery') }: TreeOptions = {},
): Reduced {
  needCount(reduction.label, 'splitEvery', splitEvery, 2)
  return new Reduced(new Partitionwise(partitionsOf(of), [], { kind: 'reduce', reduction }), reduction, splitEvery)
}

/** The one value that the parts of a reduction merge into, a few neighbours at a time. */
export class Reduced extends Expression {
  readonly label: string
  readonly size = 1
  readonly #reduction: Reduction
  readonly #splitEvery: number

  constructor(parts: Expression, reduction: Reduction, splitEvery: number, annotations?: Annotations) {
    super([parts], annotations)
    this.label = reduction.label
    this.#reduction = reduction
    this.#splitEvery = splitEvery
  }

  identity(context: LowerContext): string {
    return `${this.#splitEvery} ${identityOf(context, this.#reduction)}`
  }

  lower(context: LowerContext, [parts]: readonly ArrayLike<number>[]): number[] {
    const reduction = this.#reduction
    const combining: Merging = { reduction, last: false }
    let level = Array.from(parts!)
    let place = 0
    while (level.length > this.#splitEvery) {
      const layer = context.layer({ run: mergeParts, shared: combining, suffix: 'combine' })
      const next: number[] = []
      for (let i = 0; i < level.length; i += this.#splitEvery) {
        next.push(layer.task(level.slice(i, i + this.#splitEvery), place++))
      }
      level = next
    }
    return [context.layer({ run: mergeParts, shared: { reduction, last: true } satisfies Merging }).task(level, place)]
  }

  withInputs([parts]: readonly Expression[]): Reduced {
    return new Reduced(parts!, this.#reduction, this.#splitEvery, this.annotations)
  }

  override describe(): string {
    return `${this.label}: of ${this.inputs[0]!.size} parts, ${this.#splitEvery} at a time`
  }
}
