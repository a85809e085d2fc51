// Sorting and the places of sorted elements. Both are given room: 8 bytes an element and COUNTS.

import { COUNTS, bucketSort, isBucketed, radixSort } from './buckets'
import { bitsOf, comparableKeyOf, keyOf, keyOfFloat, keysOf, nanKey, ofKeys, storeOfKey, unifyNaN } from './keys'
import { mergeSort } from './merge'
import { insertion } from './radix'

/** Of so few elements insertion is fastest. */
const FEW: i32 = 48

let least: i64 = 0
let greatest: i64 = 0
let hasNaN: bool = false

/** Finds bounds of the keys: the least and the greatest; if one of them is 0, that of -0 or 0 that is beyond the other. */
function findRange<T>(data: usize, n: i32): void {
  hasNaN = false
  if (isFloat<T>()) findFloatRange<T>(data, n)
  else findIntegerRange<T>(data, n)
}

function findFloatRange<T>(data: usize, n: i32): void {
  const end = data + (n as usize) * sizeof<T>()
  let low = Infinity as T
  let high = -Infinity as T
  let p = data
  if (n >= 64) {
    // Several vectors at a time: each waits for the one before it.
    let low0 = v128.splat<T>(low)
    let low1 = low0
    let high0 = v128.splat<T>(high)
    let high1 = high0
    let isNaN = i64x2.splat(0)
    for (; p + 32 <= end; p += 32) {
      const x = v128.load(p)
      const y = v128.load(p, 16)
      low0 = v128.pmin<T>(low0, x)
      low1 = v128.pmin<T>(low1, y)
      high0 = v128.pmax<T>(high0, x)
      high1 = v128.pmax<T>(high1, y)
      isNaN = v128.or(isNaN, v128.or(v128.ne<T>(x, x), v128.ne<T>(y, y)))
    }
    hasNaN = v128.any_true(isNaN)
    low0 = v128.pmin<T>(low0, low1)
    high0 = v128.pmax<T>(high0, high1)
    low = min(v128.extract_lane<T>(low0, 0), v128.extract_lane<T>(low0, 1))
    high = max(v128.extract_lane<T>(high0, 0), v128.extract_lane<T>(high0, 1))
    if (sizeof<T>() === 4) {
      low = min(low, min(v128.extract_lane<T>(low0, 2), v128.extract_lane<T>(low0, 3)))
      high = max(high, max(v128.extract_lane<T>(high0, 2), v128.extract_lane<T>(high0, 3)))
    }
  }
  for (; p < end; p += sizeof<T>()) {
    const x = load<T>(p)
    low = x < low ? x : low
    high = x > high ? x : high
    hasNaN = hasNaN || x !== x
  }
  least = low === 0 ? -1 : keyOfFloat(low)
  // -0, whose key is -1, is 0 where numbers are compared.
  greatest = hasNaN ? nanKey<T>() : high === 0 ? 0 : keyOfFloat(high)
}

function findIntegerRange<T>(data: usize, n: i32): void {
  let low: i64 = i64.MAX_VALUE
  let high: i64 = i64.MIN_VALUE
  let p = data
  const end = data + (n as usize) * sizeof<T>()
  if (sizeof<T>() === 8 && n >= 2) {
    let lows = i64x2.splat(i64.MAX_VALUE)
    let highs = i64x2.splat(i64.MIN_VALUE)
    for (; p + 16 <= end; p += 16) {
      const keys = keysOf<T>(v128.load(p))
      lows = v128.bitselect(keys, lows, v128.gt<i64>(lows, keys))
      highs = v128.bitselect(keys, highs, v128.gt<i64>(keys, highs))
    }
    low = min(i64x2.extract_lane(lows, 0), i64x2.extract_lane(lows, 1))
    high = max(i64x2.extract_lane(highs, 0), i64x2.extract_lane(highs, 1))
  } else if (sizeof<T>() === 4 && n >= 4) {
    let lows = i32x4.splat(i32.MAX_VALUE)
    let highs = i32x4.splat(i32.MIN_VALUE)
    for (; p + 16 <= end; p += 16) {
      const keys = keysOf<T>(v128.load(p))
      lows = v128.min<i32>(lows, keys)
      highs = v128.max<i32>(highs, keys)
    }
    low = min(
      min(i32x4.extract_lane(lows, 0), i32x4.extract_lane(lows, 1)),
      min(i32x4.extract_lane(lows, 2), i32x4.extract_lane(lows, 3)),
    ) as i64
    high = max(
      max(i32x4.extract_lane(highs, 0), i32x4.extract_lane(highs, 1)),
      max(i32x4.extract_lane(highs, 2), i32x4.extract_lane(highs, 3)),
    ) as i64
  }
  for (; p < end; p += sizeof<T>()) {
    const key = keyOf<T>(p)
    low = key < low ? key : low
    high = key > high ? key : high
  }
  least = low
  greatest = high
}

/** Writes keys as unsigned numbers, the least of which is 0, and whose uppermost bit that differs is the first. */
function toKeys<T, K>(data: usize, n: i32, to: usize, base: i64, shift: i32): void {
  let i: usize = 0
  if (sizeof<T>() === 8) {
    const bases = i64x2.splat(base)
    for (; i + 2 <= (n as usize); i += 2) {
      v128.store(to + (i << 3), v128.shl<i64>(v128.sub<i64>(keysOf<T>(v128.load(data + (i << 3))), bases), shift))
    }
  } else if (sizeof<T>() === 4) {
    const bases = i32x4.splat(base as i32)
    for (; i + 4 <= (n as usize); i += 4) {
      v128.store(to + (i << 2), v128.shl<i32>(v128.sub<i32>(keysOf<T>(v128.load(data + (i << 2))), bases), shift))
    }
  }
  for (; i < (n as usize); i++) store<K>(to + i * sizeof<K>(), ((keyOf<T>(data + i * sizeof<T>()) - base) as K) << (shift as K))
}

function fromKeys<T, K>(keys: usize, n: i32, data: usize, base: i64, shift: i32): void {
  let i: usize = 0
  if (sizeof<T>() === 8) {
    const bases = i64x2.splat(base)
    for (; i + 2 <= (n as usize); i += 2) {
      v128.store(data + (i << 3), ofKeys<T>(v128.add<i64>(v128.shr<u64>(v128.load(keys + (i << 3)), shift), bases)))
    }
  } else if (sizeof<T>() === 4) {
    const bases = i32x4.splat(base as i32)
    for (; i + 4 <= (n as usize); i += 4) {
      v128.store(data + (i << 2), ofKeys<T>(v128.add<i32>(v128.shr<u32>(v128.load(keys + (i << 2)), shift), bases)))
    }
  }
  for (; i < (n as usize); i++) {
    const key = (load<K>(keys + i * sizeof<K>()) >> (shift as K)) as i64
    storeOfKey<T>(data + i * sizeof<T>(), key + base)
  }
}

function sortAs<T, K>(from: usize, data: usize, n: i32, room: usize): void {
  findRange<T>(from, n)
  const bits = bitsOf((greatest - least) as u64)
  if (bits === 0) {
    memory.copy(data, from, (n as usize) * sizeof<T>())
    return
  }
  const shift = ((sizeof<K>() as i32) << 3) - bits
  const b = room + COUNTS
  const a = sizeof<T>() === sizeof<K>() ? data : b + (n as usize) * sizeof<K>()
  const base = least
  if (sizeof<T>() === sizeof<K>() && isBucketed(n, bits)) {
    let source = from
    if (isFloat<T>() && hasNaN) {
      memory.copy(data, from, (n as usize) * sizeof<T>())
      unifyNaN<T>(data, n)
      source = data
    }
    bucketSort<T, K>(source, data, b, n, room, base, bits)
    return
  }
  toKeys<T, K>(from, n, a, base, shift)
  let sorted = a
  if (n <= FEW) insertion<K>(a, n, usize.MAX_VALUE >> 1)
  else sorted = radixSort<K>(a, b, n, bits, room)
  fromKeys<T, K>(sorted, n, data, base, shift)
}

/** Sorts what is at `from`, which may be `data`, to `data`. */
export function sort<T>(from: usize, data: usize, n: i32, room: usize): void {
  if (n < 2) memory.copy(data, from, (n as usize) * sizeof<T>())
  else if (sizeof<T>() === 8) sortAs<T, u64>(from, data, n, room)
  else sortAs<T, u32>(from, data, n, room)
}

/** Writes, as 64-bit integers, the places of the elements in their order; equal ones stay as they are. */
export function argsort<T>(data: usize, n: i32, out: usize, room: usize): void {
  findRange<T>(data, n)
  const bits = bitsOf((greatest - least) as u64)
  const placeBits = bitsOf((n - 1) as u64)
  if (n < 2 || bits === 0) {
    for (let i: usize = 0; i < (n as usize); i++) store<i64>(out + (i << 3), i as i64)
    return
  }
  // A key in the upper bits, as far as there is room, and its place in the lower ones.
  const shift = (64 - bits) as u64
  const places = ((1 as u64) << (placeBits as u64)) - 1
  const base = least
  const b = room + COUNTS
  for (let i: usize = 0; i < (n as usize); i++) {
    const key = ((comparableKeyOf<T>(data + i * sizeof<T>()) - base) as u64) << shift
    store<u64>(out + (i << 3), (key & ~places) | (i as u64))
  }
  const kept = 64 - placeBits
  // Sorting by all the bits there are would also be right, but places are in order already.
  const sorted = n <= FEW ? out : radixSort<u64>(out, b, n, bits < kept ? bits : kept, room)
  if (n <= FEW) insertion<u64>(out, n, usize.MAX_VALUE >> 1)
  const isWhole = bits <= kept || fixTies<T>(data, sorted, n, places)
  for (let i: usize = 0; i < (n as usize); i++) store<u64>(out + (i << 3), load<u64>(sorted + (i << 3)) & places)
  if (!isWhole) mergeSort<T, T>(data, out, n, b)
}

/** Puts in order what differs only in bits that had no room; false when that is too much. */
function fixTies<T>(data: usize, packed: usize, n: i32, places: u64): bool {
  const end = packed + ((n as usize) << 3)
  let left: i32 = n
  let before = load<u64>(packed)
  for (let p = packed + 8; p < end; p += 8) {
    const entry = load<u64>(p)
    const prefix = entry & ~places
    if (prefix !== (before & ~places)) {
      before = entry
      continue
    }
    const key = comparableKeyOf<T>(data + ((entry & places) as usize) * sizeof<T>())
    let q = p
    while (q > packed) {
      const other = load<u64>(q - 8)
      if ((other & ~places) !== prefix || comparableKeyOf<T>(data + ((other & places) as usize) * sizeof<T>()) <= key) break
      store<u64>(q, other)
      q -= 8
      if (--left < 0) {
        store<u64>(q, entry)
        return false
      }
    }
    store<u64>(q, entry)
    before = load<u64>(p)
  }
  return true
}

/** `argsort` of complex numbers, which are pairs of T, by their real and then their imaginary parts. */
export function argsortComplex<T>(data: usize, n: i32, out: usize, room: usize): void {
  for (let i: usize = 0; i < (n as usize); i++) store<i64>(out + (i << 3), i as i64)
  mergeSort<T, bool>(data, out, n, room)
}

export function sortRows<T>(from: usize, data: usize, rows: i32, n: i32, room: usize): void {
  const bytes = (n as usize) * sizeof<T>()
  for (let i: usize = 0; i < (rows as usize); i++) sort<T>(from + i * bytes, data + i * bytes, n, room)
}

export function argsortRows<T>(data: usize, rows: i32, n: i32, out: usize, room: usize): void {
  for (let i = 0; i < rows; i++) {
    const first = (i as usize) * (n as usize)
    argsort<T>(data + first * sizeof<T>(), n, out + (first << 3), room)
  }
}

export function argsortRowsComplex<T>(data: usize, rows: i32, n: i32, out: usize, room: usize): void {
  for (let i = 0; i < rows; i++) {
    const first = (i as usize) * (n as usize)
    argsortComplex<T>(data + first * 2 * sizeof<T>(), n, out + (first << 3), room)
  }
}
