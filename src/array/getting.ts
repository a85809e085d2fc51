import { ArgumentError } from '../base/index.js'
import { kindOf } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { ArrayIndexError, showShape } from './errors.js'
import { maskedElements } from './masked-elements.js'
import { parseIndex, selectionOf } from './slicing.js'
import { takeByArray } from './take-by-array.js'

/** The elements that an index names. Entries that are arrays are expressions here. */
export function slicedBy(e: ArrayExpression, index: readonly unknown[]): ArrayExpression {
  const [only] = index
  if (
    index.length === 1 &&
    only instanceof ArrayExpression &&
    only.dtype === 'bool' &&
    (only.chunks.length > 1 || e.chunks.length === 1)
  )
    return maskedElements(e, only)
  const entries = parseIndex(index, e.shape)
  const arrays = entries.filter((i) => i.kind === 'array')
  if (arrays.length > 1)
    throw new ArgumentError('slice: one array or more than one in an index: use vindex for points, or one after the other')
  if (arrays.length === 0) return selectionOf('slice', e, entries)
  const by = arrays[0]!.by
  const place = entries.filter((i) => i.kind !== 'new').indexOf(arrays[0]!)
  if (by.chunks.length > 1)
    throw new ArrayIndexError(`slice: an array of the shape ${showShape(by.shape)} for one axis: expected one dimension`)
  if (by.dtype !== 'bool' && kindOf(by.dtype) !== 'int' && kindOf(by.dtype) !== 'uint')
    throw new ArrayIndexError(`slice: an array of ${by.dtype} is no index: expected whole numbers or bool`)
  const taken = takeByArray(e, by, place)
  return selectionOf(
    'slice',
    taken,
    entries.map((i) => (i.kind === 'array' ? { kind: 'whole' } : i)),
  )
}
