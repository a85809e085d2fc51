import type { DType } from '../../kernels/index.js'
import { type Matrix, denseMatrix, multiplyMatrices } from '../../native/index.js'
import { type Chunk, type Numbers, isWide, newNumbers, partsOf, sizeOf } from '../chunk.js'
import { copyStrided } from '../spread.js'

export interface ContractShared {
  readonly dtype: DType
  /** the names of the axes of both operands; the second may be missing: then it is a 1 */
  readonly left: readonly number[]
  readonly right: readonly number[] | undefined
  readonly out: readonly number[]
}

/** The lengths of the axes by name, in the chunks that meet. */
export type Lengths = Readonly<Record<number, number>>

/** Of so few products a call of the kernels costs more than they do. */
const SMALL = 512

/** An operand as its strides along named axes, in elements; axes that it does not have have none. */
interface View {
  readonly data: Numbers
  readonly strides: Readonly<Record<number, number>>
}

/**
 * The sum of products of chunks: pairs of them one after the other, which are of the same place of the result. Repeated names
 * are diagonals, names that the result lacks are summed along, and axes of length 1 are stretched.
 */
export function contractionOf(chunks: readonly Chunk[], lengths: readonly Lengths[], shared: ContractShared): Chunk {
  const { dtype, left, right, out } = shared
  const pair = right ? 2 : 1
  const first = lengths[0]!
  const has = (names: readonly number[] | undefined, name: number): boolean => names?.includes(name) ?? false
  const batch = out.filter((name) => has(left, name) && has(right, name))
  const rows = out.filter((name) => has(left, name) && !has(right, name))
  const columns = out.filter((name) => !has(left, name))
  const summed = [...new Set([...left, ...(right ?? [])])].filter((name) => !out.includes(name))
  const order = [...batch, ...rows, ...columns]
  const size = (names: readonly number[], l: Lengths): number => sizeOf(names.map((name) => l[name]!))
  const [b, m, n] = [size(batch, first), size(rows, first), size(columns, first)]
  const width = partsOf(dtype)
  const result = newNumbers(dtype, b * m * n)
  for (const [i, l] of lengths.entries()) {
    const k = size(summed, l)
    const x = viewOf(chunks[i * pair]!, left, l)
    const y = right ? viewOf(chunks[i * pair + 1]!, right, l) : { data: oneOf(dtype), strides: {} }
    const one = matrices(x, batch, rows, summed, l, dtype)
    const other = matrices(y, batch, summed, columns, l, dtype)
    for (let j = 0; j < b; j++) {
      const target = denseMatrix(result.subarray(j * m * n * width, (j + 1) * m * n * width), m, n)
      if (m * k * n <= SMALL) multiplySmall(one(j), other(j), target, dtype)
      else multiplyMatrices(one(j), other(j), target, dtype)
    }
  }
  const shape = out.map((name) => first[name]!)
  if (order.every((name, i) => name === out[i])) return { dtype, shape, data: result }
  const turned = newNumbers(dtype, b * m * n)
  const steps = denseStrides(order, first, width)
  copyStrided(
    result,
    0,
    out.map((name) => steps[name]!),
    shape,
    width,
    turned,
  )
  return { dtype, shape, data: turned }
}

function multiplySmall(a: Matrix, b: Matrix, c: Matrix, dtype: DType): void {
  const [x, y, z] = [a, b, c].map((m) => m.data as Float64Array) as [Float64Array, Float64Array, Float64Array]
  const complex = partsOf(dtype) === 2
  const wide = dtype === 'int32' || dtype === 'uint32'
  for (let i = 0; i < c.rows; i++) {
    for (let j = 0; j < c.columns; j++) {
      let re = (isWide(dtype) ? 0n : 0) as number
      let im = 0
      for (let p = 0; p < a.columns; p++) {
        const at = i * a.rowStride + p * a.columnStride
        const to = p * b.rowStride + j * b.columnStride
        if (complex) {
          const [ar, ai, br, bi] = [x[2 * at]!, x[2 * at + 1]!, y[2 * to]!, y[2 * to + 1]!]
          re += ar * br - ai * bi
          im += ar * bi + ai * br
        } else if (wide) re = (re + Math.imul(x[at]!, y[to]!)) | 0
        else re += x[at]! * y[to]!
      }
      const at = i * c.rowStride + j
      if (complex) {
        z[2 * at]! += re
        z[2 * at + 1]! += im
      } else z[at]! += re
    }
  }
}

function viewOf({ data, shape }: Chunk, names: readonly number[], lengths: Lengths): View {
  const strides: Record<number, number> = {}
  let step = 1
  for (let axis = names.length - 1; axis >= 0; axis--) {
    const name = names[axis]!
    // A name twice is the diagonal; what is stretched does not move.
    if (shape[axis] !== 1 || lengths[name] === 1) strides[name] = (strides[name] ?? 0) + (shape[axis] === 1 ? 0 : step)
    step *= shape[axis]!
  }
  return { data, strides }
}

function oneOf(dtype: DType): Numbers {
  const one = newNumbers(dtype, 1)
  one[0] = (typeof one[0] === 'bigint' ? 1n : 1) as never
  return one
}

/** For each place of the batch the matrix of an operand: as it lies, if that is a matrix, or else a copy. */
function matrices(
  { data, strides }: View,
  batch: readonly number[],
  rows: readonly number[],
  columns: readonly number[],
  lengths: Lengths,
  dtype: DType,
): (place: number) => Matrix {
  const [m, n] = [rows, columns].map((names) => sizeOf(names.map((name) => lengths[name]!))) as [number, number]
  const strideOf = (name: number): number => strides[name] ?? 0
  const [rowStride, columnStride] = [collapsed(rows, lengths, strideOf), collapsed(columns, lengths, strideOf)]
  const extent =
    rowStride === undefined || columnStride === undefined ? Infinity : (m - 1) * rowStride + (n - 1) * columnStride + 1
  const width = partsOf(dtype)
  if (extent <= 2 * m * n) {
    const offsets = offsetsOf(batch, lengths, strideOf)
    return (place) => {
      const start = offsets(place)
      const part = data.subarray(start * width, (start + extent) * width)
      return { data: part, rows: m, columns: n, offset: 0, rowStride: rowStride!, columnStride: columnStride! }
    }
  }
  const names = [...batch, ...rows, ...columns]
  const shape = names.map((name) => lengths[name]!)
  const dense = newNumbers(dtype, sizeOf(shape))
  copyStrided(
    data,
    0,
    names.map((name) => strideOf(name) * width),
    shape,
    width,
    dense,
  )
  return (place) => denseMatrix(dense.subarray(place * m * n * width, (place + 1) * m * n * width), m, n)
}

/** The stride of several axes as one; undefined when they are none. */
function collapsed(names: readonly number[], lengths: Lengths, strideOf: (name: number) => number): number | undefined {
  const real = names.filter((name) => lengths[name] !== 1)
  for (let i = 0; i + 1 < real.length; i++) {
    if (strideOf(real[i]!) !== strideOf(real[i + 1]!) * lengths[real[i + 1]!]!) return undefined
  }
  return real.length === 0 ? 1 : strideOf(real.at(-1)!)
}

function offsetsOf(names: readonly number[], lengths: Lengths, strideOf: (name: number) => number): (place: number) => number {
  return (place) => {
    let offset = 0
    for (let i = names.length - 1; i >= 0; i--) {
      const length = lengths[names[i]!]!
      offset += (place % length) * strideOf(names[i]!)
      place = Math.floor(place / length)
    }
    return offset
  }
}

function denseStrides(names: readonly number[], lengths: Lengths, width: number): Record<number, number> {
  const strides: Record<number, number> = {}
  let step = width
  for (const name of [...names].reverse()) {
    strides[name] = step
    step *= lengths[name]!
  }
  return strides
}
