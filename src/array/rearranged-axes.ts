import { ArgumentError } from '../base/index.js'
import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { axisOf } from './axes.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'
import { permuteChunk } from './operations.js'

/** For each axis of the result, that of the input, or null for a new one with one element. */
export type AxisOrder = readonly (number | null)[]

/** Axes in another order, without some that have one element, and with new ones. */
export class RearrangedAxes extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly order: AxisOrder
  declare readonly inputs: readonly [ArrayExpression]

  constructor(label: string, input: ArrayExpression, order: AxisOrder, annotations?: Annotations) {
    super([input], annotations)
    this.label = label
    this.dtype = input.dtype
    this.order = order
    this.chunks = order.map((axis) => (axis === null ? [1] : input.chunks[axis]!))
  }

  identity(): string {
    return this.order.map(String).join()
  }

  lower(context: LowerContext, [tasks]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({ run: permuteChunk, shared: this.order })
    const grid = gridOf(this.inputs[0].chunks)
    const result = new Array<number>(this.size)
    eachPlace(gridOf(this.chunks), (place, number) => {
      const there = new Array<number>(grid.length).fill(0)
      for (const [i, axis] of this.order.entries()) if (axis !== null) there[axis] = place[i]!
      result[number] = layer.task([tasks![there.reduce((n, p, axis) => n * grid[axis]! + p, 0)]!])
    })
    return result
  }

  withInputs([input]: readonly ArrayExpression[]): RearrangedAxes {
    return new RearrangedAxes(this.label, input!, this.order, this.annotations)
  }

  override describe(): string {
    return `${super.describe()}, axes [${this.order.map((a) => a ?? 'new').join(', ')}]`
  }
}

/** Axes rearranged; of what is rearranged already in one step. */
export function rearranged(label: string, e: ArrayExpression, order: AxisOrder): ArrayExpression {
  if (order.length === e.chunks.length && order.every((axis, i) => axis === i)) return e
  return new RearrangedAxes(label, e, order)
}

/** @throws ArgumentError unless each axis is named once */
export function transposeOf(e: ArrayExpression, axes?: readonly number[]): ArrayExpression {
  const n = e.chunks.length
  const order = axes?.map((a) => axisOf('transpose', a, n)) ?? Array.from({ length: n }, (_, i) => n - 1 - i)
  if (order.length !== n || new Set(order).size !== n)
    throw new ArgumentError(`transpose: the axes [${(axes ?? []).join(', ')}] of an array of ${n} dimensions: name each once`)
  return rearranged('transpose', e, order)
}
