// Products of matrices. Floats: panels of both sides are packed, so that the innermost loop reads them side by side, and a
// tile of the result stays in registers (Goto and van de Geijn 2008). Other types: plain loops along rows.

/** Rows and inner steps of a packed panel: the panel of the left side fits the second cache, a strip of the right the first. */
const ROWS: usize = 64
const DEPTH: usize = 256
const COLUMNS: usize = 512

/** Bytes of room that `matmul` of floats needs. */
export const MATMUL_ROOM: usize = (ROWS + COLUMNS) * DEPTH * 8

/**
 * out += left · right, of `m` × `k` and `k` × `n`, with any strides (in elements) of the operands; rows of the result lie
 * side by side.
 */
export function matmulFloat<T>(
  left: usize,
  leftRow: isize,
  leftColumn: isize,
  right: usize,
  rightRow: isize,
  rightColumn: isize,
  out: usize,
  outRow: usize,
  m: usize,
  k: usize,
  n: usize,
  room: usize,
): void {
  const NR: usize = sizeof<T>() === 8 ? 4 : 8
  const packedLeft = room
  const packedRight = room + ROWS * DEPTH * sizeof<T>()
  for (let jc: usize = 0; jc < n; jc += COLUMNS) {
    const nc = min(COLUMNS, n - jc)
    for (let pc: usize = 0; pc < k; pc += DEPTH) {
      const kc = min(DEPTH, k - pc)
      packRight<T>(
        right + ((pc as isize) * rightRow + (jc as isize) * rightColumn) * (sizeof<T>() as isize),
        rightRow,
        rightColumn,
        kc,
        nc,
        packedRight,
      )
      for (let ic: usize = 0; ic < m; ic += ROWS) {
        const mc = min(ROWS, m - ic)
        packLeft<T>(
          left + ((ic as isize) * leftRow + (pc as isize) * leftColumn) * (sizeof<T>() as isize),
          leftRow,
          leftColumn,
          mc,
          kc,
          packedLeft,
        )
        for (let jr: usize = 0; jr < nc; jr += NR) {
          for (let ir: usize = 0; ir < mc; ir += 4) {
            const at = out + ((ic + ir) * outRow + jc + jr) * sizeof<T>()
            const a = packedLeft + ir * kc * sizeof<T>()
            const b = packedRight + jr * kc * sizeof<T>()
            if (sizeof<T>() === 8) tile8(a, b, kc, at, outRow, min(mc - ir, 4), min(nc - jr, NR))
            else tile4(a, b, kc, at, outRow, min(mc - ir, 4), min(nc - jr, NR))
          }
        }
      }
    }
  }
}

/** Strips of four rows, column after column; rows that are missing are zeros. */
function packLeft<T>(from: usize, row: isize, column: isize, m: usize, k: usize, to: usize): void {
  const SIZE = sizeof<T>() as isize
  for (let i: usize = 0; i < m; i += 4) {
    const rows = min(m - i, 4)
    const start = from + (i as isize) * row * SIZE
    for (let p: usize = 0; p < k; p++) {
      const at = start + (p as isize) * column * SIZE
      for (let r: usize = 0; r < 4; r++) {
        store<T>(to, r < rows ? load<T>(at + (r as isize) * row * SIZE) : (0 as T))
        to += sizeof<T>()
      }
    }
  }
}

/** Strips of four (float64) or eight (float32) columns, row after row. */
function packRight<T>(from: usize, row: isize, column: isize, k: usize, n: usize, to: usize): void {
  const NR: usize = sizeof<T>() === 8 ? 4 : 8
  const SIZE = sizeof<T>() as isize
  for (let j: usize = 0; j < n; j += NR) {
    const columns = min(n - j, NR)
    const start = from + (j as isize) * column * SIZE
    for (let p: usize = 0; p < k; p++) {
      const at = start + (p as isize) * row * SIZE
      if (column === 1 && columns === NR) {
        v128.store(to, v128.load(at))
        v128.store(to + 16, v128.load(at + 16))
        to += 32
        continue
      }
      for (let c: usize = 0; c < NR; c++) {
        store<T>(to, c < columns ? load<T>(at + (c as isize) * column * SIZE) : (0 as T))
        to += sizeof<T>()
      }
    }
  }
}

function addTo8(at: usize, sum: v128, columns: usize): void {
  if (columns >= 2) v128.store(at, f64x2.add(v128.load(at), sum))
  else if (columns === 1) store<f64>(at, load<f64>(at) + f64x2.extract_lane(sum, 0))
}

function addTo4(at: usize, sum: v128, columns: usize): void {
  if (columns >= 4) v128.store(at, f32x4.add(v128.load(at), sum))
  else {
    if (columns >= 1) store<f32>(at, load<f32>(at) + f32x4.extract_lane(sum, 0))
    if (columns >= 2) store<f32>(at + 4, load<f32>(at + 4) + f32x4.extract_lane(sum, 1))
    if (columns >= 3) store<f32>(at + 8, load<f32>(at + 8) + f32x4.extract_lane(sum, 2))
  }
}

function tile8(a: usize, b: usize, k: usize, out: usize, outRow: usize, rows: usize, columns: usize): void {
  let s00 = f64x2.splat(0)
  let s01 = f64x2.splat(0)
  let s10 = f64x2.splat(0)
  let s11 = f64x2.splat(0)
  let s20 = f64x2.splat(0)
  let s21 = f64x2.splat(0)
  let s30 = f64x2.splat(0)
  let s31 = f64x2.splat(0)
  for (const end = a + k * 32; a < end; a += 32, b += 32) {
    const b0 = v128.load(b)
    const b1 = v128.load(b + 16)
    const a0 = v128.load64_splat(a)
    s00 = f64x2.add(s00, f64x2.mul(a0, b0))
    s01 = f64x2.add(s01, f64x2.mul(a0, b1))
    const a1 = v128.load64_splat(a + 8)
    s10 = f64x2.add(s10, f64x2.mul(a1, b0))
    s11 = f64x2.add(s11, f64x2.mul(a1, b1))
    const a2 = v128.load64_splat(a + 16)
    s20 = f64x2.add(s20, f64x2.mul(a2, b0))
    s21 = f64x2.add(s21, f64x2.mul(a2, b1))
    const a3 = v128.load64_splat(a + 24)
    s30 = f64x2.add(s30, f64x2.mul(a3, b0))
    s31 = f64x2.add(s31, f64x2.mul(a3, b1))
  }
  const step = outRow * 8
  const more = columns > 2 ? columns - 2 : 0
  addTo8(out, s00, columns)
  addTo8(out + 16, s01, more)
  if (rows < 2) return
  out += step
  addTo8(out, s10, columns)
  addTo8(out + 16, s11, more)
  if (rows < 3) return
  out += step
  addTo8(out, s20, columns)
  addTo8(out + 16, s21, more)
  if (rows < 4) return
  out += step
  addTo8(out, s30, columns)
  addTo8(out + 16, s31, more)
}

function tile4(a: usize, b: usize, k: usize, out: usize, outRow: usize, rows: usize, columns: usize): void {
  let s00 = f32x4.splat(0)
  let s01 = f32x4.splat(0)
  let s10 = f32x4.splat(0)
  let s11 = f32x4.splat(0)
  let s20 = f32x4.splat(0)
  let s21 = f32x4.splat(0)
  let s30 = f32x4.splat(0)
  let s31 = f32x4.splat(0)
  for (const end = a + k * 16; a < end; a += 16, b += 32) {
    const b0 = v128.load(b)
    const b1 = v128.load(b + 16)
    const a0 = v128.load32_splat(a)
    s00 = f32x4.add(s00, f32x4.mul(a0, b0))
    s01 = f32x4.add(s01, f32x4.mul(a0, b1))
    const a1 = v128.load32_splat(a + 4)
    s10 = f32x4.add(s10, f32x4.mul(a1, b0))
    s11 = f32x4.add(s11, f32x4.mul(a1, b1))
    const a2 = v128.load32_splat(a + 8)
    s20 = f32x4.add(s20, f32x4.mul(a2, b0))
    s21 = f32x4.add(s21, f32x4.mul(a2, b1))
    const a3 = v128.load32_splat(a + 12)
    s30 = f32x4.add(s30, f32x4.mul(a3, b0))
    s31 = f32x4.add(s31, f32x4.mul(a3, b1))
  }
  const step = outRow * 4
  const more = columns > 4 ? columns - 4 : 0
  addTo4(out, s00, columns)
  addTo4(out + 16, s01, more)
  if (rows < 2) return
  out += step
  addTo4(out, s10, columns)
  addTo4(out + 16, s11, more)
  if (rows < 3) return
  out += step
  addTo4(out, s20, columns)
  addTo4(out + 16, s21, more)
  if (rows < 4) return
  out += step
  addTo4(out, s30, columns)
  addTo4(out + 16, s31, more)
}

/** out += left · right of integers, which wrap. Strides are in elements. */
export function matmulPlain<T>(
  left: usize,
  leftRow: isize,
  leftColumn: isize,
  right: usize,
  rightRow: isize,
  rightColumn: isize,
  out: usize,
  outRow: usize,
  m: usize,
  k: usize,
  n: usize,
): void {
  const SIZE = sizeof<T>() as isize
  for (let i: usize = 0; i < m; i++) {
    for (let p: usize = 0; p < k; p++) {
      const x = load<T>(left + ((i as isize) * leftRow + (p as isize) * leftColumn) * SIZE)
      let b = right + (p as isize) * rightRow * SIZE
      let c = out + i * outRow * sizeof<T>()
      for (let j: usize = 0; j < n; j++) {
        store<T>(c, (load<T>(c) + x * load<T>(b)) as T)
        b += rightColumn * SIZE
        c += sizeof<T>()
      }
    }
  }
}

/** The same of complex numbers, which are pairs of T. */
export function matmulComplex<T>(
  left: usize,
  leftRow: isize,
  leftColumn: isize,
  right: usize,
  rightRow: isize,
  rightColumn: isize,
  out: usize,
  outRow: usize,
  m: usize,
  k: usize,
  n: usize,
): void {
  const SIZE = (2 * sizeof<T>()) as isize
  for (let i: usize = 0; i < m; i++) {
    for (let p: usize = 0; p < k; p++) {
      const a = left + ((i as isize) * leftRow + (p as isize) * leftColumn) * SIZE
      const re = load<T>(a)
      const im = load<T>(a + sizeof<T>())
      let b = right + (p as isize) * rightRow * SIZE
      let c = out + i * outRow * SIZE
      for (let j: usize = 0; j < n; j++) {
        const x = load<T>(b)
        const y = load<T>(b + sizeof<T>())
        store<T>(c, load<T>(c) + (re * x - im * y))
        store<T>(c + sizeof<T>(), load<T>(c + sizeof<T>()) + (re * y + im * x))
        b += rightColumn * SIZE
        c += SIZE
      }
    }
  }
}
