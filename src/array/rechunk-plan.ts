import { type Chunks, sameLengths } from './chunks.js'

/** Bounds of a plan. */
export interface RechunkBounds {
  /** elements that a chunk of a step in between may have */
  readonly blockLimit: number
  /** how many times as many pieces as chunks there may be before steps in between are looked for */
  readonly threshold: number
}

/** About how many pieces chunks are taken apart into on the way to others. */
export function piecesBetween(from: Chunks, to: Chunks): number {
  return from.reduce((n, own, axis) => n * (sameLengths(own, to[axis]!) ? own.length : own.length + to[axis]!.length - 1), 1)
}

/** Whether there are more pieces than that many times the chunks. */
export function hasManyPieces(from: Chunks, to: Chunks, threshold: number): boolean {
  return piecesBetween(from, to) >= threshold * (countOf(from) + countOf(to))
}

/**
 * The chunks of each step of a rechunk, the last ones those that are wanted: so that there are few pieces, and chunks in between
 * stay small. Dask's plan (dask/array/rechunk.py, `plan_rechunk`): neighbours are merged along axes where that saves most
 * pieces for the memory that it costs, and where the limit is hit, others are split first.
 */
export function planRechunk(from: Chunks, to: Chunks, { blockLimit, threshold }: RechunkBounds): Chunks[] {
  if (to.length <= 1 || to.some((own) => own.length === 0)) return [to]
  const limit = Math.max(blockLimit, largest(from), largest(to))
  const steps: Chunks[] = []
  let current = from
  for (let first = true; hasManyPieces(current, to, threshold); first = false) {
    const split = first ? current : splitTowards(current, to, piecesBetween(current, to) * threshold)
    const { chunks, hitLimit } = mergedTowards(split, to, limit)
    if ((same(chunks, current) && !first) || same(chunks, to)) break
    if (!same(chunks, current)) steps.push(chunks)
    current = chunks
    if (!hitLimit) break
  }
  return [...steps, to]
}

const same = (a: Chunks, b: Chunks): boolean => a.every((own, axis) => sameLengths(own, b[axis]!))
const countOf = (chunks: Chunks): number => chunks.reduce((n, own) => n * own.length, 1)
const longest = (own: readonly number[]): number => own.reduce((a, b) => Math.max(a, b), 0)
const largest = (chunks: Chunks): number => chunks.reduce((n, own) => n * longest(own), 1)

/** Neighbours merged along the axes that gain most, as far as the limit allows. */
function mergedTowards(from: Chunks, to: Chunks, limit: number): { readonly chunks: Chunks; readonly hitLimit: boolean } {
  const gain = (axis: number): number => {
    const pieces = Math.log(to[axis]!.length / from[axis]!.length)
    const growth = longest(to[axis]!) / (longest(from[axis]!) || 1)
    return growth > 0 ? pieces / Math.log(growth === 1 ? 1 + 1e-9 : growth) : 0
  }
  const axes = from.map((_, axis) => axis).filter((axis) => to[axis]!.length <= from[axis]!.length)
  const chunks = [...from]
  let block = largest(from)
  let hitLimit = false
  for (const axis of axes
    .map((a) => [gain(a), a] as const)
    .sort(([a], [b]) => a - b)
    .map(([, a]) => a)) {
    const width = longest(from[axis]!) || 1
    const merged = Math.floor((block * longest(to[axis]!)) / width)
    if (merged <= limit) {
      chunks[axis] = to[axis]!
      block = merged
      continue
    }
    const parts = divided(to[axis]!, Math.max(1, Math.floor((limit * width) / block)))
    if (parts.length <= from[axis]!.length) {
      chunks[axis] = parts
      block = Math.floor((block * longest(parts)) / width)
    }
    hitLimit = true
  }
  return { chunks, hitLimit }
}

/** Some chunks split, as long as there are not more pieces than that. */
function splitTowards(from: Chunks, to: Chunks, most: number): Chunks {
  const chunks = [...from]
  for (let axis = 0; axis < from.length; axis++) {
    const pieces = piecesBetween(chunks, to)
    if (pieces > most) break
    const own = from[axis]!
    if (own.length > to[axis]!.length) continue
    const parts = mergedToNumber(to[axis]!, Math.floor((own.length * most) / pieces))
    if (parts.length >= own.length && longest(parts) <= longest(own)) chunks[axis] = parts
  }
  return chunks
}

/** Each length in as few equal parts as are not longer than that. */
function divided(lengths: readonly number[], most: number): number[] {
  return lengths.flatMap((length) => {
    const parts = Math.max(1, Math.ceil(length / most))
    let left = length
    return Array.from({ length: parts }, (_, i) => {
      const part = Math.floor(left / (parts - i))
      left -= part
      return part
    })
  })
}

/** Neighbours merged, the shortest first, until there are so many. */
function mergedToNumber(lengths: readonly number[], most: number): readonly number[] {
  if (lengths.length <= most) return lengths
  const [one] = lengths as readonly [number]
  if (lengths.every((n) => n === one)) {
    const few = Math.max(1, most)
    const each = Math.floor(lengths.length / few)
    return Array.from({ length: few }, (_, i) => one * (i < lengths.length % few ? each + 1 : each))
  }
  const result = [...lengths]
  while (result.length > Math.max(1, most)) {
    let best = 0
    for (let i = 1; i < result.length - 1; i++) if (result[i]! + result[i + 1]! < result[best]! + result[best + 1]!) best = i
    result.splice(best, 2, result[best]! + result[best + 1]!)
  }
  return result
}
