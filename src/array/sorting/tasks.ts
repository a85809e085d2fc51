import { loadNow } from '../../base/index.js'
import type { TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import type { Chunk } from '../chunk.js'
import type * as Histograms from './histogram-of.js'
import type { CountShared, HistogramShared } from './histogram-of.js'
import type { LineShared, ReadLineOwn } from './long-lines.js'
import type * as Lines from './run-long-lines.js'
import type * as Quantiles from './quantile-of.js'
import type { QuantileShared } from './quantile-of.js'
import type * as RowCode from './rows.js'
import type * as Search from './search-of.js'
import type { ChunkPlaces, SearchShared, UniqueField, UniquePart } from './search-of.js'
import type * as Top from './top-of.js'
import type { TopShared } from './top-of.js'

/*
 * What the tasks of sorting run. The code is loaded where tasks run.
 */

let rows: typeof RowCode | undefined
let quantiles: typeof Quantiles | undefined
let top: typeof Top | undefined

let histograms: typeof Histograms | undefined
let search: typeof Search | undefined

const histogramCode = (): typeof Histograms => (histograms ??= loadNow(import.meta.url, './histogram-of.js') as typeof Histograms)
const searchCode = (): typeof Search => (search ??= loadNow(import.meta.url, './search-of.js') as typeof Search)
const rowCode = (): typeof RowCode => (rows ??= loadNow(import.meta.url, './rows.js') as typeof RowCode)
const topCode = (): typeof Top => (top ??= loadNow(import.meta.url, './top-of.js') as typeof Top)

/** Runs as a task: a chunk sorted along an axis. */
export const sortChunk = operation(
  import.meta.url,
  'sortChunk',
  ([chunk]: readonly Chunk[], _own: unknown, axis: number, context: TaskContext): Chunk =>
    rowCode().sortedAlong(chunk!, axis, context),
)

/** Runs as a task: the places of the sorted elements of a chunk. */
export const argsortChunk = operation(
  import.meta.url,
  'argsortChunk',
  ([chunk]: readonly Chunk[], _own: unknown, axis: number, context: TaskContext): Chunk =>
    rowCode().placesAlong(chunk!, axis, context),
)

/** Runs as a task: quantiles along some axes of chunks that have all of them. */
export const quantileChunk = operation(
  import.meta.url,
  'quantileChunk',
  (chunks: readonly Chunk[], _own: unknown, shared: QuantileShared): Chunk => {
    quantiles ??= loadNow(import.meta.url, './quantile-of.js') as typeof Quantiles
    return quantiles.quantileOf(chunks, shared)
  },
)

/** Runs as a task: the greatest (or least) elements of a chunk, which begins at `start` of its axis, and their places. */
export const topOfChunk = operation(
  import.meta.url,
  'topOfChunk',
  ([chunk]: readonly Chunk[], start: number, shared: TopShared): unknown => topCode().topOf(chunk!, start, shared),
)

/** Runs as a task: the greatest of several lists of greatest ones. */
export const mergeTop = operation(
  import.meta.url,
  'mergeTop',
  (parts: readonly unknown[], _own: unknown, shared: TopShared): unknown => topCode().merged(parts as Top.TopPart[], shared),
)

/** Runs as a task: the elements (or the places) alone. */
export const finishTop = operation(
  import.meta.url,
  'finishTop',
  ([part]: readonly unknown[], _own: unknown, shared: TopShared): Chunk => topCode().finished(part as Top.TopPart, shared),
)

/** Runs as a task: how many points are in each bin. */
export const histogramChunk = operation(
  import.meta.url,
  'histogramChunk',
  (inputs: readonly Chunk[], _own: unknown, shared: HistogramShared): Chunk => histogramCode().histogramOf(inputs, shared),
)

/** Runs as a task: how often each whole number occurs. */
export const countChunk = operation(
  import.meta.url,
  'countChunk',
  (inputs: readonly Chunk[], _own: unknown, shared: CountShared): Chunk => histogramCode().countOf(inputs, shared),
)

/** Runs as a task: the sum of chunks, of which some may be shorter. */
export const sumCounts = operation(
  import.meta.url,
  'sumCounts',
  (inputs: readonly Chunk[]): Chunk => histogramCode().sumOf(inputs),
)

/** Runs as a task: places of numbers among sorted ones. */
export const searchChunk = operation(
  import.meta.url,
  'searchChunk',
  (inputs: readonly Chunk[], _own: unknown, shared: SearchShared): Chunk => searchCode().searchOf(inputs, shared),
)

/** Runs as a task: whether numbers are among others. */
export const isinChunk = operation(
  import.meta.url,
  'isinChunk',
  (inputs: readonly Chunk[], _own: unknown, invert: boolean): Chunk => searchCode().isAmong(inputs, invert),
)

/** Runs as a task: each number of a chunk once. */
export const uniqueChunk = operation(
  import.meta.url,
  'uniqueChunk',
  ([chunk]: readonly Chunk[], own: ChunkPlaces): UniquePart => searchCode().uniqueOf(chunk!, own),
)

/** Runs as a task: each number of several chunks once. */
export const mergeUnique = operation(
  import.meta.url,
  'mergeUnique',
  (parts: readonly UniquePart[]): UniquePart => searchCode().mergeUnique(parts),
)

/** Runs as a task: one array of those that describe unique numbers. */
export const uniqueField = operation(
  import.meta.url,
  'uniqueField',
  ([part]: readonly UniquePart[], _own: unknown, field: UniqueField): Chunk => searchCode().uniqueField(part!, field),
)

/** Runs as a task: where elements are among the unique ones. */
export const inverseChunk = operation(
  import.meta.url,
  'inverseChunk',
  ([chunk, part]: readonly [Chunk, UniquePart]): Chunk => searchCode().inverseOf(chunk, part),
)

let lines: typeof Lines | undefined

const lineCode = (): typeof Lines => (lines ??= loadNow(import.meta.url, './run-long-lines.js') as typeof Lines)

/** Runs as a task: a chunk of a long line, sorted. `start`: where it begins in the line. */
export const sortLine = operation(
  import.meta.url,
  'sortLine',
  ([chunk]: readonly Chunk[], start: number, shared: LineShared): unknown => lineCode().sortLine(chunk!, start, shared),
)

/** Runs as a task: some elements of a sorted chunk, at equal distances. */
export const sampleLine = operation(
  import.meta.url,
  'sampleLine',
  ([part]: readonly Lines.SortedPart[], count: number): unknown => lineCode().sampleLine(part!, count),
)

/** Runs as a task: between which samples elements of some ranks are. */
export const splitLine = operation(
  import.meta.url,
  'splitLine',
  (samples: readonly Lines.SamplePart[], ranks: readonly number[] | undefined, shared: QuantileShared | undefined): unknown =>
    lineCode().splitLine(samples, ranks, shared),
)

/** Runs as a task: the elements of a sorted chunk that are between those. */
export const narrowLine = operation(
  import.meta.url,
  'narrowLine',
  ([part, splitters]: readonly unknown[], chunk: number): unknown =>
    lineCode().narrowLine(part as Lines.SortedPart, splitters as Lines.Splitters, chunk),
)

/** Runs as a task: where each sorted chunk is to be cut, so that as many elements as wanted come before. */
export const cutLine = operation(import.meta.url, 'cutLine', ([splitters, ...parts]: readonly unknown[]): unknown =>
  lineCode().cutLine(splitters as Lines.Splitters, parts as Lines.NarrowPart[]),
)

/** Runs as a task: quantiles of a long line. */
export const quantileOfLine = operation(
  import.meta.url,
  'quantileOfLine',
  ([splitters, ...parts]: readonly unknown[], _own: unknown, shared: QuantileShared): Chunk =>
    lineCode().quantileOfLine(splitters as Lines.Splitters, parts as Lines.NarrowPart[], shared),
)

/** Runs as a task: sends what each chunk of a sorted line gets of a chunk. */
export const sendLine = operation(
  import.meta.url,
  'sendLine',
  ([part, bounds]: readonly unknown[], chunk: number, shared: LineShared, context: TaskContext): Promise<unknown> =>
    lineCode().sendLine(part as Lines.SortedPart, bounds as Lines.LineBounds, chunk, shared, context),
)

/** Runs as a task: a chunk of a sorted line. */
export const readLine = operation(
  import.meta.url,
  'readLine',
  ([sealed]: readonly unknown[], own: ReadLineOwn, shared: LineShared, context: TaskContext): Promise<Chunk> =>
    lineCode().readLine(sealed as never, own, shared, context),
)
