import { type ComputeOptions, Expression, LazyCollection, type LowerContext, type Pass } from '../expr/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, eachPlace, gridOf, isKnown } from './chunks.js'
import { HeldArray } from './held-array.js'
import { shapeOfChunk } from './operations.js'
import { arrayPasses } from './passes.js'

/** The shapes of the chunks of an array. */
class ChunkShapes extends Expression {
  readonly label = 'chunk sizes'
  readonly size: number

  constructor(array: Expression) {
    super([array])
    this.size = array.size
  }

  identity(): string {
    return ''
  }

  lower(context: LowerContext, [tasks]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({ run: shapeOfChunk })
    return Array.from(tasks!, (task) => layer.task([task]))
  }

  withInputs([array]: readonly Expression[]): ChunkShapes {
    return new ChunkShapes(array!)
  }
}

class Shapes extends LazyCollection<number[][]> {
  readonly expression: Expression

  constructor(expression: Expression) {
    super()
    this.expression = expression
  }

  override get passes(): readonly Pass[] {
    return arrayPasses
  }

  override get fusible(): boolean {
    return true
  }

  finalize(values: unknown[]): number[][] {
    return values as number[][]
  }

  rebuild(expression: Expression): this {
    return new Shapes(expression) as this
  }
}

/** The array with the lengths of its chunks, for which it is computed once if they are not known. */
export async function withChunkSizes(e: ArrayExpression, options: ComputeOptions = {}): Promise<ArrayExpression> {
  if (isKnown(e.chunks)) return e
  const shapes = await new Shapes(new ChunkShapes(e)).compute(options)
  const chunks = e.chunks.map((lengths) => [...lengths])
  eachPlace(gridOf(e.chunks), (place, number) => {
    for (const [axis, p] of place.entries()) chunks[axis]![p] = shapes[number]![axis]!
  })
  return new HeldArray(e, e.dtype, chunks satisfies Chunks)
}
