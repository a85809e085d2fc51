import { ArgumentError } from '../base/index.js'
import { type DType, isComplex, isInteger, itemSize, kindOf } from './dtype.js'
import { type Operation, operations } from './operation.js'
import { type NodeId, type Program, ProgramBuilder } from './program.js'
import { promoteTypes } from './promotion.js'

const toFloat: ReadonlySet<Operation> = new Set<Operation>([
  ...([
    'sqrt',
    'cbrt',
    'exp',
    'exp2',
    'expm1',
    'log',
    'log2',
    'log10',
    'log1p',
    'sin',
    'cos',
    'tan',
    'arcsin',
    'arccos',
  ] as const),
  ...([
    'arctan',
    'sinh',
    'cosh',
    'tanh',
    'arcsinh',
    'arccosh',
    'arctanh',
    'rint',
    'arctan2',
    'hypot',
    'copysign',
    'signbit',
  ] as const),
  ...(['isnan', 'isinf', 'isfinite', 'angle'] as const),
])

const comparisons: ReadonlySet<Operation> = new Set<Operation>([
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
])
const ofBools: Partial<Record<Operation, Operation>> = {
  add: 'logicalOr',
  multiply: 'logicalAnd',
  maximum: 'logicalOr',
  minimum: 'logicalAnd',
  fmax: 'logicalOr',
  fmin: 'logicalAnd',
  bitwiseAnd: 'logicalAnd',
  bitwiseOr: 'logicalOr',
  bitwiseXor: 'logicalXor',
  invert: 'logicalNot',
}
/** Bools are computed with as the smallest integers. */
const bytesOfBools: ReadonlySet<Operation> = new Set<Operation>([
  'floorDivide',
  'remainder',
  'fmod',
  'power',
  'leftShift',
  'rightShift',
  'square',
  'reciprocal',
])
const unchanged: ReadonlySet<Operation> = new Set<Operation>(['floor', 'ceil', 'trunc', 'conjugate', 'real'])

/** The float that integers become: float32 holds those of 16 bits. (NumPy has float16 for those of 8, which Heddle has not.) */
function floatOf(dtype: DType): DType {
  if (kindOf(dtype) === 'float' || isComplex(dtype)) return dtype
  return itemSize(dtype) <= 2 ? 'float32' : 'float64'
}

/**
 * Applies an operation to values of any types, which are converted as NumPy's universal functions do.
 *
 * @throws ArgumentError when the operation is not defined for the types, with what to convert
 * @example applyUfunc(p, 'add', p.input('int8'), p.input('uint8')) // an int16
 */
export function applyUfunc(p: ProgramBuilder, operation: Operation, ...args: readonly NodeId[]): NodeId {
  const given = args.map((a) => p.dtype(a))
  const { operands } = operations[operation]
  if (args.length !== operands) throw new ArgumentError(`${operation} takes ${operands} operands: ${args.length} were given`)
  const values = operation === 'where' ? args.slice(1) : args
  const common = values.map((a) => p.dtype(a)).reduce(promoteTypes)
  const cast = (dtype: DType): NodeId[] => values.map((a) => p.cast(a, dtype))
  if (operation === 'where') return p.apply('where', p.cast(args[0]!, 'bool'), ...cast(common))
  if (operation.startsWith('logical')) return p.apply(operation, ...cast('bool'))
  if (comparisons.has(operation)) return compare(p, operation, args, common)
  if (operation === 'conjugate' && common === 'bool') return p.cast(args[0]!, 'int8')
  if (unchanged.has(operation) && !operations[operation].kinds.some((k) => k === kindOf(common))) {
    if (operation === 'real' || operation === 'conjugate' || !isComplex(common)) return args[0]!
  }
  if (operation === 'imag' && !isComplex(common)) return p.constant(kindOf(common) === 'bool' ? false : 0, common)
  if (operation === 'divide')
    return p.apply('divide', ...cast(kindOf(common) === 'float' || isComplex(common) ? common : 'float64'))
  if (toFloat.has(operation)) return floating(p, operation, cast(given.map(floatOf).reduce(promoteTypes)), given)
  if (common === 'bool') {
    if (operation === 'absolute') return args[0]!
    const logical = ofBools[operation]
    if (logical) return p.apply(logical, ...args)
    if (bytesOfBools.has(operation)) return p.apply(operation, ...cast('int8'))
  }
  return defined(p, operation, cast(common), given)
}

/** The types that `applyUfunc` makes of these. */
export function resultOfUfunc(operation: Operation, operands: readonly DType[]): DType {
  const p = new ProgramBuilder()
  return p.dtype(applyUfunc(p, operation, ...operands.map((d) => p.input(d))))
}

/** The program of one operation on arrays of these types. */
export function ufuncProgram(operation: Operation, operands: readonly DType[]): Program {
  const p = new ProgramBuilder()
  p.map(applyUfunc(p, operation, ...operands.map((d) => p.input(d))))
  return p.build()
}

function floating(p: ProgramBuilder, operation: Operation, args: readonly NodeId[], given: readonly DType[]): NodeId {
  if (operation === 'angle' && !isComplex(p.dtype(args[0]!))) {
    const x = args[0]!
    return p.apply('arctan2', p.constant(0, p.dtype(x)), x)
  }
  return defined(p, operation, args, given)
}

function defined(p: ProgramBuilder, operation: Operation, args: readonly NodeId[], given: readonly DType[]): NodeId {
  const common = p.dtype(args[0]!)
  const { kinds } = operations[operation]
  if ((kinds as readonly string[]).includes(kindOf(common))) return p.apply(operation, ...args)
  const types = kinds.flatMap(
    (k) => ({ bool: 'bool', int: 'integers', uint: 'unsigned integers', float: 'floats', complex: 'complex numbers' })[k],
  )
  const of = given.length > 1 && new Set(given).size > 1 ? `${given.join(' and ')} (together ${common})` : given[0]
  throw new ArgumentError(`${operation} of ${of} is not defined: convert to ${types.join(' or ')}`)
}

/** Signed and unsigned integers of 64 bits have no common type but floats, which would call different numbers equal. */
function compare(p: ProgramBuilder, operation: Operation, args: readonly NodeId[], common: DType): NodeId {
  const [a, b] = args as [NodeId, NodeId]
  const mixed = common === 'float64' && isInteger(p.dtype(a)) && isInteger(p.dtype(b))
  if (!mixed) return p.apply(operation, ...args.map((x) => p.cast(x, common === 'bool' ? 'uint8' : common)))
  const isSigned = (x: NodeId): boolean => kindOf(p.dtype(x)) === 'int'
  const signed = isSigned(a) ? a : b
  const negative = p.apply('less', p.cast(signed, 'int64'), p.constant(0, 'int64'))
  const compared = p.apply(operation, p.cast(a, 'uint64'), p.cast(b, 'uint64'))
  // A negative number is less than any unsigned one.
  const less = operation === 'notEqual' || operation.startsWith(isSigned(a) ? 'less' : 'greater')
  return p.apply('where', negative, p.constant(less, 'bool'), compared)
}
