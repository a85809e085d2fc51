// Sorting and the places of sorted elements. Both are given room: sort 16 bytes an element and COUNTS, argsort 24.

import { bitsOf, comparableKeyOf, keyOf, keysOf, ofKeys, storeOfKey } from './keys'
import { mergeSort } from './merge'
import { COUNTS, insertion, radixSort } from './radix'

/** Of so few elements insertion is fastest. */
const FEW: i32 = 48

let least: i64 = 0
let greatest: i64 = 0

function findRange<T>(data: usize, n: i32): void {
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
  // -0, whose key is -1, is 0 where numbers are compared.
  least = low
  greatest = isFloat<T>() && high === -1 ? 0 : high
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

function sortAs<T, K>(data: usize, n: i32, room: usize): void {
  findRange<T>(data, n)
  const bits = bitsOf((greatest - least) as u64)
  if (bits === 0) return
  const shift = ((sizeof<K>() as i32) << 3) - bits
  const b = room + COUNTS
  const a = sizeof<T>() === sizeof<K>() ? data : b + (n as usize) * sizeof<K>()
  const base = least
  toKeys<T, K>(data, n, a, base, shift)
  let sorted = a
  if (n <= FEW) insertion<K>(a, n, usize.MAX_VALUE >> 1)
  else sorted = radixSort<K>(a, b, n, bits, room)
  fromKeys<T, K>(sorted, n, data, base, shift)
}

/** Sorts in place. */
export function sort<T>(data: usize, n: i32, room: usize): void {
  if (n < 2) return
  if (sizeof<T>() === 8) sortAs<T, u64>(data, n, room)
  else sortAs<T, u32>(data, n, room)
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

export function sortRows<T>(data: usize, rows: i32, n: i32, room: usize): void {
  for (let i = 0; i < rows; i++) sort<T>(data + (i as usize) * (n as usize) * sizeof<T>(), n, room)
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
