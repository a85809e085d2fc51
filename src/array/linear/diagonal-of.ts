import type { DType } from '../../kernels/index.js'
import { type Chunk, newChunk, partsOf, sizeOf } from '../chunk.js'

/** Where in the last two axes of a chunk a piece of the diagonal begins. */
export interface DiagonalOwn {
  readonly row: number
  readonly column: number
  readonly length: number
}

export function diagonalOf({ dtype, shape, data }: Chunk, { row, column, length }: DiagonalOwn): Chunk {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!]
  const outer = shape.slice(0, -2)
  const result = newChunk(dtype, [...outer, length])
  const width = partsOf(dtype)
  let to = 0
  for (let matrix = 0; matrix < sizeOf(outer); matrix++) {
    for (let i = 0; i < length; i++) {
      const from = (matrix * rows * columns + (row + i) * columns + column + i) * width
      for (let p = 0; p < width; p++) result.data[to++] = data[from + p] as never
    }
  }
  return result
}

export interface BandShared {
  readonly keeps: 'lower' | 'upper'
}

/** Zeros where column − row is more than `offset` (lower), or less (upper). */
export function bandOf(chunk: Chunk, offset: number, { keeps }: BandShared): Chunk {
  const { dtype, shape } = chunk
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!]
  const isWhole = keeps === 'lower' ? columns - 1 <= offset : -(rows - 1) >= offset
  if (isWhole) return chunk
  const data = chunk.data.slice()
  const width = partsOf(dtype)
  const zero = (typeof data[0] === 'bigint' ? 0n : 0) as never
  const matrices = sizeOf(shape.slice(0, -2))
  for (let matrix = 0; matrix < matrices; matrix++) {
    for (let row = 0; row < rows; row++) {
      const start = (matrix * rows + row) * columns
      const edge = Math.min(Math.max(row + offset + (keeps === 'lower' ? 1 : 0), 0), columns)
      if (keeps === 'lower') data.fill(zero, (start + edge) * width, (start + columns) * width)
      else data.fill(zero, start * width, (start + edge) * width)
    }
  }
  return { dtype, shape, data }
}

export function matrixOf(chunk: Chunk | undefined, rows: number, columns: number, dtype: DType): Chunk {
  const result = newChunk(dtype, [rows, columns])
  const width = partsOf(dtype)
  const n = chunk ? chunk.shape[0]! : 0
  for (let i = 0; i < n; i++)
    for (let p = 0; p < width; p++) result.data[i * (columns + 1) * width + p] = chunk!.data[i * width + p] as never
  return result
}
