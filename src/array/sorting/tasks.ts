import { lazily } from '../../base/index.js'
import type { TaskContext } from '../../graph/index.js'
import { movers } from '../../shuffle/index.js'
import { lazyOperation } from '../../transfer/index.js'
import type { Chunk } from '../chunk.js'
import type { CountShared, HistogramShared } from './histogram-of.js'
import type { LineShared, ReadLineOwn } from './long-lines.js'
import type * as Lines from './run-long-lines.js'
import type { QuantileShared } from './quantile-of.js'
import type { ChunkPlaces, SearchShared, UniqueField, UniquePart } from './search-of.js'
import type * as Top from './top-of.js'
import type { TopShared } from './top-of.js'

/*
 * What the tasks of sorting run. The code is loaded where tasks run.
 */

const histogramCode = lazily(() => import('./histogram-of.js'))
const searchCode = lazily(() => import('./search-of.js'))
const rowCode = lazily(() => import('./rows.js'))
const topCode = lazily(() => import('./top-of.js'))
const quantileCode = lazily(() => import('./quantile-of.js'))
const lineCode = lazily(() => import('./run-long-lines.js'), movers)

/** Runs as a task: a chunk sorted along an axis. */
export const sortChunk = lazyOperation(
  import.meta.url,
  'sortChunk',
  rowCode,
  (code, [chunk]: readonly Chunk[], _own: unknown, axis: number, context: TaskContext): Chunk =>
    code.sortedAlong(chunk!, axis, context),
)

/** Runs as a task: the places of the sorted elements of a chunk. */
export const argsortChunk = lazyOperation(
  import.meta.url,
  'argsortChunk',
  rowCode,
  (code, [chunk]: readonly Chunk[], _own: unknown, axis: number, context: TaskContext): Chunk =>
    code.placesAlong(chunk!, axis, context),
)

/** Runs as a task: quantiles along some axes of chunks that have all of them. */
export const quantileChunk = lazyOperation(
  import.meta.url,
  'quantileChunk',
  quantileCode,
  (code, chunks: readonly Chunk[], _own: unknown, shared: QuantileShared): Chunk => code.quantileOf(chunks, shared),
)

/** Runs as a task: the greatest (or least) elements of a chunk, which begins at `start` of its axis, and their places. */
export const topOfChunk = lazyOperation(
  import.meta.url,
  'topOfChunk',
  topCode,
  (code, [chunk]: readonly Chunk[], start: number, shared: TopShared): unknown => code.topOf(chunk!, start, shared),
)

/** Runs as a task: the greatest of several lists of greatest ones. */
export const mergeTop = lazyOperation(
  import.meta.url,
  'mergeTop',
  topCode,
  (code, parts: readonly unknown[], _own: unknown, shared: TopShared): unknown => code.merged(parts as Top.TopPart[], shared),
)

/** Runs as a task: the elements (or the places) alone. */
export const finishTop = lazyOperation(
  import.meta.url,
  'finishTop',
  topCode,
  (code, [part]: readonly unknown[], _own: unknown, shared: TopShared): Chunk => code.finished(part as Top.TopPart, shared),
)

/** Runs as a task: how many points are in each bin. */
export const histogramChunk = lazyOperation(
  import.meta.url,
  'histogramChunk',
  histogramCode,
  (code, inputs: readonly Chunk[], _own: unknown, shared: HistogramShared): Chunk => code.histogramOf(inputs, shared),
)

/** Runs as a task: how often each whole number occurs. */
export const countChunk = lazyOperation(
  import.meta.url,
  'countChunk',
  histogramCode,
  (code, inputs: readonly Chunk[], _own: unknown, shared: CountShared): Chunk => code.countOf(inputs, shared),
)

/** Runs as a task: the sum of chunks, of which some may be shorter. */
export const sumCounts = lazyOperation(
  import.meta.url,
  'sumCounts',
  histogramCode,
  (code, inputs: readonly Chunk[]): Chunk => code.sumOf(inputs),
)

/** Runs as a task: places of numbers among sorted ones. */
export const searchChunk = lazyOperation(
  import.meta.url,
  'searchChunk',
  searchCode,
  (code, inputs: readonly Chunk[], _own: unknown, shared: SearchShared): Chunk => code.searchOf(inputs, shared),
)

/** Runs as a task: whether numbers are among others. */
export const isinChunk = lazyOperation(
  import.meta.url,
  'isinChunk',
  searchCode,
  (code, inputs: readonly Chunk[], _own: unknown, invert: boolean): Chunk => code.isAmong(inputs, invert),
)

/** Runs as a task: each number of a chunk once. */
export const uniqueChunk = lazyOperation(
  import.meta.url,
  'uniqueChunk',
  searchCode,
  (code, [chunk]: readonly Chunk[], own: ChunkPlaces): UniquePart => code.uniqueOf(chunk!, own),
)

/** Runs as a task: each number of several chunks once. */
export const mergeUnique = lazyOperation(
  import.meta.url,
  'mergeUnique',
  searchCode,
  (code, parts: readonly UniquePart[]): UniquePart => code.mergeUnique(parts),
)

/** Runs as a task: one array of those that describe unique numbers. */
export const uniqueField = lazyOperation(
  import.meta.url,
  'uniqueField',
  searchCode,
  (code, [part]: readonly UniquePart[], _own: unknown, field: UniqueField): Chunk => code.uniqueField(part!, field),
)

/** Runs as a task: where elements are among the unique ones. */
export const inverseChunk = lazyOperation(
  import.meta.url,
  'inverseChunk',
  searchCode,
  (code, [chunk, part]: readonly [Chunk, UniquePart]): Chunk => code.inverseOf(chunk, part),
)

/** Runs as a task: a chunk of a long line, sorted. `start`: where it begins in the line. */
export const sortLine = lazyOperation(
  import.meta.url,
  'sortLine',
  lineCode,
  (code, [chunk]: readonly Chunk[], start: number, shared: LineShared): unknown => code.sortLine(chunk!, start, shared),
)

/** Runs as a task: some elements of a sorted chunk, at equal distances. */
export const sampleLine = lazyOperation(
  import.meta.url,
  'sampleLine',
  lineCode,
  (code, [part]: readonly Lines.SortedPart[], count: number): unknown => code.sampleLine(part!, count),
)

/** Runs as a task: between which samples elements of some ranks are. */
export const splitLine = lazyOperation(
  import.meta.url,
  'splitLine',
  lineCode,
  (
    code,
    samples: readonly Lines.SamplePart[],
    ranks: readonly number[] | undefined,
    shared: QuantileShared | undefined,
  ): unknown => code.splitLine(samples, ranks, shared),
)

/** Runs as a task: the elements of a sorted chunk that are between those. */
export const narrowLine = lazyOperation(
  import.meta.url,
  'narrowLine',
  lineCode,
  (code, [part, splitters]: readonly unknown[], chunk: number): unknown =>
    code.narrowLine(part as Lines.SortedPart, splitters as Lines.Splitters, chunk),
)

/** Runs as a task: where each sorted chunk is to be cut, so that as many elements as wanted come before. */
export const cutLine = lazyOperation(
  import.meta.url,
  'cutLine',
  lineCode,
  (code, [splitters, ...parts]: readonly unknown[]): unknown =>
    code.cutLine(splitters as Lines.Splitters, parts as Lines.NarrowPart[]),
)

/** Runs as a task: quantiles of a long line. */
export const quantileOfLine = lazyOperation(
  import.meta.url,
  'quantileOfLine',
  lineCode,
  (code, [splitters, ...parts]: readonly unknown[], _own: unknown, shared: QuantileShared): Chunk =>
    code.quantileOfLine(splitters as Lines.Splitters, parts as Lines.NarrowPart[], shared),
)

/** Runs as a task: sends what each chunk of a sorted line gets of a chunk. */
export const sendLine = lazyOperation(
  import.meta.url,
  'sendLine',
  lineCode,
  (code, [part, bounds]: readonly unknown[], chunk: number, shared: LineShared, context: TaskContext): Promise<unknown> =>
    code.sendLine(part as Lines.SortedPart, bounds as Lines.LineBounds, chunk, shared, context),
)

/** Runs as a task: a chunk of a sorted line. */
export const readLine = lazyOperation(
  import.meta.url,
  'readLine',
  lineCode,
  (code, [sealed]: readonly unknown[], own: ReadLineOwn, shared: LineShared, context: TaskContext): Promise<Chunk> =>
    code.readLine(sealed as never, own, shared, context),
)
