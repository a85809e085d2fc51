import { config } from '../../config/index.js'
import type { LowerContext } from '../../expr/index.js'
import { type DType, isComplex, itemSize } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { sizeOf } from '../chunk.js'
import { eachPlace, gridOf, normalizeChunks, offsetsOf } from '../chunks.js'
import { sealPieces } from '../operations.js'
import { rechunked } from '../selection.js'
import { cutLine, narrowLine, quantileOfLine, readLine, sampleLine, sendLine, sortLine, splitLine } from './tasks.js'
import type { QuantileShared } from './quantile-of.js'

/*
 * Lines (what is sorted, or reduced to a quantile, together) that are too long for one task. Each chunk is sorted by itself;
 * regular samples of all of them tell between which two elements each bound of the result lies (Shi and Schaeffer 1992,
 * parallel sorting by regular sampling); the few elements in between, of all chunks, tell the bound exactly. So chunks of a
 * sorted line have the lengths that are wanted, whatever the numbers are, and quantiles are exact.
 */

/** What the tasks of long lines share. */
export interface LineShared {
  readonly dtype: DType
  /** where elements were is wanted, not what they are */
  readonly places: boolean
  readonly outputs: number
}

/** What is read of a line: a chunk of the result. */
export interface ReadLineOwn {
  readonly output: number
  readonly shape: readonly number[]
}

/**
 * The array cut so that one line is never with another in a chunk, if lines along these axes together are larger than a chunk
 * should be; else undefined. Complex numbers are sorted as a whole.
 */
export function longLines(e: ArrayExpression, axes: readonly number[]): ArrayExpression | undefined {
  const line = axes.reduce((n, axis) => n * e.shape[axis]!, 1)
  if (isComplex(e.dtype) || line * itemSize(e.dtype) <= config.get('array.chunkSize')) return undefined
  if (axes.every((axis) => e.chunks[axis]!.length === 1)) return undefined
  if (e.shape.every((n, axis) => n <= 1 || axes.includes(axis))) return e
  const cut = e.shape.map((_, axis) => (axes.includes(axis) ? 'auto' : 1))
  return rechunked(e, normalizeChunks(cut, e.shape, e.dtype))
}

/** The tasks of each line, in the order of the grid of the other axes; of a line, in the order of the grid. */
function linesOf(e: ArrayExpression, axes: readonly number[], tasks: ArrayLike<number>): number[][] {
  const grid = gridOf(e.chunks)
  const lines: number[][] = []
  eachPlace(grid, (place, number) => {
    let line = 0
    for (const [axis, p] of place.entries()) if (!axes.includes(axis)) line = line * grid[axis]! + p
    ;(lines[line] ??= []).push(tasks[number]!)
  })
  return lines
}

/** As many of each chunk as make samples, and what lies between two of them, about equally large. */
const samplesOf = (elements: number, ranks: number, chunks: number): number =>
  Math.max(16, Math.ceil(Math.sqrt((2 * elements * Math.max(1, ranks)) / chunks)))

/** The tasks of an array sorted along an axis, cut as it is. */
export function lowerSort(
  context: LowerContext,
  e: ArrayExpression,
  axis: number,
  places: boolean,
  tasks: ArrayLike<number>,
): number[] {
  const own = e.chunks[axis]!
  const offsets = offsetsOf(own)
  const shared: LineShared = { dtype: e.dtype, places, outputs: own.length }
  const sort = context.layer({ run: sortLine as never, shared, suffix: 'chunk' })
  const sample = context.layer({ run: sampleLine as never, suffix: 'sample' })
  const split = context.layer({ run: splitLine as never, suffix: 'split' })
  const narrow = context.layer({ run: narrowLine as never, suffix: 'narrow' })
  const cut = context.layer({ run: cutLine as never, suffix: 'bounds' })
  const ranks = offsets.slice(1, -1)
  const count = samplesOf(e.shape[axis]!, ranks.length, own.length)
  const lines = linesOf(e, [axis], tasks)
  const shape = e.shape.map(() => 1)
  const byLine = lines.map((line, i) => {
    const sorted = line.map((task, c) => sort.task([task], offsets[c]))
    const splitters = split.task(
      sorted.map((task) => sample.task([task], count)),
      ranks,
    )
    const bounds = cut.task([splitters, ...sorted.map((task, c) => narrow.task([task, splitters], c))])
    const suffix = lines.length > 1 ? `-${i}` : ''
    const send = context.layer({ run: sendLine as never, shared, suffix: `send${suffix}`, shuffle: 'transfer' })
    const seal = context.layer({ run: sealPieces as never, shared: own.length, suffix: `seal${suffix}`, shuffle: 'seal' })
    const read = context.layer({ run: readLine as never, shared, suffix: `merge${suffix}` })
    const sealed = seal.task(sorted.map((task, c) => send.task([task, bounds], c)))
    return own.map((n, output) =>
      read.task([sealed], { output, shape: shape.map((m, a) => (a === axis ? n : m)) } satisfies ReadLineOwn),
    )
  })
  const grid = gridOf(e.chunks)
  const result = new Array<number>(sizeOf(grid))
  eachPlace(grid, (place, number) => {
    let line = 0
    for (const [a, p] of place.entries()) if (a !== axis) line = line * grid[a]! + p
    result[number] = byLine[line]![place[axis]!]!
  })
  return result
}

/** The tasks of quantiles along some axes: one for each line. */
export function lowerQuantiles(
  context: LowerContext,
  e: ArrayExpression,
  axes: readonly number[],
  shared: QuantileShared,
  tasks: ArrayLike<number>,
): number[] {
  const sort = context.layer({
    run: sortLine as never,
    shared: { dtype: e.dtype, places: false, outputs: 0 } satisfies LineShared,
    suffix: 'chunk',
  })
  const sample = context.layer({ run: sampleLine as never, suffix: 'sample' })
  const split = context.layer({ run: splitLine as never, shared, suffix: 'split' })
  const narrow = context.layer({ run: narrowLine as never, suffix: 'narrow' })
  const last = context.layer({ run: quantileOfLine as never, shared })
  return linesOf(e, axes, tasks).map((line) => {
    const elements = axes.reduce((n, axis) => n * e.shape[axis]!, 1)
    const sorted = line.map((task) => sort.task([task], 0))
    const count = samplesOf(elements, 2 * shared.q.length, line.length)
    const splitters = split.task(sorted.map((task) => sample.task([task], count)))
    return last.task([splitters, ...sorted.map((task, c) => narrow.task([task, splitters], c))])
  })
}
