// Numbers as integers that have the same order, so that sorting needs no comparisons of floats: negative floats have their
// bits turned over, and every NaN becomes the same greatest one (NumPy sorts NaN last).

const MAX32: i32 = 0x7fffffff
const MAX64: i64 = 0x7fffffffffffffff
const NAN32: i32 = 0x7fc00000
const NAN64: i64 = 0x7ff8000000000000
const INF32: i32 = 0x7f800000
const INF64: i64 = 0x7ff0000000000000

/** The key of a number, signed. */
export function keyOf<T>(at: usize): i64 {
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) {
      const bits = load<i64>(at)
      return (bits & MAX64) > INF64 ? NAN64 : bits ^ ((bits >> 63) & MAX64)
    }
    const bits = load<i32>(at)
    return ((bits & MAX32) > INF32 ? NAN32 : bits ^ ((bits >> 31) & MAX32)) as i64
  }
  if (sizeof<T>() === 8 && !isSigned<T>()) return (load<u64>(at) ^ 0x8000000000000000) as i64
  if (sizeof<T>() === 4 && !isSigned<T>()) return (load<u32>(at) ^ 0x80000000) as i32 as i64
  return load<T>(at) as i64
}

/** The key of a number of 4 or 8 bytes; there must be no NaN but the usual one. */
export function plainKeyAt<T>(at: usize): i64 {
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) {
      const bits = load<i64>(at)
      return bits ^ ((((bits >> 63) as u64) >> 1) as i64)
    }
    const bits = load<i32>(at)
    return (bits ^ ((((bits >> 31) as u32) >> 1) as i32)) as i64
  }
  return keyOf<T>(at)
}

/** The key of a float that is not NaN. */
export function keyOfFloat<T>(x: T): i64 {
  if (sizeof<T>() === 8) {
    const bits = reinterpret<i64>(x as f64)
    return bits ^ ((((bits >> 63) as u64) >> 1) as i64)
  }
  const bits = reinterpret<i32>(x as f32)
  return (bits ^ ((((bits >> 31) as u32) >> 1) as i32)) as i64
}

/** The key of NaN. */
export function nanKey<T>(): i64 {
  return sizeof<T>() === 8 ? NAN64 : (NAN32 as i64)
}

/** Makes every NaN the usual one. */
export function unifyNaN<T>(at: usize, n: i32): void {
  const end = at + (n as usize) * sizeof<T>()
  for (let p = at; p < end; p += sizeof<T>()) {
    const x = load<T>(p)
    if (x !== x) storeOfKey<T>(p, nanKey<T>())
  }
}

/** The key by which numbers are equal that compare as equal: -0 has that of 0. */
export function comparableKeyOf<T>(at: usize): i64 {
  if (isFloat<T>()) {
    const key = keyOf<T>(at)
    return key === -1 ? 0 : key
  }
  return keyOf<T>(at)
}

/** Writes the number that a key stands for. */
export function storeOfKey<T>(at: usize, key: i64): void {
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) store<i64>(at, key ^ ((key >> 63) & MAX64))
    else {
      const narrow = key as i32
      store<i32>(at, narrow ^ ((narrow >> 31) & MAX32))
    }
  } else if (sizeof<T>() === 8 && !isSigned<T>()) store<u64>(at, (key as u64) ^ 0x8000000000000000)
  else if (sizeof<T>() === 4 && !isSigned<T>()) store<u32>(at, (key as u32) ^ 0x80000000)
  else store<T>(at, key as T)
}

/** The keys of as many numbers of 4 or 8 bytes as a vector has, as wide as the numbers. */
export function keysOf<T>(v: v128): v128 {
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) {
      const keys = v128.xor(v, v128.and(v128.lt<i64>(v, i64x2.splat(0)), i64x2.splat(MAX64)))
      return v128.bitselect(i64x2.splat(NAN64), keys, f64x2.ne(v, v))
    }
    const keys = v128.xor(v, v128.and(v128.shr<i32>(v, 31), i32x4.splat(MAX32)))
    return v128.bitselect(i32x4.splat(NAN32), keys, f32x4.ne(v, v))
  }
  if (isSigned<T>()) return v
  return sizeof<T>() === 8 ? v128.xor(v, i64x2.splat(i64.MIN_VALUE)) : v128.xor(v, i32x4.splat(i32.MIN_VALUE))
}

/** The numbers that keys stand for. */
export function ofKeys<T>(keys: v128): v128 {
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) return v128.xor(keys, v128.and(v128.lt<i64>(keys, i64x2.splat(0)), i64x2.splat(MAX64)))
    return v128.xor(keys, v128.and(v128.shr<i32>(keys, 31), i32x4.splat(MAX32)))
  }
  return keysOf<T>(keys)
}

/** How many bits a number takes. */
export function bitsOf(n: u64): i32 {
  return 64 - (clz<u64>(n) as i32)
}
