import { argsortRows, takeElements } from '../../native/index.js'
import { itemSize } from '../../kernels/index.js'
import { type Chunk, newNumbers, sizeOf } from '../chunk.js'
import { ofRows, rowsOf } from './rows.js'

export interface TopShared {
  /** so many of the greatest, descending; below 0 of the least, ascending */
  readonly k: number
  readonly axis: number
  readonly places: boolean
}

/** Rows of the greatest elements, and where they are along the axis. */
export interface TopPart {
  readonly values: Chunk
  readonly places: BigInt64Array
}

/** Of the elements of a chunk that begins at `start` of the axis. */
export function topOf(chunk: Chunk, start: number, { k, axis }: TopShared): TopPart {
  const { data, n, dtype, count } = rowsOf(chunk, axis, false)
  const places = new BigInt64Array(n * count)
  for (let i = 0; i < places.length; i++) places[i] = BigInt(start + (i % n))
  const shape = [...chunk.shape]
  shape.splice(axis, 1)
  return best({ values: { dtype, shape: [...shape, n], data }, places }, k)
}

export function merged(parts: readonly TopPart[], { k }: TopShared): TopPart {
  if (parts.length === 1) return parts[0]!
  const { dtype, shape } = parts[0]!.values
  const lengths = parts.map((p) => p.values.shape.at(-1)!)
  const n = lengths.reduce((a, b) => a + b, 0)
  const count = sizeOf(shape.slice(0, -1))
  const data = newNumbers(dtype, n * count)
  const places = new BigInt64Array(n * count)
  const width = data.length / (n * count || 1)
  let at = 0
  for (let row = 0; row < count; row++) {
    for (const [i, part] of parts.entries()) {
      const own = lengths[i]!
      data.set(part.values.data.subarray(row * own * width, (row + 1) * own * width) as never, at * width)
      places.set(part.places.subarray(row * own, (row + 1) * own), at)
      at += own
    }
  }
  return best({ values: { dtype, shape: [...shape.slice(0, -1), n], data }, places }, k)
}

/** The best of each row, in order; equal ones in no particular one. */
function best({ values, places }: TopPart, k: number): TopPart {
  const { dtype, shape, data } = values
  const n = shape.at(-1)!
  const kept = Math.min(Math.abs(k), n)
  const count = sizeOf(shape.slice(0, -1))
  const outer = shape.slice(0, -1)
  if (kept === 0 || count === 0) {
    return { values: { dtype, shape: [...outer, kept], data: newNumbers(dtype, 0) }, places: new BigInt64Array(0) }
  }
  const order = argsortRows(data, dtype, n)
  const wanted = new BigInt64Array(kept * count)
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < kept; i++) {
      const from = k > 0 ? n - 1 - i : i
      wanted[row * kept + i] = BigInt(row * n) + order[row * n + from]!
    }
  }
  const result = newNumbers(dtype, kept * count)
  takeElements(data, itemSize(dtype), wanted, result)
  const where = new BigInt64Array(kept * count)
  takeElements(places, 8, wanted, where)
  return { values: { dtype, shape: [...outer, kept], data: result }, places: where }
}

export function finished({ values, places }: TopPart, { axis, places: wantsPlaces }: TopShared): Chunk {
  const shape = values.shape.slice(0, -1)
  shape.splice(axis, 0, values.shape.at(-1)!)
  return wantsPlaces ? ofRows(places, 'int64', shape, axis) : ofRows(values.data, values.dtype, shape, axis)
}
