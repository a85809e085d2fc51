import { ArgumentError, describe } from '../base/index.js'
import type { DType } from '../kernels/index.js'
import { axisOf } from './axes.js'
import { sizeOf } from './chunk.js'
import { ChunkedArray } from './chunked-array.js'
import { type Chunks, type ChunksSpec, eachPlace, gridOf, needKnown, normalizeChunks } from './chunks.js'
import { ShapeError, showShape } from './errors.js'
import { expressionOf } from './inputs.js'
import { Reshaped } from './reshaped.js'
import { rechunked } from './selection.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** A reduction along axes: `da.sum`, `da.mean`, `da.median` and their like. */
export type AxisReduction<D extends DType = DType> = (
  x: ChunkedArray,
  options: { readonly axis: readonly number[] },
) => ChunkedArray<D>

/**
 * Neighbouring elements reduced to one: along each axis that is named, so many at a time.
 *
 * @param axes how many elements become one, by axis
 * @throws ShapeError when they do not divide an axis, unless `trimExcess` leaves the rest out
 * @example
 * da.coarsen(da.mean, picture, { 0: 2, 1: 2 }) // half as wide and high
 */
export function coarsen<D extends DType>(
  reduction: AxisReduction<D>,
  x: ArrayInput,
  axes: { readonly [axis: number]: number },
  { trimExcess = false }: { readonly trimExcess?: boolean | undefined } = {},
): ChunkedArray<D> {
  if (typeof reduction !== 'function')
    throw new ArgumentError(`coarsen: expected a reduction such as da.sum, not ${describe(reduction)}`)
  let e = expressionOf('coarsen', x)
  needKnown('coarsen', e.chunks)
  const by = e.shape.map(() => 1)
  for (const [key, n] of Object.entries(axes)) {
    if (!Number.isInteger(n) || n < 1)
      throw new ArgumentError(`coarsen: ${describe(n)} elements along axis ${key}: expected a whole number from 1`)
    by[axisOf('coarsen', Number(key), e.shape.length)] = n
  }
  const uneven = e.shape.findIndex((n, axis) => n % by[axis]! !== 0)
  if (uneven >= 0) {
    if (!trimExcess)
      throw new ShapeError(
        `coarsen: ${by[uneven]} elements at a time do not divide the ${e.shape[uneven]} along axis ${uneven} of the shape ${showShape(e.shape)}: give trimExcess to leave the rest out`,
      )
    e = new ChunkedArray(e).slice(...e.shape.map((n, axis) => `:${n - (n % by[axis]!)}` as const)).expression
  }
  const aligned = rechunked(
    e,
    e.chunks.map((own, axis) => alignedLengths(own, by[axis]!)),
  )
  const chunks: Chunks = aligned.chunks.flatMap((own, axis) => [own.map((n) => n / by[axis]!), [by[axis]!]])
  const apart = new ChunkedArray(new Reshaped('coarsen', aligned, chunks))
  return reduction(apart, { axis: by.map((_, axis) => 2 * axis + 1) })
}

/** Lengths that are multiples of a number, with cuts as near to those that there are. */
function alignedLengths(own: readonly number[], by: number): readonly number[] {
  if (own.every((n) => n % by === 0)) return own
  const result: number[] = []
  let end = 0
  let last = 0
  for (const n of own) {
    end += n
    const cut = end - (end % by)
    if (cut > last) result.push(cut - last)
    last = Math.max(last, cut)
  }
  return result.length > 0 ? result : [0]
}

/**
 * Each chunk in another shape by itself: without moving anything, but in another order than `reshape` where axes are cut.
 *
 * @param chunks the lengths of chunks of the result; needed where it has more axes than the array
 * @throws ShapeError when chunks have not as many elements as those that they are made of
 * @example
 * da.reshapeBlockwise(x, [-1]) // each chunk's elements, one chunk after the other
 */
export function reshapeBlockwise<const X extends ArrayInput>(
  x: X,
  shape: number | readonly number[],
  { chunks }: { readonly chunks?: ChunksSpec | undefined } = {},
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('reshapeBlockwise', x)
  needKnown('reshapeBlockwise', e.chunks)
  const size = sizeOf(e.shape)
  const given = [shape].flat() as number[]
  const rest = given.reduce((n, m) => (m === -1 ? n : n * m), 1)
  const wanted = given.map((n) => (n === -1 ? size / rest : n))
  if (given.filter((n) => n === -1).length > 1 || sizeOf(wanted) !== size || !wanted.every(Number.isInteger))
    throw new ShapeError(
      `reshapeBlockwise: the ${size} elements of the shape ${showShape(e.shape)} cannot be put in the shape ${showShape(given)}`,
    )
  if (chunks === undefined && wanted.length > e.shape.length)
    throw new ArgumentError('reshapeBlockwise to more axes: give the lengths of chunks of the result')
  const cuts = chunks === undefined ? mergedChunks(e.chunks, e.shape, wanted) : normalizeChunks(chunks, wanted, e.dtype)
  const places: number[] = []
  eachPlace(gridOf(e.chunks), (place) => places.push(sizeOf(place.map((p, axis) => e.chunks[axis]![p]!))))
  const fits: number[] = []
  eachPlace(gridOf(cuts), (place) => fits.push(sizeOf(place.map((p, axis) => cuts[axis]![p]!))))
  const bad = fits.length === places.length ? fits.findIndex((n, i) => n !== places[i]) : 0
  if (bad >= 0)
    throw new ShapeError(
      `reshapeBlockwise: the chunks of the result (${fits.length}) and of the array (${places.length}) must be as many and as large, each as its counterpart: chunk ${bad} has ${fits[bad]} and ${places[bad]} elements`,
    )
  return new ChunkedArray(new Reshaped('reshapeBlockwise', e, cuts))
}

/** Chunks along axes some of which are neighbouring axes that have become one. */
function mergedChunks(chunks: Chunks, from: readonly number[], to: readonly number[]): Chunks {
  let axis = 0
  const result = to.map((n): readonly number[] => {
    let length = from[axis] ?? 1
    let own: readonly number[] = chunks[axis++] ?? [1]
    while (length !== n && axis < from.length) {
      length *= from[axis]!
      own = own.flatMap((a) => chunks[axis]!.map((b) => a * b))
      axis++
    }
    if (length !== n)
      throw new ShapeError(`reshapeBlockwise from ${showShape(from)} to ${showShape(to)}: only neighbouring axes become one`)
    return own
  })
  const left = from.slice(axis)
  if (left.some((n) => n !== 1))
    throw new ShapeError(`reshapeBlockwise from ${showShape(from)} to ${showShape(to)}: only neighbouring axes become one`)
  return result
}
