import { ArgumentError, describe } from '../base/index.js'
import { config } from '../config/index.js'
import { itemSize } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { sizeOf } from './chunk.js'
import { ChunkTasks, numberOf } from './chunk-tasks.js'
import { type Chunks, eachPlace, gridOf, needKnown, normalizeChunks, offsetsOf, placeInGrid } from './chunks.js'
import { ArrayIndexError, showShape } from './errors.js'
import { NdArray, type NestedItems, ndArrayOf } from './nd-array.js'
import { commonShape } from './operands.js'
import { takePoints } from './operations.js'
import { rearranged } from './rearranged-axes.js'
import { reshapeOf } from './reshaped.js'
import { parseIndex, selectionOf } from './slicing.js'

/** How many of the first axes places are along. */
export interface PointsShared {
  readonly axes: number
}

/** For each chunk, the points that lie in it: their places, along the first axes as one, and which points they are. */
export interface PointsOwn {
  readonly count: number
  readonly from: readonly { readonly places: Int32Array; readonly into: Int32Array }[]
}

/**
 * Points: for each of several lists of places, which are stretched to one another, the elements at the first place of all
 * lists, at the second, and so on. The axes of the lists come first in the result; slices, as texts, are as in `slice`.
 */
export function pointsOf(e: ArrayExpression, index: readonly unknown[]): ArrayExpression {
  needKnown('vindex', e.chunks)
  if (index.length > e.shape.length)
    throw new ArrayIndexError(`vindex: ${index.length} indices for an array of the shape ${showShape(e.shape)}`)
  const lists = index.map((entry) => (typeof entry === 'string' ? undefined : placesOf(entry)))
  const pointAxes = lists.flatMap((list, axis) => (list ? [axis] : []))
  const entries = parseIndex(
    index.map((entry) => (typeof entry === 'string' ? entry : ':')),
    e.shape,
  )
  if (entries.length > e.shape.length || entries.some((i) => i.kind === 'new'))
    throw new ArrayIndexError("vindex: entries are lists of places and slices 'start:stop:step', one for each axis at most")
  const sliced = selectionOf('vindex', e, entries)
  if (pointAxes.length === 0) return sliced
  const arrays = pointAxes.map((axis) => lists[axis]!)
  const shape = commonShape(
    'vindex',
    arrays.map((a) => a.shape),
  )
  const others = e.shape.map((_, axis) => axis).filter((axis) => !pointAxes.includes(axis))
  const turned = rearranged('vindex', sliced, [...pointAxes, ...others])
  const points = arrays.map((a, i) => stretchedPlaces(a, shape, turned.shape[i]!, pointAxes[i]!))
  const taken = takenPoints(turned, points, sizeOf(shape))
  return shape.length === 1 ? taken : reshapeOf(taken, [...shape, ...taken.shape.slice(1)])
}

function placesOf(entry: unknown): NdArray {
  const array =
    entry instanceof NdArray ? entry : ndArrayOf(ArrayBuffer.isView(entry) ? Array.from(entry as never) : (entry as NestedItems))
  if (!/int/.test(array.dtype) && array.size > 0)
    throw new ArgumentError(`vindex: a list of places holds whole numbers, not ${describe(array.dtype)}`)
  return array
}

/** The places of a list that is stretched to a shape, counted from 0. */
function stretchedPlaces(list: NdArray, shape: readonly number[], length: number, axis: number): Float64Array {
  const result = new Float64Array(sizeOf(shape))
  const missing = shape.length - list.ndim
  const { strides } = list
  eachPlace(shape, (at, number) => {
    let from = 0
    for (let i = 0; i < list.ndim; i++) if (list.shape[i] !== 1) from += at[missing + i]! * strides[i]!
    const given = Number(list.data[from])
    const place = given < 0 ? given + length : given
    if (place < 0 || place >= length)
      throw new ArrayIndexError(`vindex: index ${given} is out of bounds for axis ${axis} with size ${length}`)
    result[number] = place
  })
  return result
}

function takenPoints(e: ArrayExpression, points: readonly Float64Array[], count: number): ArrayExpression {
  const axes = points.length
  const rest = e.chunks.slice(axes)
  const line = Math.max(1, sizeOf(rest.map((own) => Math.max(1, ...own)))) * itemSize(e.dtype)
  const each = Math.max(1, Math.floor(config.get('array.chunkSize') / line))
  const chunks: Chunks = [normalizeChunks([Math.min(each, Math.max(1, count))], [count], e.dtype)[0]!, ...rest]
  const grid = gridOf(e.chunks)
  const outer = grid.slice(0, axes)
  const offsets = e.chunks.slice(0, axes).map(offsetsOf)
  const starts = offsetsOf(chunks[0]!)
  /** for each chunk of the points, those of the array that they lie in */
  const found = chunks[0]!.map((length, c) => {
    const byChunk = new Map<number, { places: number[]; into: number[] }>()
    for (let i = 0; i < length; i++) {
      let block = 0
      let place = 0
      for (let axis = 0; axis < axes; axis++) {
        const at = points[axis]![starts[c]! + i]!
        const b = blockAt(offsets[axis]!, at)
        block = block * outer[axis]! + b
        place = place * e.chunks[axis]![b]! + at - offsets[axis]![b]!
      }
      let own = byChunk.get(block)
      if (!own) byChunk.set(block, (own = { places: [], into: [] }))
      own.places.push(place)
      own.into.push(i)
    }
    // Of no points any chunk tells the type.
    if (byChunk.size === 0) byChunk.set(0, { places: [], into: [] })
    return [...byChunk].map(([block, { places, into }]) => ({
      block,
      places: Int32Array.from(places),
      into: Int32Array.from(into),
    }))
  })
  return new ChunkTasks('vindex', [e], {
    run: takePoints as never,
    shared: { axes } satisfies PointsShared,
    dtype: e.dtype,
    chunks,
    needs([c, ...others]) {
      const from = found[c!]!
      return {
        of: from.map(({ block }) => [0, numberOf([...placeInGrid(block, outer), ...others], grid)] as const),
        own: { count: chunks[0]![c!]!, from: from.map(({ places, into }) => ({ places, into })) } satisfies PointsOwn,
      }
    },
    token: JSON.stringify(points.map((p) => Array.from(p))),
  })
}

function blockAt(offsets: readonly number[], place: number): number {
  let low = 0
  let high = offsets.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (offsets[middle]! <= place) low = middle
    else high = middle
  }
  return low
}
