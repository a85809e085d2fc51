import { ArgumentError, describe } from '../base/index.js'
import {
  type DType,
  type NodeId,
  type Operation,
  type WeakScalar,
  applyUfunc,
  broadcastShapes,
  isInteger,
  kindOf,
  operations,
  resultType,
} from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { type Chunks, sameLengths } from './chunks.js'
import { elementwiseOf } from './elementwise.js'
import { ChunkError, DTypeError, ShapeError, showShape } from './errors.js'
import type { Assembly } from './program-parts.js'
import { type Segment, Selection, wholeAxis } from './selection.js'

/** An array, or a number that takes the type of the arrays that it meets. */
export type OperandExpression = ArrayExpression | WeakScalar

const isScalar = (o: OperandExpression): o is WeakScalar => typeof o !== 'object'

/**
 * The same arrays, in chunks that fit together: where axes of several are cut differently, at all cuts of any.
 *
 * @throws ShapeError when the shapes do not fit together
 */
export function unified(label: string, arrays: readonly ArrayExpression[]): ArrayExpression[] {
  if (arrays.length < 2) return [...arrays]
  const shapes = arrays.map((a) => a.shape)
  const shape = commonShape(label, shapes)
  const chunks = shape.map((length, axis): readonly number[] => {
    const all = arrays.flatMap((a) => {
      const own = a.chunks[axis - shape.length + a.shape.length]
      return own && !(own.length === 1 && own[0] === 1 && length !== 1) ? [own] : []
    })
    return all.reduce((x, y) => refined(label, x, y, axis))
  })
  return arrays.map((a) => {
    const missing = shape.length - a.shape.length
    const wanted = a.chunks.map((own, axis) => (own.length === 1 && own[0] === 1 ? own : chunks[missing + axis]!))
    return recut(a, wanted)
  })
}

/** The shape that several are stretched to; lengths that are not known fit those that are not known either. */
export function commonShape(label: string, shapes: readonly (readonly number[])[]): number[] {
  if (shapes.every((s) => !s.some(Number.isNaN))) {
    try {
      return broadcastShapes(...shapes)
    } catch (error) {
      throw new ShapeError(`${label}: ${(error as Error).message}`, { cause: error })
    }
  }
  const dimensions = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: dimensions }, (_, axis) => {
    const lengths = shapes.flatMap((s) => s[axis - dimensions + s.length] ?? []).filter((n) => n !== 1)
    if (lengths.length === 0) return 1
    const first = lengths[0]!
    if (lengths.every((n) => Object.is(n, first))) return first
    throw new ShapeError(
      `${label}: the shapes ${shapes.map(showShape).join(' and ')} do not fit together along axis ${axis - dimensions}, as far as lengths are known: await computeChunkSizes() first`,
    )
  })
}

/** All cuts of two ways to cut an axis. */
export function refined(label: string, a: readonly number[], b: readonly number[], axis: number): readonly number[] {
  if (sameLengths(a, b)) return a
  if (a.some(Number.isNaN) || b.some(Number.isNaN))
    throw new ChunkError(
      `${label}: chunks along axis ${axis} of lengths that are not known do not fit together: await computeChunkSizes() first`,
    )
  const result: number[] = []
  let i = 0
  let j = 0
  let leftA = a[0] ?? 0
  let leftB = b[0] ?? 0
  while (i < a.length && j < b.length) {
    const step = Math.min(leftA, leftB)
    if (step > 0) result.push(step)
    leftA -= step
    leftB -= step
    if (leftA === 0) leftA = a[++i] ?? 0
    if (leftB === 0) leftB = b[++j] ?? 0
  }
  return result.length > 0 ? result : [0]
}

/** The array in chunks of the same lengths along each axis, cut where these say. */
export function recut(e: ArrayExpression, chunks: Chunks): ArrayExpression {
  if (e.chunks.every((own, axis) => sameLengths(own, chunks[axis]!))) return e
  return new Selection(
    'rechunk',
    [e],
    0,
    e.shape.map((n) => wholeAxis(n)),
    chunks,
  )
}

/** The array stretched to a shape. */
export function stretchedTo(e: ArrayExpression, shape: readonly number[], chunks: Chunks): ArrayExpression {
  const segments = shape.map((n, axis): Segment[] =>
    e.shape[axis] === 1 && n !== 1 ? [{ start: 0, step: 0, count: n }] : wholeAxis(n),
  )
  return new Selection('broadcastTo', [e], 0, segments, chunks)
}

const comparisons: ReadonlySet<Operation> = new Set<Operation>([
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
])

/**
 * An operation of the kernels on arrays and numbers, element by element, with NumPy's conversions.
 *
 * @throws ShapeError when shapes do not fit together
 * @throws DTypeError when the operation is not defined for the types
 */
export function ufuncOf(operation: Operation, ...operands: readonly OperandExpression[]): ArrayExpression {
  return computed(operation, operands, (assembly, nodes) => {
    checkPower(operation, nodes, operands, assembly)
    const short = operation === 'power' ? shortPower(assembly, nodes, operands[1]) : undefined
    return short ?? applyUfunc(assembly.builder, operation, ...nodes)
  })
}

/** Powers that a product or a quotient gives, as exactly as a power does, and some twenty times as fast. */
function shortPower(
  { builder }: Assembly<ArrayExpression>,
  nodes: readonly NodeId[],
  exponent: OperandExpression | undefined,
): NodeId | undefined {
  const [base, other] = nodes
  if (exponent === undefined || !isScalar(exponent) || builder.dtype(base!) !== builder.dtype(other!)) return undefined
  const isFloat = kindOf(builder.dtype(base!)) === 'float'
  if (!isFloat && !isInteger(builder.dtype(base!))) return undefined
  if (Number(exponent) === 2) return builder.apply('square', base!)
  if (Number(exponent) === 3 && isFloat) return builder.apply('multiply', builder.apply('square', base!), base!)
  return Number(exponent) === -1 && isFloat ? builder.apply('reciprocal', base!) : undefined
}

/** Any formula on arrays and numbers, element by element: `build` is given a node for each. */
export function computed(
  label: string,
  operands: readonly OperandExpression[],
  build: (assembly: Assembly<ArrayExpression>, nodes: readonly NodeId[]) => NodeId,
): ArrayExpression {
  const arrays = operands.filter((o): o is ArrayExpression => !isScalar(o))
  if (arrays.length === 0) throw new ArgumentError(`${label}: at least one operand must be an array`)
  const fitting = unified(label, arrays)
  try {
    return elementwiseOf(label, fitting, (assembly, nodes) => {
      let next = 0
      const all = operands.map((o) => (isScalar(o) ? scalarNode(assembly, label, o, arrays, operands) : nodes[next++]!))
      return build(assembly, all)
    })
  } catch (error) {
    if (error instanceof ArgumentError) throw new DTypeError(error.message, { cause: error })
    throw error
  }
}

function scalarNode(
  assembly: Assembly<ArrayExpression>,
  label: string,
  scalar: WeakScalar,
  arrays: readonly ArrayExpression[],
  operands: readonly OperandExpression[],
): NodeId {
  const types = label === 'where' ? arrays.filter((a) => a !== operands[0]).map((a) => a.dtype) : arrays.map((a) => a.dtype)
  let dtype: DType
  if (comparisons.has(label as Operation) && isWhole(scalar) && types.every((t) => isInteger(t))) {
    // Numbers that the type does not hold can be compared with all the same.
    dtype = typeof scalar === 'bigint' && scalar > 2n ** 63n - 1n ? 'uint64' : 'int64'
  } else dtype = resultType(...types, ...operands.filter(isScalar))
  if (dtype.startsWith('complex'))
    return assembly.builder.cast(assembly.scalar(scalar, dtype === 'complex64' ? 'float32' : 'float64'), dtype)
  return assembly.scalar(scalar, dtype)
}

const isWhole = (scalar: WeakScalar): boolean =>
  typeof scalar === 'bigint' || (typeof scalar === 'number' && Number.isSafeInteger(scalar))

/** NumPy's rule: whole numbers have no negative powers. */
function checkPower(
  operation: Operation,
  nodes: readonly NodeId[],
  operands: readonly OperandExpression[],
  assembly: Assembly<ArrayExpression>,
): void {
  if (operation !== 'power' || nodes.length !== 2) return
  const [base, exponent] = operands
  const whole = nodes.every((n) => ['int', 'uint', 'bool'].includes(kindOf(assembly.builder.dtype(n))))
  if (!whole || exponent === undefined || !isScalar(exponent) || Number(exponent) >= 0) return
  const dtype = isScalar(base!) ? 'int64' : base!.dtype
  throw new DTypeError(
    `power: whole numbers (${dtype}) to the power of ${exponent} are none: convert to float64 first, astype('float64')`,
  )
}

/** Whether an operation of the kernels takes so many operands. */
export const operandsOf = (operation: Operation): number => operations[operation].operands

/** @throws ArgumentError for what is no number of JavaScript */
export function needScalar(operation: string, value: unknown): WeakScalar {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value
  throw new ArgumentError(`${operation}: expected an array or a number, not ${describe(value)}`)
}
