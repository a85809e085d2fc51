import { InvariantError } from '../base/index.js'
import { type DType } from '../kernels/index.js'
import { type Chunk, type Numbers, newNumbers, partsOf, sizeOf } from './chunk.js'
import { eachPlace } from './chunks.js'

/**
 * One array of all its chunks, in the order of their grid. Lengths are those of the chunks themselves, so that they need not
 * have been known before.
 */
export function assembled(chunks: readonly Chunk[], grid: readonly number[], dtype: DType): Chunk {
  if (chunks.length === 1) return chunks[0]!
  const lengths = grid.map((n, axis) => {
    let stride = 1
    for (let a = axis + 1; a < grid.length; a++) stride *= grid[a]!
    return Array.from({ length: n }, (_, i) => chunks[i * stride]!.shape[axis]!)
  })
  const offsets = lengths.map((l) => {
    let at = 0
    return l.map((n) => (at += n) - n)
  })
  const shape = lengths.map((l) => l.reduce((n, m) => n + m, 0))
  const data = newNumbers(dtype, sizeOf(shape))
  const width = partsOf(dtype)
  eachPlace(grid, (place, number) => {
    const chunk = chunks[number]!
    if (place.some((p, axis) => lengths[axis]![p] !== chunk.shape[axis]))
      throw new InvariantError(
        `chunk ${place.join(', ')} has the shape [${chunk.shape.join(', ')}], which its neighbours do not fit`,
      )
    put(
      data,
      shape,
      chunk,
      place.map((p, axis) => offsets[axis]![p]!),
      width,
    )
  })
  return { dtype, shape, data }
}

function put(data: Numbers, shape: readonly number[], chunk: Chunk, at: readonly number[], width: number): void {
  const last = shape.length - 1
  const run = chunk.shape[last]! * width
  let from = 0
  const walk = (axis: number, to: number): void => {
    if (axis === last) {
      data.set(chunk.data.subarray(from, from + run) as never, (to + at[last]!) * width)
      from += run
      return
    }
    for (let i = 0; i < chunk.shape[axis]!; i++) walk(axis + 1, (to + at[axis]! + i) * shape[axis + 1]!)
  }
  if (chunk.data.length > 0) walk(0, 0)
}
