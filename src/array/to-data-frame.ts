import { ArgumentError, loadNow } from '../base/index.js'
import type { DataFrame } from '../dataframe/index.js'
import { delayed } from '../delayed/index.js'
import { type DType, isComplex } from '../kernels/index.js'
import { isWide } from './chunk.js'
import { ChunkedArray } from './chunked-array.js'
import { toDelayed } from './delayed-arrays.js'
import { DTypeError, ShapeError, showShape } from './errors.js'
import type { NdArray } from './nd-array.js'
import { rechunked } from './selection.js'

/** A row as dataframes have it. */
type Row = Record<string, number | bigint | boolean>

// Loaded by the programs that use it: importing arrays must not cost what dataframes need.
const frames = () => loadNow(import.meta.url, '../dataframe/index.js') as typeof import('../dataframe/index.js')

/** The rows of an array with one or two axes as objects: one partition for each chunk along the first axis. */
export function frameOfRows(x: ChunkedArray, columns: readonly string[] | undefined): DataFrame<Row> {
  const e = x.expression
  if (x.ndim !== 1 && x.ndim !== 2)
    throw new ShapeError(`toDataFrame: rows are those of an array with one or two axes, not of the shape ${showShape(x.shape)}`)
  const width = x.ndim === 1 ? 1 : x.shape[1]!
  if (Number.isNaN(width))
    throw new ShapeError('toDataFrame: the number of columns is not known: await computeChunkSizes() first')
  const names = columns ?? Array.from({ length: width }, (_, i) => String(i))
  if (names.length !== width || new Set(names).size < width)
    throw new ArgumentError(`toDataFrame: ${names.length} names for ${width} columns: give one for each, all different`)
  const rows = x.ndim === 1 ? x : new ChunkedArray(rechunked(e, [e.chunks[0]!, [width]]))
  const parts = toDelayed(rows).map((part) => recordsOf(part, names))
  const type = typeOf(x.dtype)
  return frames().fromDelayed(parts, { schema: Object.fromEntries(names.map((name) => [name, type])) }) as DataFrame<Row>
}

function typeOf(dtype: DType): 'number' | 'bigint' | 'boolean' {
  if (isComplex(dtype))
    throw new DTypeError(`toDataFrame of ${dtype}: dataframes have no complex numbers: take real() and imag()`)
  return dtype === 'bool' ? 'boolean' : isWide(dtype) ? 'bigint' : 'number'
}

/** Runs as a task: the rows of a block. */
const recordsOf = delayed((block: NdArray, names: readonly string[]): Row[] => {
  const width = names.length
  const values = [...block.values()] as (number | bigint | boolean)[]
  return Array.from({ length: values.length / width }, (_, row) =>
    Object.fromEntries(names.map((name, column) => [name, values[row * width + column]!])),
  )
})
