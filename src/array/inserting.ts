import { ArgumentError, describe } from '../base/index.js'
import { axisOf } from './axes.js'
import { castOf } from './casting.js'
import { ChunkedArray } from './chunked-array.js'
import { needKnown } from './chunks.js'
import { ArrayIndexError } from './errors.js'
import { chunksOfSegments, segmentOf } from './index-text.js'
import { expressionOf } from './inputs.js'
import { broadcastTo, concatenate, moveaxis, ravel } from './shape-functions.js'
import { type Segment, Selection, wholeAxis } from './selection.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** Places along an axis: one, several, a slice as text, or a mask of all of them. */
export type PlacesSpec =
  | number
  | readonly number[]
  | readonly boolean[]
  | `${number | ''}:${number | ''}`
  | `${number | ''}:${number | ''}:${number | ''}`

/** Along which axis; along all elements as one unless told. */
interface AlongOneOption {
  readonly axis?: number | undefined
}

/** Places as numbers from 0. */
function placesOf(label: string, spec: PlacesSpec, length: number, axis: number): number[] {
  if (typeof spec === 'string') {
    const { start, step, count } = segmentOf(spec, length)
    return Array.from({ length: count }, (_, i) => start + step * i)
  }
  const list = (typeof spec === 'number' ? [spec] : [...spec]) as (number | boolean)[]
  if (list.length > 0 && list.every((p) => typeof p === 'boolean')) {
    if (list.length !== length)
      throw new ArrayIndexError(`${label}: a mask of ${list.length} elements for axis ${axis} with size ${length}`)
    return list.flatMap((is, i) => (is ? [i] : []))
  }
  return (list as number[]).map((given) => {
    const place = given < 0 ? given + length : given
    if (!Number.isInteger(given)) throw new ArgumentError(`${label}: a place is a whole number, not ${describe(given)}`)
    return place
  })
}

/**
 * The array without some of its places along an axis.
 *
 * @throws ArrayIndexError for places that there are not
 * @example
 * da.delete(x, [0, -1], { axis: 1 })
 */
function without<const X extends ArrayInput>(x: X, places: PlacesSpec, { axis }: AlongOneOption = {}): ChunkedArray<DTypeOf<X>> {
  const e = axis === undefined ? ravel(x).expression : expressionOf('delete', x)
  needKnown('delete', e.chunks)
  const along = axis === undefined ? 0 : axisOf('delete', axis, e.shape.length)
  const length = e.shape[along]!
  const gone = [...new Set(placesOf('delete', places, length, along))].sort((a, b) => a - b)
  const bad = gone.find((p) => p < 0 || p >= length)
  if (bad !== undefined) throw new ArrayIndexError(`delete: index ${bad} is out of bounds for axis ${along} with size ${length}`)
  const segments: Segment[] = []
  let at = 0
  for (const place of [...gone, length]) {
    if (place > at) segments.push({ start: at, step: 1, count: place - at })
    at = place + 1
  }
  // Each chunk keeps what is left of it.
  let first = 0
  let g = 0
  const left = e.chunks[along]!.map((n) => {
    let kept = n
    for (const end = first + n; g < gone.length && gone[g]! < end; g++) kept--
    first += n
    return kept
  }).filter((n) => n > 0)
  const chunks = e.chunks.map((own, i) => (i === along ? (left.length > 0 ? left : [0]) : own))
  const all = e.shape.map((n, i) => (i === along ? segments : wholeAxis(n)))
  return new ChunkedArray(new Selection('delete', [e], 0, all, chunks))
}

export { without as delete }

/**
 * The array with values before some of its places along an axis; the length of the axis stands for behind the last one. Places
 * are those of the array as it is; values are stretched to them, and take the array's type.
 *
 * @throws ArrayIndexError for places that there are not
 * @example
 * da.insert(x, [1, 3], 0, { axis: 0 }) // two rows of zeros
 */
export function insert<const X extends ArrayInput>(
  x: X,
  places: PlacesSpec,
  values: ArrayInput,
  { axis }: AlongOneOption = {},
): ChunkedArray<DTypeOf<X>> {
  const e = axis === undefined ? ravel(x).expression : expressionOf('insert', x)
  needKnown('insert', e.chunks)
  const along = axis === undefined ? 0 : axisOf('insert', axis, e.shape.length)
  const length = e.shape[along]!
  const at = placesOf('insert', places, length, along)
  const bad = at.find((p) => p < 0 || p > length)
  if (bad !== undefined) throw new ArrayIndexError(`insert: index ${bad} is out of bounds for axis ${along} with size ${length}`)
  if (at.length === 0) return new ChunkedArray(e)
  let given = new ChunkedArray(castOf(expressionOf('insert', values), e.dtype))
  needKnown('insert', given.chunks)
  while (given.ndim < e.shape.length) given = given.slice(null, '...')
  // As NumPy: for one place that is no list, the values' first axis lies along the axis.
  if (typeof places === 'number') given = moveaxis(given, 0, along)
  const many = at.length === 1 ? given.shape[along]! : at.length
  given = broadcastTo(
    given,
    e.shape.map((n, i) => (i === along ? many : n)),
  )
  const before = at.length === 1 ? new Array<number>(many).fill(at[0]!) : at
  const order = before.map((place, i) => [place, i] as const).sort(([a, i], [b, j]) => a - b || i - j)
  const both = concatenate([new ChunkedArray(e), given], { axis: along }).expression
  const segments: Segment[] = []
  let next = 0
  for (const [place, i] of order) {
    if (place > next) segments.push({ start: next, step: 1, count: place - next })
    next = place
    const last = segments.at(-1)
    if (last && last.start + last.count === length + i) segments[segments.length - 1] = { ...last, count: last.count + 1 }
    else segments.push({ start: length + i, step: 1, count: 1 })
  }
  if (next < length) segments.push({ start: next, step: 1, count: length - next })
  const all = e.shape.map((n, i) => (i === along ? segments : wholeAxis(n)))
  const chunks = both.chunks.map((own, i) => (i === along ? chunksOfSegments(segments, both.chunks[along]!) : own))
  return new ChunkedArray(new Selection('insert', [both], 0, all, chunks))
}
