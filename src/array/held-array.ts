import type { Expression, LowerContext } from '../expr/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import type { Chunks } from './chunks.js'

/** An array whose chunks are the values of another expression: those that an executor holds, or that functions gave. */
export class HeldArray extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks

  constructor(values: Expression, dtype: DType, chunks: Chunks) {
    super([values])
    this.label = values.label
    this.dtype = dtype
    this.chunks = chunks
  }

  identity(context: LowerContext): string {
    return context.hash([this.dtype, this.chunks])
  }

  lower(_context: LowerContext, [values]: readonly ArrayLike<number>[]): ArrayLike<number> {
    return values!
  }

  withInputs([values]: readonly Expression[]): HeldArray {
    return new HeldArray(values!, this.dtype, this.chunks)
  }
}
