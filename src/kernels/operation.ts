import type { DTypeKind } from './dtype.js'

type Kinds = readonly DTypeKind[]

const whole: Kinds = ['int', 'uint']
const numbers: Kinds = ['int', 'uint', 'float', 'complex']
const reals: Kinds = ['int', 'uint', 'float']
const floats: Kinds = ['float', 'complex']
const real: Kinds = ['float']
const all: Kinds = ['bool', 'int', 'uint', 'float', 'complex']
const logical: Kinds = ['bool']

export interface OperationFacts {
  readonly operands: 1 | 2 | 3
  /** kinds of operands that it is defined for; all operands have one type (that of `where` but its first, a bool) */
  readonly kinds: Kinds
  /** the type of the result: that of the operands, bool, or the type of a complex number's parts */
  readonly result: 'same' | 'bool' | 'part'
}

const facts = (operands: 1 | 2 | 3, kinds: Kinds, result: OperationFacts['result'] = 'same'): OperationFacts => ({
  operands,
  kinds,
  result,
})

/** What an element is computed with. The names are NumPy's, in camel case. */
export const operations = {
  negative: facts(1, numbers),
  absolute: facts(1, numbers, 'part'),
  sign: facts(1, numbers),
  square: facts(1, numbers),
  reciprocal: facts(1, numbers),
  sqrt: facts(1, floats),
  cbrt: facts(1, real),
  exp: facts(1, floats),
  exp2: facts(1, real),
  expm1: facts(1, real),
  log: facts(1, floats),
  log2: facts(1, real),
  log10: facts(1, real),
  log1p: facts(1, real),
  sin: facts(1, floats),
  cos: facts(1, floats),
  tan: facts(1, real),
  arcsin: facts(1, real),
  arccos: facts(1, real),
  arctan: facts(1, real),
  sinh: facts(1, floats),
  cosh: facts(1, floats),
  tanh: facts(1, real),
  arcsinh: facts(1, real),
  arccosh: facts(1, real),
  arctanh: facts(1, real),
  floor: facts(1, real),
  ceil: facts(1, real),
  trunc: facts(1, real),
  rint: facts(1, real),
  invert: facts(1, whole),
  isnan: facts(1, floats, 'bool'),
  isinf: facts(1, floats, 'bool'),
  isfinite: facts(1, floats, 'bool'),
  signbit: facts(1, real, 'bool'),
  real: facts(1, ['complex'], 'part'),
  imag: facts(1, ['complex'], 'part'),
  angle: facts(1, ['complex'], 'part'),
  conjugate: facts(1, ['complex']),
  add: facts(2, numbers),
  subtract: facts(2, numbers),
  multiply: facts(2, numbers),
  divide: facts(2, floats),
  floorDivide: facts(2, reals),
  remainder: facts(2, reals),
  fmod: facts(2, reals),
  power: facts(2, numbers),
  arctan2: facts(2, real),
  hypot: facts(2, real),
  copysign: facts(2, real),
  maximum: facts(2, reals),
  minimum: facts(2, reals),
  fmax: facts(2, reals),
  fmin: facts(2, reals),
  equal: facts(2, numbers, 'bool'),
  notEqual: facts(2, numbers, 'bool'),
  less: facts(2, reals, 'bool'),
  lessEqual: facts(2, reals, 'bool'),
  greater: facts(2, reals, 'bool'),
  greaterEqual: facts(2, reals, 'bool'),
  bitwiseAnd: facts(2, whole),
  bitwiseOr: facts(2, whole),
  bitwiseXor: facts(2, whole),
  leftShift: facts(2, whole),
  rightShift: facts(2, whole),
  logicalNot: facts(1, logical),
  logicalAnd: facts(2, logical),
  logicalOr: facts(2, logical),
  logicalXor: facts(2, logical),
  where: facts(3, all),
} as const satisfies Record<string, OperationFacts>

export type Operation = keyof typeof operations

/** Operations whose kernels are long: their loops are not unrolled. */
export const transcendental: ReadonlySet<Operation> = new Set<Operation>([
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
  'arctan',
  'sinh',
  'cosh',
  'tanh',
  'arcsinh',
  'arccosh',
  'arctanh',
  'power',
  'arctan2',
  'hypot',
  'fmod',
  'remainder',
  'floorDivide',
])
