// Sorting of many numbers: dealt out by the uppermost bits of their keys into buckets that fit into a cache, each of which is
// then sorted there. Keys are made where numbers are read, and numbers again where buckets are in the cache: memory is what
// this waits for.

import { bitsOf, ofKeys, plainKeyAt, storeOfKey } from './keys'
import { MOVES, insertion, radixAll } from './radix'

/** Numbers are dealt out by so many uppermost bits: of many there are 32 cells between powers of two, of fewer 8. */
const CELL_BITS: i32 = 15
const MORE_CELL_BITS: i32 = 17
const WANT_MORE_CELLS: i32 = 1 << 19

/** Of fewer keys than this the cells would not pay; and what a bucket holds at least, if cells allow. */
const MANY: i32 = 1 << 17
const TARGET: i32 = 1 << 11

/** No more buckets than about two times so many: the processor cannot write to many more places at once. */
const MOST_BITS: i32 = 9

/** A bucket of no more keys is sorted in one pass, with two counts a key, unless as many as this have one count. */
const ONCE: i32 = 1 << 14
const CROWD: i32 = 64

/** A bucket with more keys is sorted as if it were all there is. */
const LARGE: i32 = 1 << 18

/** Bits of a key beyond those that number the keys of a bucket, in two passes: an eighth of neighbours is alike then. */
const MORE_BITS: i32 = 3

/** Where things are, from the counts on: the counts of digits come first. */
const PLACES_AT: usize = 65536
const CELL_AT: usize = PLACES_AT + (8 << (MOST_BITS + 2))

/** Bytes of all counts: a bucket has at least TARGET keys, or a cell of its own between two others. */
export const COUNTS: usize = CELL_AT + (4 << MORE_CELL_BITS)

/** Keys of no more bits are sorted in as few passes without buckets. */
const MANY_DIGITS: i32 = 18

/** Whether it is worth while to deal keys out into buckets first. */
export function isBucketed(n: i32, bits: i32): bool {
  return n >= MANY && bits > MANY_DIGITS
}

/**
 * Sorts `n` keys at `a`, whose `bits` bits are the top ones, with room for as many at `b`.
 *
 * @returns where the sorted keys are
 */
export function radixSort<K>(a: usize, b: usize, n: i32, bits: i32, counts: usize): usize {
  if (!isBucketed(n, bits)) return radixAll<K>(a, b, n, bits, counts)
  bucketSort<bool, K>(a, a, b, n, counts, 0, (sizeof<K>() as i32) * 8)
  return a
}

/** The key of a number above `base`; where T is bool keys lie there already. There must be no NaN but the usual one. */
function keyAt<T, K>(p: usize, base: i64): K {
  if (isBoolean<T>()) return load<K>(p)
  return (plainKeyAt<T>(p) - base) as K
}

/**
 * Sorts `n` numbers at `source`, whose keys are `base` and more, by not more than `bits` bits, to `a`, which may be the same,
 * with room for as many at `b`.
 */
export function bucketSort<T, K>(source: usize, a: usize, b: usize, n: i32, counts: usize, base: i64, bits: i32): void {
  const SIZE = sizeof<K>()
  const cellBits = min(n < WANT_MORE_CELLS ? CELL_BITS : MORE_CELL_BITS, bits)
  const shift = (bits - cellBits) as K
  const end = source + (n as usize) * SIZE
  const cells = counts + CELL_AT
  memory.fill(cells, 0, (4 as usize) << cellBits)
  for (let p = source; p < end; p += SIZE) {
    const c = cells + (((keyAt<T, K>(p, base) >> shift) as usize) << 2)
    store<u32>(c, load<u32>(c) + 1)
  }
  const buckets = group(counts, n, b, SIZE, 1 << cellBits)
  const places = counts + PLACES_AT
  for (let p = source; p < end; p += SIZE) {
    const key = keyAt<T, K>(p, base)
    const c = places + (load<u32>(cells + (((key >> shift) as usize) << 2)) as usize)
    const at = load<u32>(c)
    store<K>(at as usize, key)
    store<u32>(c, at + (SIZE as u32))
  }
  // Each place is where its bucket ends, now.
  let from = b
  for (let p = places; p < places + ((buckets as usize) << 3); p += 8) {
    const to = load<u32>(p) as usize
    const cell = load<u32>(p, 4) as K
    const beyond = load<u32>(p + 8, 4) as K
    const least = cell << shift
    const some = bitsOf((beyond - cell - 1) as u64) + (shift as i32)
    sortBucket<T, K>(from, a + (from - b), ((to - from) / SIZE) as i32, base, least, some, counts)
    from = to
  }
}

/**
 * Joins cells that are next to each other to buckets. Of each bucket its address and its first cell are noted, and of each
 * cell where its bucket is noted.
 */
function group(counts: usize, n: i32, to: usize, size: usize, many: i32): i32 {
  const target = max(TARGET, n >> MOST_BITS) as u32
  const places = counts + PLACES_AT
  let c = counts + CELL_AT
  let bucket: u32 = 0
  let held: u32 = 0
  let begin = to as u32
  store<u64>(places, begin as u64)
  for (let cell: i32 = 0; cell < many; cell++) {
    const here = load<u32>(c)
    // What has enough is closed; a large cell does not take in what came before it.
    if (held >= target || (held > 0 && here >= target)) {
      begin += held * (size as u32)
      bucket++
      store<u32>(places + (bucket << 3), begin)
      store<u32>(places + (bucket << 3), cell, 4)
      held = 0
    }
    held += here
    store<u32>(c, bucket << 3)
    c += 4
  }
  store<u32>(places + ((bucket + 1) << 3), many, 4)
  return bucket + 1
}

/** Sorts `n` keys from `least` on, of which `bits` bits differ, and writes the numbers to `to`. */
function sortBucket<T, K>(keys: usize, to: usize, n: i32, base: i64, least: K, bits: i32, counts: usize): void {
  if (n === 0) return
  if (n > ONCE || !placed<K>(keys, to, n, least, bits, counts)) sortAnyBucket<K>(keys, to, n, counts)
  toNumbers<T, K>(to, n, base)
}

/** Moves keys to the places that their uppermost bits say, and puts the rest in order; false when that is too much. */
function placed<K>(keys: usize, to: usize, n: i32, least: K, bits: i32, counts: usize): bool {
  const SIZE = sizeof<K>()
  // Counts are added up eight at a time.
  const width = max(min(bits, bitsOf((n - 1) as u64) + 1), 3)
  const first = max(bits - width, 0) as K
  const bytes = (n as usize) * SIZE
  const end = keys + bytes
  memory.fill(counts, 0, (2 as usize) << width)
  for (let p = keys; p < end; p += SIZE) {
    const c = counts + ((((load<K>(p) - least) >> first) as usize) << 1)
    store<u16>(c, load<u16>(c) + 1)
  }
  const most = addUp(counts, (2 as usize) << width)
  if (first > 0 && most > CROWD) return false
  for (let p = keys; p < end; p += SIZE) {
    const key = load<K>(p)
    const c = counts + ((((key - least) >> first) as usize) << 1)
    const place = load<u16>(c)
    store<K>(to + (place as usize) * SIZE, key)
    store<u16>(c, place + 1)
  }
  return first === 0 || insertion<K>(to, n, MOVES * bytes)
}

/** Makes of each count the sum of those before it; gives the greatest. */
function addUp(counts: usize, bytes: usize): i32 {
  const zero = i16x8.splat(0)
  let before = zero
  let most = zero
  for (let c = counts; c < counts + bytes; c += 16) {
    const own = v128.load(c)
    most = v128.max<u16>(most, own)
    let sum = v128.add<i16>(own, v128.shuffle<i16>(zero, own, 0, 8, 9, 10, 11, 12, 13, 14))
    sum = v128.add<i16>(sum, v128.shuffle<i16>(zero, sum, 0, 0, 8, 9, 10, 11, 12, 13))
    sum = v128.add<i16>(sum, v128.shuffle<i16>(zero, sum, 0, 0, 0, 0, 8, 9, 10, 11))
    sum = v128.add<i16>(sum, before)
    v128.store(c, v128.sub<i16>(sum, own))
    before = v128.shuffle<i16>(sum, sum, 7, 7, 7, 7, 7, 7, 7, 7)
  }
  most = v128.max<u16>(most, v128.shuffle<i64>(most, most, 1, 0))
  most = v128.max<u16>(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2))
  most = v128.max<u16>(most, v128.shuffle<i16>(most, most, 1, 0, 3, 2, 5, 4, 7, 6))
  return i16x8.extract_lane_u(most, 0) as i32
}

/** Sorts keys that are too many, or too close to each other, for one pass. */
function sortAnyBucket<K>(keys: usize, to: usize, n: i32, counts: usize): void {
  const SIZE = sizeof<K>()
  const bytes = (n as usize) * SIZE
  const end = keys + bytes
  let least = load<K>(keys)
  let greatest = least
  for (let p = keys + SIZE; p < end; p += SIZE) {
    const key = load<K>(p)
    least = key < least ? key : least
    greatest = key > greatest ? key : greatest
  }
  const bits = bitsOf((greatest - least) as u64)
  let sorted = bits === 0
  if (!sorted && n <= LARGE) {
    const some = min(bits, bitsOf((n - 1) as u64) + MORE_BITS)
    const width = (some + 1) >> 1
    const first = max(bits - 2 * width, 0)
    twoPasses<K>(keys, to, n, least, first as K, width, counts)
    sorted = first === 0 || insertion<K>(keys, n, MOVES * bytes)
  }
  if (sorted) {
    memory.copy(to, keys, bytes)
    return
  }
  const shift = ((SIZE as i32) * 8 - bits) as K
  for (let p = keys; p < end; p += SIZE) store<K>(p, (load<K>(p) - least) << shift)
  const from = radixAll<K>(keys, to, n, bits, counts)
  for (let i: usize = 0; i < bytes; i += SIZE) store<K>(to + i, (load<K>(from + i) >> shift) + least)
}

/** Sorts by two digits, the lower of which begins at the bit `first` of what keys are above the least. */
function twoPasses<K>(keys: usize, room: usize, n: i32, least: K, first: K, width: i32, counts: usize): void {
  const SIZE = sizeof<K>()
  const mask = ((1 << width) - 1) as K
  const bytes = (1 as usize) << (width + 2)
  const low = counts
  const high = counts + bytes
  const end = keys + (n as usize) * SIZE
  memory.fill(low, 0, 2 * bytes)
  for (let p = keys; p < end; p += SIZE) {
    const key = (load<K>(p) - least) >> first
    const l = low + (((key & mask) as usize) << 2)
    const h = high + (((key >> (width as K)) as usize) << 2)
    store<u32>(l, load<u32>(l) + 1)
    store<u32>(h, load<u32>(h) + 1)
  }
  let lowAt = room as u32
  let highAt = keys as u32
  for (let i: usize = 0; i < bytes; i += 4) {
    const l = load<u32>(low + i)
    const h = load<u32>(high + i)
    store<u32>(low + i, lowAt)
    store<u32>(high + i, highAt)
    lowAt += l * (SIZE as u32)
    highAt += h * (SIZE as u32)
  }
  for (let p = keys; p < end; p += SIZE) {
    const key = load<K>(p)
    const c = low + (((((key - least) >> first) & mask) as usize) << 2)
    const at = load<u32>(c)
    store<K>(at as usize, key)
    store<u32>(c, at + (SIZE as u32))
  }
  const roomEnd = room + (n as usize) * SIZE
  const upper = first + (width as K)
  for (let p = room; p < roomEnd; p += SIZE) {
    const key = load<K>(p)
    const c = high + ((((key - least) >> upper) as usize) << 2)
    const at = load<u32>(c)
    store<K>(at as usize, key)
    store<u32>(c, at + (SIZE as u32))
  }
}

/** Makes of keys above `base`, where they lie, the numbers that they stand for. */
function toNumbers<T, K>(at: usize, n: i32, base: i64): void {
  if (isBoolean<T>()) return
  const end = at + (n as usize) * sizeof<K>()
  let p = at
  if (sizeof<K>() === 8) {
    const bases = i64x2.splat(base)
    for (; p + 16 <= end; p += 16) v128.store(p, ofKeys<T>(v128.add<i64>(v128.load(p), bases)))
  } else {
    const bases = i32x4.splat(base as i32)
    for (; p + 16 <= end; p += 16) v128.store(p, ofKeys<T>(v128.add<i32>(v128.load(p), bases)))
  }
  for (; p < end; p += sizeof<K>()) storeOfKey<T>(p, (load<K>(p) as i64) + base)
}
