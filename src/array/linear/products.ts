import { ArgumentError } from '../../base/index.js'
import { isComplex } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { axesOf, axisOf } from '../axes.js'
import { ChunkedArray } from '../chunked-array.js'
import { ShapeError, showShape } from '../errors.js'
import { expressionOf } from '../inputs.js'
import { ufuncOf } from '../operands.js'
import { reshapeOf } from '../reshaped.js'
import type { ArrayInput } from '../types.js'
import { contraction } from './contraction.js'

/** Names of axes, from a number on. */
const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

/**
 * The product of matrices, which the last two axes are; axes in front are stretched to each other. An array with one axis is a
 * row on the left and a column on the right.
 *
 * @example
 * da.matmul(a, b) // [m, k] and [k, n] → [m, n]
 */
export function matmul(a: ArrayInput, b: ArrayInput): ChunkedArray {
  const [x, y] = [expressionOf('matmul', a), expressionOf('matmul', b)]
  if (x.shape.length === 0 || y.shape.length === 0)
    throw new ShapeError('matmul: a number is no matrix: use multiply for products with numbers')
  const [m, k, n] = [1, 2, 3]
  const batch = (dimensions: number): number[] => from(-(dimensions - 2), Math.max(0, dimensions - 2))
  const left = x.shape.length === 1 ? [k] : [...batch(x.shape.length), m, k]
  const right = y.shape.length === 1 ? [k] : [...batch(y.shape.length), k, n]
  if (x.shape.at(-1) !== y.shape[Math.max(0, y.shape.length - 2)])
    throw new ShapeError(`matmul: matrices of the shapes ${showShape(x.shape)} and ${showShape(y.shape)} do not fit together`)
  const outer = batch(Math.max(x.shape.length, y.shape.length))
  const out = [...outer, ...(x.shape.length > 1 ? [m] : []), ...(y.shape.length > 1 ? [n] : [])]
  return new ChunkedArray(
    contraction(
      'matmul',
      [
        { e: x, names: left },
        { e: y, names: right },
      ],
      out,
    ),
  )
}

/** The dot product: along the last axis of the first and the last but one (or only one) of the second array. */
export function dot(a: ArrayInput, b: ArrayInput): ChunkedArray {
  const [x, y] = [expressionOf('dot', a), expressionOf('dot', b)]
  if (x.shape.length === 0 || y.shape.length === 0) return new ChunkedArray(ufuncOf('multiply', x, y))
  const axis = Math.max(0, y.shape.length - 2)
  return new ChunkedArray(product('dot', x, y, [x.shape.length - 1], [axis]))
}

/** The dot product of all elements of two arrays, the first conjugated. */
export function vdot(a: ArrayInput, b: ArrayInput): ChunkedArray {
  const [x, y] = [expressionOf('vdot', a), expressionOf('vdot', b)].map((e) => reshapeOf(e, [-1])) as [
    ArrayExpression,
    ArrayExpression,
  ]
  return new ChunkedArray(product('vdot', isComplex(x.dtype) ? ufuncOf('conjugate', x) : x, y, [0], [0]))
}

/** The products of each element of one array with each of another. */
export function outer(a: ArrayInput, b: ArrayInput): ChunkedArray {
  const [x, y] = [expressionOf('outer', a), expressionOf('outer', b)].map((e) => reshapeOf(e, [-1])) as [
    ArrayExpression,
    ArrayExpression,
  ]
  return new ChunkedArray(product('outer', x, y, [], []))
}

/**
 * The sum of products along some axes of each array: so many last ones of the first and first ones of the second, or those
 * that are listed.
 *
 * @example
 * da.tensordot(a, b, [[0, 2], [1, 0]])
 */
export function tensordot(
  a: ArrayInput,
  b: ArrayInput,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): ChunkedArray {
  const [x, y] = [expressionOf('tensordot', a), expressionOf('tensordot', b)]
  let left: number[]
  let right: number[]
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > x.shape.length || axes > y.shape.length)
      throw new ArgumentError(`tensordot: along ${axes} axes of arrays with ${x.shape.length} and ${y.shape.length}`)
    left = from(x.shape.length - axes, axes)
    right = from(0, axes)
  } else {
    left = [axes[0]].flat().map((axis) => axisOf('tensordot', axis as number, x.shape.length))
    right = [axes[1]].flat().map((axis) => axisOf('tensordot', axis as number, y.shape.length))
    axesOf('tensordot', left, x.shape.length)
    axesOf('tensordot', right, y.shape.length)
    if (left.length !== right.length)
      throw new ArgumentError(`tensordot: ${left.length} axes of the first array and ${right.length} of the second`)
  }
  return new ChunkedArray(product('tensordot', x, y, left, right))
}

/** Along pairs of axes. */
function product(
  label: string,
  x: ArrayExpression,
  y: ArrayExpression,
  left: readonly number[],
  right: readonly number[],
): ArrayExpression {
  for (const [i, axis] of left.entries()) {
    if (x.shape[axis] !== y.shape[right[i]!])
      throw new ShapeError(
        `${label}: the shapes ${showShape(x.shape)} and ${showShape(y.shape)} do not fit together: axis ${axis} has ${x.shape[axis]} elements, and axis ${right[i]} has ${y.shape[right[i]!]}`,
      )
  }
  const names = from(1, x.shape.length)
  const others = from(x.shape.length + 1, y.shape.length).map((name, axis) => {
    const i = right.indexOf(axis)
    return i < 0 ? name : names[left[i]!]!
  })
  const out = [...names.filter((_, axis) => !left.includes(axis)), ...others.filter((_, axis) => !right.includes(axis))]
  return contraction(
    label,
    [
      { e: x, names },
      { e: y, names: others },
    ],
    out,
  )
}
