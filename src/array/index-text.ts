import { ArrayIndexError } from './errors.js'
import type { Segment } from './selection.js'

/**
 * The places that Python's `start:stop:step` names along an axis.
 *
 * @throws ArrayIndexError for a text of another form, and a step of 0
 * @example segmentOf('::-1', 5) // { start: 4, step: -1, count: 5 }
 */
export function segmentOf(text: string, length: number): Segment {
  const parts = text.split(':')
  if (parts.length < 2 || parts.length > 3 || !parts.every((p) => /^\s*(-?\d+)?\s*$/.test(p)))
    throw new ArrayIndexError(
      `'${text}' is no index: expected 'start:stop' or 'start:stop:step' of whole numbers, each of which may be absent`,
    )
  const [first, second, third] = parts.map((p) => (p.trim() === '' ? undefined : Number(p)))
  const step = third ?? 1
  if (step === 0) throw new ArrayIndexError(`'${text}': a step of 0 gets nowhere`)
  if (Number.isNaN(length)) {
    if (first === undefined && second === undefined && step === 1) return { start: 0, step: 1, count: length }
    throw new ArrayIndexError(`'${text}' along an axis whose length is not known: await computeChunkSizes() first`)
  }
  const bound = (value: number | undefined, absent: number, least: number, greatest: number): number => {
    if (value === undefined) return absent
    return Math.max(least, Math.min(greatest, value < 0 ? value + length : value))
  }
  if (step > 0) {
    const start = bound(first, 0, 0, length)
    const stop = bound(second, length, 0, length)
    return { start, step, count: Math.max(0, Math.ceil((stop - start) / step)) }
  }
  const start = bound(first, length - 1, -1, length - 1)
  const stop = bound(second, -1, -1, length - 1)
  return { start, step, count: Math.max(0, Math.ceil((stop - start) / step)) }
}

/** The places of a list, in as few segments as there are runs of equal steps; negative ones count from the end. */
export function segmentsOfList(places: readonly number[], length: number, axis: number): Segment[] {
  const segments: { start: number; step: number; count: number }[] = []
  for (const given of places) {
    const place = given < 0 ? given + length : given
    if (!Number.isInteger(given) || place < 0 || place >= length)
      throw new ArrayIndexError(`index ${given} is out of bounds for axis ${axis} with size ${length}`)
    const last = segments.at(-1)
    if (last && last.count === 1) {
      last.step = place - last.start
      last.count = 2
    } else if (last && place === last.start + last.step * last.count) last.count++
    else segments.push({ start: place, step: 1, count: 1 })
  }
  return segments
}

/** The chunks of what segments select: a slice keeps the cuts there were, a list gets chunks as long as the longest. */
export function chunksOfSegments(segments: readonly Segment[], chunks: readonly number[]): readonly number[] {
  const total = segments.reduce((n, s) => n + s.count, 0)
  if (total === 0) return [0]
  if (segments.length > 1 || segments[0]!.step === 0) {
    const most = Math.max(1, ...chunks)
    const result = new Array<number>(Math.floor(total / most)).fill(most)
    if (total % most > 0) result.push(total % most)
    return result
  }
  const [{ start, step, count }] = segments as readonly [Segment]
  const result: number[] = []
  let at = 0
  for (const length of chunks) {
    const end = at + length
    // How many of start, start + step, … lie from `at` up to `end`.
    const low = step > 0 ? Math.ceil((at - start) / step) : Math.ceil((end - 1 - start) / step)
    const high = step > 0 ? Math.ceil((end - start) / step) : Math.floor((at - start) / step) + 1
    const inside = Math.min(count, high) - Math.max(0, low)
    if (length > 0 && inside > 0) result.push(inside)
    at = end
  }
  return step > 0 ? result : result.reverse()
}
