// Sorting of many keys: dealt out by their uppermost bits into buckets that fit into a cache, each of which is then sorted there.

import { bitsOf } from './keys'
import { MOVES, insertion, radixAll } from './radix'

/** Keys are dealt out by so many of their uppermost bits: floats of both signs have eight cells between powers of two then. */
const CELL_BITS: i32 = 15
const CELLS: usize = 1 << 15

/** Of fewer keys than this the cells would not pay; this is also what a bucket holds at least, if cells allow. */
export const MANY: i32 = 1 << 17
const TARGET: i32 = 1 << 12

/** No more buckets than about two times so many: the processor cannot write to many more places at once. */
const MOST_BITS: i32 = 9

/** A bucket with more keys is sorted as if it were all there is. */
const LARGE: i32 = 1 << 18

/** Bits of a key beyond those that number the keys of a bucket: an eighth of neighbours is alike in all of them then. */
const MORE_BITS: i32 = 3

/** Where things are, from the counts on: the counts of digits come first. */
const CELL_AT: usize = 16384
const TABLE_AT: usize = CELL_AT + CELLS * 4
const PLACES_AT: usize = TABLE_AT + CELLS * 2

/** Bytes of it all: a bucket has at least TARGET keys, or a cell of its own between two others. */
export const BUCKET_COUNTS: usize = PLACES_AT + (4 << MOST_BITS) * 4

/**
 * Sorts `n` keys at `a`, whose `bits` bits are the top ones, with room for as many at `b`.
 *
 * @returns where the sorted keys are
 */
export function bucketSort<K>(a: usize, b: usize, n: i32, counts: usize): usize {
  const SIZE = sizeof<K>()
  const shift = ((SIZE as i32) * 8 - CELL_BITS) as K
  const end = a + (n as usize) * SIZE
  const cells = counts + CELL_AT
  memory.fill(cells, 0, CELLS * 4)
  for (let p = a; p < end; p += SIZE) {
    const c = cells + (((load<K>(p) >> shift) as usize) << 2)
    store<u32>(c, load<u32>(c) + 1)
  }
  const buckets = group(counts, n, b, SIZE)
  const table = counts + TABLE_AT
  const places = counts + PLACES_AT
  for (let p = a; p < end; p += SIZE) {
    const key = load<K>(p)
    const c = places + (load<u16>(table + (((key >> shift) as usize) << 1)) as usize)
    const at = load<u32>(c)
    store<K>(at as usize, key)
    store<u32>(c, at + (SIZE as u32))
  }
  // Each place is where its bucket ends, now.
  let from = b
  for (let i: usize = 0; i < (buckets as usize); i++) {
    const to = load<u32>(places + (i << 2)) as usize
    sortBucket<K>(from, a + (from - b), ((to - from) / SIZE) as i32, counts)
    from = to
  }
  return b
}

/** Joins cells that are next to each other to buckets, and notes for each cell where the address of its bucket's end is. */
function group(counts: usize, n: i32, to: usize, size: usize): i32 {
  const target = max(TARGET, n >> MOST_BITS) as u32
  const cells = counts + CELL_AT
  const table = counts + TABLE_AT
  const places = counts + PLACES_AT
  let bucket: i32 = 0
  let held: u32 = 0
  let begin = to as u32
  store<u32>(places, begin)
  for (let i: usize = 0; i < CELLS; i++) {
    const many = load<u32>(cells + (i << 2))
    // What has enough is closed; a large cell does not take in what came before it.
    if (held >= target || (held > 0 && many >= target)) {
      begin += held * (size as u32)
      bucket++
      store<u32>(places + ((bucket as usize) << 2), begin)
      held = 0
    }
    held += many
    store<u16>(table + (i << 1), (bucket << 2) as u16)
  }
  return bucket + 1
}

/** Sorts `n` keys in place, with room for as many. */
function sortBucket<K>(keys: usize, room: usize, n: i32, counts: usize): void {
  if (n < 2) return
  const SIZE = sizeof<K>()
  const end = keys + (n as usize) * SIZE
  let least = load<K>(keys)
  let greatest = least
  for (let p = keys + SIZE; p < end; p += SIZE) {
    const key = load<K>(p)
    least = key < least ? key : least
    greatest = key > greatest ? key : greatest
  }
  const bits = bitsOf((greatest - least) as u64)
  if (bits === 0) return
  if (n > LARGE) {
    sortLarge<K>(keys, room, n, least, bits, counts)
    return
  }
  const some = min(bits, bitsOf((n - 1) as u64) + MORE_BITS)
  const width = (some + 1) >> 1
  // Two passes, so that they end where they began; of narrow keys the second one looks at nothing.
  const first = max(bits - 2 * width, 0)
  twoPasses<K>(keys, room, n, least, first as K, width, counts)
  if (first > 0 && !insertion<K>(keys, n, MOVES * (n as usize) * SIZE)) sortLarge<K>(keys, room, n, least, bits, counts)
}

function sortLarge<K>(keys: usize, room: usize, n: i32, least: K, bits: i32, counts: usize): void {
  const SIZE = sizeof<K>()
  const shift = ((SIZE as i32) * 8 - bits) as K
  const bytes = (n as usize) * SIZE
  for (let p = keys; p < keys + bytes; p += SIZE) store<K>(p, (load<K>(p) - least) << shift)
  const sorted = radixAll<K>(keys, room, n, bits, counts)
  for (let i: usize = 0; i < bytes; i += SIZE) store<K>(keys + i, (load<K>(sorted + i) >> shift) + least)
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
