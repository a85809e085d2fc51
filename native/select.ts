// The k-th least numbers of many, which stay as they are (Floyd and Rivest 1975): a sample tells between which two numbers
// the wanted ones are, and only what lies between those is sorted. Room: 16 bytes an element and COUNTS.

import { bitsOf, keyOf, storeOfKey } from './keys'
import { COUNTS, radixSort } from './buckets'
import { insertion } from './radix'

/** Of fewer elements all are sorted. */
const FEW: i32 = 2048

/** Windows of places further apart than a sixteenth are looked at one after the other. */
const SPREAD: i32 = 16

/** Writes the numbers that would be at `count` ascending places (32-bit integers at `ranks`) if all were sorted. */
export function select<T>(data: usize, n: i32, ranks: usize, count: i32, out: usize, room: usize): void {
  let done = 0
  let windows = 0
  while (done < count) {
    const first = load<i32>(ranks + (done << 2))
    let many = 1
    while (done + many < count && load<i32>(ranks + ((done + many) << 2)) - first < n / SPREAD) many++
    // After a few windows it is cheaper to sort everything once.
    const whole = n < FEW || windows++ >= 4
    if (whole) many = count - done
    selectNear<T>(data, n, ranks + (done << 2), many, out + done * sizeof<T>(), room, whole)
    done += many
  }
}

function selectNear<T>(data: usize, n: i32, ranks: usize, count: i32, out: usize, room: usize, whole: bool): void {
  const kept = room + COUNTS
  let low = i64.MIN_VALUE
  let high = i64.MAX_VALUE
  const first = load<i32>(ranks)
  const last = load<i32>(ranks + ((count - 1) << 2))
  if (!whole) {
    const samples = sample<T>(data, n, room)
    const span = 2 * (Math.sqrt(samples as f64) as i32) + 2
    const lowest = ((((first as i64) * samples) / n) as i32) - span
    const highest = ((((last as i64) * samples) / n) as i32) + span
    if (lowest >= 0) low = (load<u64>(sampled + ((lowest as usize) << 3)) as i64) ^ i64.MIN_VALUE
    if (highest < samples) high = (load<u64>(sampled + ((highest as usize) << 3)) as i64) ^ i64.MIN_VALUE
  }
  let below: i32 = 0
  let p = kept
  for (let i: usize = 0; i < (n as usize); i++) {
    const key = keyOf<T>(data + i * sizeof<T>())
    store<i64>(p, key ^ i64.MIN_VALUE)
    below += (key < low) as i32
    p += ((key >= low && key <= high) as usize) << 3
  }
  const found = ((p - kept) >> 3) as i32
  if (first < below || last >= below + found) {
    // The sample was not like the rest.
    selectNear<T>(data, n, ranks, count, out, room, true)
    return
  }
  const sorted = sortKeys(kept, kept + ((found as usize) << 3), found, room)
  for (let i = 0; i < count; i++) {
    const key = load<i64>(sorted + (((load<i32>(ranks + (i << 2)) - below) as usize) << 3))
    storeOfKey<T>(out + i * sizeof<T>(), key ^ i64.MIN_VALUE)
  }
}

let sampled: usize = 0

/** Sorts the keys of some elements, and gives how many. */
function sample<T>(data: usize, n: i32, room: usize): i32 {
  const wanted = Math.cbrt(n as f64) as i32
  const samples = min(wanted * wanted, n / 8)
  const at = room + COUNTS
  // Weyl's sequence: places that follow no pattern the data might have.
  let place: u64 = 0
  for (let i: usize = 0; i < (samples as usize); i++) {
    place += 0x9e3779b97f4a7c15
    const mixed = place ^ (place >> 29)
    const index = (((mixed >> 32) * (n as u64)) >> 32) as usize
    store<i64>(at + (i << 3), keyOf<T>(data + index * sizeof<T>()) ^ i64.MIN_VALUE)
  }
  sampled = sortKeys(at, at + ((samples as usize) << 3), samples, room)
  return samples
}

/** Sorts unsigned keys as they are. */
function sortKeys(a: usize, b: usize, n: i32, counts: usize): usize {
  let low: u64 = u64.MAX_VALUE
  let high: u64 = 0
  for (let i: usize = 0; i < (n as usize); i++) {
    const key = load<u64>(a + (i << 3))
    low = key < low ? key : low
    high = key > high ? key : high
  }
  const bits = n < 2 ? 0 : bitsOf(high - low)
  if (bits === 0) return a
  const shift = (64 - bits) as u64
  for (let p = a, end = a + ((n as usize) << 3); p < end; p += 8) store<u64>(p, (load<u64>(p) - low) << shift)
  let sorted = a
  if (n < 48) insertion<u64>(a, n, usize.MAX_VALUE >> 1)
  else sorted = radixSort<u64>(a, b, n, bits, counts)
  for (let p = sorted, end = sorted + ((n as usize) << 3); p < end; p += 8) store<u64>(p, (load<u64>(p) >> shift) + low)
  return sorted
}

export function selectRows<T>(data: usize, rows: i32, n: i32, ranks: usize, count: i32, out: usize, room: usize): void {
  for (let i = 0; i < rows; i++) {
    select<T>(
      data + (i as usize) * (n as usize) * sizeof<T>(),
      n,
      ranks,
      count,
      out + (i as usize) * (count as usize) * sizeof<T>(),
      room,
    )
  }
}
