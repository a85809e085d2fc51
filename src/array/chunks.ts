import { ArgumentError, describe, formatBytes, parseBytes } from '../base/index.js'
import { config } from '../config/index.js'
import { type DType, itemSize } from '../kernels/index.js'
import { sizeOf } from './chunk.js'
import { ChunkError, showShape } from './errors.js'

/** The lengths of the chunks along each axis. NaN: not known before it is computed. */
export type Chunks = readonly (readonly number[])[]

/** One axis: the length of a chunk, all lengths, 'auto', a size of memory ('64 MiB'), or -1 or null for one chunk. */
export type AxisChunksSpec = number | readonly number[] | string | null

/**
 * How to cut an array: one length for all axes, 'auto', a size of memory for a chunk, a list with an entry for each axis, or
 * axes by number with the others as they are (or, for new arrays, in one chunk).
 */
export type ChunksSpec = AxisChunksSpec | readonly AxisChunksSpec[] | { readonly [axis: number]: AxisChunksSpec }

/**
 * The lengths of chunks along each axis that a specification stands for.
 *
 * @param previous the chunks that there are; axes that are not named keep theirs
 * @throws ChunkError when lengths do not add up to the shape
 * @example normalizeChunks(4, [10], 'float64')                 // [[4, 4, 2]]
 * @example normalizeChunks([[3, 7], -1], [10, 5], 'float64')  // [[3, 7], [5]]
 */
export function normalizeChunks(spec: ChunksSpec, shape: readonly number[], dtype: DType = 'float64', previous?: Chunks): Chunks {
  const perAxis = axisSpecs(spec, shape)
  const limit = limitOf(spec, perAxis)
  const lengths = perAxis.map((entry, axis): readonly number[] | 'auto' => {
    const n = shape[axis]!
    if (entry === undefined) return previous?.[axis] ?? (n === 0 ? [0] : [n])
    if (typeof entry === 'string') return 'auto'
    if (entry === null || entry === -1) return [n]
    if (typeof entry === 'number') return evenly(entry, n, axis)
    return checked(entry, n, axis, shape)
  })
  return withAutomatic(lengths, shape, dtype, limit, previous)
}

function axisSpecs(spec: ChunksSpec, shape: readonly number[]): (AxisChunksSpec | undefined)[] {
  if (Array.isArray(spec)) {
    const list = spec as readonly AxisChunksSpec[]
    // A list of lengths of a one-dimensional array may be that of its chunks.
    if (shape.length === 1 && list.length !== 1 && list.every((n) => typeof n === 'number')) return [list as readonly number[]]
    if (shape.length === 1 && list.length === 1 && typeof list[0] === 'number' && list[0] === shape[0]) return [list[0]]
    if (list.length !== shape.length)
      throw new ChunkError(
        `chunks for ${list.length} axes were given for an array of the shape ${showShape(shape)}, which has ${shape.length}: give an entry for each axis`,
      )
    return list.map((entry) => entry)
  }
  if (typeof spec === 'object' && spec !== null) {
    const result: (AxisChunksSpec | undefined)[] = shape.map(() => undefined)
    for (const [key, entry] of Object.entries(spec as Record<string, AxisChunksSpec>)) {
      const axis = Number(key) < 0 ? Number(key) + shape.length : Number(key)
      if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
        throw new ChunkError(
          `chunks for axis ${key} of an array of the shape ${showShape(shape)}, which has ${shape.length} axes`,
        )
      result[axis] = entry
    }
    return result
  }
  if (typeof spec !== 'number' && typeof spec !== 'string' && spec !== null)
    throw new ArgumentError(
      `chunks: expected a length, 'auto', a size of memory or a list with an entry for each axis, not ${describe(spec)}`,
    )
  return shape.map(() => spec as AxisChunksSpec)
}

function limitOf(spec: ChunksSpec, perAxis: readonly (AxisChunksSpec | undefined)[]): number {
  const named = [spec, ...perAxis].find((s): s is string => typeof s === 'string' && s !== 'auto')
  return named === undefined ? config.get('array.chunkSize') : parseBytes(named)
}

function evenly(length: number, n: number, axis: number): readonly number[] {
  if (Number.isNaN(n)) throw new ChunkError(`axis ${axis} has a length that is not known: call computeChunkSizes() first`)
  if (!Number.isInteger(length) || length < 1)
    throw new ChunkError(
      `chunks of ${length} elements along axis ${axis}: expected a whole number from 1, -1 for one chunk, or 'auto'`,
    )
  if (n === 0) return [0]
  const full = Math.floor(n / length)
  const result = new Array<number>(full).fill(length)
  if (n % length > 0) result.push(n % length)
  return result
}

function checked(lengths: readonly number[], n: number, axis: number, shape: readonly number[]): readonly number[] {
  let sum = 0
  for (const length of lengths) {
    if (!Number.isNaN(length) && (!Number.isInteger(length) || length < 0))
      throw new ChunkError(`a chunk of ${length} elements along axis ${axis}: expected whole numbers`)
    sum += length
  }
  if (sum !== n && !(Number.isNaN(sum) && Number.isNaN(n)))
    throw new ChunkError(
      `chunks of ${abbreviated(lengths)} elements along axis ${axis} are ${sum} together, but the shape ${showShape(shape)} has ${n} there`,
    )
  return lengths
}

const abbreviated = (lengths: readonly number[]): string =>
  lengths.length > 8 ? `${lengths.slice(0, 4).join(', ')}, … ${lengths.at(-1)}` : lengths.join(', ')

/** Fills in axes that are to be cut automatically: all alike, so that a chunk has about `limit` bytes. */
function withAutomatic(
  lengths: readonly (readonly number[] | 'auto')[],
  shape: readonly number[],
  dtype: DType,
  limit: number,
  previous: Chunks | undefined,
): Chunks {
  const automatic = lengths.flatMap((l, axis) => (l === 'auto' ? [axis] : []))
  if (automatic.length === 0) return lengths as Chunks
  const unknown = automatic.find((axis) => Number.isNaN(shape[axis]))
  if (unknown !== undefined)
    throw new ChunkError(`axis ${unknown} has a length that is not known: call computeChunkSizes() first`)
  const fixed = lengths.reduce((n, l) => (l === 'auto' ? n : n * Math.max(1, ...l)), itemSize(dtype))
  if (fixed > limit && automatic.some((axis) => shape[axis]! > 1) && automatic.length < shape.length) {
    throw new ChunkError(
      `the axes that are not cut automatically make chunks of ${formatBytes(fixed)} already, more than ${formatBytes(limit)}: give smaller chunks, or a greater limit`,
    )
  }
  let budget = limit / fixed
  const result: (readonly number[])[] = lengths.map((l) => (l === 'auto' ? [] : l))
  // The shortest axes first: what they leave of the budget goes to the longer ones.
  const order = [...automatic].sort((a, b) => shape[a]! - shape[b]!)
  for (const [i, axis] of order.entries()) {
    const n = shape[axis]!
    const share = Math.max(1, Math.floor(budget ** (1 / (order.length - i))))
    const length = Math.min(n, share)
    result[axis] = length === 0 ? [0] : evenly(roundedLength(length, n, previous?.[axis]), n, axis)
    budget /= Math.max(1, result[axis]![0]!)
  }
  return result
}

/** Chunks of almost equal length; multiples of those that there are, if they are smaller, cost less to make. */
function roundedLength(length: number, n: number, previous: readonly number[] | undefined): number {
  if (length >= n) return n
  const before = previous?.[0] ?? 0
  if (before > 0 && before <= length && before < n) return Math.floor(length / before) * before
  return length
}

/** The lengths of the axes. */
export function shapeOf(chunks: Chunks): number[] {
  return chunks.map((lengths) => {
    let n = 0
    for (const length of lengths) n += length
    return n
  })
}

/** How many chunks there are along each axis. */
export const gridOf = (chunks: Chunks): number[] => chunks.map((lengths) => lengths.length)

export const chunkCount = (chunks: Chunks): number => sizeOf(gridOf(chunks))

/** Where the chunks of an axis begin, and where the last one ends. */
export function offsetsOf(lengths: readonly number[]): number[] {
  const offsets = new Array<number>(lengths.length + 1)
  offsets[0] = 0
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i]! + lengths[i]!
  return offsets
}

export function sameLengths(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}

export const sameChunks = (a: Chunks, b: Chunks): boolean =>
  a === b || (a.length === b.length && a.every((lengths, axis) => sameLengths(lengths, b[axis]!)))

export const isKnown = (chunks: Chunks): boolean => chunks.every((lengths) => !lengths.some(Number.isNaN))

/** @throws ChunkError when lengths are not known */
export function needKnown(operation: string, chunks: Chunks): void {
  if (isKnown(chunks)) return
  throw new ChunkError(
    `${operation}: the lengths of chunks must be known, and those of ${showShape(shapeOf(chunks))} are not before they are computed: await computeChunkSizes() first`,
  )
}

/** The place in the grid of the chunk with this number. */
export function placeInGrid(number: number, grid: readonly number[]): number[] {
  const place = new Array<number>(grid.length)
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    place[axis] = number % grid[axis]!
    number = Math.floor(number / grid[axis]!)
  }
  return place
}

/** Calls back with each place of a grid, the last axis fastest. The list is the same one each time. */
export function eachPlace(grid: readonly number[], visit: (place: readonly number[], number: number) => void): void {
  const total = sizeOf(grid)
  const place = new Array<number>(grid.length).fill(0)
  for (let number = 0; number < total; number++) {
    visit(place, number)
    for (let axis = grid.length - 1; axis >= 0; axis--) {
      if (++place[axis]! < grid[axis]!) break
      place[axis] = 0
    }
  }
}
