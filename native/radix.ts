// Least-significant-digit radix sort of unsigned keys that were shifted so that their `bits` bits are the top ones.

import { bitsOf } from './keys'

/**
 * Bits of a digit. Where buckets lie far apart, 64 of them are as many as the processor finds the pages of without looking
 * them up; where everything is near, or there are many digits, fewer passes are better.
 */
const FAR: i32 = 6
const NEAR: i32 = 8
const FEW: usize = 1 << 18
const MANY_BITS: i32 = 48

/** As many keys are looked at to see how many bits tell keys apart; so many pairs of them are allowed to be alike. */
const SAMPLE: i32 = 1024
const PAIRS: i64 = 32

/** More moves than this a key are worse than sorting by the rest of the digits. */
export const MOVES: usize = 6

/**
 * Sorts `n` keys at `a`, with room for as many at `b`. Where they have many more bits than there are keys, only the
 * uppermost digits are sorted by, and what is left in disorder is put in order by insertion: where that takes too long, all
 * digits are.
 *
 * @returns where the sorted keys are
 */
export function radixAll<K>(a: usize, b: usize, n: i32, bits: i32, counts: usize): usize {
  const most = bits > 16 ? tellingBits<K>(a, b, n, counts) : bits
  const some = bits < most ? bits : most
  const sorted = radixPasses<K>(a, b, n, some, counts)
  if (some === bits) return sorted
  if (insertion<K>(sorted, n, MOVES * (n as usize) * sizeof<K>())) return sorted
  return radixPasses<K>(sorted, sorted === a ? b : a, n, bits, counts)
}

/** How many of the uppermost bits tell most keys apart, by the pairs of a sample that they do not tell apart. */
function tellingBits<K>(a: usize, b: usize, n: i32, counts: usize): i32 {
  const SIZE = sizeof<K>()
  const many = min(n, SAMPLE)
  const step = (n as usize) / (many as usize)
  for (let i: usize = 0; i < (many as usize); i++) {
    // Not quite evenly, so that what repeats in the data is not met again and again.
    store<K>(b + i * SIZE, load<K>(a + (i * step + (((i * 0x9e3779b1) >> 8) % step)) * SIZE))
  }
  const room = b + (many as usize) * SIZE
  const sorted = 2 * many <= n ? radixPasses<K>(b, room, many, (SIZE as i32) * 8, counts) : b
  if (2 * many > n) return bitsOf((n - 1) as u64) + 8
  let bits: i32 = 6
  for (; bits < (SIZE as i32) * 8; bits++) {
    const shift = ((SIZE as i32) * 8 - bits) as K
    let pairs: i64 = 0
    let run: i64 = 0
    for (let i: usize = 1; i < (many as usize); i++) {
      run = load<K>(sorted + i * SIZE) >> shift === load<K>(sorted + (i - 1) * SIZE) >> shift ? run + 1 : 0
      pairs += run
    }
    if (pairs <= PAIRS) break
  }
  // Each further bit halves them. Half a neighbour that is alike for each key of all is little to put in order.
  const alike = ((PAIRS * 4 * (n as i64)) / ((many as i64) * (many as i64))) as u64
  return bits + bitsOf(alike)
}

function radixPasses<K>(a: usize, b: usize, n: i32, bits: i32, counts: usize): usize {
  const SIZE = sizeof<K>()
  const WIDTH: i32 = (sizeof<K>() as i32) * 8
  if (bits === 0) return a
  const widest = (n as usize) * SIZE < FEW || bits > MANY_BITS ? NEAR : FAR
  const passes = (bits + widest - 1) / widest
  const width = (bits + passes - 1) / passes
  const buckets = 1 << width
  const mask = (buckets - 1) as K
  const bytes = (buckets as usize) << 2
  const end = a + (n as usize) * SIZE
  // The lowest digit begins at this bit; bits below it are not looked at.
  const first = max(WIDTH - passes * width, 0)
  memory.fill(counts, 0, bytes * passes)
  for (let pass = 0; pass < passes; ) {
    const shift = (first + pass * width) as K
    const c = counts + bytes * pass
    if (passes - pass >= 4) {
      countFour<K>(a, end, shift, width as K, mask, c, bytes)
      pass += 4
    } else {
      count<K>(a, end, shift, mask, c)
      pass++
    }
  }
  let from = a
  let to = b
  for (let pass = 0; pass < passes; pass++) {
    const c = counts + bytes * pass
    if (!toPlaces(c, buckets, n, to, SIZE)) continue
    scatter<K>(from, n, (first + pass * width) as K, mask, c)
    const other = from
    from = to
    to = other
  }
  return from
}

function countFour<K>(from: usize, end: usize, shift: K, width: K, mask: K, c0: usize, bytes: usize): void {
  const c1 = c0 + bytes
  const c2 = c1 + bytes
  const c3 = c2 + bytes
  for (let p = from; p < end; p += sizeof<K>()) {
    let key = load<K>(p) >> shift
    const p0 = c0 + (((key & mask) as usize) << 2)
    key >>= width
    const p1 = c1 + (((key & mask) as usize) << 2)
    key >>= width
    const p2 = c2 + (((key & mask) as usize) << 2)
    key >>= width
    const p3 = c3 + (((key & mask) as usize) << 2)
    store<u32>(p0, load<u32>(p0) + 1)
    store<u32>(p1, load<u32>(p1) + 1)
    store<u32>(p2, load<u32>(p2) + 1)
    store<u32>(p3, load<u32>(p3) + 1)
  }
}

function count<K>(from: usize, end: usize, shift: K, mask: K, counts: usize): void {
  for (let p = from; p < end; p += sizeof<K>()) {
    const c = counts + ((((load<K>(p) >> shift) & mask) as usize) << 2)
    store<u32>(c, load<u32>(c) + 1)
  }
}

/** Makes of counts the addresses at which the buckets begin; false when one bucket has everything. */
function toPlaces(counts: usize, buckets: i32, n: i32, to: usize, size: usize): bool {
  let at = to as u32
  const end = counts + ((buckets as usize) << 2)
  for (let c = counts; c < end; c += 4) {
    const many = load<u32>(c)
    if (many === (n as u32)) return false
    store<u32>(c, at)
    at += many * (size as u32)
  }
  return true
}

function scatter<K>(from: usize, n: i32, shift: K, mask: K, places: usize): void {
  const end = from + (n as usize) * sizeof<K>()
  for (let p = from; p < end; p += sizeof<K>()) {
    const key = load<K>(p)
    const c = places + ((((key >> shift) & mask) as usize) << 2)
    const at = load<u32>(c)
    store<K>(at as usize, key)
    store<u32>(c, at + (sizeof<K>() as u32))
  }
}

/**
 * Puts keys in order that are almost so; gives up after so many bytes moved, with all the keys still there. The greatest key
 * so far is held back: where two neighbours are the wrong way round that puts them right without a jump, which no processor
 * would foresee.
 */
export function insertion<K>(at: usize, n: i32, moves: usize): bool {
  const SIZE = sizeof<K>()
  if (n < 2) return true
  const end = at + (n as usize) * SIZE
  let left = moves as isize
  let greatest = load<K>(at)
  let before = 0 as K
  for (let p = at + SIZE; p < end; p += SIZE) {
    const next = load<K>(p)
    const isGreater = next > greatest
    const key = select<K>(greatest, next, isGreater)
    greatest = select<K>(next, greatest, isGreater)
    let q = p - SIZE
    if (key >= before) {
      store<K>(q, key)
      before = key
      continue
    }
    do {
      store<K>(q, load<K>(q - SIZE))
      q -= SIZE
    } while (q > at && load<K>(q - SIZE) > key)
    store<K>(q, key)
    left -= (p - q) as isize
    if (left < 0) {
      store<K>(p, greatest)
      return false
    }
  }
  store<K>(end - SIZE, greatest)
  return true
}
