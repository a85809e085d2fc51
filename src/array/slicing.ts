import { ArgumentError, describe } from '../base/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, needKnown } from './chunks.js'
import { ArrayIndexError, showShape } from './errors.js'
import { chunksOfSegments, segmentOf, segmentsOfList } from './index-text.js'
import { rearranged } from './rearranged-axes.js'
import { type Segment, Selection, wholeAxis } from './selection.js'

/** What one entry of an index comes to along an axis of the array. */
export type AxisIndex =
  | { readonly kind: 'new' }
  | { readonly kind: 'whole' }
  | { readonly kind: 'segments'; readonly segments: readonly Segment[]; readonly drop: boolean }
  /** an array that says which */
  | { readonly kind: 'array'; readonly by: ArrayExpression }

/**
 * The entries of an index, one for each axis and each new one.
 *
 * @throws ArrayIndexError for too many entries, and for places that there are not
 */
export function parseIndex(index: readonly unknown[], shape: readonly number[]): AxisIndex[] {
  const dots = index.filter((i) => i === '...').length
  if (dots > 1) throw new ArrayIndexError("an index has '...' once at most")
  const used = index.reduce<number>((n, i) => n + (i === null || i === '...' ? 0 : axesTaken(i)), 0)
  if (used > shape.length)
    throw new ArrayIndexError(
      `too many indices: ${used} for an array of ${shape.length} dimensions, of the shape ${showShape(shape)}`,
    )
  const full = dots === 1 ? index : [...index, '...']
  const result: AxisIndex[] = []
  let axis = 0
  for (const entry of full) {
    if (entry === '...') {
      for (let n = shape.length - used; n > 0; n--) {
        result.push({ kind: 'whole' })
        axis++
      }
    } else if (entry === null) result.push({ kind: 'new' })
    else result.push(entryOf(entry, shape[axis]!, axis++))
  }
  return result
}

/** A mask of several dimensions takes as many axes; it must be the only entry, which is seen to elsewhere. */
const axesTaken = (entry: unknown): number =>
  entry instanceof ArrayExpression ? Math.max(1, entry.dtype === 'bool' ? entry.chunks.length : 1) : 1

function entryOf(entry: unknown, length: number, axis: number): AxisIndex {
  if (entry instanceof ArrayExpression) return { kind: 'array', by: entry }
  if (typeof entry === 'string') {
    const segment = segmentOf(entry, length)
    return segment.start === 0 && segment.step === 1 && Object.is(segment.count, length)
      ? { kind: 'whole' }
      : { kind: 'segments', segments: [segment], drop: false }
  }
  if (Number.isNaN(length))
    throw new ArrayIndexError(`an index along axis ${axis}, whose length is not known: await computeChunkSizes() first`)
  if (typeof entry === 'number' || typeof entry === 'bigint')
    return { kind: 'segments', segments: segmentsOfList([Number(entry)], length, axis), drop: true }
  if (Array.isArray(entry) || ArrayBuffer.isView(entry)) {
    const list = Array.from(entry as ArrayLike<unknown>)
    if (list.length > 0 && list.every((x) => typeof x === 'boolean')) {
      if (list.length !== length)
        throw new ArrayIndexError(`a mask of ${list.length} elements for axis ${axis} with size ${length}: give one for each`)
      const places = list.flatMap((x, i) => (x ? [i] : []))
      return { kind: 'segments', segments: segmentsOfList(places, length, axis), drop: false }
    }
    return { kind: 'segments', segments: segmentsOfList(list.map(Number), length, axis), drop: false }
  }
  throw new ArgumentError(`an index is a number, null, '...', 'start:stop:step', a list or an array, not ${describe(entry)}`)
}

/** The elements that segments along each axis name, without the axes that were named by one place, and with new ones. */
export function selectionOf(label: string, e: ArrayExpression, index: readonly AxisIndex[]): ArrayExpression {
  const own = index.filter((i) => i.kind !== 'new')
  const segments = own.map((i, axis) => (i.kind === 'segments' ? i.segments : wholeAxis(e.shape[axis]!)))
  const chunks: Chunks = own.map((i, axis) =>
    i.kind === 'segments' ? chunksOfSegments(i.segments, e.chunks[axis]!) : e.chunks[axis]!,
  )
  const changes = own.some((i) => i.kind === 'segments')
  for (const [axis, i] of own.entries()) if (i.kind === 'segments') needKnown(label, [e.chunks[axis]!])
  const selected = changes ? new Selection(label, [e], 0, segments, chunks) : e
  let axis = 0
  const order = index.flatMap((i): (number | null)[] => {
    if (i.kind === 'new') return [null]
    const here = axis++
    return i.kind === 'segments' && i.drop ? [] : [here]
  })
  return rearranged(label, selected, order)
}
