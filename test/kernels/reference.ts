// What programs mean, element by element, in plain JavaScript: the oracle of the kernels' property tests.
import type { Operation, Program, RealDType } from '../../src/kernels/index.js'
import { integerRange, isInteger, itemSize } from '../../src/kernels/index.js'
import { type Value, held } from './numbers.js'

/** The value of a node of a program for one element. */
export function evaluate(program: Program, id: number, inputs: readonly Value[], scalars: readonly Value[]): Value {
  const node = program.nodes[id]!
  const dtype = node.dtype as RealDType
  switch (node.kind) {
    case 'input':
      return inputs[node.index]!
    case 'scalar':
      return held(dtype, scalars[node.index]!)
    case 'constant':
      return held(dtype, node.value)
    case 'cast':
      return convert(dtype, evaluate(program, node.of, inputs, scalars))
    case 'apply': {
      const types = node.args.map((a) => program.nodes[a]!.dtype as RealDType)
      const args = node.args.map((a) => evaluate(program, a, inputs, scalars))
      if (node.operation === 'where') return args[0] ? args[1]! : args[2]!
      if (types[0] === 'bool') return logic(node.operation, args as boolean[])
      if (isInteger(types[0]!)) return whole(node.operation, types[0]!, args as bigint[])
      const result = real(node.operation, types[0]!, args as number[])
      return typeof result === 'boolean' ? result : (held(dtype, result) as number)
    }
  }
}

function convert(to: RealDType, value: Value): Value {
  if (to === 'bool') return Boolean(value) || Number.isNaN(value)
  if (!isInteger(to) || typeof value !== 'number') {
    if (to === 'float32' && typeof value === 'bigint') return toFloat32(value)
    return held(to, value)
  }
  const limited = to === 'uint64' ? (value < 0 ? 'int64' : 'uint64') : to === 'int64' || to === 'uint32' ? 'int64' : 'int32'
  const [least, greatest] = integerRange(limited)
  if (Number.isNaN(value)) return 0n
  const clamped = value <= Number(least) ? least : value >= Number(greatest) ? greatest : BigInt(Math.trunc(value))
  return held(to, clamped)
}

/** The nearest float32 of an integer, which rounding to float64 first would miss. */
function toFloat32(value: bigint): number {
  const candidate = Math.fround(Number(value))
  const bits = new Int32Array(new Float32Array([candidate]).buffer)[0]!
  const near = [bits - 1, bits, bits + 1].map((b) => new Float32Array(new Int32Array([b]).buffer)[0]!).filter(Number.isFinite)
  const distance = (x: number): bigint => (BigInt(x) > value ? BigInt(x) - value : value - BigInt(x))
  if (Math.abs(candidate) < 2 ** 24) return candidate
  const even = (x: number): boolean => (new Int32Array(new Float32Array([x]).buffer)[0]! & 1) === 0
  return near.reduce((best, x) => {
    const [d, e] = [distance(best), distance(x)]
    return e < d || (e === d && even(x)) ? x : best
  })
}

function logic(operation: Operation, [a, b]: boolean[]): boolean {
  if (operation === 'logicalNot') return !a
  if (operation === 'logicalAnd') return a! && b!
  if (operation === 'logicalOr') return a! || b!
  return a !== b
}

function compare(operation: Operation, a: number | bigint, b: number | bigint): boolean | undefined {
  switch (operation) {
    case 'equal':
      return a === b
    case 'notEqual':
      return a !== b
    case 'less':
      return a < b
    case 'lessEqual':
      return a <= b
    case 'greater':
      return a > b
    case 'greaterEqual':
      return a >= b
    default:
      return undefined
  }
}

function whole(operation: Operation, dtype: RealDType, [a, b]: bigint[]): Value {
  const compared = compare(operation, a!, b!)
  return compared ?? held(dtype, wholeResult(operation, dtype, a!, b!))
}

function wholeResult(operation: Operation, dtype: RealDType, a: bigint, b: bigint): bigint {
  const bits = BigInt(itemSize(dtype) * 8)
  switch (operation) {
    case 'negative':
      return -a
    case 'absolute':
      return a < 0n ? -a : a
    case 'sign':
      return a > 0n ? 1n : a < 0n ? -1n : 0n
    case 'square':
      return a * a
    case 'reciprocal':
      if (a === 0n && bits >= 32n && integerRange(dtype)[0] < 0n) return -(1n << (bits - 1n))
      return a === 1n || a === -1n ? a : 0n
    case 'invert':
      return ~a
    case 'add':
      return a + b
    case 'subtract':
      return a - b
    case 'multiply':
      return a * b
    case 'bitwiseAnd':
      return a & b
    case 'bitwiseOr':
      return a | b
    case 'bitwiseXor':
      return a ^ b
    case 'maximum':
    case 'fmax':
      return a > b ? a : b
    case 'minimum':
    case 'fmin':
      return a < b ? a : b
    case 'leftShift':
      return b < 0n || b >= bits ? 0n : a << b
    case 'rightShift':
      return b < 0n || b >= bits ? (a < 0n ? -1n : 0n) : a >> b
    case 'fmod':
      return b === 0n ? 0n : a % b
    case 'remainder':
      return b === 0n ? 0n : ((a % b) + b) % b
    case 'floorDivide':
      return b === 0n ? 0n : (a - (((a % b) + b) % b)) / b
    case 'power': {
      if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n
      let result = 1n
      for (let square = a, left = b; left > 0n; left >>= 1n, square = BigInt.asIntN(64, square * square)) {
        if (left & 1n) result = BigInt.asIntN(64, result * square)
      }
      return result
    }
    default:
      throw new Error(`no ${operation} of integers`)
  }
}

function real(operation: Operation, dtype: RealDType, [x, y]: number[]): number | boolean {
  const [a, b] = [x!, y!]
  const compared = compare(operation, a, b)
  if (compared !== undefined) return compared
  const round = (v: number): number => (dtype === 'float32' ? Math.fround(v) : v)
  switch (operation) {
    case 'negative':
      return -a
    case 'absolute':
      return Math.abs(a)
    case 'sign':
      return Number.isNaN(a) ? a : a > 0 ? 1 : a < 0 ? -1 : 0
    case 'square':
      return a * a
    case 'reciprocal':
      return 1 / a
    case 'floor':
      return Math.floor(a)
    case 'ceil':
      return Math.ceil(a)
    case 'trunc':
      return Math.trunc(a)
    case 'rint': {
      if (!(Math.abs(a) < 2 ** 52)) return a
      const down = Math.floor(a)
      const even = a - down === 0.5 ? (down % 2 === 0 ? down : down + 1) : Math.round(a)
      return even === 0 ? (Object.is(a, -0) || a < 0 ? -0 : 0) : even
    }
    case 'isnan':
      return Number.isNaN(a)
    case 'isinf':
      return Math.abs(a) === Infinity
    case 'isfinite':
      return Number.isFinite(a)
    case 'signbit':
      return a < 0 || Object.is(a, -0)
    case 'add':
      return a + b
    case 'subtract':
      return a - b
    case 'multiply':
      return a * b
    case 'divide':
      return a / b
    case 'copysign':
      return (b < 0 || Object.is(b, -0) ? -1 : 1) * Math.abs(a)
    case 'maximum':
      return Math.max(a, b)
    case 'minimum':
      return Math.min(a, b)
    case 'fmax':
      return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b)
    case 'fmin':
      return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b)
    case 'fmod':
      return a % b
    case 'remainder':
      return divide(a, b, round)[1]
    case 'floorDivide':
      return divide(a, b, round)[0]
    case 'sqrt':
      return Math.sqrt(a)
    default:
      throw new Error(`no exact ${operation} of floats`)
  }
}

/** Python's division of floats: the quotient and the remainder. */
function divide(a: number, b: number, round: (v: number) => number): [number, number] {
  let rest = a % b
  if (b === 0) return [a / b, rest]
  let quotient = round(round(a - rest) / b)
  if (rest !== 0) {
    if (b < 0 !== rest < 0) {
      rest = round(rest + b)
      quotient = round(quotient - 1)
    }
  } else rest = b < 0 || Object.is(b, -0) ? -0 : 0
  if (quotient === 0) return [a / b < 0 || Object.is(a / b, -0) ? -0 : 0, rest]
  const floor = Math.floor(quotient)
  return [quotient - floor > 0.5 ? floor + 1 : floor, rest]
}
