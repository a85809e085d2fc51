import { ArgumentError } from '../base/index.js'
import type { ArrayExpression } from './array-expression.js'
import { ChunkedArray } from './chunked-array.js'
import { needKnown } from './chunks.js'
import { expressionOf } from './inputs.js'
import { extremeOf, meanOf } from './reductions.js'
import { type Segment, Selection, wholeAxis } from './selection.js'
import { concatenate } from './shape-functions.js'
import { RuleSource } from './sources.js'
import { stretchedTo } from './operands.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** What stands beyond the ends of an array. */
export type PadMode = 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap' | 'maximum' | 'minimum' | 'mean' | 'empty'

/** How many elements are put before and behind: for all axes, or for each. */
export type PadWidth = number | readonly [before: number, after: number] | readonly (readonly [before: number, after: number])[]

/**
 * The array with more elements at its ends: constants, those at the edge, mirrored ones, or the greatest along the axis.
 *
 * @example
 * da.pad(x, [[1, 1], [0, 2]], { mode: 'edge' })
 */
export function pad<const X extends ArrayInput>(
  x: X,
  width: PadWidth,
  { mode = 'constant', constantValues = 0 }: { readonly mode?: PadMode; readonly constantValues?: number } = {},
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('pad', x)
  needKnown('pad', e.chunks)
  const widths = e.shape.map((_, axis) => widthOf(width, axis, e.shape.length))
  return new ChunkedArray(
    widths.reduce((result, [before, after], axis) => padAxis(result, axis, before, after, mode, constantValues), e),
  )
}

function widthOf(width: PadWidth, axis: number, dimensions: number): readonly [number, number] {
  const one =
    typeof width === 'number'
      ? [width, width]
      : typeof width[0] === 'number'
        ? width
        : width.length === 1
          ? width[0]
          : width[axis]
  if (Array.isArray(width) && typeof width[0] !== 'number' && width.length !== 1 && width.length !== dimensions)
    throw new ArgumentError(`pad: widths for ${width.length} axes of ${dimensions}`)
  const [before, after] = one as readonly [number, number]
  if (![before, after].every((n) => Number.isInteger(n) && n >= 0)) throw new ArgumentError('pad: expected whole numbers from 0')
  return [before, after]
}

/** An axis made longer. */
export function padAxis(
  e: ArrayExpression,
  axis: number,
  before: number,
  after: number,
  mode: PadMode,
  value: number,
): ArrayExpression {
  if (before === 0 && after === 0) return e
  const n = e.shape[axis]!
  const around = (segments: readonly Segment[], chunks: readonly number[]): ArrayExpression =>
    new Selection(
      'pad',
      [e],
      0,
      e.shape.map((length, a) => (a === axis ? segments : wholeAxis(length))),
      e.chunks.map((own, a) => (a === axis ? chunks : own)),
    )
  const cuts = [...(before > 0 ? [before] : []), ...e.chunks[axis]!, ...(after > 0 ? [after] : [])]
  if (mode === 'constant' || mode === 'empty' || mode === 'maximum' || mode === 'minimum' || mode === 'mean') {
    const part = (length: number): ChunkedArray => {
      const shape = e.shape.map((m, a) => (a === axis ? length : m))
      const chunks = e.chunks.map((own, a) => (a === axis ? [length] : own))
      if (mode === 'constant' || mode === 'empty')
        return new ChunkedArray(new RuleSource('pad', { kind: 'full', value: mode === 'empty' ? 0 : value }, e.dtype, chunks))
      const options = { axis, keepdims: true }
      const one =
        mode === 'mean' ? meanOf(e, { ...options, dtype: e.dtype }) : extremeOf(mode === 'maximum' ? 'max' : 'min', e, options)
      return new ChunkedArray(stretchedTo(one, shape, chunks))
    }
    const parts = [...(before > 0 ? [part(before)] : []), new ChunkedArray(e), ...(after > 0 ? [part(after)] : [])]
    return concatenate(parts, { axis }).expression
  }
  if (n === 0) throw new ArgumentError(`pad: axis ${axis} has no elements to go on with: use the mode 'constant'`)
  // Where a place beyond the ends comes from.
  const source = (place: number): number => {
    if (mode === 'edge') return Math.max(0, Math.min(n - 1, place))
    if (mode === 'wrap') return ((place % n) + n) % n
    const period = mode === 'reflect' ? Math.max(1, 2 * (n - 1)) : 2 * n
    const at = ((place % period) + period) % period
    return at < n ? at : mode === 'reflect' ? period - at : period - 1 - at
  }
  const single = (place: number): Segment => ({ start: source(place), step: 1, count: 1 })
  const segments = [
    ...Array.from({ length: before }, (_, i) => single(i - before)),
    wholeAxis(n)[0]!,
    ...Array.from({ length: after }, (_, i) => single(n + i)),
  ]
  return around(segments, cuts)
}
