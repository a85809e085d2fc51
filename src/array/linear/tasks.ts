import { lazily } from '../../base/index.js'
import { lazyOperation } from '../../transfer/index.js'
import type { Chunk } from '../chunk.js'
import type { ContractShared, Lengths } from './contract-of.js'
import type { BandShared, DiagonalOwn } from './diagonal-of.js'

/*
 * What the tasks of linear algebra run. The code is loaded where tasks run.
 */

const contractCode = lazily(() => import('./contract-of.js'))
const diagonalCode = lazily(() => import('./diagonal-of.js'))

/** Runs as a task: the sum of products of chunks. */
export const contractChunks = lazyOperation(
  import.meta.url,
  'contractChunks',
  contractCode,
  (code, chunks: readonly Chunk[], lengths: readonly Lengths[], shared: ContractShared): Chunk =>
    code.contractionOf(chunks, lengths, shared),
)

/** Runs as a task: a piece of the diagonal of the last two axes of a chunk. */
export const diagonalChunk = lazyOperation(
  import.meta.url,
  'diagonalChunk',
  diagonalCode,
  (code, [chunk]: readonly Chunk[], own: DiagonalOwn): Chunk => code.diagonalOf(chunk!, own),
)

/** Runs as a task: a chunk with zeros above or below a diagonal. */
export const bandChunk = lazyOperation(
  import.meta.url,
  'bandChunk',
  diagonalCode,
  (code, [chunk]: readonly Chunk[], offset: number, shared: BandShared): Chunk => code.bandOf(chunk!, offset, shared),
)

/** Runs as a task: a matrix with the numbers of a chunk, if there is one, on its diagonal. */
export const matrixChunk = lazyOperation(
  import.meta.url,
  'matrixChunk',
  diagonalCode,
  (code, chunks: readonly Chunk[], [rows, columns]: readonly number[], dtype: Chunk['dtype']): Chunk =>
    code.matrixOf(chunks[0], rows!, columns!, dtype),
)
