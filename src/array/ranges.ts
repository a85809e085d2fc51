import { type Numbers, isWide, partsOf } from './chunk.js'
import type { DType } from '../kernels/index.js'

/** Numbers that are computed before they are converted: they stay in the cache. */
const PIECE = 4096

/** Where numbers are computed that become others. */
const piece = new Float64Array(PIECE)

/** Writes `start + step * place` for so many places from `first` on. */
export function writeRange(
  data: Numbers,
  dtype: DType,
  start: number | bigint,
  step: number | bigint,
  first: number,
  length: number,
): void {
  const [from, by] = [Number(start), Number(step)]
  const isSafe = Number.isInteger(from) && Number.isInteger(by) && reach(from, by, first + length) <= Number.MAX_SAFE_INTEGER
  if (isWide(dtype) && !isSafe) {
    const [wholeFrom, wholeBy] = [BigInt(start), BigInt(step)]
    const wide = data as BigInt64Array
    for (let i = 0; i < length; i++) wide[i] = wholeFrom + wholeBy * BigInt(first + i)
    return
  }
  writePieces(data, dtype, length, (to, at) => {
    const place = first + at
    for (let i = 0; i < to.length; i++) to[i] = from + by * (place + i)
  })
}

const reach = (from: number, by: number, places: number): number => Math.abs(from) + Math.abs(by) * places

/** Writes numbers at equal distances, the `steps`th of which is `stop`, for so many places from `first` on. */
export function writeLinspace(
  data: Numbers,
  dtype: DType,
  rule: { readonly start: number; readonly stop: number; readonly steps: number; readonly exact: boolean },
  first: number,
  length: number,
): void {
  const { start, stop, steps, exact } = rule
  const by = (stop - start) / steps
  const wide = isWide(dtype)
  writePieces(data, dtype, length, (to, at) => {
    const place = first + at
    if (by === 0 || steps === 0) {
      for (let i = 0; i < to.length; i++) to[i] = ((place + i) / steps || 0) * (stop - start) + start
    } else for (let i = 0; i < to.length; i++) to[i] = (place + i) * by + start
    if (exact && steps >= place && steps < place + to.length) to[steps - place] = stop
    if (wide) for (let i = 0; i < to.length; i++) to[i] = Math.floor(to[i]!)
  })
}

/** Has so many numbers computed, and writes them as numbers of a type. */
function writePieces(data: Numbers, dtype: DType, length: number, compute: (to: Float64Array, at: number) => void): void {
  const parts = partsOf(dtype)
  for (let at = 0; at < length; at += PIECE) {
    const many = Math.min(PIECE, length - at)
    if (data instanceof Float64Array && parts === 1) {
      compute(data.subarray(at, at + many), at)
      continue
    }
    const some = piece.subarray(0, many)
    compute(some, at)
    if (parts === 2) writeComplex(data as Float64Array, some, at)
    else if (isWide(dtype)) writeWide(data as BigInt64Array, some, at)
    else (data as Float32Array).set(some, at)
  }
}

function writeComplex(data: Float64Array, from: Float64Array, at: number): void {
  for (let i = 0; i < from.length; i++) {
    data[2 * (at + i)] = from[i]!
    data[2 * (at + i) + 1] = 0
  }
}

/** Whole numbers of 64 bits by their halves: a bigint for each would take fifty times as long. */
function writeWide(data: BigInt64Array, from: Float64Array, at: number): void {
  let greatest = 0
  for (let i = 0; i < from.length; i++) greatest = Math.max(greatest, Math.abs(from[i]!))
  if (!(greatest <= Number.MAX_SAFE_INTEGER)) {
    for (let i = 0; i < from.length; i++) data[at + i] = BigInt(from[i]!)
    return
  }
  // Memory of kernels has the lower half first, whatever the machine.
  const halves = new Uint32Array(data.buffer, data.byteOffset + at * 8, from.length * 2)
  for (let i = 0; i < from.length; i++) {
    const upper = Math.floor(from[i]! / 2 ** 32)
    halves[2 * i] = from[i]! - upper * 2 ** 32
    halves[2 * i + 1] = upper
  }
}
