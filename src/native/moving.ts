import { ArgumentError, InvariantError } from '../base/index.js'
import { nativeMemory } from './native-memory.js'
import type { NumberArray } from './number-array.js'
import { poolModule } from './pool-module.js'

/**
 * Copies a plane within the memory of this thread's pool, to where its rows lie one after the other: for planes whose rows are
 * nearer to each other than the elements of a row, as those of a transpose are. Addresses and steps are in bytes.
 *
 * @param width bytes of an element: 1, 2, 4, 8 or 16
 */
export function copyCrossed(
  width: number,
  from: number,
  rows: number,
  rowStep: number,
  columns: number,
  columnStep: number,
  to: number,
): void {
  const pool = poolModule(0)
  if (!pool) throw new InvariantError('this thread has no memory of a pool')
  pool.exports.copyCrossed(width, from, rows, rowStep, columns, columnStep, to)
}

/** More bytes at a time would only take more memory. */
const BATCH = 64 * 2 ** 20

/**
 * Writes the transposes of matrices of `rows` × `columns` that lie one after the other.
 *
 * @param width bytes of an element: 1, 2, 4, 8 or 16
 */
export function transposeMatrices(from: NumberArray, rows: number, columns: number, width: number, out: NumberArray): void {
  const size = rows * columns * width
  if (size === 0) return
  const unit = from.BYTES_PER_ELEMENT
  for (let at = 0; at < from.byteLength; at += size) {
    // A strip of rows becomes a strip of columns.
    const strip = Math.max(1, Math.floor(BATCH / (columns * width)))
    for (let r = 0; r < rows; r += strip) {
      const some = Math.min(strip, rows - r)
      nativeMemory().use((memory) => {
        const start = at + r * columns * width
        const source = memory.place(from.subarray(start / unit, (start + some * columns * width) / unit))
        const target = memory.reserve(some * columns * width)
        memory.exports.transpose(width, source, some, columns, columns * width, target, some * width)
        if (some === rows) {
          memory.read(target, out.subarray(at / unit, (at + size) / unit))
          return
        }
        for (let c = 0; c < columns; c++) {
          const to = (at + (c * rows + r) * width) / unit
          memory.read(target + c * some * width, out.subarray(to, to + (some * width) / unit))
        }
      })
    }
  }
}

/**
 * Gathers elements: `out[i] = from[places[i]]`; places below 0 count from the end.
 *
 * @param width bytes of an element, which may be a whole row
 * @throws ArgumentError for a place that there is not
 */
export function takeElements(from: NumberArray, width: number, places: BigInt64Array, out: NumberArray): void {
  const n = from.byteLength / width
  nativeMemory().use((memory) => {
    const [source, index] = [memory.place(from), memory.place(places)]
    const target = memory.reserve(places.length * width)
    const bad =
      width <= 16 && (width & (width - 1)) === 0
        ? memory.exports.take(width, source, BigInt(n), index, places.length, target)
        : memory.exports.takeRows(source, BigInt(n), width, index, places.length, target)
    if (bad >= 0) throw outOfBounds(places[bad]!, n)
    memory.read(target, out)
  })
}

/**
 * Scatters elements: `out[places[i]] = from[i]`, the last of equal places winning.
 *
 * @throws ArgumentError for a place that there is not; nothing is written then
 */
export function putElements(from: NumberArray, width: number, places: BigInt64Array, out: NumberArray): void {
  const n = out.byteLength / width
  nativeMemory().use((memory) => {
    const [source, index, target] = [memory.place(from), memory.place(places), memory.place(out)]
    const bad = memory.exports.putRows(source, width, index, places.length, target, BigInt(n))
    if (bad >= 0) throw outOfBounds(places[bad]!, n)
    memory.read(target, out)
  })
}

const outOfBounds = (place: bigint, n: number): ArgumentError =>
  new ArgumentError(`index ${place} of an axis of ${n} elements: expected ${-n} to ${n - 1}`)
