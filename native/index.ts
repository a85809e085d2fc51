// The module's face. Types are numbers, in the order of src/native/module.ts: 0 int8, 1 uint8 (and bool), 2 int16, 3 uint16,
// 4 int32, 5 uint32, 6 int64, 7 uint64, 8 float32, 9 float64, 10 complex64, 11 complex128. Everything works in the memory that
// is imported, on addresses; nothing is allocated and there are no data segments, since the memory belongs to somebody else.

import * as apart from './apart'
import * as matrices from './matmul'
import * as moves from './move'
import * as selection from './select'
import * as sorting from './sort'

export {
  fillContinuous,
  fillDiscrete,
  fillMultinomial,
  fillRange,
  fillStandard,
  fillStandard32,
  fillWords,
  shuffle,
} from './draw'
export { putRows, takeRows } from './move'
export { useTables } from './ziggurat'

/** Sorts each of `rows` rows of `n` real numbers at `from` to `data`, which may be the same; room: 8 bytes an element of a row, and 606208. */
export function sortRows(type: i32, from: usize, data: usize, rows: i32, n: i32, room: usize): void {
  switch (type) {
    case 0:
      sorting.sortRows<i8>(from, data, rows, n, room)
      break
    case 1:
      sorting.sortRows<u8>(from, data, rows, n, room)
      break
    case 2:
      sorting.sortRows<i16>(from, data, rows, n, room)
      break
    case 3:
      sorting.sortRows<u16>(from, data, rows, n, room)
      break
    case 4:
      sorting.sortRows<i32>(from, data, rows, n, room)
      break
    case 5:
      sorting.sortRows<u32>(from, data, rows, n, room)
      break
    case 6:
      sorting.sortRows<i64>(from, data, rows, n, room)
      break
    case 7:
      sorting.sortRows<u64>(from, data, rows, n, room)
      break
    case 8:
      sorting.sortRows<f32>(from, data, rows, n, room)
      break
    case 9:
      sorting.sortRows<f64>(from, data, rows, n, room)
      break
  }
}

/** Copies the finite ones of n floats, and writes four counts: of these, of -0 among them, of -Infinity and of Infinity. */
export function setApart(type: i32, from: usize, data: usize, n: i32, counts: usize): void {
  if (type === 8) apart.setApart<f32>(from, data, n, counts)
  else apart.setApart<f64>(from, data, n, counts)
}

/** Puts what was set apart where it belongs among sorted floats. */
export function putBack(type: i32, data: usize, n: i32, counts: usize): void {
  if (type === 8) apart.putBack<f32>(data, n, counts)
  else apart.putBack<f64>(data, n, counts)
}

/** Places of the sorted elements of each row, as 64-bit integers; room as that of `sortRows`. */
export function argsortRows(type: i32, data: usize, rows: i32, n: i32, out: usize, room: usize): void {
  switch (type) {
    case 0:
      sorting.argsortRows<i8>(data, rows, n, out, room)
      break
    case 1:
      sorting.argsortRows<u8>(data, rows, n, out, room)
      break
    case 2:
      sorting.argsortRows<i16>(data, rows, n, out, room)
      break
    case 3:
      sorting.argsortRows<u16>(data, rows, n, out, room)
      break
    case 4:
      sorting.argsortRows<i32>(data, rows, n, out, room)
      break
    case 5:
      sorting.argsortRows<u32>(data, rows, n, out, room)
      break
    case 6:
      sorting.argsortRows<i64>(data, rows, n, out, room)
      break
    case 7:
      sorting.argsortRows<u64>(data, rows, n, out, room)
      break
    case 8:
      sorting.argsortRows<f32>(data, rows, n, out, room)
      break
    case 9:
      sorting.argsortRows<f64>(data, rows, n, out, room)
      break
    case 10:
      sorting.argsortRowsComplex<f32>(data, rows, n, out, room)
      break
    case 11:
      sorting.argsortRowsComplex<f64>(data, rows, n, out, room)
      break
  }
}

/** The numbers at some places of each row if it were sorted, `count` a row; room as that of `sortRows`. */
export function selectRows(type: i32, data: usize, rows: i32, n: i32, ranks: usize, count: i32, out: usize, room: usize): void {
  switch (type) {
    case 0:
      selection.selectRows<i8>(data, rows, n, ranks, count, out, room)
      break
    case 1:
      selection.selectRows<u8>(data, rows, n, ranks, count, out, room)
      break
    case 2:
      selection.selectRows<i16>(data, rows, n, ranks, count, out, room)
      break
    case 3:
      selection.selectRows<u16>(data, rows, n, ranks, count, out, room)
      break
    case 4:
      selection.selectRows<i32>(data, rows, n, ranks, count, out, room)
      break
    case 5:
      selection.selectRows<u32>(data, rows, n, ranks, count, out, room)
      break
    case 6:
      selection.selectRows<i64>(data, rows, n, ranks, count, out, room)
      break
    case 7:
      selection.selectRows<u64>(data, rows, n, ranks, count, out, room)
      break
    case 8:
      selection.selectRows<f32>(data, rows, n, ranks, count, out, room)
      break
    case 9:
      selection.selectRows<f64>(data, rows, n, ranks, count, out, room)
      break
  }
}

/** Transposes elements of 1, 2, 4, 8 or 16 bytes. */
export function transpose(bytes: i32, from: usize, rows: usize, columns: usize, step: usize, out: usize, outStep: usize): void {
  if (bytes === 1) moves.transpose<u8>(from, rows, columns, step, out, outStep)
  else if (bytes === 2) moves.transpose<u16>(from, rows, columns, step, out, outStep)
  else if (bytes === 4) moves.transpose<u32>(from, rows, columns, step, out, outStep)
  else if (bytes === 8) moves.transpose<u64>(from, rows, columns, step, out, outStep)
  else moves.transpose<v128>(from, rows, columns, step, out, outStep)
}

/** Copies a plane whose rows are nearer to each other than the elements of a row, of 1, 2, 4, 8 or 16 bytes; steps are in bytes. */
export function copyCrossed(
  bytes: i32,
  from: usize,
  rows: usize,
  rowStep: isize,
  columns: usize,
  columnStep: isize,
  out: usize,
): void {
  if (bytes === 1) moves.copyCrossed<u8>(from, rows, rowStep, columns, columnStep, out)
  else if (bytes === 2) moves.copyCrossed<u16>(from, rows, rowStep, columns, columnStep, out)
  else if (bytes === 4) moves.copyCrossed<u32>(from, rows, rowStep, columns, columnStep, out)
  else if (bytes === 8) moves.copyCrossed<u64>(from, rows, rowStep, columns, columnStep, out)
  else moves.copyCrossed<v128>(from, rows, rowStep, columns, columnStep, out)
}

/** Gathers elements of 1, 2, 4, 8 or 16 bytes; the first bad place, or -1. */
export function take(bytes: i32, from: usize, n: i64, places: usize, count: usize, out: usize): i32 {
  if (bytes === 1) return moves.take<u8>(from, n, places, count, out)
  if (bytes === 2) return moves.take<u16>(from, n, places, count, out)
  if (bytes === 4) return moves.take<u32>(from, n, places, count, out)
  if (bytes === 8) return moves.take<u64>(from, n, places, count, out)
  return moves.take<v128>(from, n, places, count, out)
}

/** Adds the product of two matrices to a third; room: 65536 + 16 * 1024 * 1024 / 8 bytes. */
export function matmul(
  type: i32,
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
  switch (type) {
    case 0:
      matrices.matmulPlain<i8>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 1:
      matrices.matmulPlain<u8>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 2:
      matrices.matmulPlain<i16>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 3:
      matrices.matmulPlain<u16>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 4:
      matrices.matmulPlain<i32>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 5:
      matrices.matmulPlain<u32>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 6:
      matrices.matmulPlain<i64>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 7:
      matrices.matmulPlain<u64>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 8:
      matrices.matmulFloat<f32>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n, room)
      break
    case 9:
      matrices.matmulFloat<f64>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n, room)
      break
    case 10:
      matrices.matmulComplex<f32>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
    case 11:
      matrices.matmulComplex<f64>(left, leftRow, leftColumn, right, rightRow, rightColumn, out, outRow, m, k, n)
      break
  }
}
