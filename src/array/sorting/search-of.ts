import { argsortRows, takeElements } from '../../native/index.js'
import { type DType, isComplex, itemSize } from '../../kernels/index.js'
import { type Chunk, type Numbers, newNumbers, partsOf } from '../chunk.js'

/**
 * How many of sorted numbers come before one: those that are less, or, after, those that are not greater. NaN comes last.
 */
export function placeAmong(sorted: Numbers, x: number | bigint, after: boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const y = sorted[middle]!
    const before = x !== x ? y === y || after : after ? y <= x : y < x
    if (before) low = middle + 1
    else high = middle
  }
  return low
}

export interface SearchShared {
  /** after equal ones */
  readonly right: boolean
  /** places in a list of edges that descend */
  readonly descending: boolean
}

/** The places of numbers (the first input) among sorted ones (the second). */
export function searchOf([numbers, among]: readonly Chunk[], { right, descending }: SearchShared): Chunk {
  const { data, shape } = numbers!
  const sorted = descending ? among!.data.slice().reverse() : among!.data
  const n = sorted.length
  const places = new BigInt64Array(data.length)
  const wide = typeof sorted[0] === 'bigint' && typeof data[0] === 'bigint'
  for (let i = 0; i < data.length; i++) {
    const x = wide ? data[i]! : Number(data[i])
    const place = placeAmong(sorted, x, descending ? !right : right)
    places[i] = BigInt(descending ? n - place : place)
  }
  return { dtype: 'int64', shape, data: places }
}

/** Whether each number is among others. */
export function isAmong([numbers, others]: readonly Chunk[], invert: boolean): Chunk {
  const { data, shape, dtype } = numbers!
  const width = partsOf(dtype)
  const key = (d: Numbers, i: number): unknown =>
    width === 1
      ? d[i]
      : d[2 * i] === d[2 * i] && d[2 * i + 1] === d[2 * i + 1]
        ? `${Number(d[2 * i]) + 0} ${Number(d[2 * i + 1]) + 0}`
        : undefined
  const set = new Set<unknown>()
  for (let i = 0; i < others!.data.length / width; i++) set.add(key(others!.data, i))
  const result = new Uint8Array(data.length / width)
  for (let i = 0; i < result.length; i++) {
    const k = key(data, i)
    // NaN is no number, and so not among any.
    const found = k === k && k !== undefined && set.has(k)
    result[i] = found === invert ? 0 : 1
  }
  return { dtype: 'bool', shape, data: result }
}

/** Each number once, ascending; where it is first, and how often it occurs. */
export interface UniquePart {
  readonly dtype: DType
  readonly values: Numbers
  readonly index: BigInt64Array
  readonly counts: BigInt64Array
}

/** The places of a chunk's elements in the order of the whole array. */
export interface ChunkPlaces {
  readonly start: readonly number[]
  readonly shape: readonly number[]
}

export function uniqueOf(chunk: Chunk, places: ChunkPlaces): UniquePart {
  const n = chunk.data.length / partsOf(chunk.dtype)
  const index = new BigInt64Array(n)
  for (let i = 0; i < n; i++) index[i] = BigInt(placeInArray(i, chunk.shape, places))
  return reduced(chunk.dtype, chunk.data, index, new BigInt64Array(n).fill(1n))
}

function placeInArray(i: number, shape: readonly number[], { start, shape: whole }: ChunkPlaces): number {
  let place = 0
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place += ((i % shape[axis]!) + start[axis]!) * step
    i = Math.floor(i / shape[axis]!)
    step *= whole[axis]!
  }
  return place
}

export function mergeUnique(parts: readonly UniquePart[]): UniquePart {
  if (parts.length === 1) return parts[0]!
  const { dtype } = parts[0]!
  const total = parts.reduce((n, p) => n + p.index.length, 0)
  const values = newNumbers(dtype, total)
  const index = new BigInt64Array(total)
  const counts = new BigInt64Array(total)
  let at = 0
  for (const p of parts) {
    values.set(p.values as never, at * partsOf(dtype))
    index.set(p.index, at)
    counts.set(p.counts, at)
    at += p.index.length
  }
  return reduced(dtype, values, index, counts)
}

function reduced(dtype: DType, values: Numbers, index: BigInt64Array, counts: BigInt64Array): UniquePart {
  const n = index.length
  if (n === 0) return { dtype, values: newNumbers(dtype, 0), index, counts }
  const order = argsortRows(values, dtype, n)
  const sorted = newNumbers(dtype, n)
  takeElements(values, itemSize(dtype), order, sorted)
  const kept: bigint[] = []
  const first: bigint[] = []
  const many: bigint[] = []
  for (let i = 0; i < n; i++) {
    const place = index[Number(order[i])]!
    const times = counts[Number(order[i])]!
    if (i > 0 && alike(sorted, dtype, i - 1, i)) {
      many[many.length - 1]! += times
      if (place < first.at(-1)!) first[first.length - 1] = place
    } else {
      kept.push(BigInt(i))
      first.push(place)
      many.push(times)
    }
  }
  const unique = newNumbers(dtype, kept.length)
  takeElements(sorted, itemSize(dtype), BigInt64Array.from(kept), unique)
  return { dtype, values: unique, index: BigInt64Array.from(first), counts: BigInt64Array.from(many) }
}

/** NaNs are one number here. */
function alike(data: Numbers, dtype: DType, i: number, j: number): boolean {
  const same = (a: number | bigint, b: number | bigint): boolean => a === b || (a !== a && b !== b)
  if (!isComplex(dtype)) return same(data[i]!, data[j]!)
  const isNaNAt = (k: number): boolean => data[2 * k] !== data[2 * k] || data[2 * k + 1] !== data[2 * k + 1]
  return (isNaNAt(i) && isNaNAt(j)) || (data[2 * i] === data[2 * j] && data[2 * i + 1] === data[2 * j + 1])
}

export type UniqueField = 'values' | 'index' | 'counts'

export function uniqueField(part: UniquePart, field: UniqueField): Chunk {
  const data = part[field]
  return { dtype: field === 'values' ? part.dtype : 'int64', shape: [part.index.length], data }
}

/** Where each element of a chunk is among the unique ones. */
export function inverseOf(chunk: Chunk, { values, dtype }: UniquePart): Chunk {
  const n = chunk.data.length / partsOf(dtype)
  const result = new BigInt64Array(n)
  if (!isComplex(dtype)) {
    for (let i = 0; i < n; i++) result[i] = BigInt(placeAmong(values, chunk.data[i]!, false))
    return { dtype: 'int64', shape: chunk.shape, data: result }
  }
  const key = (d: Numbers, i: number): string => `${Number(d[2 * i]) + 0} ${Number(d[2 * i + 1]) + 0}`
  const places = new Map<string, bigint>()
  for (let i = 0; i < values.length / 2; i++) places.set(key(values, i), BigInt(i))
  const nan = BigInt(values.length / 2 - 1)
  for (let i = 0; i < n; i++) result[i] = places.get(key(chunk.data, i)) ?? nan
  return { dtype: 'int64', shape: chunk.shape, data: result }
}
