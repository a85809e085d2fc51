import type { Expression, LowerContext } from '../expr/index.js'
import type { DType, WeakScalar } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, eachPlace, gridOf, shapeOf } from './chunks.js'
import { ShapeError, showShape } from './errors.js'
import { commonShape } from './operands.js'
import { rechunked } from './selection.js'

/** How an array is made of others: what `Wired` needs to know. */
export interface Wiring {
  readonly label: string
  readonly inputs: readonly Expression[]
  readonly dtype: DType
  readonly chunks: Chunks
  /** what, beside the inputs, makes it equal to another of its label; a function where hashes are needed */
  readonly identity: string | ((context: LowerContext) => string)
  /** adds the tasks; `inputs`: those of the inputs' chunks */
  readonly lower: (context: LowerContext, inputs: readonly ArrayLike<number>[]) => ArrayLike<number>
}

/** An array that is one operation's only: how its tasks hang together is a function of the operation's own module. */
export class Wired extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly #wiring: Wiring

  constructor(wiring: Wiring) {
    super(wiring.inputs)
    this.label = wiring.label
    this.dtype = wiring.dtype
    this.chunks = wiring.chunks
    this.#wiring = wiring
  }

  identity(context: LowerContext): string {
    const { identity } = this.#wiring
    return `${this.label} ${typeof identity === 'string' ? identity : identity(context)}`
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): ArrayLike<number> {
    return this.#wiring.lower(context, inputs)
  }

  withInputs(inputs: readonly Expression[]): Wired {
    return new Wired({ ...this.#wiring, inputs })
  }
}

/**
 * The array cut as chunks that it is stretched to when it is used: axes of length 1 stay so, and axes may be missing in front.
 *
 * @throws ShapeError when it cannot be stretched to the shape
 */
export function cutLike(label: string, e: ArrayExpression, chunks: Chunks): ArrayExpression {
  const shape = shapeOf(chunks)
  const common = commonShape(label, [e.shape, shape])
  if (common.length > shape.length || common.some((n, axis) => n !== shape[axis]))
    throw new ShapeError(`${label}: an array of the shape ${showShape(e.shape)} cannot be stretched to ${showShape(shape)}`)
  const missing = shape.length - e.shape.length
  return rechunked(
    e,
    e.chunks.map((own, axis) => (e.shape[axis] === 1 ? own : chunks[missing + axis]!)),
  )
}

/** Where along each axis the chunk with a place in the grid begins. */
export function startsOf(chunks: Chunks): readonly (readonly number[])[] {
  return chunks.map((lengths) => {
    let at = 0
    return lengths.map((n) => (at += n) - n)
  })
}

/** Calls back with each chunk's number, place and shape. */
export function eachChunk(
  chunks: Chunks,
  visit: (number: number, place: readonly number[], shape: readonly number[]) => void,
): void {
  eachPlace(gridOf(chunks), (place, number) =>
    visit(
      number,
      place,
      place.map((p, axis) => chunks[axis]![p]!),
    ),
  )
}

export const isNumber = (x: unknown): x is WeakScalar => typeof x === 'number' || typeof x === 'bigint' || typeof x === 'boolean'
