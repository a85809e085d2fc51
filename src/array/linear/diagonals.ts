import { ArgumentError } from '../../base/index.js'
import type { DType } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { axisOf } from '../axes.js'
import { ChunkTasks, numberOf } from '../chunk-tasks.js'
import { ChunkedArray } from '../chunked-array.js'
import { gridOf, needKnown, offsetsOf } from '../chunks.js'
import { fromArray } from '../create.js'
import { ShapeError, showShape } from '../errors.js'
import { expressionOf } from '../inputs.js'
import { NdArray } from '../nd-array.js'
import { transposeOf } from '../rearranged-axes.js'
import { sumOf } from '../reductions.js'
import type { ArrayInput, DTypeOf } from '../types.js'
import type { DiagonalOwn } from './diagonal-of.js'
import { bandChunk, diagonalChunk, matrixChunk } from './tasks.js'

export interface DiagonalOptions {
  /** how many columns to the right of the main diagonal; below 0 to the left */
  readonly offset?: number | undefined
  /** the axis of the rows, 0 unless told */
  readonly axis1?: number | undefined
  /** the axis of the columns, 1 unless told */
  readonly axis2?: number | undefined
}

/** The elements on a diagonal of two axes, which become one: the last. */
export function diagonal<const X extends ArrayInput>(x: X, options: DiagonalOptions = {}): ChunkedArray<DTypeOf<X>> {
  return new ChunkedArray(diagonalOf('diagonal', expressionOf('diagonal', x), options))
}

/** The sum of the elements on a diagonal. */
export function trace(x: ArrayInput, { dtype, ...options }: DiagonalOptions & { readonly dtype?: DType } = {}): ChunkedArray {
  return new ChunkedArray(sumOf(diagonalOf('trace', expressionOf('trace', x), options), { axis: -1, dtype }))
}

function diagonalOf(label: string, e: ArrayExpression, { offset = 0, axis1 = 0, axis2 = 1 }: DiagonalOptions): ArrayExpression {
  if (e.shape.length < 2) throw new ShapeError(`${label}: an array of the shape ${showShape(e.shape)} has no two axes`)
  needKnown(label, e.chunks)
  const [first, second] = [axisOf(label, axis1, e.shape.length), axisOf(label, axis2, e.shape.length)]
  if (first === second) throw new ArgumentError(`${label}: axis1 and axis2 are the same axis`)
  const others = e.shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second)
  const turned = transposeOf(e, [...others, first, second])
  const [rows, columns] = turned.chunks.slice(-2).map(offsetsOf) as [number[], number[]]
  const start = { row: Math.max(0, -offset), column: Math.max(0, offset) }
  const length = Math.max(0, Math.min(rows.at(-1)! - start.row, columns.at(-1)! - start.column))
  const pieces: { block: [number, number]; own: DiagonalOwn }[] = []
  let [i, j] = [0, 0]
  for (let done = 0; done < length; ) {
    const [row, column] = [start.row + done, start.column + done]
    while (rows[i + 1]! <= row) i++
    while (columns[j + 1]! <= column) j++
    const some = Math.min(rows[i + 1]! - row, columns[j + 1]! - column, length - done)
    pieces.push({ block: [i, j], own: { row: row - rows[i]!, column: column - columns[j]!, length: some } })
    done += some
  }
  if (pieces.length === 0) pieces.push({ block: [0, 0], own: { row: 0, column: 0, length: 0 } })
  const grid = gridOf(turned.chunks)
  return new ChunkTasks(label, [turned], {
    run: diagonalChunk as never,
    dtype: e.dtype,
    chunks: [...turned.chunks.slice(0, -2), pieces.map((p) => p.own.length)],
    token: String(offset),
    needs: (place) => {
      const { block, own } = pieces[place.at(-1)!]!
      return { of: [[0, numberOf([...place.slice(0, -1), ...block], grid)]], own }
    },
  })
}

/** A matrix with these numbers on a diagonal; of a matrix, the numbers on it. `k`: how many columns to the right it is. */
export function diag<const X extends ArrayInput>(x: X, k = 0): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('diag', x)
  if (!Number.isInteger(k)) throw new ArgumentError(`diag: k is ${k}: expected a whole number`)
  if (e.shape.length === 2) return diagonal(x, { offset: k })
  if (e.shape.length !== 1)
    throw new ShapeError(`diag: an array of 1 or 2 axes was expected, not of the shape ${showShape(e.shape)}`)
  needKnown('diag', e.chunks)
  const own = e.chunks[0]!
  const rows = k < 0 ? [-k, ...own] : k > 0 ? [...own, k] : own
  const columns = k > 0 ? [k, ...own] : k < 0 ? [...own, -k] : own
  const [above, left] = [k < 0 ? 1 : 0, k > 0 ? 1 : 0]
  return new ChunkedArray(
    new ChunkTasks('diag', [e], {
      run: matrixChunk as never,
      shared: e.dtype,
      dtype: e.dtype,
      chunks: [rows, columns],
      token: String(k),
      needs: (place) => {
        const [i, j] = [place[0]! - above, place[1]! - left]
        const shape = [rows[place[0]!]!, columns[place[1]!]!]
        return { of: i === j && i >= 0 && i < own.length ? [[0, i]] : [], own: shape }
      },
    }),
  )
}

/** The array with zeros above a diagonal of its last two axes, which is `k` columns to the right of the main one. */
export const tril = <const X extends ArrayInput>(x: X, k = 0): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(band('tril', expressionOf('tril', x), k, 'lower'))

/** The array with zeros below a diagonal of its last two axes, which is `k` columns to the right of the main one. */
export const triu = <const X extends ArrayInput>(x: X, k = 0): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(band('triu', expressionOf('triu', x), k, 'upper'))

function band(label: string, e: ArrayExpression, k: number, keeps: 'lower' | 'upper'): ArrayExpression {
  if (e.shape.length < 2) throw new ShapeError(`${label}: an array of the shape ${showShape(e.shape)} has no two axes`)
  if (!Number.isInteger(k)) throw new ArgumentError(`${label}: k is ${k}: expected a whole number`)
  needKnown(label, e.chunks)
  const [rows, columns] = e.chunks.slice(-2).map(offsetsOf) as [number[], number[]]
  return new ChunkTasks(label, [e], {
    run: bandChunk as never,
    shared: { keeps },
    dtype: e.dtype,
    chunks: e.chunks,
    token: String(k),
    needs: (place, number) => ({ of: [[0, number]], own: rows[place.at(-2)!]! - columns[place.at(-1)!]! + k }),
  })
}

/** The rows and columns of the elements of a matrix of `n` rows that `tril` keeps. */
export const trilIndices = (n: number, k = 0, columns = n): [ChunkedArray<'int64'>, ChunkedArray<'int64'>] =>
  bandIndices('trilIndices', n, columns, (row) => [0, Math.min(row + k + 1, columns)])

/** The rows and columns of the elements of a matrix of `n` rows that `triu` keeps. */
export const triuIndices = (n: number, k = 0, columns = n): [ChunkedArray<'int64'>, ChunkedArray<'int64'>] =>
  bandIndices('triuIndices', n, columns, (row) => [Math.max(row + k, 0), columns])

/** Those of the elements of this matrix that `tril` keeps. */
export const trilIndicesFrom = (x: ArrayInput, k = 0): [ChunkedArray<'int64'>, ChunkedArray<'int64'>] => {
  const [rows, columns] = matrixShape('trilIndicesFrom', x)
  return trilIndices(rows, k, columns)
}

/** Those of the elements of this matrix that `triu` keeps. */
export const triuIndicesFrom = (x: ArrayInput, k = 0): [ChunkedArray<'int64'>, ChunkedArray<'int64'>] => {
  const [rows, columns] = matrixShape('triuIndicesFrom', x)
  return triuIndices(rows, k, columns)
}

function matrixShape(label: string, x: ArrayInput): [number, number] {
  const { shape } = expressionOf(label, x)
  if (shape.length !== 2) throw new ShapeError(`${label}: a matrix was expected, not an array of the shape ${showShape(shape)}`)
  return [shape[0]!, shape[1]!]
}

function bandIndices(
  label: string,
  n: number,
  columns: number,
  span: (row: number) => [number, number],
): [ChunkedArray<'int64'>, ChunkedArray<'int64'>] {
  if (![n, columns].every((x) => Number.isSafeInteger(x) && x >= 0))
    throw new ArgumentError(`${label}: a matrix of ${n} × ${columns}: expected whole numbers`)
  const rows: bigint[] = []
  const places: bigint[] = []
  for (let row = 0; row < n; row++) {
    const [low, high] = span(row)
    for (let column = low; column < high; column++) {
      rows.push(BigInt(row))
      places.push(BigInt(column))
    }
  }
  const array = (list: readonly bigint[]): ChunkedArray<'int64'> =>
    fromArray(new NdArray('int64', [list.length], BigInt64Array.from(list)))
  return [array(rows), array(places)]
}
