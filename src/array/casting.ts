import { describe } from '../base/index.js'
import {
  type Casting,
  type DType,
  type NodeId,
  type ProgramBuilder,
  canCast,
  integerRange,
  isComplex,
  isInteger,
  kindOf,
} from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { Elementwise } from './elementwise.js'
import { DTypeError } from './errors.js'
import { Assembly } from './program-parts.js'

const castings: readonly string[] = ['no', 'safe', 'same_kind', 'unsafe'] satisfies Casting[]

/**
 * The array in another type; what the type has no number for is an error when it is met.
 *
 * @throws DTypeError for conversions that are not allowed, and for complex numbers that would lose their imaginary part
 */
export function castOf(e: ArrayExpression, dtype: DType, casting: Casting = 'unsafe'): ArrayExpression {
  if (!castings.includes(casting))
    throw new DTypeError(`astype: there is no casting ${describe(casting)}, but ${castings.join(', ')}`)
  if (e.dtype === dtype) return e
  if (!canCast(e.dtype, dtype, casting))
    throw new DTypeError(
      `astype: casting '${casting}' does not allow ${e.dtype} to become ${dtype}. Allow more, or convert in steps`,
    )
  if (isComplex(e.dtype) && !isComplex(dtype))
    throw new DTypeError(`astype: ${e.dtype} loses its imaginary part as ${dtype}: take real() or abs() first`)
  const assembly = new Assembly<ArrayExpression>()
  const { builder: p } = assembly
  const x = assembly.input(e, e.dtype)
  p.map(p.cast(x, dtype))
  const guards: string[] = []
  const unfit = isInteger(dtype) ? outside(p, x, e.dtype, dtype as 'int8') : undefined
  if (unfit !== undefined) {
    p.map(unfit)
    guards.push(`astype: a value of ${e.dtype} is not a number of ${dtype}`)
  }
  return new Elementwise('astype', assembly.inputs, { program: p.build(), scalars: assembly.scalars, guards })
}

/** Where a value has no counterpart in a type of whole numbers; undefined when all have one. */
function outside(p: ProgramBuilder, x: NodeId, from: DType, to: 'int8'): NodeId | undefined {
  const [least, greatest] = integerRange(to)
  if (kindOf(from) === 'float') {
    // The bounds lie beside powers of two, which floats have exactly; what is behind the point is dropped.
    const float = p.cast(x, 'float64')
    const above = p.apply(
      'less',
      float,
      p.constant(Number(greatest) < 2 ** 53 ? Number(greatest) + 1 : 2 ** (least < 0n ? 63 : 64), 'float64'),
    )
    const below =
      Number(least) < -(2 ** 53)
        ? p.apply('greaterEqual', float, p.constant(Number(least), 'float64'))
        : p.apply('greater', float, p.constant(Number(least) - 1, 'float64'))
    return p.apply('logicalNot', p.apply('logicalAnd', above, below))
  }
  if (!isInteger(from)) return undefined
  const [fromLeast, fromGreatest] = integerRange(from as 'int8')
  const checks: NodeId[] = []
  if (fromLeast < least) checks.push(p.apply('less', x, p.constant(least, from)))
  if (fromGreatest > greatest) checks.push(p.apply('greater', x, p.constant(greatest, from)))
  return checks.length === 0 ? undefined : checks.reduce((a, b) => p.apply('logicalOr', a, b))
}
