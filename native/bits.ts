// Streams of random bits, equal to NumPy's: PCG64 and PCG64DXSM (O'Neill 2014), Philox 4x64-10 (Salmon and others 2011).
//
// A stream's state in memory, 96 bytes: its kind, whether half of a 64-bit word is left, that half, how many words of the
// buffer are used (all 32 bits); six words of 64 bits (PCG: state and increment, each high and low; Philox: counter and
// key); four words that Philox made ahead. While a stream is used its state is in globals.

export const PCG64: i32 = 0
export const PCG64DXSM: i32 = 1

const MULTIPLIER_HIGH: u64 = 2549297995355413924
const MULTIPLIER_LOW: u64 = 4865540595714422341
const CHEAP_MULTIPLIER: u64 = 0xda942042e4dd58b5

let kind: i32 = 0
let hasHalf: i32 = 0
let half: u32 = 0
let used: i32 = 0
let s0: u64 = 0
let s1: u64 = 0
let s2: u64 = 0
let s3: u64 = 0
let s4: u64 = 0
let s5: u64 = 0
let w0: u64 = 0
let w1: u64 = 0
let w2: u64 = 0
let w3: u64 = 0

export function loadStream(at: usize): void {
  kind = load<i32>(at)
  hasHalf = load<i32>(at, 4)
  half = load<u32>(at, 8)
  used = load<i32>(at, 12)
  s0 = load<u64>(at, 16)
  s1 = load<u64>(at, 24)
  s2 = load<u64>(at, 32)
  s3 = load<u64>(at, 40)
  s4 = load<u64>(at, 48)
  s5 = load<u64>(at, 56)
  w0 = load<u64>(at, 64)
  w1 = load<u64>(at, 72)
  w2 = load<u64>(at, 80)
  w3 = load<u64>(at, 88)
}

export function saveStream(at: usize): void {
  store<i32>(at, hasHalf, 4)
  store<u32>(at, half, 8)
  store<i32>(at, used, 12)
  store<u64>(at, s0, 16)
  store<u64>(at, s1, 24)
  store<u64>(at, s2, 32)
  store<u64>(at, s3, 40)
  store<u64>(at, s4, 48)
  store<u64>(at, s5, 56)
  store<u64>(at, w0, 64)
  store<u64>(at, w1, 72)
  store<u64>(at, w2, 80)
  store<u64>(at, w3, 88)
}

/** The upper half of a product of 64 bits by 64. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff
  const ah = a >> 32
  const bl = b & 0xffffffff
  const bh = b >> 32
  const low = al * bl
  const middle = ah * bl + (low >> 32)
  const other = al * bh + (middle & 0xffffffff)
  return ah * bh + (middle >> 32) + (other >> 32)
}

export function next64(): u64 {
  if (kind === PCG64) {
    const low = s1 * MULTIPLIER_LOW
    const high = multiplyHigh(s1, MULTIPLIER_LOW) + s0 * MULTIPLIER_LOW + s1 * MULTIPLIER_HIGH
    const sum = low + s3
    s0 = high + s2 + ((sum < low) as u64)
    s1 = sum
    return rotr<u64>(s0 ^ s1, s0 >> 58)
  }
  if (kind === PCG64DXSM) return nextDxsm()
  return nextPhilox()
}

function nextDxsm(): u64 {
  let out = s0
  out ^= out >> 32
  out *= CHEAP_MULTIPLIER
  out ^= out >> 48
  out *= s1 | 1
  const low = s1 * CHEAP_MULTIPLIER
  const high = multiplyHigh(s1, CHEAP_MULTIPLIER) + s0 * CHEAP_MULTIPLIER
  const sum = low + s3
  s0 = high + s2 + ((sum < low) as u64)
  s1 = sum
  return out
}

function nextPhilox(): u64 {
  if (used < 4) {
    const at = used++
    return at === 1 ? w1 : at === 2 ? w2 : at === 3 ? w3 : w0
  }
  if (++s0 === 0 && ++s1 === 0 && ++s2 === 0) s3++
  let a = s0
  let b = s1
  let c = s2
  let d = s3
  let k0 = s4
  let k1 = s5
  for (let round = 0; round < 10; round++) {
    const low0 = a * 0xd2e7470ee14c6c93
    const high0 = multiplyHigh(a, 0xd2e7470ee14c6c93)
    const low1 = c * 0xca5a826395121157
    const high1 = multiplyHigh(c, 0xca5a826395121157)
    a = high1 ^ b ^ k0
    b = low1
    c = high0 ^ d ^ k1
    d = low0
    k0 += 0x9e3779b97f4a7c15
    k1 += 0xbb67ae8584caa73b
  }
  w0 = a
  w1 = b
  w2 = c
  w3 = d
  used = 1
  return a
}

/** Halves of 64-bit words, the lower first. */
export function next32(): u32 {
  if (hasHalf) {
    hasHalf = 0
    return half
  }
  const word = next64()
  hasHalf = 1
  half = (word >> 32) as u32
  return word as u32
}

/** From 0 up to, but not, 1. */
export function nextDouble(): f64 {
  return ((next64() >> 11) as f64) * (1.0 / 9007199254740992.0)
}

export function nextFloat(): f32 {
  return ((next32() >> 8) as f32) * (1.0 / 16777216.0)
}

const LOW_OF_LOW: u64 = MULTIPLIER_LOW & 0xffffffff
const HIGH_OF_LOW: u64 = MULTIPLIER_LOW >> 32

/** Whether words are those of PCG64: then `fillRaw` makes many at a time. */
export function isPcg64(): bool {
  return kind === PCG64
}

/** Writes `n` words of PCG64. The state stays in registers. */
export function fillRaw(out: usize, n: usize): void {
  let high = s0
  let low = s1
  const addHigh = s2
  const addLow = s3
  for (let p = out, end = out + (n << 3); p < end; p += 8) {
    const ll = low & 0xffffffff
    const lh = low >> 32
    const product = low * MULTIPLIER_LOW
    // The halves of this multiplier are so small that the sum of what is in the middle fits.
    const middle = lh * LOW_OF_LOW + ll * HIGH_OF_LOW + ((ll * LOW_OF_LOW) >> 32)
    const fromLow = lh * HIGH_OF_LOW + (middle >> 32) + low * MULTIPLIER_HIGH + addHigh
    low = product + addLow
    // What waits for the last word comes last: only a product and a sum.
    high = high * MULTIPLIER_LOW + (fromLow + ((low < product) as u64))
    store<u64>(p, rotr<u64>(high ^ low, high >> 58))
  }
  s0 = high
  s1 = low
}
