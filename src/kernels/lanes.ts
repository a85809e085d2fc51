import type { RealDType, Width } from './dtype.js'
import { kindOf, widthOf } from './dtype.js'
import type { FunctionWriter, Local } from './function-writer.js'
import { op } from './function-writer.js'
import { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16, loadSplat, loadZero, v128 } from './simd-opcodes.js'

/**
 * The values of a block of elements, in vectors: as many vectors as they fill, in order. A block that does not fill one
 * vector is in its lowest lanes; the others hold anything.
 */
export type Lanes = readonly Local[]

/** How many vectors `block` elements of this width take. */
export const vectorsOf = (block: number, width: Width): number => Math.max(1, (block * width) / 16)

/** How many elements of the block each vector holds. */
export const lanesOf = (block: number, width: Width): number => Math.min(block, 16 / width)

/** A vector put together of bytes of two: `from` are 16 numbers, 0–15 of the first and 16–31 of the second. */
export function shuffle(f: FunctionWriter, a: Local, b: Local, from: readonly number[]): Local {
  return f.simd(v128.shuffle, [a, b], from)
}

/** The upper half of a vector, in both halves. */
export function upperHalf(f: FunctionWriter, a: Local): Local {
  return shuffle(f, a, a, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
}

/** The lower halves of two vectors. */
export function lowerHalves(f: FunctionWriter, a: Local, b: Local): Local {
  return shuffle(f, a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
}

/** Reads `block` elements that lie side by side. Of fewer than fill a vector, a single one is in all lanes. */
export function loadSide(f: FunctionWriter, address: Local, block: number, width: Width): Lanes {
  const bytes = block * width
  if (block === 1) return [f.load(loadSplat[width], address)]
  if (bytes < 16) {
    if (bytes === 2) return [f.load(loadSplat[2], address)]
    return [f.load(loadZero[bytes as 4 | 8], address)]
  }
  return Array.from({ length: bytes / 16 }, (_, i) => f.load(v128.load, address, i * 16))
}

/** The type of a lane as a plain number, and the instructions that take it out and put it in. */
function lane(dtype: RealDType) {
  switch (dtype) {
    case 'float64':
      return { type: 'f64', extract: f64x2.extract, replace: f64x2.replace } as const
    case 'float32':
      return { type: 'f32', extract: f32x4.extract, replace: f32x4.replace } as const
    case 'int64':
    case 'uint64':
      return { type: 'i64', extract: i64x2.extract, replace: i64x2.replace } as const
    case 'int32':
    case 'uint32':
      return { type: 'i32', extract: i32x4.extract, replace: i32x4.replace } as const
    case 'int16':
      return { type: 'i32', extract: i16x8.extract_s, replace: i16x8.replace } as const
    case 'uint16':
      return { type: 'i32', extract: i16x8.extract_u, replace: i16x8.replace } as const
    case 'int8':
      return { type: 'i32', extract: i8x16.extract_s, replace: i8x16.replace } as const
    default:
      return { type: 'i32', extract: i8x16.extract_u, replace: i8x16.replace } as const
  }
}

export const laneType = (dtype: RealDType): 'f64' | 'f32' | 'i64' | 'i32' => lane(dtype).type

export function extractLane(f: FunctionWriter, dtype: RealDType, vector: Local, index: number): Local {
  const { type, extract } = lane(dtype)
  return f.simdTo(type, extract, [vector], [index])
}

export function replaceLane(f: FunctionWriter, dtype: RealDType, vector: Local, index: number, value: Local): Local {
  return f.simd(lane(dtype).replace, [vector, value], [index])
}

/** A vector with this number in all lanes. */
export function splat(f: FunctionWriter, width: Width, kind: 'int' | 'float', value: Local): Local {
  if (kind === 'float') return f.simd(width === 8 ? f64x2.splat : f32x4.splat, [value])
  return f.simd({ 1: i8x16, 2: i16x8, 4: i32x4, 8: i64x2 }[width].splat, [value])
}

/** Applies what works on plain numbers to the first `count` lanes of vectors. */
export function lanewise(
  f: FunctionWriter,
  dtype: RealDType,
  count: number,
  vectors: readonly Local[],
  apply: (...values: Local[]) => Local,
): Local {
  let result = vectors[0]!
  for (let i = 0; i < count; i++) {
    const value = apply(...vectors.map((v) => extractLane(f, dtype, v, i)))
    result = replaceLane(f, dtype, result, i, value)
  }
  return result
}

/** A lane as a 64-bit integer. */
export function laneAsInt64(f: FunctionWriter, dtype: RealDType, value: Local): Local {
  if (widthOf(dtype) === 8) return value
  return f.scalar('i64', kindOf(dtype) === 'int' ? op.i64.extend_i32_s : op.i64.extend_i32_u, value)
}

export function int64AsLane(f: FunctionWriter, dtype: RealDType, value: Local): Local {
  return widthOf(dtype) === 8 ? value : f.scalar('i32', op.i32.wrap, value)
}
