import { ArgumentError } from '../base/index.js'
import type { DType } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { axisOf } from './axes.js'
import type { BlockFunction, BlockInfo, BlockResult } from './blockwise.js'
import { ChunkedArray } from './chunked-array.js'
import { needKnown, offsetsOf } from './chunks.js'
import { ChunkError } from './errors.js'
import { expressionOf } from './inputs.js'
import { mapBlocksOf } from './map-blocks.js'
import type { NdArray } from './nd-array.js'
import { type PadMode, padAxis } from './padding.js'
import { type Segment, Selection, wholeAxis } from './selection.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** How many elements of its neighbours a block is given: everywhere, along each axis, or along some by number. */
export type Depth =
  | number
  | readonly (number | readonly [before: number, after: number])[]
  | { readonly [axis: number]: number | readonly [number, number] }

/** What lies beyond the ends: nothing, mirrored elements, the other end, the nearest element, or a number. */
export type Boundary = 'none' | 'reflect' | 'periodic' | 'nearest' | number

/** How blocks overlap. */
export interface OverlapOptions {
  readonly depth: Depth
  /** of all axes, or of some by number; 'none' unless told */
  readonly boundary?: Boundary | { readonly [axis: number]: Boundary } | undefined
}

function depthsOf(label: string, depth: Depth, dimensions: number): (readonly [number, number])[] {
  return Array.from({ length: dimensions }, (_, axis) => {
    const given =
      typeof depth === 'number'
        ? depth
        : Array.isArray(depth)
          ? depth[axis]
          : ((depth as Record<number, number>)[axis] ?? (depth as Record<number, number>)[axis - dimensions])
    const pair = typeof given === 'object' ? (given as readonly [number, number]) : ([given ?? 0, given ?? 0] as const)
    if (!pair.every((n) => Number.isInteger(n) && n >= 0))
      throw new ArgumentError(`${label}: a depth of ${pair.join(', ')}: expected whole numbers from 0`)
    return pair
  })
}

const modes: Readonly<Record<string, PadMode>> = { reflect: 'symmetric', periodic: 'wrap', nearest: 'edge' }

/** Each block with so many elements of its neighbours; see `mapOverlap`. */
export function overlapOf(label: string, e: ArrayExpression, { depth, boundary = 'none' }: OverlapOptions): ArrayExpression {
  needKnown(label, e.chunks)
  const depths = depthsOf(label, depth, e.shape.length)
  return depths.reduce<ArrayExpression>((result, [before, after], axis) => {
    if (before === 0 && after === 0) return result
    const own = e.chunks[axis]!
    const least = Math.min(...own)
    if (own.length > 1 && least < Math.max(before, after))
      throw new ChunkError(
        `${label}: a chunk of ${least} elements along axis ${axis} has not the ${Math.max(before, after)} that its neighbours need: rechunk into longer ones first`,
      )
    const kind = typeof boundary === 'object' ? (boundary[axis] ?? 'none') : boundary
    const n = e.shape[axis]!
    const padded =
      kind === 'none'
        ? result
        : padAxis(
            result,
            axis,
            before,
            after,
            typeof kind === 'number' ? 'constant' : modes[kind]!,
            typeof kind === 'number' ? kind : 0,
          )
    const shift = kind === 'none' ? 0 : before
    const total = kind === 'none' ? n : n + before + after
    const offsets = offsetsOf(own)
    const segments = own.map((length, i): Segment => {
      const start = Math.max(0, offsets[i]! + shift - before)
      const end = Math.min(total, offsets[i]! + shift + length + after)
      return { start, step: 1, count: end - start }
    })
    return new Selection(
      label,
      [padded],
      0,
      padded.shape.map((length, a) => (a === axis ? segments : wholeAxis(length))),
      padded.chunks.map((c, a) => (a === axis ? segments.map((s) => s.count) : c)),
    )
  }, e)
}

/** Blocks without what `overlapOf` gave them of their neighbours; `before`: the chunks there were. */
function trimmed(
  label: string,
  e: ArrayExpression,
  { depth, boundary = 'none' }: OverlapOptions,
  before: readonly (readonly number[])[],
): ArrayExpression {
  const depths = depthsOf(label, depth, e.chunks.length)
  const segments = e.chunks.map((own, axis): Segment[] => {
    const [low] = depths[axis]!
    const kind = typeof boundary === 'object' ? (boundary[axis] ?? 'none') : boundary
    const offsets = offsetsOf(own)
    return own.map((_, i) => ({ start: offsets[i]! + (kind === 'none' && i === 0 ? 0 : low), step: 1, count: before[axis]![i]! }))
  })
  return new Selection(label, [e], 0, segments, before)
}

/** Each block with elements of its neighbours at its ends. */
export function overlap<const X extends ArrayInput>(x: X, options: OverlapOptions): ChunkedArray<DTypeOf<X>> {
  return new ChunkedArray(overlapOf('overlap', expressionOf('overlap', x), options))
}

/** Each block without so many elements at both its ends: the opposite of `overlap` with a boundary. */
export function trimInternal<const X extends ArrayInput>(x: X, depth: Depth): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('trimInternal', x)
  const depths = depthsOf('trimInternal', depth, e.chunks.length)
  const before = e.chunks.map((own, axis) => own.map((n) => n - depths[axis]![0] - depths[axis]![1]))
  return new ChunkedArray(trimmed('trimInternal', e, { depth, boundary: 0 }, before))
}

/** Each block without what `overlap` with these options gave it of its neighbours. */
export function trimOverlap<const X extends ArrayInput>(x: X, options: OverlapOptions): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('trimOverlap', x)
  const depths = depthsOf('trimOverlap', options.depth, e.chunks.length)
  const before = e.chunks.map((own, axis) => {
    const kind = typeof options.boundary === 'object' ? (options.boundary[axis] ?? 'none') : (options.boundary ?? 'none')
    return own.map(
      (n, i) =>
        n -
        (kind === 'none' && i === 0 ? 0 : depths[axis]![0]) -
        (kind === 'none' && i === own.length - 1 ? 0 : depths[axis]![1]),
    )
  })
  return new ChunkedArray(trimmed('trimOverlap', e, options, before))
}

/** What `mapOverlap` is told. */
export interface MapOverlapOptions<D extends DType = DType> extends OverlapOptions {
  readonly dtype?: D | undefined
  /** false: the function gives blocks without the elements of neighbours */
  readonly trim?: boolean | undefined
}

/**
 * What a function gives for each block together with some elements of its neighbours: for filters and differences. Of the
 * result, as long as what was given, those elements are cut off again.
 *
 * @throws ChunkError when chunks are shorter than the depth
 * @example
 * da.mapOverlap((block) => smooth(block), x, { depth: 1, boundary: 'reflect' })
 */
export function mapOverlap<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  fn: (block: NdArray<DTypeOf<X>>, info: BlockInfo) => BlockResult | PromiseLike<BlockResult>,
  x: X,
  options: MapOverlapOptions<D>,
): ChunkedArray<D> {
  const e = expressionOf('mapOverlap', x)
  const { dtype = e.dtype as D, trim = true } = options
  const wide = overlapOf('mapOverlap', e, options)
  const chunks = trim ? undefined : e.chunks
  const result = mapBlocksOf(fn as BlockFunction, [wide], { dtype, chunks, name: 'mapOverlap' })
  return new ChunkedArray(trim ? trimmed('mapOverlap', result, options, e.chunks) : result)
}

/**
 * All windows of so many neighbouring elements along axes: one more axis for each, whose places are those of the window.
 *
 * @example
 * da.slidingWindowView(x, 7, 0).mean({ axis: -1 }) // a running mean
 */
export function slidingWindowView<const X extends ArrayInput>(
  x: X,
  window: number | readonly number[],
  axis?: number | readonly number[],
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('slidingWindowView', x)
  needKnown('slidingWindowView', e.chunks)
  const sizes = [window].flat() as number[]
  const axes =
    axis === undefined
      ? e.shape.map((_, i) => i)
      : ([axis].flat() as number[]).map((a) => axisOf('slidingWindowView', a, e.shape.length))
  if (sizes.length !== axes.length) throw new ArgumentError(`slidingWindowView: ${sizes.length} windows for ${axes.length} axes`)
  let result = new ChunkedArray(e)
  sizes.forEach((size, k) => {
    const a = axes[k]!
    const n = result.shape[a]!
    if (!Number.isInteger(size) || size < 1 || size > n)
      throw new ArgumentError(`slidingWindowView: a window of ${size} along axis ${a} with size ${n}`)
    const places = Array.from({ length: size }, (_, i) =>
      result.slice(...result.shape.map((_l, other) => (other === a ? (`${i}:${n - size + 1 + i}` as const) : ':')), null),
    )
    result = joinLast(places)
  })
  return result as ChunkedArray<DTypeOf<X>>
}

function joinLast(parts: readonly ChunkedArray[]): ChunkedArray {
  const first = parts[0]!
  const cut = parts.map((p) => p.rechunk([...first.chunks.slice(0, -1), [1]]))
  const last = first.ndim - 1
  const segments = first.shape.map((n, axis) => wholeAxis(axis === last ? parts.length : n))
  return new ChunkedArray(
    new Selection(
      'slidingWindowView',
      cut.map((c) => c.expression),
      last,
      segments,
      first.chunks.map((own, axis) => (axis === last ? [parts.length] : own)),
    ),
  )
}
