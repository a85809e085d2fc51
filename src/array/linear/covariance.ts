import { ArgumentError } from '../../base/index.js'
import { type DType, isComplex, promoteTypes } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { castOf } from '../casting.js'
import { ChunkedArray } from '../chunked-array.js'
import { ShapeError, showShape } from '../errors.js'
import { expressionOf } from '../inputs.js'
import { ufuncOf } from '../operands.js'
import { rearranged, transposeOf } from '../rearranged-axes.js'
import { meanOf } from '../reductions.js'
import { concatenate } from '../shape-functions.js'
import type { ArrayInput } from '../types.js'
import { diagonal } from './diagonals.js'
import { matmul } from './products.js'

export interface CovarianceOptions {
  /** more variables */
  readonly y?: ArrayInput | undefined
  /** variables are rows (true unless told), or columns */
  readonly rowvar?: boolean | undefined
}

/**
 * The covariances of variables, each with each. A single variable's is a number.
 *
 * @param options bias: divided by the number of observations instead of one less; ddof: by the number less this
 */
export function cov(
  m: ArrayInput,
  {
    y,
    rowvar = true,
    bias = false,
    ddof = bias ? 0 : 1,
  }: CovarianceOptions & { readonly bias?: boolean; readonly ddof?: number } = {},
): ChunkedArray {
  if (!Number.isInteger(ddof)) throw new ArgumentError(`cov: ddof is ${ddof}: expected a whole number`)
  const x = variables('cov', m, y, rowvar)
  const result = covariances(x, ddof)
  return result.shape[0] === 1 ? result.reshape([]) : result
}

/** The correlation coefficients of variables, each with each. */
export function corrcoef(m: ArrayInput, { y, rowvar = true }: CovarianceOptions = {}): ChunkedArray {
  const c = covariances(variables('corrcoef', m, y, rowvar), 1)
  const variances = diagonal(c)
  const deviations = ufuncOf(
    'sqrt',
    isComplex(c.dtype) ? castOf(absolute(variances.expression), 'float64') : variances.expression,
  )
  const byRow = ufuncOf('divide', c.expression, rearranged('expandDims', deviations, [0, null]))
  const r = new ChunkedArray(ufuncOf('divide', byRow, rearranged('expandDims', deviations, [null, 0])))
  const result = isComplex(r.dtype) ? r : new ChunkedArray<DType>(ufuncOf('minimum', ufuncOf('maximum', r.expression, -1), 1))
  return result.shape[0] === 1 ? result.reshape([]) : result
}

const absolute = (e: ArrayExpression): ArrayExpression => ufuncOf('absolute', e)

/** One row for each variable. */
function variables(label: string, m: ArrayInput, y: ArrayInput | undefined, rowvar: boolean): ArrayExpression {
  const asRows = (input: ArrayInput): ArrayExpression => {
    const e = expressionOf(label, input)
    if (e.shape.length > 2 || e.shape.length === 0)
      throw new ShapeError(`${label}: an array of 1 or 2 axes was expected, not of the shape ${showShape(e.shape)}`)
    if (e.shape.length === 1) return rearranged('expandDims', e, [null, 0])
    return rowvar ? e : transposeOf(e)
  }
  const first = asRows(m)
  const both = y === undefined ? first : concatenate([new ChunkedArray(first), new ChunkedArray(asRows(y))]).expression
  return castOf(both, promoteTypes(both.dtype, 'float64'))
}

function covariances(x: ArrayExpression, ddof: number): ChunkedArray {
  const n = x.shape[1]! - ddof
  const centred = ufuncOf('subtract', x, meanOf(x, { axis: 1, keepdims: true }))
  const conjugated = isComplex(x.dtype) ? ufuncOf('conjugate', centred) : centred
  const products = matmul(new ChunkedArray(centred), new ChunkedArray(transposeOf(conjugated)))
  return new ChunkedArray(ufuncOf('divide', products.expression, Math.max(n, 0)))
}
