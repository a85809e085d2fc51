import { ArgumentError, describe } from '../../base/index.js'
import { formatsOf } from './formats.js'
import type { ComputeOptions } from '../../expr/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { ChunkTasks } from '../chunk-tasks.js'
import { ChunkedArray } from '../chunked-array.js'
import { type Chunks, gridOf, needKnown } from '../chunks.js'
import { DTypeError, ShapeError, showShape } from '../errors.js'
import { expressionOf } from '../inputs.js'
import { NdArray } from '../nd-array.js'
import { rechunked } from '../selection.js'
import type { ArrayInput } from '../types.js'
import { startsOf } from '../wired.js'
import { type WriteBlock, storeChunk, writeNpy, writeZarr } from './tasks.js'

export { type WriteBlock } from './tasks.js'

/** Something with a method that takes blocks. */
export interface BlockTarget {
  readonly write: WriteBlock
}

/**
 * Computes an array, and hands each chunk to `target` as soon as it is there: a function of the block and of the index where
 * it begins, which runs where the chunk is, or an `NdArray` of this thread, which is filled.
 *
 * @example
 * await da.store(x, async (block, [row]) => { await upload(`rows-${row}`, block.data) })
 */
export async function store(
  x: ArrayInput,
  target: WriteBlock | BlockTarget | NdArray,
  options: ComputeOptions = {},
): Promise<void> {
  const e = expressionOf('store', x)
  needKnown('store', e.chunks)
  if (target instanceof NdArray) {
    if (target.dtype !== e.dtype || target.shape.join() !== e.shape.join())
      throw new ShapeError(
        `store: an array of ${e.dtype} ${showShape(e.shape)} into one of ${target.dtype} ${showShape(target.shape)}`,
      )
    const { data } = await new ChunkedArray(e).compute(options)
    ;(target.data as Float64Array).set(data as Float64Array)
    return
  }
  const write = typeof target === 'function' ? target : (target as BlockTarget | null)?.write
  if (typeof write !== 'function')
    throw new ArgumentError(`store: expected a function, an object with a method write, or an NdArray, not ${describe(target)}`)
  const starts = startsOf(e.chunks)
  await written('store', e, storeChunk, { write }, (place) => place.map((p, axis) => starts[axis]![p]!), write, options)
}

export interface ToZarrOptions extends ComputeOptions {
  /** the version of the format: 3 unless told */
  readonly version?: 2 | 3 | undefined
  /** 'gzip' unless told */
  readonly compression?: 'gzip' | null | undefined
  /** what is there may be replaced */
  readonly overwrite?: boolean | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Computes an array, and writes it as a Zarr array: a folder, or a prefix of an object store (`s3://…`), with a file for each
 * chunk, which tasks write where the chunks are. All chunks of a Zarr array are of one length along an axis: an array that is
 * cut otherwise is cut anew.
 *
 * @example
 * await da.toZarr(x, 'results.zarr')
 */
export async function toZarr(x: ArrayInput, path: string | URL, options: ToZarrOptions = {}): Promise<void> {
  const { version = 3, compression = 'gzip', overwrite = false, attributes = {}, ...others } = options
  const e = expressionOf('toZarr', x)
  needKnown('toZarr', e.chunks)
  const { createZarr, isZarrType, resolvePath } = await formatsOf()
  if (!isZarrType(e.dtype)) throw new DTypeError(`toZarr: Zarr has no type for ${e.dtype}: write its real and imaginary parts`)
  if (version !== 2 && version !== 3) throw new ArgumentError(`toZarr: version is ${describe(version)}: expected 2 or 3`)
  const lengths = e.chunks.map((own) => Math.max(1, ...own))
  const chunks: Chunks = e.shape.map((n, axis) => {
    const full = Math.floor(n / lengths[axis]!)
    const list = new Array<number>(full).fill(lengths[axis]!)
    if (n % lengths[axis]! > 0) list.push(n % lengths[axis]!)
    return list
  })
  const root = resolvePath(path).replace(/\/$/, '')
  const layout = { dtype: e.dtype, shape: e.shape, chunks: lengths, version, compression, attributes }
  await createZarr(root, layout, overwrite)
  if (e.shape.includes(0)) return
  await written('toZarr', rechunked(e, chunks), writeZarr, { root, layout }, (place) => [...place], undefined, others)
}

/**
 * Computes an array, and writes its chunks along an axis as the files `0.npy`, `1.npy`, … of a folder, with `info.json`, which
 * says how they belong together.
 */
export async function toNpyStack(
  folder: string | URL,
  x: ArrayInput,
  { axis = 0, ...options }: ComputeOptions & { readonly axis?: number } = {},
): Promise<void> {
  const e = expressionOf('toNpyStack', x)
  needKnown('toNpyStack', e.chunks)
  if (!(axis >= 0 && axis < e.shape.length))
    throw new ArgumentError(`toNpyStack: there is no axis ${axis} in ${showShape(e.shape)}`)
  const chunks = e.chunks.map((own, a) => (a === axis ? own : [e.shape[a]!]))
  const { resolvePath, storeOf } = await formatsOf()
  const root = resolvePath(folder).replace(/\/$/, '')
  await written(
    'toNpyStack',
    rechunked(e, chunks),
    writeNpy,
    undefined,
    (place) => `${root}/${place[axis]}.npy`,
    undefined,
    options,
  )
  const info = { axis, dtype: e.dtype, chunks }
  await storeOf(root).write(`${root}/info.json`, [new TextEncoder().encode(`${JSON.stringify(info)}\n`)])
}

/** Runs a task for each chunk, which gives nothing that is wanted. */
async function written(
  label: string,
  e: ArrayExpression,
  run: unknown,
  shared: unknown,
  own: (place: readonly number[]) => unknown,
  source: Function | undefined,
  options: ComputeOptions,
): Promise<void> {
  const tasks = new ChunkTasks(label, [e], {
    run: run as never,
    shared,
    dtype: 'bool',
    chunks: gridOf(e.chunks).map((n) => new Array<number>(n).fill(1)),
    needs: (place, number) => ({ of: [[0, number]], own: own(place) }),
    // What is written is written each time.
    token: undefined,
    source,
  })
  await new ChunkedArray(tasks).compute(options)
}
