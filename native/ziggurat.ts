// Normal and exponential numbers by the ziggurat (Marsaglia and Tsang 2000), in NumPy's variant: equal bits give equal numbers.

import { fillRaw, next32, next64, nextDouble, nextFloat } from './bits'
import { exp, log1p } from './math'

const NORMAL_END: f64 = 3.6541528853610087963519472518
const NORMAL_END_INVERSE: f64 = 0.27366123732975827203338247596
const EXPONENTIAL_END: f64 = 7.6971174701310497140446280481

// Where each of the twelve tables of 256 numbers begins, and that of logarithms of factorials: 64-bit ones first.
const KI: usize = 0
const WI: usize = 2048
const FI: usize = 4096
const KE: usize = 6144
const WE: usize = 8192
const FE: usize = 10240
const KI32: usize = 12288
const WI32: usize = 13312
const FI32: usize = 14336
const KE32: usize = 15360
const WE32: usize = 16384
const FE32: usize = 17408
const LOG_FACTORIALS: usize = 18432

let tables: usize = 0

/** Says where the tables are. */
export function useTables(at: usize): void {
  tables = at
}

export function logFactorialInTable(k: usize): f64 {
  return load<f64>(tables + (k << 3), LOG_FACTORIALS)
}

export function normal(): f64 {
  while (true) {
    const word = next64()
    const rest = (word >> 9) & 0x000fffffffffffff
    const at = tables + (((word & 0xff) as usize) << 3)
    const size = (rest as f64) * load<f64>(at, WI)
    // Either sign is as probable: a jump would be foreseen wrongly every other time.
    const x = reinterpret<f64>(reinterpret<u64>(size) | ((word & 0x100) << 55))
    if (rest < load<u64>(at, KI)) return x
    if ((word & 0xff) === 0) return normalTail(rest)
    const high = load<f64>(at - 8, FI)
    const low = load<f64>(at, FI)
    if ((high - low) * nextDouble() + low < exp(-0.5 * x * x)) return x
  }
}

function normalTail(rest: u64): f64 {
  while (true) {
    const xx = -NORMAL_END_INVERSE * log1p(-nextDouble())
    const yy = -log1p(-nextDouble())
    if (yy + yy > xx * xx) return (rest >> 8) & 1 ? -(NORMAL_END + xx) : NORMAL_END + xx
  }
}

// The words of 64 bits that were made ahead and are still to be used.
let ahead: usize = 0
let aheadEnd: usize = 0

/** The next number from 0 up to, but not, 1: of the words made ahead, as long as there are any. */
function takeDouble(): f64 {
  if (ahead >= aheadEnd) return nextDouble()
  const word = load<u64>(ahead)
  ahead += 8
  return ((word >> 11) as f64) * (1.0 / 9007199254740992.0)
}

function takeTail(rest: u64): f64 {
  while (true) {
    const xx = -NORMAL_END_INVERSE * log1p(-takeDouble())
    const yy = -log1p(-takeDouble())
    if (yy + yy > xx * xx) return (rest >> 8) & 1 ? -(NORMAL_END + xx) : NORMAL_END + xx
  }
}

/** So many words, and the numbers made of them, stay in the nearest cache. */
const BLOCK: usize = 1024 * 8

/** 2 ** 52, of which the lower bits of a float64 count the ones. */
const ONES: f64 = 4503599627370496

/** Writes `n` of the numbers that `normal` gives, times `deviation`, above `mean`. */
export function fillNormals(out: usize, n: usize, mean: f64, deviation: f64): void {
  const isStandard = mean === 0 && deviation === 1
  const end = out + (n << 3)
  for (let p = out; p < end; p += BLOCK) {
    const blockEnd = min(p + BLOCK, end)
    fillBlock(p, blockEnd)
    if (isStandard) continue
    const means = f64x2.splat(mean)
    const deviations = f64x2.splat(deviation)
    let q = p
    for (; q + 16 <= blockEnd; q += 16) v128.store(q, f64x2.add(means, f64x2.mul(deviations, v128.load(q))))
    if (q < blockEnd) store<f64>(q, mean + deviation * load<f64>(q))
  }
}

/**
 * The words of the generator are made many at a time: they stand where the numbers will, and each number takes one word or
 * more, so none is written over before it is used.
 */
function fillBlock(out: usize, end: usize): void {
  aheadEnd = end
  const exponent = f64x2.splat(ONES)
  let w = end
  for (let p = out; p < end; ) {
    if (w === end) {
      fillRaw(p, (end - p) >> 3)
      w = p
    }
    // Two at a time, as long as both are what 99 of 100 are: within their layers.
    while (w + 16 <= end) {
      const words = v128.load(w)
      const first = tables + ((load<u8>(w) as usize) << 3)
      const second = tables + ((load<u8>(w, 8) as usize) << 3)
      const rest = v128.shr<u64>(v128.shl<i64>(words, 3), 12)
      const bounds = v128.load64_lane(second, v128.load64_zero(first, KI), 1, KI)
      if (!i64x2.all_true(v128.gt<i64>(bounds, rest))) break
      const widths = v128.load64_lane(second, v128.load64_zero(first, WI), 1, WI)
      const ones = f64x2.sub(v128.or(rest, exponent), exponent)
      const signs = v128.shl<i64>(v128.shr<u64>(words, 8), 63)
      v128.store(p, v128.or(f64x2.mul(ones, widths), signs))
      w += 16
      p += 16
    }
    if (w === end) continue
    const word = load<u64>(w)
    w += 8
    const rest = (word >> 9) & 0x000fffffffffffff
    const at = tables + (((word & 0xff) as usize) << 3)
    const size = (rest as f64) * load<f64>(at, WI)
    let x = reinterpret<f64>(reinterpret<u64>(size) | ((word & 0x100) << 55))
    if (rest >= load<u64>(at, KI)) {
      ahead = w
      let taken = true
      if ((word & 0xff) === 0) x = takeTail(rest)
      else {
        const high = load<f64>(at - 8, FI)
        const low = load<f64>(at, FI)
        taken = (high - low) * takeDouble() + low < exp(-0.5 * x * x)
      }
      w = ahead
      if (!taken) continue
    }
    store<f64>(p, x)
    p += 8
  }
}

export function exponential(): f64 {
  while (true) {
    const word = next64() >> 3
    const rest = word >> 8
    const at = tables + (((word & 0xff) as usize) << 3)
    const x = (rest as f64) * load<f64>(at, WE)
    if (rest < load<u64>(at, KE)) return x
    if ((word & 0xff) === 0) return EXPONENTIAL_END - log1p(-nextDouble())
    const high = load<f64>(at - 8, FE)
    const low = load<f64>(at, FE)
    if ((high - low) * nextDouble() + low < exp(-x)) return x
  }
}

export function normal32(): f32 {
  while (true) {
    const word = next32()
    const rest = (word >> 9) & 0x7fffff
    const at = tables + (((word & 0xff) as usize) << 2)
    const size = (rest as f32) * load<f32>(at, WI32)
    const x: f32 = reinterpret<f32>(reinterpret<u32>(size) | ((word & 0x100) << 23))
    if (rest < load<u32>(at, KI32)) return x
    if ((word & 0xff) === 0) return normalTail32(rest)
    const high = load<f32>(at - 4, FI32)
    const low = load<f32>(at, FI32)
    if ((((high - low) * nextFloat() + low) as f64) < exp(-0.5 * (x as f64) * (x as f64))) return x
  }
}

function normalTail32(rest: u32): f32 {
  while (true) {
    const xx: f32 = -(NORMAL_END_INVERSE as f32) * (log1p(-(nextFloat() as f64)) as f32)
    const yy: f32 = -(log1p(-(nextFloat() as f64)) as f32)
    if (yy + yy > xx * xx) return (rest >> 8) & 1 ? -((NORMAL_END as f32) + xx) : (NORMAL_END as f32) + xx
  }
}

export function exponential32(): f32 {
  while (true) {
    const word = next32() >> 1
    const rest = word >> 8
    const at = tables + (((word & 0xff) as usize) << 2)
    const x = (rest as f32) * load<f32>(at, WE32)
    if (rest < load<u32>(at, KE32)) return x
    if ((word & 0xff) === 0) return (EXPONENTIAL_END as f32) - (log1p(-(nextFloat() as f64)) as f32)
    const high = load<f32>(at - 4, FE32)
    const low = load<f32>(at, FE32)
    if ((high - low) * nextFloat() + low < (exp(-(x as f64)) as f32)) return x
  }
}
