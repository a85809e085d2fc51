import { lazily } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { movers } from '../shuffle/index.js'
import { lazyOperation, operation } from '../transfer/index.js'
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

const elementwise = lazily(() => import('./run-elementwise.js'))
const reducing = lazily(() => import('./run-reduce.js'))
const selecting = lazily(() => import('./run-selection.js'))
const permuting = lazily(() => import('./run-permute.js'))
const indexing = lazily(() => import('./run-indexing.js'))
const scanning = lazily(() => import('./run-scan.js'))
const blocks = lazily(() => import('./run-blocks.js'))
const pieces = lazily(() => import('./run-pieces.js'), movers)
const making = lazily(() => import('./run-source.js'))

/** Runs as a task: a program on the chunks that meet in one place. */
export const computeElementwise = lazyOperation(
  import.meta.url,
  'computeElementwise',
  elementwise,
  (code, inputs: readonly unknown[], _own: unknown, shared: ElementwiseShared, context: TaskContext): Chunk =>
    code.computeElementwise(inputs as readonly Chunk[], shared, context),
)

/** Runs as a task: the states of reductions of the chunks that meet in one place. */
export const reduceChunk = lazyOperation(
  import.meta.url,
  'reduceChunk',
  reducing,
  (code, inputs: readonly unknown[], own: PartialOwn | undefined, shared: ReduceShared): unknown =>
    code.reduceChunk(inputs as readonly Chunk[], own, shared),
)

/** Runs as a task: one list of states of several. */
export const mergeStates = lazyOperation(
  import.meta.url,
  'mergeStates',
  reducing,
  (code, inputs: readonly unknown[], _own: unknown, shared: ReduceShared): unknown => code.mergeStates(inputs as never, shared),
)

/** Runs as a task: a chunk of results of states. */
export const finishStates = lazyOperation(
  import.meta.url,
  'finishStates',
  reducing,
  (code, inputs: readonly unknown[], _own: unknown, shared: FinishShared): Chunk => code.finishStates(inputs[0] as never, shared),
)

/** Runs as a task: a chunk put together of parts of others. */
export const selectParts = lazyOperation(
  import.meta.url,
  'selectParts',
  selecting,
  (code, inputs: readonly unknown[], own: SelectionOwn, shared: SelectionShared, context: TaskContext): Chunk =>
    code.selectParts(inputs as readonly Chunk[], own, shared, context),
)

/** Runs as a task: a chunk of numbers that follow a rule. */
export const makeChunk = lazyOperation(
  import.meta.url,
  'makeChunk',
  making,
  (code, _inputs: readonly unknown[], number: number, shared: SourceShared, context: TaskContext): Chunk =>
    code.makeChunk(number, shared, context),
)

/** Runs as a task: a chunk that travels with its task. */
export const giveChunk = operation(import.meta.url, 'giveChunk', (_inputs: readonly unknown[], own: Chunk): Chunk => own)

/** Runs as a task: a chunk with its axes in another order. */
export const permuteChunk = lazyOperation(
  import.meta.url,
  'permuteChunk',
  permuting,
  (code, [chunk]: readonly unknown[], _own: unknown, order: AxisOrder, context: TaskContext): Chunk =>
    code.permuteChunk(chunk as Chunk, order, context),
)

/** Runs as a task: the elements of a chunk in another shape. */
export const reshapeChunk = operation(
  import.meta.url,
  'reshapeChunk',
  ([chunk]: readonly unknown[], shape: readonly number[]): Chunk => ({ ...(chunk as Chunk), shape }),
)

/** Runs as a task: the places along an axis where a mask is set. */
export const compressChunk = lazyOperation(
  import.meta.url,
  'compressChunk',
  indexing,
  (code, inputs: readonly unknown[], _own: unknown, axis: number): Chunk => code.compressChunk(inputs as never, axis),
)

/** Runs as a task: places along an axis, of all chunks along it. */
export const takePlaces = lazyOperation(
  import.meta.url,
  'takePlaces',
  indexing,
  (code, inputs: readonly unknown[], _own: unknown, shared: never, context: TaskContext): Chunk =>
    code.takePlaces(inputs as readonly Chunk[], shared, context.key),
)

/** Runs as a task: the running results of a chunk. */
export const scanChunk = lazyOperation(
  import.meta.url,
  'scanChunk',
  scanning,
  (code, inputs: readonly unknown[], _own: unknown, shared: ScanShared): Chunk =>
    code.scanChunk(inputs as readonly Chunk[], shared),
)

/** Runs as a task: how far running results have come after a chunk. */
export const scanTotal = lazyOperation(
  import.meta.url,
  'scanTotal',
  scanning,
  (code, inputs: readonly unknown[], _own: unknown, shared: ScanShared): Chunk =>
    code.scanTotal(inputs as readonly Chunk[], shared),
)

/** Runs as a task: a function of the user on the blocks that go with a place of the result. */
export const callWithBlocks = lazyOperation(
  import.meta.url,
  'callWithBlocks',
  blocks,
  (code, inputs: readonly unknown[], own: BlockOwn, shared: BlockShared): unknown =>
    code.callWithBlocks(inputs as readonly Chunk[], own, shared),
)

/** Runs as a task: a function of the user on each element. */
export const mapEachItem = lazyOperation(
  import.meta.url,
  'mapEachItem',
  blocks,
  (code, inputs: readonly unknown[], _own: unknown, shared: never, context: TaskContext): Chunk =>
    code.mapItems(inputs as readonly Chunk[], shared, context),
)

/** Runs as a task: a block that a function of the user makes. */
export const callForPlace = lazyOperation(
  import.meta.url,
  'callForPlace',
  blocks,
  (code, _inputs: readonly unknown[], own: never, shared: never): unknown => code.callForPlace(own, shared),
)

/** Runs as a task: a value of the user as a chunk. */
export const valueToChunk = lazyOperation(
  import.meta.url,
  'valueToChunk',
  blocks,
  (code, [value]: readonly unknown[], _own: unknown, shared: never, context: TaskContext): Chunk =>
    code.valueToChunk(value, shared, context),
)

/** Runs as a task: a chunk as a local array. */
export const chunkToArray = lazyOperation(import.meta.url, 'chunkToArray', blocks, (code, [chunk]: readonly unknown[]): unknown =>
  code.asArray(chunk as Chunk),
)

/** Runs as a task: the lengths of a chunk. */
export const shapeOfChunk = operation(
  import.meta.url,
  'shapeOfChunk',
  ([chunk]: readonly unknown[]): readonly number[] => (chunk as Chunk).shape,
)

/** Runs as a task: a chunk with other values in some places. */
export const assignParts = lazyOperation(
  import.meta.url,
  'assignParts',
  indexing,
  (code, inputs: readonly unknown[], own: readonly (readonly number[])[] | undefined): Chunk =>
    code.assignParts(inputs as readonly Chunk[], own),
)

/** Runs as a task: one step of a reduction by functions of the user, on blocks put together. */
export const reduceBlocks = lazyOperation(
  import.meta.url,
  'reduceBlocks',
  blocks,
  (code, inputs: readonly unknown[], own: never, shared: never): unknown =>
    code.reduceBlocks(inputs as readonly Chunk[], own, shared),
)

/** Runs as a task: elements in some places along the first axes, one point after the other. */
export const takePoints = lazyOperation(
  import.meta.url,
  'takePoints',
  indexing,
  (code, inputs: readonly unknown[], own: PointsOwn, shared: PointsShared): Chunk =>
    code.takePoints(inputs as readonly Chunk[], own, shared),
)

/** Runs as a task: sends the pieces of a chunk to the chunks of an array that is cut otherwise. */
export const sendPieces = lazyOperation(
  import.meta.url,
  'sendPieces',
  pieces,
  (code, [chunk]: readonly unknown[], own: PiecesOwn, shared: PiecesShared, context: TaskContext): Promise<unknown> =>
    code.sendPieces(chunk as Chunk, own, shared, context),
)

/** Runs as a task: the seal of a shuffle of chunks. */
export const sealPieces = lazyOperation(
  import.meta.url,
  'sealPieces',
  movers,
  (code, inputs: readonly unknown[], _own: unknown, outputs: number, context: TaskContext): Promise<unknown> =>
    code.seal(inputs as never, outputs, context),
)

/** Runs as a task: a chunk of the pieces that were sent for it. */
export const readPieces = lazyOperation(
  import.meta.url,
  'readPieces',
  pieces,
  (code, [sealed]: readonly unknown[], own: ReadPiecesOwn, shared: PiecesShared, context: TaskContext): Promise<Chunk> =>
    code.readPieces(sealed as never, own, shared, context),
)
