import { Expression, type LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { operation } from '../transfer/index.js'
import { identityOf } from './identity.js'
import type { UserFunction } from './steps.js'

/** What accumulating one partition gives: the totals after each item, and the last one so far. */
export interface Accumulation {
  readonly items: readonly unknown[]
  /** undefined: there was no item and no initial value yet */
  readonly last: { readonly total: unknown } | undefined
}

interface Accumulating {
  readonly fn: UserFunction
  readonly initial: { readonly value: unknown } | undefined
}

/** Runs as a task: goes on from where the accumulation of the partition before ended. */
export const accumulatePartition = operation(
  import.meta.url,
  'accumulatePartition',
  (inputs: readonly unknown[], _own: unknown, { fn, initial }: Accumulating): Accumulation => {
    const [items, before] = inputs as [readonly unknown[], Accumulation | undefined]
    const result: unknown[] = []
    let last = before ? before.last : initial && { total: initial.value }
    // The initial value is the first total.
    if (!before && last) result.push(last.total)
    for (const item of items) {
      last = { total: last ? (fn as (total: unknown, item: unknown) => unknown)(last.total, item) : item }
      result.push(last.total)
    }
    return { items: result, last }
  },
)

/** Accumulations of partitions, each of which waits for the one before. */
export class Accumulated extends Expression {
  readonly label = 'accumulate'
  readonly size: number
  readonly #accumulating: Accumulating

  constructor(input: Expression, accumulating: Accumulating, annotations?: Annotations) {
    super([input], annotations)
    this.size = input.size
    this.#accumulating = accumulating
  }

  identity(context: LowerContext): string {
    return identityOf(context, this.#accumulating)
  }

  lower(context: LowerContext, [input]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({
      run: accumulatePartition as never,
      shared: this.#accumulating as never,
      source: this.#accumulating.fn,
    })
    const tasks: number[] = []
    for (let i = 0; i < input!.length; i++) tasks.push(layer.task(i === 0 ? [input![0]!] : [input![i]!, tasks[i - 1]!]))
    return tasks
  }

  withInputs([input]: readonly Expression[]): Accumulated {
    return new Accumulated(input!, this.#accumulating, this.annotations)
  }
}
