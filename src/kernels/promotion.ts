import { ArgumentError, describe } from '../base/index.js'
import { type DType, type RealDType, dtypes, integerRange, isInteger, itemSize, kindOf } from './dtype.js'

/** How strict a conversion is: only to types that hold every value; only within a kind or to a wider one; any. */
export type Casting = 'no' | 'safe' | 'same_kind' | 'unsafe'

/** A number of a program that takes the type of the arrays it meets. Whole numbers are integers. */
export type WeakScalar = number | bigint | boolean

const ranks = { bool: 0, uint: 1, int: 2, float: 3, complex: 4 } as const

/**
 * The smallest type that two types convert to without loss, by NumPy's table (64-bit integers become float64 where they
 * meet floats, as there).
 *
 * @example promoteTypes('uint8', 'int8') // 'int16'
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a
  if (ranks[kindOf(a)] > ranks[kindOf(b)]) return promoteTypes(b, a)
  // b is of the same kind or of one that ranks higher.
  const kind = kindOf(b)
  if (kindOf(a) === 'bool') return b
  if (kindOf(a) === kind) return itemSize(a) > itemSize(b) ? a : b
  if (kind === 'int') {
    if (itemSize(a) < itemSize(b)) return b
    return itemSize(a) === 8 ? 'float64' : (`int${itemSize(a) * 16}` as DType)
  }
  const single = kindOf(a) === 'float' ? itemSize(a) === 4 : itemSize(a) <= 2
  if (kind === 'float') return single ? b : 'float64'
  return single ? b : 'complex128'
}

/** Whether values of one type may be converted to another, by NumPy's rules. */
export function canCast(from: DType, to: DType, casting: Casting = 'safe'): boolean {
  if (from === to || casting === 'unsafe') return true
  if (casting === 'no') return false
  if (promoteTypes(from, to) === to) return true
  return casting === 'same_kind' && ranks[kindOf(from)] <= ranks[kindOf(to)]
}

/**
 * The type of a result of several arrays and plain numbers, as NumPy 2 has it: the number of a program does not make an
 * array's type wider within its kind. A whole number counts as an integer.
 *
 * @throws ArgumentError for a number that the type does not hold, and without any operand
 * @example resultType('float32', 0.5) // 'float32'
 * @example resultType('int8', 0.5)    // 'float64'
 */
export function resultType(...operands: readonly (DType | WeakScalar)[]): DType {
  const strong = operands.filter((o): o is DType => typeof o === 'string')
  const weak = operands.filter((o): o is WeakScalar => typeof o !== 'string')
  if (operands.length === 0) throw new ArgumentError('the type of a result of nothing: give at least one operand')
  let result = strong.length > 0 ? strong.reduce(promoteTypes) : undefined
  for (const scalar of weak) {
    const kind = weakKind(scalar)
    if (result === undefined || ranks[kind] > ranks[kindOf(result)]) {
      const usual = kind === 'bool' ? 'bool' : kind === 'int' ? 'int64' : 'float64'
      if (result === undefined || kind === 'float' || kindOf(result) === 'bool') result = usual
    }
  }
  for (const scalar of weak) checkFits(scalar, result!)
  return result!
}

function weakKind(scalar: WeakScalar): 'bool' | 'int' | 'float' {
  if (typeof scalar === 'boolean') return 'bool'
  return typeof scalar === 'bigint' || (Number.isSafeInteger(scalar) && !Object.is(scalar, -0)) ? 'int' : 'float'
}

function checkFits(scalar: WeakScalar, dtype: DType): void {
  if (!isInteger(dtype) || typeof scalar === 'boolean') return
  const value = BigInt(scalar)
  if (holds(dtype, value)) return
  const [least, greatest] = integerRange(dtype as RealDType)
  const wider = dtypes.filter((other) => kindOf(other) === 'float' || [least, greatest, value].every((n) => holds(other, n)))
  throw new ArgumentError(
    `${describe(scalar)} is not a number of ${dtype} (${least} to ${greatest}): convert the array to a wider type first, one of ${wider.join(', ')}`,
  )
}

/** Whether an integer type has the number. */
function holds(dtype: DType, value: bigint): boolean {
  if (!isInteger(dtype)) return false
  const [least, greatest] = integerRange(dtype as RealDType)
  return value >= least && value <= greatest
}
