import type { TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import { NPY_HEADER_BYTES, type ZarrLayout, npyHeader, readNpyHeader, readZarr, writeZarrChunk } from '../../formats/index.js'
import { storeOf } from '../../filesystem/index.js'
import type { DType } from '../../kernels/index.js'
import { type Chunk, bytesOf, newChunk, newNumbers, numbersClass, partsOf, sizeOf } from '../chunk.js'
import { CorruptFileError } from '../../formats/index.js'
import { NdArray } from '../nd-array.js'

/*
 * Tasks that read and write files occupy their thread while they wait: each holds a chunk, and as many as there are would be
 * in memory at once if the next began meanwhile.
 */

/** Writes a block, which begins at an index of the array, somewhere. */
export type WriteBlock = (block: NdArray, start: readonly number[]) => unknown

/** What a task gives that only writes: a chunk that says so. */
const done = (dimensions: number): Chunk => ({
  dtype: 'bool',
  shape: new Array<number>(dimensions).fill(1),
  data: Uint8Array.of(1),
})

/** Runs as a task: hands a chunk to a function of the user. */
export const storeChunk = operation(
  import.meta.url,
  'storeChunk',
  async (
    [chunk]: readonly Chunk[],
    start: readonly number[],
    shared: { readonly write: WriteBlock },
    context: TaskContext,
  ): Promise<Chunk> => {
    context.occupy?.()
    const { dtype, shape, data } = chunk!
    await shared.write(new NdArray(dtype, shape, data as never), start)
    return done(shape.length)
  },
)

export interface ZarrWrite {
  readonly root: string
  readonly layout: ZarrLayout
}

/** Runs as a task: writes a chunk of a Zarr array, filled up where the array ends. */
export const writeZarr = operation(
  import.meta.url,
  'writeZarr',
  async (
    [chunk]: readonly Chunk[],
    place: readonly number[],
    { root, layout }: ZarrWrite,
    context: TaskContext,
  ): Promise<Chunk> => {
    context.occupy?.()
    await writeZarrChunk(root, layout, place, bytesOf(padded(chunk!, layout.chunks).data))
    return done(place.length)
  },
)

function padded(chunk: Chunk, shape: readonly number[]): Chunk {
  if (chunk.shape.every((n, axis) => n === shape[axis])) return chunk
  const result = newChunk(chunk.dtype, shape)
  const last = shape.length - 1
  let from = 0
  const walk = (axis: number, to: number): void => {
    if (axis === last) {
      const run = chunk.shape[last]!
      result.data.set(chunk.data.subarray(from, from + run) as never, to)
      from += run
      return
    }
    for (let i = 0; i < chunk.shape[axis]!; i++) walk(axis + 1, (to + i) * shape[axis + 1]!)
  }
  if (chunk.data.length > 0) walk(0, 0)
  return result
}

export interface ZarrRead {
  readonly root: string
  readonly dtype: DType
}

/** Runs as a task: reads a part of a Zarr array. `own`: where it begins, then its shape. */
export const readZarrPart = operation(
  import.meta.url,
  'readZarrPart',
  async (
    _inputs: readonly unknown[],
    own: readonly number[],
    { root, dtype }: ZarrRead,
    context: TaskContext,
  ): Promise<Chunk> => {
    context.occupy?.()
    const n = own.length / 2
    const [start, shape] = [own.slice(0, n), own.slice(n)]
    const data = await readZarr(
      root,
      start,
      start.map((from, axis) => from + shape[axis]!),
    )
    const view = new (numbersClass(dtype))(data.buffer, data.byteOffset, data.byteLength / numbersClass(dtype).BYTES_PER_ELEMENT)
    return { dtype, shape, data: view }
  },
)

export interface NpyRead {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly offset: number
}

/** Runs as a task: reads rows of a `.npy` file, from the `own.first`th on. */
export const readNpyRows = operation(
  import.meta.url,
  'readNpyRows',
  async (
    _inputs: readonly unknown[],
    own: { readonly path: string; readonly first: number; readonly rows: number },
    npy: NpyRead,
    context: TaskContext,
  ): Promise<Chunk> => {
    context.occupy?.()
    const { dtype } = npy
    const shape = npy.shape.length === 0 ? [] : [own.rows, ...npy.shape.slice(1)]
    const { BYTES_PER_ELEMENT } = numbersClass(dtype)
    const row = sizeOf(npy.shape.slice(1)) * partsOf(dtype) * BYTES_PER_ELEMENT
    const start = npy.offset + own.first * row
    const bytes = await storeOf(own.path).read(own.path, start, start + sizeOf(shape) * partsOf(dtype) * BYTES_PER_ELEMENT)
    const data = newNumbers(dtype, sizeOf(shape))
    if (bytes.length < data.byteLength)
      throw new CorruptFileError(own.path, start, `cut off: ${bytes.length} of ${data.byteLength} bytes are there`)
    bytesOf(data).set(bytes)
    return { dtype, shape, data }
  },
)

/** Runs as a task: reads a whole `.npy` file, which must hold what was expected. */
export const readNpyFile = operation(
  import.meta.url,
  'readNpyFile',
  async (
    _inputs: readonly unknown[],
    own: { readonly path: string; readonly shape: readonly number[] },
    dtype: DType,
    context: TaskContext,
  ): Promise<Chunk> => {
    context.occupy?.()
    const store = storeOf(own.path)
    const { size } = await store.stat(own.path)
    const bytes = await store.read(own.path, 0, size)
    const header = readNpyHeader(bytes.subarray(0, NPY_HEADER_BYTES), own.path)
    if (header.dtype !== dtype || header.shape.join() !== own.shape.join())
      throw new CorruptFileError(
        own.path,
        0,
        `it holds ${header.dtype} [${header.shape.join(', ')}] where ${dtype} [${own.shape.join(', ')}] was expected`,
      )
    const data = newNumbers(dtype, sizeOf(own.shape))
    bytesOf(data).set(bytes.subarray(header.offset, header.offset + data.byteLength))
    return { dtype, shape: own.shape, data }
  },
)

/** Runs as a task: writes a chunk as a `.npy` file. */
export const writeNpy = operation(
  import.meta.url,
  'writeNpy',
  async ([chunk]: readonly Chunk[], path: string, _shared: unknown, context: TaskContext): Promise<Chunk> => {
    context.occupy?.()
    const { dtype, shape, data } = chunk!
    await storeOf(path).write(path, [npyHeader(dtype, shape), bytesOf(data)])
    return done(shape.length)
  },
)
