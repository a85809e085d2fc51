import { operation } from '../transfer/index.js'
import { assembled } from './assemble.js'
import type { Chunk } from './chunk.js'
import { NdArray } from './nd-array.js'

/** Runs as a task: one array of all chunks, for functions that take a whole array. `grid`: how many there are along each axis. */
export const gatherChunks = operation(
  import.meta.url,
  'gatherChunks',
  (chunks: readonly Chunk[], _own: unknown, grid: readonly number[]): NdArray => {
    const { dtype, shape, data } = assembled(chunks, grid, chunks[0]!.dtype)
    return new NdArray(dtype, shape, data as never)
  },
)
