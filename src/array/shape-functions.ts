import { ArgumentError } from '../base/index.js'
import { type DType, promoteTypes } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { axisOf } from './axes.js'
import { castOf } from './casting.js'
import { ChunkedArray } from './chunked-array.js'
import { type Chunks, type ChunksSpec, isKnown, needKnown, normalizeChunks } from './chunks.js'
import { ChunkError, ShapeError, showShape } from './errors.js'
import { chunksOfSegments } from './index-text.js'
import { expressionOf } from './inputs.js'
import { JoinedBlocks } from './joined-blocks.js'
import { commonShape, stretchedTo, unified } from './operands.js'
import { rearranged, transposeOf } from './rearranged-axes.js'
import { reshapeOf } from './reshaped.js'
import { type Segment, Selection, wholeAxis } from './selection.js'
import type { ArrayInput, DTypeOf } from './types.js'

const wrap = <D extends DType>(e: ArrayExpression): ChunkedArray<D> => new ChunkedArray(e)

/** The array with segments along one axis in the place of what there is. */
function along(
  label: string,
  e: ArrayExpression,
  axis: number,
  segments: readonly Segment[],
  chunks?: readonly number[],
): ArrayExpression {
  needKnown(label, e.chunks)
  const all = e.shape.map((n, i) => (i === axis ? segments : wholeAxis(n)))
  const cuts = e.chunks.map((own, i) => (i === axis ? (chunks ?? chunksOfSegments(segments, own)) : own))
  return new Selection(label, [e], 0, all, cuts)
}

/** The elements in another shape, in the order that they have. One length may be −1: whatever is left. */
export const reshape = <const X extends ArrayInput>(x: X, shape: number | readonly number[]): ChunkedArray<DTypeOf<X>> =>
  wrap(reshapeOf(expressionOf('reshape', x), typeof shape === 'number' ? [shape] : shape))

/** The lengths of the axes; NaN where one is not known before it is computed. */
export const shape = (x: ArrayInput): readonly number[] => expressionOf('shape', x).shape

/** The same array in other chunks; see `ChunkedArray.rechunk`. */
export const rechunk = <const X extends ArrayInput>(x: X, chunks: ChunksSpec = 'auto'): ChunkedArray<DTypeOf<X>> =>
  wrap<DTypeOf<X>>(expressionOf('rechunk', x)).rechunk(chunks)

/** All elements along one axis. */
export const ravel = <const X extends ArrayInput>(x: X): ChunkedArray<DTypeOf<X>> =>
  wrap(reshapeOf(expressionOf('ravel', x), [-1]))

/** The axes in another order, reversed unless told. */
export const transpose = <const X extends ArrayInput>(x: X, axes?: readonly number[]): ChunkedArray<DTypeOf<X>> =>
  wrap(transposeOf(expressionOf('transpose', x), axes))

/** Two axes exchanged. */
export function swapaxes<const X extends ArrayInput>(x: X, first: number, second: number): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('swapaxes', x)
  const [a, b] = [axisOf('swapaxes', first, e.shape.length), axisOf('swapaxes', second, e.shape.length)]
  return wrap(
    rearranged(
      'swapaxes',
      e,
      e.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
    ),
  )
}

/** Axes moved to other places; the others keep their order. */
export function moveaxis<const X extends ArrayInput>(
  x: X,
  source: number | readonly number[],
  destination: number | readonly number[],
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('moveaxis', x)
  const n = e.shape.length
  const from = [source].flat().map((a) => axisOf('moveaxis', a as number, n))
  const to = [destination].flat().map((a) => axisOf('moveaxis', a as number, n))
  if (from.length !== to.length || new Set(from).size < from.length || new Set(to).size < to.length)
    throw new ArgumentError(`moveaxis: from [${from.join(', ')}] to [${to.join(', ')}]: name as many axes, each once`)
  const rest = e.shape.map((_, i) => i).filter((i) => !from.includes(i))
  const order = e.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!))
  return wrap(rearranged('moveaxis', e, order))
}

/** An axis moved to before another. */
export function rollaxis<const X extends ArrayInput>(x: X, axis: number, start = 0): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('rollaxis', x)
  const n = e.shape.length
  const from = axisOf('rollaxis', axis, n)
  const before = start === n ? n : axisOf('rollaxis', start, n)
  return moveaxis(x, from, from < before ? before - 1 : before)
}

/** The array without axes of one element: all of them, or those that are named. */
export function squeeze<const X extends ArrayInput>(x: X, axis?: number | readonly number[]): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('squeeze', x)
  const axes =
    axis === undefined
      ? e.shape.flatMap((n, i) => (n === 1 ? [i] : []))
      : [axis].flat().map((a) => axisOf('squeeze', a as number, e.shape.length))
  const long = axes.find((a) => e.shape[a] !== 1)
  if (long !== undefined)
    throw new ShapeError(`squeeze: axis ${long} of the shape ${showShape(e.shape)} has ${e.shape[long]} elements, not 1`)
  return wrap(
    rearranged(
      'squeeze',
      e,
      e.shape.map((_, i) => i).filter((i) => !axes.includes(i)),
    ),
  )
}

/** The array with new axes of one element, which have these places in the result. */
export function expandDims<const X extends ArrayInput>(x: X, axis: number | readonly number[]): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('expandDims', x)
  const given = [axis].flat() as number[]
  const n = e.shape.length + given.length
  const axes = new Set(given.map((a) => axisOf('expandDims', a, n)))
  if (axes.size < given.length) throw new ArgumentError(`expandDims: an axis was named twice in [${given.join(', ')}]`)
  let next = 0
  return wrap(
    rearranged(
      'expandDims',
      e,
      Array.from({ length: n }, (_, i) => (axes.has(i) ? null : next++)),
    ),
  )
}

const atLeast = (label: string, x: ArrayInput, order: (n: number) => readonly (number | null)[]): ChunkedArray => {
  const e = expressionOf(label, x)
  return wrap(rearranged(label, e, order(e.shape.length)))
}

const own = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Numbers as arrays of one axis. */
export const atleast1d = (x: ArrayInput): ChunkedArray => atLeast('atleast1d', x, (n) => (n === 0 ? [null] : own(n)))

/** Arrays of fewer than two axes as one row. */
export const atleast2d = (x: ArrayInput): ChunkedArray =>
  atLeast('atleast2d', x, (n) => (n === 0 ? [null, null] : n === 1 ? [null, 0] : own(n)))

/** Arrays of fewer than three axes with those that are missing, as NumPy puts them. */
export const atleast3d = (x: ArrayInput): ChunkedArray =>
  atLeast('atleast3d', x, (n) => (n === 0 ? [null, null, null] : n === 1 ? [null, 0, null] : n === 2 ? [0, 1, null] : own(n)))

/** The array stretched to a shape. */
export function broadcastTo<const X extends ArrayInput>(x: X, shape: number | readonly number[]): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('broadcastTo', x)
  const lengths = [shape].flat() as number[]
  const fits = commonShape('broadcastTo', [e.shape, lengths])
  if (fits.length !== lengths.length || fits.some((n, i) => n !== lengths[i]))
    throw new ShapeError(`broadcastTo: the shape ${showShape(e.shape)} cannot be stretched to ${showShape(lengths)}`)
  const missing = lengths.length - e.shape.length
  const wide = rearranged(
    'broadcastTo',
    e,
    lengths.map((_, i) => (i < missing ? null : i - missing)),
  )
  const automatic = normalizeChunks('auto', lengths, e.dtype)
  const chunks: Chunks = wide.chunks.map((c, i) => (wide.shape[i] === 1 && lengths[i] !== 1 ? automatic[i]! : c))
  return wrap(stretchedTo(wide, lengths, chunks))
}

/** The arrays stretched to one another. */
export function broadcastArrays(...arrays: readonly ArrayInput[]): ChunkedArray[] {
  const shape = commonShape(
    'broadcastArrays',
    arrays.map((a) => expressionOf('broadcastArrays', a).shape),
  )
  return arrays.map((a) => broadcastTo(a, shape))
}

/** The arrays in chunks that fit together: cut wherever one of them is. */
export const unifyChunks = (...arrays: readonly ArrayInput[]): ChunkedArray[] =>
  unified(
    'unifyChunks',
    arrays.map((a) => expressionOf('unifyChunks', a)),
  ).map((e) => wrap(e))

/** The elements in the reverse order along axes, all of them unless told. */
export function flip<const X extends ArrayInput>(x: X, axis?: number | readonly number[]): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('flip', x)
  const axes = axis === undefined ? own(e.shape.length) : [axis].flat().map((a) => axisOf('flip', a as number, e.shape.length))
  return wrap(
    axes.reduce(
      (result, a) =>
        along('flip', result, a, [{ start: e.shape[a]! - 1, step: -1, count: e.shape[a]! }], [...e.chunks[a]!].reverse()),
      e,
    ),
  )
}

/** Rows in the reverse order. */
export const flipud = <const X extends ArrayInput>(x: X): ChunkedArray<DTypeOf<X>> => flip(x, 0)

/** Columns in the reverse order. */
export const fliplr = <const X extends ArrayInput>(x: X): ChunkedArray<DTypeOf<X>> => flip(x, 1)

/** Turned by so many right angles from the first of two axes to the second. */
export function rot90<const X extends ArrayInput>(
  x: X,
  times = 1,
  axes: readonly [number, number] = [0, 1],
): ChunkedArray<DTypeOf<X>> {
  const turns = ((times % 4) + 4) % 4
  if (turns === 0) return wrap(expressionOf('rot90', x))
  if (turns === 2) return flip(x, axes)
  const [first, second] = axes
  return wrap((turns === 1 ? flip(swapaxes(x, first, second), first) : swapaxes(flip(x, first), first, second)).expression)
}

/** The elements moved along axes; what goes over the end comes in at the beginning. Without an axis along all as one. */
export function roll<const X extends ArrayInput>(
  x: X,
  shift: number | readonly number[],
  axis?: number | readonly number[],
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('roll', x)
  if (axis === undefined) {
    const total = [shift].flat().reduce<number>((n, s) => n + (s as number), 0)
    return wrap(reshapeOf(roll(wrap(reshapeOf(e, [-1])), total, 0).expression, e.shape))
  }
  const axes = [axis].flat().map((a) => axisOf('roll', a as number, e.shape.length))
  const shifts = [shift].flat() as number[]
  if (shifts.length !== 1 && shifts.length !== axes.length)
    throw new ArgumentError(`roll: ${shifts.length} shifts for ${axes.length} axes: give one, or one for each`)
  return wrap(
    axes.reduce((result, a, i) => {
      const length = e.shape[a]!
      const by = length === 0 ? 0 : (((shifts[i] ?? shifts[0]!) % length) + length) % length
      if (by === 0) return result
      const segments = [
        { start: length - by, step: 1, count: by },
        { start: 0, step: 1, count: length - by },
      ]
      return along('roll', result, a, segments, result.chunks[a])
    }, e),
  )
}

/** Each element so many times, one after the other. */
export function repeat<const X extends ArrayInput>(
  x: X,
  times: number | readonly number[],
  axis?: number,
): ChunkedArray<DTypeOf<X>> {
  let e = expressionOf('repeat', x)
  if (axis === undefined) e = reshapeOf(e, [-1])
  const a = axis === undefined ? 0 : axisOf('repeat', axis, e.shape.length)
  const length = e.shape[a]!
  const counts = typeof times === 'number' ? undefined : times
  if (counts && counts.length !== length) throw new ArgumentError(`repeat: ${counts.length} counts for ${length} elements`)
  const count = (i: number): number => counts?.[i] ?? (times as number)
  const segments = Array.from({ length }, (_, i): Segment => ({ start: i, step: 0, count: count(i) })).filter((s) => s.count > 0)
  if (!segments.every((s) => Number.isInteger(s.count) && s.count > 0))
    throw new ArgumentError('repeat: expected whole numbers from 0')
  let i = 0
  const chunks = e.chunks[a]!.map((n) => {
    let sum = 0
    for (const end = i + n; i < end; i++) sum += count(i)
    return sum
  })
  return wrap(along('repeat', e, a, segments, chunks))
}

/** The array put beside itself, so many times along each axis. */
export function tile<const X extends ArrayInput>(x: X, times: number | readonly number[]): ChunkedArray<DTypeOf<X>> {
  const counts = [times].flat() as number[]
  if (!counts.every((n) => Number.isInteger(n) && n >= 0))
    throw new ArgumentError(`tile: expected whole numbers from 0, not [${counts.join(', ')}]`)
  let e = expressionOf('tile', x)
  while (e.shape.length < counts.length) e = rearranged('tile', e, [null, ...own(e.shape.length)])
  const missing = e.shape.length - counts.length
  return wrap(
    counts.reduce((result, n, i) => {
      const axis = missing + i
      if (n === 1) return result
      const segments = Array.from({ length: n }, () => wholeAxis(e.shape[axis]!)[0]!)
      const chunks = n === 0 ? [0] : Array.from({ length: n }, () => e.chunks[axis]!).flat()
      return along('tile', result, axis, segments, chunks)
    }, e),
  )
}

/** How arrays are put together. */
export interface JoinOptions {
  /** 0 unless told */
  readonly axis?: number | undefined
  /** the lengths of chunks must not be known, as long as they are as many: they are taken to be the same */
  readonly allowUnknownChunksizes?: boolean | undefined
}

/**
 * Arrays one after the other along an axis. They have the same shape but for that axis, and get one type.
 *
 * @example
 * da.concatenate([x, y], { axis: 1 })
 */
export function concatenate(
  arrays: readonly ArrayInput[],
  { axis = 0, allowUnknownChunksizes = false }: JoinOptions = {},
): ChunkedArray {
  if (arrays.length === 0) throw new ArgumentError('concatenate: at least one array is needed')
  const all = arrays.map((a) => expressionOf('concatenate', a))
  const first = all[0]!
  const a = axisOf('concatenate', axis, first.shape.length)
  const dtype = all.map((e) => e.dtype).reduce(promoteTypes)
  for (const e of all) {
    const fits = e.shape.length === first.shape.length && e.shape.every((n, i) => i === a || Object.is(n, first.shape[i]))
    if (!fits)
      throw new ShapeError(
        `concatenate: the shapes ${showShape(first.shape)} and ${showShape(e.shape)} must be the same but for axis ${a}`,
      )
    if (!allowUnknownChunksizes) needKnown('concatenate', e.chunks)
  }
  if (!all.every((e) => isKnown(e.chunks))) {
    const uneven = all.find((e) => e.chunks.some((own, i) => i !== a && own.length !== first.chunks[i]!.length))
    if (uneven)
      throw new ChunkError(
        `concatenate: chunks of lengths that are not known must be as many along all axes but ${a}: await computeChunkSizes() first`,
      )
    return wrap(
      new JoinedBlocks(
        'concatenate',
        all.map((e) => castOf(e, dtype)),
        a,
      ),
    )
  }
  // Along the axis each keeps its own cuts.
  const chunks = first.chunks.map((c, i) => (i === a ? c : cutsOfAll(all.map((e) => e.chunks[i]!))))
  const parts = all.map((e) => {
    const cuts = e.chunks.map((c, i) => (i === a ? c : chunks[i]!))
    const cast = castOf(e, dtype)
    return cuts.every((c, i) => c === cast.chunks[i])
      ? cast
      : new Selection(
          'rechunk',
          [cast],
          0,
          cast.shape.map((n) => wholeAxis(n)),
          cuts,
        )
  })
  const joined = all.flatMap((e) => [...e.chunks[a]!])
  const total = joined.reduce((n, m) => n + m, 0)
  const segments = first.shape.map((n, i) => wholeAxis(i === a ? total : n))
  const useful = joined.filter((n) => n !== 0)
  return wrap(
    new Selection(
      'concatenate',
      parts,
      a,
      segments,
      chunks.map((c, i) => (i === a ? (useful.length > 0 ? useful : [0]) : c)),
    ),
  )
}

/** All cuts of any. */
function cutsOfAll(all: readonly (readonly number[])[]): readonly number[] {
  if (all.every((c) => c.length === all[0]!.length && c.every((n, i) => Object.is(n, all[0]![i])))) return all[0]!
  const ends = new Set<number>()
  for (const c of all) {
    let at = 0
    for (const n of c) ends.add((at += n))
  }
  const sorted = [...ends].sort((x, y) => x - y)
  return sorted.map((end, i) => end - (sorted[i - 1] ?? 0)).filter((n, i) => n > 0 || i === 0)
}

/** Arrays of one shape along a new axis. */
export function stack(arrays: readonly ArrayInput[], { axis = 0, allowUnknownChunksizes }: JoinOptions = {}): ChunkedArray {
  if (arrays.length === 0) throw new ArgumentError('stack: at least one array is needed')
  const shapes = arrays.map((x) => expressionOf('stack', x).shape)
  const other = shapes.find((s) => s.length !== shapes[0]!.length || s.some((n, i) => !Object.is(n, shapes[0]![i])))
  if (other) throw new ShapeError(`stack: the shapes ${showShape(shapes[0]!)} and ${showShape(other)} must be the same`)
  const a = axisOf('stack', axis, shapes[0]!.length + 1)
  return concatenate(
    arrays.map((x) => expandDims(x, a)),
    { axis: a, allowUnknownChunksizes },
  )
}

/** Arrays below one another: those of one axis as rows. */
export const vstack = (arrays: readonly ArrayInput[]): ChunkedArray => concatenate(arrays.map(atleast2d))

/** Arrays beside one another: those of one axis one after the other. */
export function hstack(arrays: readonly ArrayInput[]): ChunkedArray {
  const all = arrays.map(atleast1d)
  return concatenate(all, { axis: all[0]?.ndim === 1 ? 0 : 1 })
}

/** Arrays behind one another, along the third axis. */
export const dstack = (arrays: readonly ArrayInput[]): ChunkedArray => concatenate(arrays.map(atleast3d), { axis: 2 })

/** Nested lists of arrays, put together: the innermost along the last axis, and so on. */
export function block(arrays: BlockSpec): ChunkedArray {
  const depthOf = (x: unknown): number =>
    Array.isArray(x) && x.some((y) => Array.isArray(y) || typeof y === 'object') ? 1 + Math.max(...x.map(depthOf)) : 0
  const depth = depthOf(arrays)
  const build = (x: BlockSpec, level: number): ChunkedArray => {
    if (level === depth) {
      let e = expressionOf('block', x as ArrayInput)
      while (e.shape.length < depth) e = rearranged('block', e, [null, ...own(e.shape.length)])
      return wrap(e)
    }
    return concatenate(
      (x as readonly BlockSpec[]).map((y) => build(y, level + 1)),
      { axis: level - depth },
    )
  }
  return build(arrays, 0)
}

/** Arrays in lists, as deep as there are axes to put them together along. */
export type BlockSpec = ArrayInput | readonly BlockSpec[]

/** Values behind an array: along an axis, or, of both as one axis, behind all. */
export function append(x: ArrayInput, values: ArrayInput, axis?: number): ChunkedArray {
  return axis === undefined ? concatenate([ravel(x), ravel(values)]) : concatenate([x, values], { axis })
}

/** Two axes or more with the values of each: the coordinates of all points of a grid. */
export function meshgrid(
  arrays: readonly ArrayInput[],
  { indexing = 'xy', sparse = false }: { readonly indexing?: 'xy' | 'ij'; readonly sparse?: boolean } = {},
): ChunkedArray[] {
  const all = arrays.map((x) => ravel(x))
  const n = all.length
  const place = (i: number): number => (indexing === 'xy' && n > 1 && i < 2 ? 1 - i : i)
  const upright = all.map((x, i) =>
    wrap<DType>(
      rearranged(
        'meshgrid',
        x.expression,
        Array.from({ length: n }, (_, axis) => (axis === place(i) ? 0 : null)),
      ),
    ),
  )
  return sparse ? upright : broadcastArrays(...upright)
}
