// A stable merge sort of places by comparison: for complex numbers, and for numbers that differ in their last bits only.

import { comparableKeyOf } from './keys'

const RUN: i32 = 12

/** `Part` is `bool` for complex numbers, which are pairs of T; anything else for numbers of type T. */
function before<T, Part>(data: usize, i: usize, j: usize): bool {
  if (isBoolean<Part>()) return complexBefore<T>(data + i * 2 * sizeof<T>(), data + j * 2 * sizeof<T>())
  return comparableKeyOf<T>(data + i * sizeof<T>()) < comparableKeyOf<T>(data + j * sizeof<T>())
}

/** NumPy's order: by what is NaN (nothing, the imaginary part, the real part, both), then real, then imaginary parts. */
function complexBefore<F>(a: usize, b: usize): bool {
  const ar = load<F>(a)
  const ai = load<F>(a + sizeof<F>())
  const br = load<F>(b)
  const bi = load<F>(b + sizeof<F>())
  const an = ((ar !== ar) as i32) * 2 + ((ai !== ai) as i32)
  const bn = ((br !== br) as i32) * 2 + ((bi !== bi) as i32)
  if (an !== bn) return an < bn
  if ((an & 2) === 0 && ar !== br) return ar < br
  return (an & 1) === 0 && ai < bi
}

/** Puts places (64-bit integers) in the order of the elements that they are the places of; with room for as many. */
export function mergeSort<T, Part>(data: usize, places: usize, n: i32, room: usize): void {
  for (let start: i32 = 0; start < n; start += RUN) {
    const end = min(start + RUN, n)
    for (let i = start + 1; i < end; i++) {
      const place = load<u64>(places + ((i as usize) << 3))
      let j = i
      while (j > start && before<T, Part>(data, place as usize, load<u64>(places + (((j - 1) as usize) << 3)) as usize)) {
        store<u64>(places + ((j as usize) << 3), load<u64>(places + (((j - 1) as usize) << 3)))
        j--
      }
      store<u64>(places + ((j as usize) << 3), place)
    }
  }
  let from = places
  let to = room
  for (let width: i64 = RUN as i64; width < (n as i64); width *= 2) {
    for (let start: i64 = 0; start < (n as i64); start += 2 * width) {
      merge<T, Part>(data, from, to, start, min(start + width, n as i64), min(start + 2 * width, n as i64))
    }
    const other = from
    from = to
    to = other
  }
  if (from !== places) memory.copy(places, from, (n as usize) << 3)
}

function merge<T, Part>(data: usize, from: usize, to: usize, start: i64, middle: i64, end: i64): void {
  let a = from + ((start as usize) << 3)
  let b = from + ((middle as usize) << 3)
  const aEnd = b
  const bEnd = from + ((end as usize) << 3)
  let out = to + ((start as usize) << 3)
  while (a < aEnd && b < bEnd) {
    if (before<T, Part>(data, load<u64>(b) as usize, load<u64>(a) as usize)) {
      store<u64>(out, load<u64>(b))
      b += 8
    } else {
      store<u64>(out, load<u64>(a))
      a += 8
    }
    out += 8
  }
  memory.copy(out, a, aEnd - a)
  memory.copy(out + (aEnd - a), b, bEnd - b)
}
