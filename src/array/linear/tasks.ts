import { loadNow } from '../../base/index.js'
import { operation } from '../../transfer/index.js'
import type { Chunk } from '../chunk.js'
import type * as Contract from './contract-of.js'
import type { ContractShared, Lengths } from './contract-of.js'
import type * as Diagonal from './diagonal-of.js'
import type { BandShared, DiagonalOwn } from './diagonal-of.js'

/*
 * What the tasks of linear algebra run. The code is loaded where tasks run.
 */

let contract: typeof Contract | undefined
let diagonal: typeof Diagonal | undefined

const diagonalCode = (): typeof Diagonal => (diagonal ??= loadNow(import.meta.url, './diagonal-of.js') as typeof Diagonal)

/** Runs as a task: the sum of products of chunks. */
export const contractChunks = operation(
  import.meta.url,
  'contractChunks',
  (chunks: readonly Chunk[], lengths: readonly Lengths[], shared: ContractShared): Chunk => {
    contract ??= loadNow(import.meta.url, './contract-of.js') as typeof Contract
    return contract.contractionOf(chunks, lengths, shared)
  },
)

/** Runs as a task: a piece of the diagonal of the last two axes of a chunk. */
export const diagonalChunk = operation(
  import.meta.url,
  'diagonalChunk',
  ([chunk]: readonly Chunk[], own: DiagonalOwn): Chunk => diagonalCode().diagonalOf(chunk!, own),
)

/** Runs as a task: a chunk with zeros above or below a diagonal. */
export const bandChunk = operation(
  import.meta.url,
  'bandChunk',
  ([chunk]: readonly Chunk[], offset: number, shared: BandShared): Chunk => diagonalCode().bandOf(chunk!, offset, shared),
)

/** Runs as a task: a matrix with the numbers of a chunk, if there is one, on its diagonal. */
export const matrixChunk = operation(
  import.meta.url,
  'matrixChunk',
  (chunks: readonly Chunk[], [rows, columns]: readonly number[], dtype: Chunk['dtype']): Chunk =>
    diagonalCode().matrixOf(chunks[0], rows!, columns!, dtype),
)
