import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { numberOf } from './chunk-tasks.js'
import { type Chunks, eachPlace, gridOf, offsetsOf } from './chunks.js'

/** Arrays one after the other along an axis, chunk by chunk: for chunks whose lengths are not known, which cannot be cut. */
export class JoinedBlocks extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly axis: number
  declare readonly inputs: readonly ArrayExpression[]

  constructor(label: string, inputs: readonly ArrayExpression[], axis: number, annotations?: Annotations) {
    super(inputs, annotations)
    this.label = label
    this.dtype = inputs[0]!.dtype
    this.axis = axis
    this.chunks = inputs[0]!.chunks.map((own, a) => (a === axis ? inputs.flatMap((e) => [...e.chunks[a]!]) : own))
  }

  identity(): string {
    return String(this.axis)
  }

  lower(_context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const grids = this.inputs.map((e) => gridOf(e.chunks))
    const starts = offsetsOf(grids.map((g) => g[this.axis]!))
    const result = new Array<number>(this.size)
    eachPlace(gridOf(this.chunks), (place, number) => {
      let k = 0
      while (starts[k + 1]! <= place[this.axis]!) k++
      const there = place.map((p, a) => (a === this.axis ? p - starts[k]! : p))
      result[number] = inputs[k]![numberOf(there, grids[k]!)]!
    })
    return result
  }

  withInputs(inputs: readonly ArrayExpression[]): JoinedBlocks {
    return new JoinedBlocks(this.label, inputs, this.axis, this.annotations)
  }
}
