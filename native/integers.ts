// Integers up to a bound, all equally probable (Lemire 2019), in NumPy's way: from 32, 16 or 8 bits where they suffice.

import { multiplyHigh, next32, next64 } from './bits'

/** A number up to and with `range`, out of a whole word of 64 bits. */
function bounded64(range: u64): u64 {
  if (range === u64.MAX_VALUE) return next64()
  const many = range + 1
  let x = next64()
  let low = x * many
  if (low < many) {
    const threshold = (u64.MAX_VALUE - range) % many
    while (low < threshold) {
      x = next64()
      low = x * many
    }
  }
  return multiplyHigh(x, many)
}

function bounded32(range: u32): u32 {
  if (range === u32.MAX_VALUE) return next32()
  const many = range + 1
  let m = (next32() as u64) * (many as u64)
  if ((m as u32) < many) {
    const threshold = (u32.MAX_VALUE - range) % many
    while ((m as u32) < threshold) m = (next32() as u64) * (many as u64)
  }
  return (m >> 32) as u32
}

let buffer: u32 = 0
let buffered: i32 = 0

function nextNarrow<T>(): T {
  if (buffered === 0) {
    buffer = next32()
    buffered = 4 / (sizeof<T>() as i32) - 1
  } else {
    buffer >>= sizeof<T>() * 8
    buffered--
  }
  return buffer as T
}

function boundedNarrow<T>(range: T): T {
  const BITS: u32 = (sizeof<T>() as u32) * 8
  const FULL: u32 = ((1 as u32) << BITS) - 1
  if ((range as u32) === FULL) return nextNarrow<T>()
  const many = (range as u32) + 1
  let m = (nextNarrow<T>() as u32) * many
  if ((m & FULL) < many) {
    const threshold = (FULL - (range as u32)) % many
    while ((m & FULL) < threshold) m = (nextNarrow<T>() as u32) * many
  }
  return (m >> BITS) as T
}

function nextBool(): u8 {
  if (buffered === 0) {
    buffer = next32()
    buffered = 31
  } else {
    buffer >>= 1
    buffered--
  }
  return (buffer & 1) as u8
}

/** `n` numbers from `low` up to and with `low + range`. T is unsigned: signed ones wrap to the same. */
export function fillIntegers<T>(out: usize, n: i32, low: u64, range: u64): void {
  buffered = 0
  const end = out + (n as usize) * sizeof<T>()
  if (range === 0) for (let p = out; p < end; p += sizeof<T>()) store<T>(p, low as T)
  else if (sizeof<T>() === 8) {
    if (range <= 0xffffffff) for (let p = out; p < end; p += 8) store<u64>(p, low + (bounded32(range as u32) as u64))
    else for (let p = out; p < end; p += 8) store<u64>(p, low + bounded64(range))
  } else if (sizeof<T>() === 4) for (let p = out; p < end; p += 4) store<u32>(p, (low as u32) + bounded32(range as u32))
  else for (let p = out; p < end; p += sizeof<T>()) store<T>(p, ((low as T) + boundedNarrow<T>(range as T)) as T)
}

/** `n` bytes, 0 or 1. */
export function fillBools(out: usize, n: i32): void {
  buffered = 0
  for (let p = out, end = out + (n as usize); p < end; p++) store<u8>(p, nextBool())
}

/** A number up to and with `max`, by rejection of masked bits: what NumPy shuffles with. */
export function interval(max: u64): u64 {
  if (max === 0) return 0
  const mask = u64.MAX_VALUE >> clz<u64>(max)
  let value: u64
  if (max <= 0xffffffff) {
    do value = (next32() as u64) & mask
    while (value > max)
  } else {
    do value = next64() & mask
    while (value > max)
  }
  return value
}

/** Puts 64-bit integers in random order (Fisher and Yates). */
export function shuffle(at: usize, n: i32): void {
  for (let i = n - 1; i > 0; i--) {
    const j = interval(i as u64) as usize
    const a = at + ((i as usize) << 3)
    const b = at + (j << 3)
    const x = load<i64>(a)
    store<i64>(a, load<i64>(b))
    store<i64>(b, x)
  }
}
