import { type DType, contiguousStrides } from '../kernels/index.js'
import type { Numbers } from './chunk.js'

/** An array in ordinary memory: strides, in bytes, may be 0 or negative. */
export interface Strided {
  readonly data: Numbers
  /** bytes from the beginning of `data` to the first element */
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** Elements of a piece: its arrays fit into the cache of a core, and what a call costs does not count. */
export const MOST = 32_768

/** The shape of what an array has in memory: one element along axes that it is stretched along. */
export const ownShape = ({ shape, strides }: Strided): number[] => shape.map((n, axis) => (strides[axis] === 0 ? 1 : n))

/** Whether the elements lie side by side, in their order. */
export function isDense(array: Strided, dtype: DType): boolean {
  const shape = ownShape(array)
  const side = contiguousStrides(shape, dtype)
  return shape.every((n, axis) => n === 1 || array.strides[axis] === side[axis])
}

/**
 * Calls back with pieces of at most 32768 elements that cover a shape in the order of its elements, each an unbroken run of
 * them: where the piece begins, and its shape. The lists are the same ones each time.
 */
export function eachPiece(shape: readonly number[], visit: (at: readonly number[], size: readonly number[]) => void): void {
  let inner = 1
  let axis = shape.length - 1
  while (axis >= 0 && inner * shape[axis]! <= MOST) inner *= shape[axis--]!
  const at = new Array<number>(shape.length).fill(0)
  if (axis < 0) {
    if (inner > 0) visit(at, shape)
    return
  }
  if (shape.includes(0)) return
  const step = Math.max(1, Math.floor(MOST / inner))
  const size = shape.map((n, i) => (i < axis ? 1 : n))
  for (;;) {
    for (at[axis] = 0; at[axis]! < shape[axis]!; at[axis]! += step) {
      size[axis] = Math.min(step, shape[axis]! - at[axis]!)
      visit(at, size)
    }
    let outer = axis - 1
    while (outer >= 0 && ++at[outer]! === shape[outer]) at[outer--] = 0
    if (outer < 0) return
  }
}

/** The bytes that a piece of an array lies within, from the least to past the greatest; and how many of them it is itself. */
export function hullOf(a: Strided, itemSize: number, at: readonly number[], size: readonly number[]) {
  let first = a.offset
  let least = 0
  let greatest = 0
  let bytes = itemSize
  for (let i = 0; i < at.length; i++) {
    const stride = a.strides[i]!
    if (stride === 0) continue
    first += at[i]! * stride
    bytes *= size[i]!
    const reach = (size[i]! - 1) * stride
    if (reach < 0) least += reach
    else greatest += reach
  }
  return { first, start: first + least, end: first + greatest + itemSize, bytes }
}

/** Copies elements of an array, of the shape `size` from `first` bytes on, to where they lie side by side. */
export function gather(a: Strided, itemSize: number, first: number, size: readonly number[], to: Uint8Array, at: number): void {
  if (size.includes(0)) return
  const from = a.data
  const width = from.BYTES_PER_ELEMENT
  const axes = size.map((n, i) => ({ n, stride: a.strides[i]! / width })).filter((x) => x.n > 1 && x.stride !== 0)
  if (itemSize > width) axes.push({ n: itemSize / width, stride: 1 })
  const count = axes.reduce((n, x) => n * x.n, 1)
  const Class = from.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => typeof from
  // Arrays of bigints are copied in the same way.
  gatherNumbers(from as Float64Array, new Class(to.buffer, to.byteOffset + at, count) as Float64Array, first / width, axes)
}

/** Columns that are copied in turn, so that the lines of the cache that rows share are read once. */
const TILE = 16

function gatherNumbers(
  from: Float64Array,
  to: Float64Array,
  first: number,
  axes: readonly { readonly n: number; readonly stride: number }[],
): void {
  const outer = axes.slice(0, -2)
  const rows = axes.at(-2) ?? { n: 1, stride: 0 }
  const columns = axes.at(-1) ?? { n: 1, stride: 0 }
  let at = 0
  const walk = (depth: number, source: number): void => {
    if (depth < outer.length) {
      const { n, stride } = outer[depth]!
      for (let i = 0; i < n; i++) walk(depth + 1, source + i * stride)
      return
    }
    copyPlane(from, to, source, at, rows, columns)
    at += rows.n * columns.n
  }
  walk(0, first)
}

function copyPlane(
  from: Float64Array,
  to: Float64Array,
  source: number,
  at: number,
  rows: { readonly n: number; readonly stride: number },
  columns: { readonly n: number; readonly stride: number },
): void {
  const width = columns.n
  const step = columns.stride
  for (let r0 = 0; r0 < rows.n; r0 += TILE) {
    const r1 = Math.min(rows.n, r0 + TILE)
    if (Math.abs(step) > Math.abs(rows.stride) && rows.n > 1) {
      for (let c = 0; c < width; c++) {
        const column = source + c * step
        for (let r = r0; r < r1; r++) to[at + r * width + c] = from[column + r * rows.stride]!
      }
    } else {
      for (let r = r0; r < r1; r++) {
        const row = source + r * rows.stride
        const target = at + r * width
        for (let c = 0; c < width; c++) to[target + c] = from[row + c * step]!
      }
    }
  }
}
