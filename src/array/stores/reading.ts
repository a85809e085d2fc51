import { ArgumentError } from '../../base/index.js'
import { type DType, dtypeOf } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { ChunkTasks } from '../chunk-tasks.js'
import { ChunkedArray } from '../chunked-array.js'
import { type Chunks, type ChunksSpec, normalizeChunks } from '../chunks.js'
import { rechunked } from '../selection.js'
import { startsOf } from '../wired.js'
import { formatsOf } from './formats.js'
import { readNpyFile, readNpyRows, readZarrPart } from './tasks.js'

/** How an array that is read is cut. */
export interface ReadOptions {
  readonly chunks?: ChunksSpec | undefined
}

/**
 * The Zarr array (version 2 or 3) at a path or URL: a folder, or a prefix of a server or an object store. Chunks are those of
 * the array unless told. What it is is read at once, its elements where and when they are needed.
 *
 * @example
 * const x = await da.fromZarr('results.zarr')
 */
export async function fromZarr(path: string | URL, { chunks }: ReadOptions = {}): Promise<ChunkedArray> {
  const { describeZarr, resolvePath } = await formatsOf()
  const root = resolvePath(path).replace(/\/$/, '')
  const { dtype: name, shape, chunks: own } = await describeZarr(root)
  const dtype = typeOf(root, name)
  const cut = normalizeChunks(chunks ?? [...own], shape, dtype)
  return new ChunkedArray(read('fromZarr', readZarrPart, { root, dtype }, dtype, cut))
}

function typeOf(path: string, name: string): DType {
  try {
    return dtypeOf(name)
  } catch (error) {
    throw new ArgumentError(`${path} holds elements of the type ${name}, which arrays do not have: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** An array whose tasks are given where their chunks begin, and their shapes. */
function read(label: string, run: unknown, shared: unknown, dtype: DType, chunks: Chunks): ArrayExpression {
  const starts = startsOf(chunks)
  return new ChunkTasks(label, [], {
    run: run as never,
    shared,
    dtype,
    chunks,
    needs: (place) => ({
      of: [],
      own: [...place.map((p, axis) => starts[axis]![p]!), ...place.map((p, axis) => chunks[axis]![p]!)],
    }),
    // Files change: what is read again is what is there then.
    token: undefined,
  })
}

/** The array in a `.npy` file of NumPy; rows are read where and when they are needed. */
export async function fromNpy(path: string | URL, { chunks = 'auto' }: ReadOptions = {}): Promise<ChunkedArray> {
  const { NPY_HEADER_BYTES, readNpyHeader, resolvePath, storeOf } = await formatsOf()
  const file = resolvePath(path)
  const { dtype: name, shape, offset } = readNpyHeader(await storeOf(file).read(file, 0, NPY_HEADER_BYTES), file)
  const dtype = typeOf(file, name)
  const wanted = normalizeChunks(chunks, shape, dtype)
  // Rows lie side by side in the file: they are read as a whole, and cut further.
  const rows = wanted[0] ?? []
  let first = 0
  const starts = rows.map((n) => (first += n) - n)
  const whole = new ChunkTasks('fromNpy', [], {
    run: readNpyRows as never,
    shared: { dtype, shape, offset },
    dtype,
    chunks: wanted.map((own, axis) => (axis === 0 ? own : [shape[axis]!])),
    needs: (place) => ({ of: [], own: { path: file, first: starts[place[0] ?? 0] ?? 0, rows: rows[place[0] ?? 0] ?? 1 } }),
    token: undefined,
  })
  return new ChunkedArray(rechunked(whole, wanted))
}

/** The array that `toNpyStack` wrote into a folder. */
export async function fromNpyStack(folder: string | URL): Promise<ChunkedArray> {
  const { resolvePath, storeOf } = await formatsOf()
  const root = resolvePath(folder).replace(/\/$/, '')
  const info = `${root}/info.json`
  const files = storeOf(root)
  const text = new TextDecoder().decode(await files.read(info, 0, (await files.stat(info)).size))
  const { axis, dtype: name, chunks } = JSON.parse(text) as { axis: number; dtype: string; chunks: number[][] }
  const dtype = typeOf(info, name)
  return new ChunkedArray(
    new ChunkTasks('fromNpyStack', [], {
      run: readNpyFile as never,
      shared: dtype,
      dtype,
      chunks,
      needs: (place) => ({
        of: [],
        own: { path: `${root}/${place[axis]}.npy`, shape: place.map((p, a) => chunks[a]![p]!) },
      }),
      token: undefined,
    }),
  )
}
