// Moving elements without looking at them: transposing, gathering, scattering.

/** The side of the squares that are transposed one after the other: two of them fit the nearest cache. */
const TILE: usize = 32

/**
 * Writes the transpose of `rows` rows of `columns` elements; rows are `step` bytes apart, those of the transpose
 * `outStep` bytes.
 */
export function transpose<T>(from: usize, rows: usize, columns: usize, step: usize, out: usize, outStep: usize): void {
  for (let r: usize = 0; r < rows; r += TILE) {
    const rEnd = min(r + TILE, rows)
    for (let c: usize = 0; c < columns; c += TILE) {
      const cEnd = min(c + TILE, columns)
      if (sizeof<T>() === 8) transposeTile8(from, r, rEnd, c, cEnd, step, out, outStep)
      else {
        for (let j = c; j < cEnd; j++) {
          for (let i = r; i < rEnd; i++) store<T>(out + j * outStep + i * sizeof<T>(), load<T>(from + i * step + j * sizeof<T>()))
        }
      }
    }
  }
}

/** Two by two. */
function transposeTile8(
  from: usize,
  r: usize,
  rEnd: usize,
  c: usize,
  cEnd: usize,
  step: usize,
  out: usize,
  outStep: usize,
): void {
  let j = c
  for (; j + 2 <= cEnd; j += 2) {
    let i = r
    for (; i + 2 <= rEnd; i += 2) {
      const a = v128.load(from + i * step + (j << 3))
      const b = v128.load(from + (i + 1) * step + (j << 3))
      v128.store(out + j * outStep + (i << 3), v128.shuffle<i64>(a, b, 0, 2))
      v128.store(out + (j + 1) * outStep + (i << 3), v128.shuffle<i64>(a, b, 1, 3))
    }
    if (i < rEnd) {
      store<i64>(out + j * outStep + (i << 3), load<i64>(from + i * step + (j << 3)))
      store<i64>(out + (j + 1) * outStep + (i << 3), load<i64>(from + i * step + (j << 3) + 8))
    }
  }
  if (j < cEnd) for (let i = r; i < rEnd; i++) store<i64>(out + j * outStep + (i << 3), load<i64>(from + i * step + (j << 3)))
}

/**
 * Copies a plane to where its rows lie one after the other; steps are in bytes, and may be below 0. Made for planes whose rows are
 * nearer to each other than the elements of a row: what a line of the cache has of several rows is copied while it is there, and
 * eight elements of a row at a time fill a line.
 */
export function copyCrossed<T>(from: usize, rows: usize, rowStep: isize, columns: usize, columnStep: isize, out: usize): void {
  const width = columns * sizeof<T>()
  const whole = columns & ~7
  const s2 = columnStep * 2
  const s3 = columnStep * 3
  const s4 = columnStep * 4
  const s5 = columnStep * 5
  const s6 = columnStep * 6
  const s7 = columnStep * 7
  for (let c: usize = 0; c < whole; c += 8) {
    let source = from + c * columnStep
    let target = out + c * sizeof<T>()
    for (let r: usize = 0; r < rows; r++) {
      store<T>(target, load<T>(source))
      store<T>(target, load<T>(source + columnStep), sizeof<T>())
      store<T>(target, load<T>(source + s2), sizeof<T>() * 2)
      store<T>(target, load<T>(source + s3), sizeof<T>() * 3)
      store<T>(target, load<T>(source + s4), sizeof<T>() * 4)
      store<T>(target, load<T>(source + s5), sizeof<T>() * 5)
      store<T>(target, load<T>(source + s6), sizeof<T>() * 6)
      store<T>(target, load<T>(source + s7), sizeof<T>() * 7)
      source += rowStep
      target += width
    }
  }
  for (let c = whole; c < columns; c++) {
    for (let r: usize = 0; r < rows; r++) {
      store<T>(out + r * width + c * sizeof<T>(), load<T>(from + r * rowStep + c * columnStep))
    }
  }
}

/** out[i] = from[places[i]], with places from the end where they are negative; the first bad one, or -1. */
export function take<T>(from: usize, n: i64, places: usize, count: usize, out: usize): i32 {
  for (let i: usize = 0; i < count; i++) {
    let place = load<i64>(places + (i << 3))
    if (place < 0) place += n
    if ((place as u64) >= (n as u64)) return i as i32
    store<T>(out + i * sizeof<T>(), load<T>(from + (place as usize) * sizeof<T>()))
  }
  return -1
}

/** The same with elements of any size. */
export function takeRows(from: usize, n: i64, bytes: usize, places: usize, count: usize, out: usize): i32 {
  for (let i: usize = 0; i < count; i++) {
    let place = load<i64>(places + (i << 3))
    if (place < 0) place += n
    if ((place as u64) >= (n as u64)) return i as i32
    memory.copy(out + i * bytes, from + (place as usize) * bytes, bytes)
  }
  return -1
}

/** out[places[i]] = from[i], the last of equal places winning; the first bad place, or -1. */
export function putRows(from: usize, bytes: usize, places: usize, count: usize, out: usize, n: i64): i32 {
  for (let i: usize = 0; i < count; i++) {
    let place = load<i64>(places + (i << 3))
    if (place < 0) place += n
    if ((place as u64) >= (n as u64)) return i as i32
    const at = out + (place as usize) * bytes
    if (bytes === 8) store<i64>(at, load<i64>(from + (i << 3)))
    else memory.copy(at, from + i * bytes, bytes)
  }
  return -1
}
