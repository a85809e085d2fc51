import fc from 'fast-check'
import {
  type Block,
  type Operation,
  type RealDType,
  ProgramBuilder,
  type Program,
  isInteger,
  itemSize,
  kindOf,
  operations,
} from '../../src/kernels/index.js'
import { type Value, held, realDtypes } from './numbers.js'

/** Operations whose results are exact, so that two ways to compute them must agree to the last bit. */
const inexact: readonly Operation[] = [
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
  'arctan2',
  'hypot',
]

export const exactOperations = (Object.keys(operations) as Operation[]).filter((o) => !inexact.includes(o))

/** Without those that show the sign of a NaN, which JavaScript does not. */
const chained = exactOperations.filter((o) => o !== 'copysign' && o !== 'signbit')

export const dtypesOf = (operation: Operation): RealDType[] =>
  realDtypes.filter(
    (d) =>
      (operations[operation].kinds as readonly string[]).includes(kindOf(d)) && !(operation === 'power' && kindOf(d) === 'float'),
  )

const specials = [
  0,
  -0,
  1,
  -1,
  0.5,
  -1.5,
  2.5,
  NaN,
  Infinity,
  -Infinity,
  1e300,
  -1e-300,
  5e-324,
  2 ** 31,
  -(2 ** 31) - 0.5,
  2 ** 53,
  1e19,
  -1e19,
  3.4e38,
  255,
  256,
  -129,
]
const wholes = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  63n,
  64n,
  127n,
  128n,
  255n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n - 1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 24n + 1n,
]

/** A value of a type: often one of those that are special. */
export function valueOf(dtype: RealDType): fc.Arbitrary<Value> {
  if (dtype === 'bool') return fc.boolean()
  if (isInteger(dtype)) {
    const any = fc.oneof(
      fc.constantFrom(...wholes),
      fc.bigInt({ min: -20n, max: 20n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
    )
    return any.map((v) => held(dtype, v))
  }
  return fc.oneof(fc.constantFrom(...specials), fc.double({ min: -100, max: 100 }), fc.double()).map((v) => held(dtype, v))
}

export interface Node {
  readonly operation: number
  readonly dtype: number
  readonly args: readonly [number, number, number]
}

export const anyNodes: fc.Arbitrary<Node[]> = fc.array(
  fc.record({ operation: fc.nat(1000), dtype: fc.nat(1000), args: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)) }),
  { minLength: 1, maxLength: 8 },
)

/** A program on these inputs, and with one scalar and one constant, with as many operations as there are nodes. */
export function programOf(
  inputs: readonly RealDType[],
  nodes: readonly Node[],
  finish: (p: ProgramBuilder, made: readonly number[]) => void,
): Program {
  const p = new ProgramBuilder()
  const made = inputs.map((d) => p.input(d))
  made.push(p.scalar(inputs[0]!), p.constant(3, 'int16'))
  for (const { operation, dtype, args } of nodes) {
    const name = chained[operation % chained.length]!
    const types = dtypesOf(name)
    if (types.length === 0) continue
    const type = types[dtype % types.length]!
    const operands = args
      .slice(0, operations[name].operands)
      .map((a, i) => p.cast(made[a % made.length]!, name === 'where' && i === 0 ? 'bool' : type))
    made.push(p.apply(name, ...operands))
  }
  finish(p, made)
  return p.build()
}

/** How an array lies in memory. */
export interface Layout {
  readonly order: readonly number[]
  readonly gaps: readonly number[]
  readonly flips: readonly boolean[]
  readonly stretched: readonly boolean[]
}

export const anyShape = fc.oneof(
  fc.tuple(fc.nat(70)),
  fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 40 })),
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 5 }), fc.nat({ max: 9 })),
  fc.tuple(fc.integer({ min: 33, max: 80 }), fc.integer({ min: 1, max: 20 })),
) as fc.Arbitrary<number[]>

export const anyLayout: fc.Arbitrary<Layout> = fc.record({
  order: fc.oneof(fc.constant([0, 1, 2]), fc.shuffledSubarray([0, 1, 2], { minLength: 3 })),
  gaps: fc.oneof(fc.constant([0, 0, 0]), fc.array(fc.nat(2), { minLength: 3, maxLength: 3 })),
  flips: fc.oneof(fc.constant([false, false, false]), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })),
  stretched: fc.oneof(fc.constant([false, false, false]), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })),
})

/** An array of this shape laid out so, from an address on, and the bytes that it takes. */
export function layOut(
  address: number,
  dtype: RealDType,
  shape: readonly number[],
  layout: Layout,
  stretch: boolean,
): { block: Block; bytes: number } {
  const size = itemSize(dtype)
  const strides = new Array<number>(shape.length).fill(0)
  let bytes = size
  let first = 0
  for (const axis of layout.order.filter((a) => a < shape.length)) {
    if (stretch && layout.stretched[axis]) continue
    const step = bytes + layout.gaps[axis]! * size
    const last = Math.max(0, shape[axis]! - 1) * step
    strides[axis] = layout.flips[axis] ? -step : step
    if (layout.flips[axis]) first += last
    bytes += last
  }
  return { block: { address: address + first, dtype, shape, strides }, bytes }
}
