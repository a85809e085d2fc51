import { ArgumentError } from '../base/index.js'
import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { numberOf } from './chunk-tasks.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'
import { parseIndex } from './slicing.js'

/** Some of the chunks of an array, as they are: along each axis those with these numbers. */
export class PickedBlocks extends ArrayExpression {
  readonly label = 'blocks'
  readonly dtype: DType
  readonly chunks: Chunks
  readonly picked: readonly (readonly number[])[]
  declare readonly inputs: readonly [ArrayExpression]

  constructor(input: ArrayExpression, picked: readonly (readonly number[])[], annotations?: Annotations) {
    super([input], annotations)
    this.dtype = input.dtype
    this.picked = picked
    this.chunks = picked.map((own, axis) => own.map((i) => input.chunks[axis]![i]!))
  }

  identity(): string {
    return JSON.stringify(this.picked)
  }

  lower(_context: LowerContext, [tasks]: readonly ArrayLike<number>[]): number[] {
    const grid = gridOf(this.inputs[0].chunks)
    const result = new Array<number>(this.size)
    eachPlace(gridOf(this.chunks), (place, number) => {
      result[number] =
        tasks![
          numberOf(
            place.map((p, axis) => this.picked[axis]![p]!),
            grid,
          )
        ]!
    })
    return result
  }

  withInputs([input]: readonly ArrayExpression[]): PickedBlocks {
    return new PickedBlocks(input!, this.picked, this.annotations)
  }
}

/** The chunks that an index of chunks names; axes stay, also where one number stands for them. */
export function blocksOf(e: ArrayExpression, index: readonly unknown[]): ArrayExpression {
  const grid = gridOf(e.chunks)
  const entries = parseIndex(index, grid)
  const picked = entries.map((entry, axis): number[] => {
    if (entry.kind === 'whole') return Array.from({ length: grid[axis]! }, (_, i) => i)
    if (entry.kind === 'segments')
      return entry.segments.flatMap((s) => Array.from({ length: s.count }, (_, i) => s.start + i * s.step))
    throw new ArgumentError("blocks: an index of chunks holds numbers, slices 'start:stop:step' and lists")
  })
  const none = picked.findIndex((own) => own.length === 0)
  if (none >= 0) throw new ArgumentError(`blocks: no chunk is named along axis ${none}, which has ${grid[none]}`)
  return new PickedBlocks(e, picked)
}
