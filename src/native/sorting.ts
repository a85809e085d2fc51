import { ArgumentError, threadBytes } from '../base/index.js'
import { type DType, isComplex, itemSize, kindOf } from '../kernels/index.js'
import { type VectorSort, highway } from './highway.js'
import { nativeMemory } from './native-memory.js'
import { type NativeExports, typeNumber } from './native-module.js'
import type { NumberArray } from './number-array.js'
import { poolModule } from './pool-module.js'

/** What counting takes, whatever the number of elements. */
const COUNTS = 606_208

/** Where floats are set apart, four counts are written. */
const COUNTED = 16

/** More rows at a time would need more memory than they save in calls. */
const BATCH = 64 * 2 ** 20

/** Rows of fewer elements are sorted here, whatever the system has: a call of another library for each costs more than it saves. */
const WORTH_A_CALL = 128

/** Elements have places of 32 bits. */
const MOST = 2 ** 31 - 1

/**
 * Sorts each row of `n` elements, in place: ascending, NaN last, complex numbers by their real and then their imaginary
 * parts. -0 comes before 0. Highway does it where the system has it, and else a sort by digits: results are the same.
 *
 * @param from what is sorted, if not what is there already
 * @throws ArgumentError when rows do not divide the array
 * @example
 * sortRows(data, 'float64', data.length)
 */
export function sortRows(data: NumberArray, dtype: DType, n: number, from: NumberArray = data): void {
  if (isComplex(dtype)) {
    if (from !== data) data.set(from as never)
    sortComplexRows(data, dtype, n)
    return
  }
  const sort = n >= WORTH_A_CALL ? highway()?.sorts.get(dtype) : undefined
  if (sort) sortRowsBy(sort, data, dtype, n, from)
  else sortRowsByDigits(data, dtype, n, from)
}

function sortRowsBy(sort: VectorSort, data: NumberArray, dtype: DType, n: number, from: NumberArray): void {
  const floats = kindOf(dtype) === 'float'
  if (!floats && from !== data) data.set(from as never)
  eachBatch(data, dtype, n, (part, rows, _first, start) => {
    if (!floats) {
      for (let row = 0; row < rows; row++) sort(part.subarray(row * n, (row + 1) * n))
      return
    }
    const source = from.subarray(start, start + part.length)
    const pool = poolModule(COUNTED, source, part)
    if (pool) return sortFloats(sort, pool.exports, source, part, dtype, n, threadBytes(pool.room, COUNTED))
    nativeMemory().use((memory) => {
      const at = memory.place(source)
      const counts = memory.bytes(memory.reserve(COUNTED), COUNTED)
      const own = new (part.constructor as Float64ArrayConstructor)(counts.buffer, at, part.length)
      sortFloats(sort, memory.exports, own, own, dtype, n, counts)
      memory.read(at, part)
    })
  })
}

/** What is given lies in the memory that the kernels work on, `room` for counts among it. */
function sortFloats(
  sort: VectorSort,
  exports: NativeExports,
  from: NumberArray,
  data: NumberArray,
  dtype: DType,
  n: number,
  room: Uint8Array,
): void {
  const type = typeNumber(dtype)
  const counts = new Int32Array(room.buffer, room.byteOffset, COUNTED / 4)
  for (let first = 0; first < data.length; first += n) {
    const at = data.byteOffset + first * data.BYTES_PER_ELEMENT
    exports.setApart(type, from.byteOffset + first * from.BYTES_PER_ELEMENT, at, n, counts.byteOffset)
    const [finite, negativeZeros] = [counts[0]!, counts[1]!]
    sort(data.subarray(first, first + finite))
    if (finite < n || negativeZeros > 0) exports.putBack(type, at, n, counts.byteOffset)
  }
}

function sortRowsByDigits(data: NumberArray, dtype: DType, n: number, from: NumberArray): void {
  eachBatch(data, dtype, n, (part, rows, _first, start) => {
    const source = from.subarray(start, start + part.length)
    const pool = poolModule(8 * n + COUNTS, source, part)
    if (pool) return pool.exports.sortRows(typeNumber(dtype), source.byteOffset, part.byteOffset, rows, n, pool.room)
    nativeMemory().use((memory) => {
      const at = memory.place(source)
      memory.exports.sortRows(typeNumber(dtype), at, at, rows, n, memory.reserve(16 * n + COUNTS))
      memory.read(at, part)
    })
  })
}

/**
 * The places, within their row, of the sorted elements of each row. Equal elements (and NaNs, and -0 and 0) stay in the
 * order that they have.
 *
 * @param result where they are written; new memory unless told
 */
export function argsortRows(
  data: NumberArray,
  dtype: DType,
  n: number,
  result: BigInt64Array = new BigInt64Array(data.byteLength / itemSize(dtype)),
): BigInt64Array {
  eachBatch(data, dtype, n, (part, rows, first) => {
    const places = result.subarray(first * n, (first + rows) * n)
    const pool = isComplex(dtype) ? undefined : poolModule(8 * n + COUNTS, part, places)
    if (pool) return pool.exports.argsortRows(typeNumber(dtype), part.byteOffset, rows, n, places.byteOffset, pool.room)
    nativeMemory().use((memory) => {
      const at = memory.place(part)
      const out = memory.reserve(8 * rows * n)
      memory.exports.argsortRows(typeNumber(dtype), at, rows, n, out, memory.reserve(16 * n + COUNTS))
      memory.read(out, places)
    })
  })
  return result
}

/**
 * The elements that would be at these ascending places if each row were sorted: `ranks.length` a row. Rows stay as they are.
 * For few places much faster than sorting (Floyd and Rivest 1975).
 *
 * @throws ArgumentError for complex numbers, and for places that a row does not have
 */
export function selectRows(data: NumberArray, dtype: DType, n: number, ranks: readonly number[], out: NumberArray): void {
  if (isComplex(dtype)) throw new ArgumentError(`places among sorted ${dtype} numbers: sort them instead`)
  const bad = ranks.findIndex((r, i) => !(r >= (i === 0 ? 0 : ranks[i - 1]!) && r < n && Number.isInteger(r)))
  if (bad >= 0)
    throw new ArgumentError(`place ${ranks[bad]} of ${n} sorted elements: expected ascending places from 0 to ${n - 1}`)
  eachBatch(data, dtype, n, (part, rows, first) => {
    nativeMemory().use((memory) => {
      const at = memory.place(part)
      const places = memory.place(Int32Array.from(ranks))
      const bytes = rows * ranks.length * itemSize(dtype)
      const result = memory.reserve(bytes)
      const room = memory.reserve(16 * n + COUNTS)
      memory.exports.selectRows(typeNumber(dtype), at, rows, n, places, ranks.length, result, room)
      memory.read(result, out.subarray(first * ranks.length, (first + rows) * ranks.length))
    })
  })
}

function sortComplexRows(data: NumberArray, dtype: DType, n: number): void {
  eachBatch(data, dtype, n, (part, rows) => {
    nativeMemory().use((memory) => {
      const { exports } = memory
      const at = memory.place(part)
      const places = memory.reserve(8 * rows * n)
      const room = memory.reserve(16 * n + COUNTS)
      exports.argsortRows(typeNumber(dtype), at, rows, n, places, room)
      const width = itemSize(dtype)
      for (let row = 0; row < rows; row++) {
        exports.take(width, at + row * n * width, BigInt(n), places + row * n * 8, n, room)
        memory.move(room, at + row * n * width, n * width)
      }
      memory.read(at, part)
    })
  })
}

function eachBatch(
  data: NumberArray,
  dtype: DType,
  n: number,
  run: (part: NumberArray, rows: number, first: number, start: number) => void,
): void {
  const width = itemSize(dtype)
  const elements = data.byteLength / width
  if (elements === 0) return
  if (!(n >= 1) || elements % n !== 0) throw new ArgumentError(`rows of ${n} elements in an array of ${elements}`)
  if (n > MOST) throw new ArgumentError(`rows of ${n} elements to sort: expected ${MOST} or fewer. Use smaller chunks`)
  const rows = elements / n
  const parts = width / data.BYTES_PER_ELEMENT
  const many = Math.max(1, Math.floor(BATCH / (n * width)))
  for (let first = 0; first < rows; first += many) {
    const some = Math.min(many, rows - first)
    run(data.subarray(first * n * parts, (first + some) * n * parts), some, first, first * n * parts)
  }
}
