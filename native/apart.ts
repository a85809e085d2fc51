// What other sorts than ours do not do right with floats. NaN they do not know; the infinities some versions make the greatest
// number there is; -0 and 0 are equal to them, so that one may become the other. Before they sort, only finite numbers are left to
// them; afterwards the others are put where they belong.

import { nanKey, storeOfKey } from './keys'

/**
 * Writes the finite numbers at `from` to `data`, which may be the same, in their order; what is behind them there is of no
 * use. Writes at `counts`, as 32-bit integers, how many these are, how many of them are -0, and how many are -Infinity and
 * Infinity. The others are NaN.
 */
export function setApart<T>(from: usize, data: usize, n: i32, counts: usize): void {
  const end = from + (n as usize) * sizeof<T>()
  const infinities = v128.splat<T>(Infinity as T)
  let p = from
  let to = data
  let zeros = i64x2.splat(0)
  memory.fill(counts, 0, 16)
  while (p + 32 <= end) {
    const x = v128.load(p)
    const y = v128.load(p, 16)
    const finite = v128.and(v128.lt<T>(v128.abs<T>(x), infinities), v128.lt<T>(v128.abs<T>(y), infinities))
    if (!v128.any_true(v128.not(finite))) {
      zeros = v128.add<i64>(zeros, v128.add<i64>(negativeZeros<T>(x), negativeZeros<T>(y)))
      v128.store(to, x)
      v128.store(to, y, 16)
      p += 32
      to += 32
      continue
    }
    for (const next = p + 32; p < next; p += sizeof<T>()) to = setOneApart<T>(p, to, counts)
  }
  for (; p < end; p += sizeof<T>()) to = setOneApart<T>(p, to, counts)
  store<i32>(counts, ((to - data) / sizeof<T>()) as i32)
  add(counts + 4, (i64x2.extract_lane(zeros, 0) + i64x2.extract_lane(zeros, 1)) as i32)
}

/** Gives where the next finite number goes. */
function setOneApart<T>(from: usize, to: usize, counts: usize): usize {
  const one = load<T>(from)
  if (abs(one) < (Infinity as T)) {
    if (one === (0 as T) && isNegative<T>(from)) add(counts + 4, 1)
    store<T>(to, one)
    return to + sizeof<T>()
  }
  if (one === (-Infinity as T)) add(counts + 8, 1)
  else if (one === one) add(counts + 12, 1)
  return to
}

function add(at: usize, more: i32): void {
  store<i32>(at, load<i32>(at) + more)
}

/** How many of the numbers of a vector are -0, in two parts. */
function negativeZeros<T>(x: v128): v128 {
  if (sizeof<T>() === 8) return v128.neg<i64>(v128.eq<i64>(x, i64x2.splat(i64.MIN_VALUE)))
  const ones = v128.shr<u32>(v128.eq<i32>(x, i32x4.splat(i32.MIN_VALUE)), 31)
  return v128.add<i64>(v128.and(ones, i64x2.splat(1)), v128.shr<u64>(ones, 32))
}

function isNegative<T>(at: usize): bool {
  return sizeof<T>() === 8 ? load<i64>(at) < 0 : load<i32>(at) < 0
}

/** Of `n` numbers the finite ones are sorted: puts -0 before 0, and what was set apart before and behind them. */
export function putBack<T>(data: usize, n: i32, counts: usize): void {
  const finite = load<i32>(counts)
  const lows = load<i32>(counts, 8)
  if (load<i32>(counts, 4) > 0) orderZeros<T>(data, finite, load<i32>(counts, 4))
  if (lows > 0) memory.copy(data + (lows as usize) * sizeof<T>(), data, (finite as usize) * sizeof<T>())
  fill<T>(data, 0, lows, -Infinity as T)
  const highs = lows + finite
  const nans = highs + load<i32>(counts, 12)
  fill<T>(data, highs, nans, Infinity as T)
  for (let i = nans; i < n; i++) storeOfKey<T>(data + (i as usize) * sizeof<T>(), nanKey<T>())
}

function fill<T>(data: usize, from: i32, to: i32, value: T): void {
  for (let i = from; i < to; i++) store<T>(data + (i as usize) * sizeof<T>(), value)
}

function orderZeros<T>(data: usize, n: i32, negative: i32): void {
  // The first that is not below 0.
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    if (load<T>(data + (middle as usize) * sizeof<T>()) < (0 as T)) low = middle + 1
    else high = middle
  }
  for (let i = low; i < n; i++) {
    const at = data + (i as usize) * sizeof<T>()
    if (load<T>(at) !== (0 as T)) return
    store<T>(at, i - low < negative ? (-0.0 as T) : (0 as T))
  }
}
