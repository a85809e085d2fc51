import { Expression } from '../expr/index.js'
import type { DType } from '../kernels/index.js'
import { type Chunks, chunkCount, shapeOf } from './chunks.js'
import { showShape } from './errors.js'

/**
 * What a chunked array consists of: an expression whose values are `Chunk`s, one for each place of the grid that its chunks
 * make, the last axis fastest.
 *
 * To add an operation on arrays: a class that extends this one (or `Expression`, where values in between are something else),
 * with its task function in a module of its own, and a function that checks arguments and makes it.
 */
export abstract class ArrayExpression extends Expression {
  abstract readonly dtype: DType
  abstract readonly chunks: Chunks
  #size: number | undefined
  #shape: readonly number[] | undefined

  /** how many chunks */
  get size(): number {
    return (this.#size ??= chunkCount(this.chunks))
  }

  get shape(): readonly number[] {
    return (this.#shape ??= shapeOf(this.chunks))
  }

  override describe(): string {
    return `${this.label}: ${this.dtype} ${showShape(this.shape)} in ${this.size} chunk${this.size === 1 ? '' : 's'}`
  }
}
