import { type RealDType, type Width, kindOf, widthOf } from './dtype.js'
import { type FunctionWriter, type Local, op } from './function-writer.js'
import { type Lanes, extractLane, lanesOf, lowerHalves, replaceLane, shuffle, upperHalf, vectorsOf } from './lanes.js'
import { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16 } from './simd-opcodes.js'

/**
 * Numbers of one type as those of another. Integers keep their low bits; floats are truncated towards zero, and what does
 * not fit into 32 (for uint32 and 64-bit types: 64) bits becomes the nearest number that does, NaN 0.
 */
export function castLanes(f: FunctionWriter, from: RealDType, to: RealDType, block: number, value: Lanes): Lanes {
  if (from === to) return value
  if (kindOf(from) === 'float') {
    if (kindOf(to) === 'float') return to === 'float32' ? demote(f, value) : promote(f, block, value)
    return floatToInteger(f, from, to, block, value)
  }
  if (kindOf(to) === 'float') return integerToFloat(f, from, to, block, value)
  return resize(f, block, widthOf(from), widthOf(to), kindOf(from) === 'int', value)
}

/** Integers with more or fewer bytes. */
export function resize(f: FunctionWriter, block: number, from: Width, to: Width, signed: boolean, value: Lanes): Lanes {
  let width = from
  while (width < to) {
    value = widen(f, block, width, signed, value)
    width = (width * 2) as Width
  }
  while (width > to) {
    value = narrow(f, width, value)
    width = (width / 2) as Width
  }
  return value
}

function widen(f: FunctionWriter, block: number, width: Width, signed: boolean, value: Lanes): Lanes {
  const ops = width === 1 ? i16x8 : width === 2 ? i32x4 : i64x2
  const low = signed ? ops.extend_low_s : ops.extend_low_u
  const high = signed ? ops.extend_high_s : ops.extend_high_u
  const full = vectorsOf(block, (width * 2) as Width) === value.length * 2
  return value.flatMap((v) => (full ? [f.simd(low, [v]), f.simd(high, [v])] : [f.simd(low, [v])]))
}

/** The low bytes of every lane. */
function narrow(f: FunctionWriter, width: Width, value: Lanes): Lanes {
  const half = width / 2
  const from = Array.from({ length: 16 }, (_, i) => Math.floor(i / half) * width + (i % half))
  return pairs(value).map(([a, b]) => shuffle(f, a, b, from))
}

function pairs(value: Lanes): (readonly [Local, Local])[] {
  if (value.length === 1) return [[value[0]!, value[0]!]]
  return Array.from({ length: value.length / 2 }, (_, i) => [value[2 * i]!, value[2 * i + 1]!] as const)
}

function demote(f: FunctionWriter, value: Lanes): Lanes {
  if (value.length === 1) return [f.simd(f32x4.demote_f64x2_zero, [value[0]!])]
  return pairs(value.map((v) => f.simd(f32x4.demote_f64x2_zero, [v]))).map(([a, b]) => lowerHalves(f, a, b))
}

function promote(f: FunctionWriter, block: number, value: Lanes): Lanes {
  return halves(f, block, value).map((v) => f.simd(f64x2.promote_low_f32x4, [v]))
}

/** Vectors of four lanes as twice as many, of which only the two lower lanes count. */
function halves(f: FunctionWriter, block: number, value: Lanes): Lanes {
  return block > 2 ? value.flatMap((v) => [v, upperHalf(f, v)]) : value
}

function integerToFloat(f: FunctionWriter, from: RealDType, to: RealDType, block: number, value: Lanes): Lanes {
  const signed = kindOf(from) === 'int'
  if (widthOf(from) === 8) {
    const type = to === 'float64' ? 'f64' : 'f32'
    const code = signed ? op[type].convert_i64_s : op[type].convert_i64_u
    const convert = (lane: Local): Local => f.scalar(type, code, lane)
    return lanesTo(f, from, to, block, value, convert)
  }
  const wide = resize(f, block, widthOf(from), 4, signed, value)
  if (to === 'float32') return wide.map((v) => f.simd(signed ? f32x4.convert_i32x4_s : f32x4.convert_i32x4_u, [v]))
  return halves(f, block, wide).map((v) => f.simd(signed ? f64x2.convert_low_i32x4_s : f64x2.convert_low_i32x4_u, [v]))
}

function floatToInteger(f: FunctionWriter, from: RealDType, to: RealDType, block: number, value: Lanes): Lanes {
  const type = from === 'float64' ? 'f64' : 'f32'
  if (to === 'uint64') return lanesTo(f, from, 'int64', block, value, (lane) => truncateUnsigned(f, lane, type))
  if (widthOf(to) === 8 || to === 'uint32') {
    const wide = lanesTo(f, from, 'int64', block, value, (lane) => f.truncate('i64_s', lane, type))
    return to === 'uint32' ? narrow(f, 8, wide) : wide
  }
  const whole =
    from === 'float32'
      ? value.map((v) => f.simd(i32x4.trunc_sat_f32x4_s, [v]))
      : join(
          f,
          value.map((v) => f.simd(i32x4.trunc_sat_f64x2_s_zero, [v])),
        )
  return resize(f, block, 4, widthOf(to), true, whole)
}

function join(f: FunctionWriter, value: Lanes): Lanes {
  return value.length === 1 ? value : pairs(value).map(([a, b]) => lowerHalves(f, a, b))
}

/** Negative numbers wrap around, as in C on the usual processors; from 2⁶³ on there is no sign. */
function truncateUnsigned(f: FunctionWriter, lane: Local, type: 'f32' | 'f64'): Local {
  const wide = type === 'f32' ? f.scalar('f64', op.f64.promote, lane) : lane
  const negative = f.scalar('i32', op.f64.lt, wide, f.f64(0))
  return f.select('i64', negative, f.truncate('i64_s', wide), f.truncate('i64_u', wide))
}

/** Lane by lane, from one type to another that is 8 bytes wide, or from 8 bytes to any. */
function lanesTo(
  f: FunctionWriter,
  from: RealDType,
  to: RealDType,
  block: number,
  value: Lanes,
  convert: (lane: Local) => Local,
): Lanes {
  const perInput = lanesOf(block, widthOf(from))
  const perOutput = lanesOf(block, widthOf(to))
  return Array.from({ length: vectorsOf(block, widthOf(to)) }, (_, i) => {
    let result = f.constant(new Uint8Array(16))
    for (let lane = 0; lane < perOutput; lane++) {
      const at = i * perOutput + lane
      const given = extractLane(f, from, value[Math.floor(at / perInput)]!, at % perInput)
      result = replaceLane(f, to, result, lane, convert(given))
    }
    return result
  })
}

/** A mask (lanes of all or no bits) for lanes of another width. */
export function resizeMask(f: FunctionWriter, block: number, from: Width, to: Width, mask: Lanes): Lanes {
  let width = from
  while (width > to) {
    // Saturating keeps both 0 and −1, and is one instruction where it exists.
    const narrowing = width === 2 ? i8x16.narrow_s : width === 4 ? i16x8.narrow_s : undefined
    mask = narrowing === undefined ? narrow(f, width, mask) : pairs(mask).map(([a, b]) => f.simd(narrowing, [a, b]))
    width = (width / 2) as Width
  }
  return resize(f, block, width, to, true, mask)
}
