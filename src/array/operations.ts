import { loadNow } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { movers } from '../shuffle/index.js'
import { operation } from '../transfer/index.js'
import type { BlockOwn, BlockShared } from './blockwise.js'
import type { Chunk } from './chunk.js'
import type { AxisOrder } from './rearranged-axes.js'
import type { ElementwiseShared } from './elementwise.js'
import type { PointsOwn, PointsShared } from './points.js'
import type { FinishShared, PartialOwn, ReduceShared } from './reduced.js'
import type { PiecesOwn, PiecesShared, ReadPiecesOwn } from './rechunking.js'
import type { SelectionOwn, SelectionShared } from './selection.js'
import type { ScanShared } from './scanned.js'
import type { SourceShared } from './sources.js'

/*
 * What the tasks of the core run. The code is loaded where tasks run: who only makes arrays does not pay for it.
 */

let elementwise: typeof import('./run-elementwise.js') | undefined
let reducing: typeof import('./run-reduce.js') | undefined
let selecting: typeof import('./run-selection.js') | undefined
let permuting: typeof import('./run-permute.js') | undefined
let indexing: typeof import('./run-indexing.js') | undefined
let scanning: typeof import('./run-scan.js') | undefined
let blocks: typeof import('./run-blocks.js') | undefined
let pieces: typeof import('./run-pieces.js') | undefined
let making: typeof import('./run-source.js') | undefined

/** Runs as a task: a program on the chunks that meet in one place. */
export const computeElementwise = operation(
  import.meta.url,
  'computeElementwise',
  (inputs: readonly unknown[], _own: unknown, shared: ElementwiseShared, context: TaskContext): Chunk => {
    elementwise ??= loadNow(import.meta.url, './run-elementwise.js') as typeof import('./run-elementwise.js')
    return elementwise.computeElementwise(inputs as readonly Chunk[], shared, context)
  },
)

/** Runs as a task: the states of reductions of the chunks that meet in one place. */
export const reduceChunk = operation(
  import.meta.url,
  'reduceChunk',
  (inputs: readonly unknown[], own: PartialOwn | undefined, shared: ReduceShared): unknown => {
    reducing ??= loadNow(import.meta.url, './run-reduce.js') as typeof import('./run-reduce.js')
    return reducing.reduceChunk(inputs as readonly Chunk[], own, shared)
  },
)

/** Runs as a task: one list of states of several. */
export const mergeStates = operation(
  import.meta.url,
  'mergeStates',
  (inputs: readonly unknown[], _own: unknown, shared: ReduceShared): unknown => {
    reducing ??= loadNow(import.meta.url, './run-reduce.js') as typeof import('./run-reduce.js')
    return reducing.mergeStates(inputs as never, shared)
  },
)

/** Runs as a task: a chunk of results of states. */
export const finishStates = operation(
  import.meta.url,
  'finishStates',
  (inputs: readonly unknown[], _own: unknown, shared: FinishShared): Chunk => {
    reducing ??= loadNow(import.meta.url, './run-reduce.js') as typeof import('./run-reduce.js')
    return reducing.finishStates(inputs[0] as never, shared)
  },
)

/** Runs as a task: a chunk put together of parts of others. */
export const selectParts = operation(
  import.meta.url,
  'selectParts',
  (inputs: readonly unknown[], own: SelectionOwn, shared: SelectionShared, context: TaskContext): Chunk => {
    selecting ??= loadNow(import.meta.url, './run-selection.js') as typeof import('./run-selection.js')
    return selecting.selectParts(inputs as readonly Chunk[], own, shared, context)
  },
)

/** Runs as a task: a chunk of numbers that follow a rule. */
export const makeChunk = operation(
  import.meta.url,
  'makeChunk',
  (_inputs: readonly unknown[], number: number, shared: SourceShared, context: TaskContext): Chunk => {
    making ??= loadNow(import.meta.url, './run-source.js') as typeof import('./run-source.js')
    return making.makeChunk(number, shared, context)
  },
)

/** Runs as a task: a chunk that travels with its task. */
export const giveChunk = operation(import.meta.url, 'giveChunk', (_inputs: readonly unknown[], own: Chunk): Chunk => own)

/** Runs as a task: a chunk with its axes in another order. */
export const permuteChunk = operation(
  import.meta.url,
  'permuteChunk',
  ([chunk]: readonly unknown[], _own: unknown, order: AxisOrder, context: TaskContext): Chunk => {
    permuting ??= loadNow(import.meta.url, './run-permute.js') as typeof import('./run-permute.js')
    return permuting.permuteChunk(chunk as Chunk, order, context)
  },
)

/** Runs as a task: the elements of a chunk in another shape. */
export const reshapeChunk = operation(
  import.meta.url,
  'reshapeChunk',
  ([chunk]: readonly unknown[], shape: readonly number[]): Chunk => ({ ...(chunk as Chunk), shape }),
)

const loadIndexing = (): typeof import('./run-indexing.js') =>
  (indexing ??= loadNow(import.meta.url, './run-indexing.js') as typeof import('./run-indexing.js'))

/** Runs as a task: the places along an axis where a mask is set. */
export const compressChunk = operation(
  import.meta.url,
  'compressChunk',
  (inputs: readonly unknown[], _own: unknown, axis: number): Chunk => loadIndexing().compressChunk(inputs as never, axis),
)

/** Runs as a task: places along an axis, of all chunks along it. */
export const takePlaces = operation(
  import.meta.url,
  'takePlaces',
  (inputs: readonly unknown[], _own: unknown, shared: never, context: TaskContext): Chunk =>
    loadIndexing().takePlaces(inputs as readonly Chunk[], shared, context.key),
)

const loadScanning = (): typeof import('./run-scan.js') =>
  (scanning ??= loadNow(import.meta.url, './run-scan.js') as typeof import('./run-scan.js'))

/** Runs as a task: the running results of a chunk. */
export const scanChunk = operation(
  import.meta.url,
  'scanChunk',
  (inputs: readonly unknown[], _own: unknown, shared: ScanShared): Chunk =>
    loadScanning().scanChunk(inputs as readonly Chunk[], shared),
)

/** Runs as a task: how far running results have come after a chunk. */
export const scanTotal = operation(
  import.meta.url,
  'scanTotal',
  (inputs: readonly unknown[], _own: unknown, shared: ScanShared): Chunk =>
    loadScanning().scanTotal(inputs as readonly Chunk[], shared),
)

const loadBlocks = (): typeof import('./run-blocks.js') =>
  (blocks ??= loadNow(import.meta.url, './run-blocks.js') as typeof import('./run-blocks.js'))

/** Runs as a task: a function of the user on the blocks that go with a place of the result. */
export const callWithBlocks = operation(
  import.meta.url,
  'callWithBlocks',
  (inputs: readonly unknown[], own: BlockOwn, shared: BlockShared): unknown =>
    loadBlocks().callWithBlocks(inputs as readonly Chunk[], own, shared),
)

/** Runs as a task: a function of the user on each element. */
export const mapEachItem = operation(
  import.meta.url,
  'mapEachItem',
  (inputs: readonly unknown[], _own: unknown, shared: never, context: TaskContext): Chunk =>
    loadBlocks().mapItems(inputs as readonly Chunk[], shared, context),
)

/** Runs as a task: a block that a function of the user makes. */
export const callForPlace = operation(
  import.meta.url,
  'callForPlace',
  (_inputs: readonly unknown[], own: never, shared: never): unknown => loadBlocks().callForPlace(own, shared),
)

/** Runs as a task: a value of the user as a chunk. */
export const valueToChunk = operation(
  import.meta.url,
  'valueToChunk',
  ([value]: readonly unknown[], _own: unknown, shared: never, context: TaskContext): Chunk =>
    loadBlocks().valueToChunk(value, shared, context),
)

/** Runs as a task: a chunk as a local array. */
export const chunkToArray = operation(import.meta.url, 'chunkToArray', ([chunk]: readonly unknown[]): unknown =>
  loadBlocks().asArray(chunk as Chunk),
)

/** Runs as a task: the lengths of a chunk. */
export const shapeOfChunk = operation(
  import.meta.url,
  'shapeOfChunk',
  ([chunk]: readonly unknown[]): readonly number[] => (chunk as Chunk).shape,
)

/** Runs as a task: a chunk with other values in some places. */
export const assignParts = operation(
  import.meta.url,
  'assignParts',
  (inputs: readonly unknown[], own: readonly (readonly number[])[] | undefined): Chunk =>
    loadIndexing().assignParts(inputs as readonly Chunk[], own),
)

/** Runs as a task: one step of a reduction by functions of the user, on blocks put together. */
export const reduceBlocks = operation(
  import.meta.url,
  'reduceBlocks',
  (inputs: readonly unknown[], own: never, shared: never): unknown =>
    loadBlocks().reduceBlocks(inputs as readonly Chunk[], own, shared),
)

/** Runs as a task: elements in some places along the first axes, one point after the other. */
export const takePoints = operation(
  import.meta.url,
  'takePoints',
  (inputs: readonly unknown[], own: PointsOwn, shared: PointsShared): Chunk =>
    loadIndexing().takePoints(inputs as readonly Chunk[], own, shared),
)

const loadPieces = (): typeof import('./run-pieces.js') =>
  (pieces ??= loadNow(import.meta.url, './run-pieces.js') as typeof import('./run-pieces.js'))

/** Runs as a task: sends the pieces of a chunk to the chunks of an array that is cut otherwise. */
export const sendPieces = operation(
  import.meta.url,
  'sendPieces',
  ([chunk]: readonly unknown[], own: PiecesOwn, shared: PiecesShared, context: TaskContext): Promise<unknown> =>
    loadPieces().sendPieces(chunk as Chunk, own, shared, context),
)

/** Runs as a task: the seal of a shuffle of chunks. */
export const sealPieces = operation(
  import.meta.url,
  'sealPieces',
  (inputs: readonly unknown[], _own: unknown, outputs: number, context: TaskContext): Promise<unknown> =>
    movers().seal(inputs as never, outputs, context),
)

/** Runs as a task: a chunk of the pieces that were sent for it. */
export const readPieces = operation(
  import.meta.url,
  'readPieces',
  ([sealed]: readonly unknown[], own: ReadPiecesOwn, shared: PiecesShared, context: TaskContext): Promise<Chunk> =>
    loadPieces().readPieces(sealed as never, own, shared, context),
)
