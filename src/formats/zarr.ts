import { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type * as Zarrita from 'zarrita'
import { HeddleError } from '../base/index.js'
import { FileNotFoundError, storeOf } from '../filesystem/index.js'
import { WriteError } from './errors.js'

/** What a Zarr array is: plain data. Complex numbers have no type that all readers of Zarr know. */
export interface ZarrArray {
  readonly dtype: string
  readonly shape: readonly number[]
  /** the lengths of its chunks */
  readonly chunks: readonly number[]
}

/** How the chunks of a new array are written. */
export interface ZarrLayout extends ZarrArray {
  readonly version: 2 | 3
  readonly compression: 'gzip' | null
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The package that reads Zarr is not there. */
export class MissingZarrita extends HeddleError {
  static {
    MissingZarrita.prototype.name = 'MissingZarrita'
  }
}

/** Of version 2: NumPy's names of types. */
const shortNames: Readonly<Record<string, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float32: '<f4',
  float64: '<f8',
}

/** Whether arrays of a type can be written. */
export const isZarrType = (dtype: string): boolean => Object.hasOwn(shortNames, dtype)

const opened = new Map<string, Promise<Zarrita.Array<Zarrita.DataType, Zarrita.Readable>>>()

/** Arrays that are kept open in this thread: their description is read once. */
const MOST_OPEN = 64

async function library(): Promise<typeof Zarrita> {
  try {
    return await import('zarrita')
  } catch (error) {
    throw new MissingZarrita(
      'Reading Zarr needs the package zarrita, which cannot be loaded here. Install it: npm install zarrita',
      { cause: error },
    )
  }
}

/** What the array at a path or URL is.
 *
 * @throws FileNotFoundError when there is none
 */
export async function describeZarr(root: string): Promise<ZarrArray> {
  opened.delete(root)
  const { dtype, shape, chunks } = await openZarr(root)
  return { dtype, shape, chunks }
}

/** The elements from `start` up to `stop` along each axis, side by side. */
export async function readZarr(root: string, start: readonly number[], stop: readonly number[]): Promise<ArrayBufferView> {
  const { get, slice } = await library()
  const array = await openZarr(root)
  const { data } =
    start.length === 0
      ? await array.getChunk([])
      : await get(
          array,
          start.map((from, axis) => slice(from, stop[axis]!)),
        )
  const view = data as ArrayBufferView
  // Bools come as an object of their own around bytes.
  if (ArrayBuffer.isView(view)) return view
  const inner = Array.from(data as unknown as Iterable<boolean>, Number)
  return Uint8Array.from(inner)
}

function openZarr(root: string): Promise<Zarrita.Array<Zarrita.DataType, Zarrita.Readable>> {
  let array = opened.get(root)
  if (!array) {
    array = openNow(root)
    if (opened.size >= MOST_OPEN) opened.clear()
    opened.set(root, array)
    array.catch(() => opened.delete(root))
  }
  return array
}

async function openNow(root: string): Promise<Zarrita.Array<Zarrita.DataType, Zarrita.Readable>> {
  const zarr = await library()
  try {
    return await zarr.open(readable(root), { kind: 'array' })
  } catch (error) {
    if (error instanceof zarr.NotFoundError)
      throw new FileNotFoundError(
        `there is no Zarr array at ${root}: neither zarr.json (version 3) nor .zarray (version 2)`,
        root,
        root,
        { cause: error },
      )
    throw error
  }
}

/** A store of Heddle as zarrita wants one. */
function readable(root: string): Zarrita.Readable {
  const store = storeOf(root)
  const orMissing = async (read: () => Promise<Uint8Array>): Promise<Uint8Array | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (error instanceof FileNotFoundError) return undefined
      throw error
    }
  }
  return {
    get: (key) =>
      orMissing(async () => {
        const path = root + key
        const { size } = await store.stat(path)
        return await store.read(path, 0, size)
      }),
    getRange: (key, range) =>
      orMissing(async () => {
        const path = root + key
        const { size } = await store.stat(path)
        const from = 'suffixLength' in range ? Math.max(0, size - range.suffixLength) : range.offset
        return await store.read(path, from, 'suffixLength' in range ? size : from + range.length)
      }),
  }
}

/**
 * Writes what a new array is, before any of its chunks.
 *
 * @throws WriteError when there is one already, unless `overwrite`
 */
export async function createZarr(root: string, layout: ZarrLayout, overwrite: boolean): Promise<void> {
  const store = storeOf(root)
  const old = await store.list(`${root}/{zarr.json,.zarray,.zgroup}`)
  if (old.length > 0 && !overwrite)
    throw new WriteError(
      root,
      `there is something already (${old.map((f) => f.path).join(', ')}): give another path, or overwrite: true`,
    )
  for (const file of old) await store.remove(file.path)
  opened.delete(root)
  const { version, shape, chunks, dtype, compression, attributes } = layout
  const fill = dtype === 'bool' ? false : 0
  const json = (value: unknown): Uint8Array[] => [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]
  if (version === 2) {
    const compressor = compression === 'gzip' ? { id: 'gzip', level: 1 } : null
    await store.write(
      `${root}/.zarray`,
      json({ zarr_format: 2, shape, chunks, dtype: shortNames[dtype], compressor, fill_value: fill, order: 'C', filters: null }),
    )
    await store.write(`${root}/.zattrs`, json(attributes))
    return
  }
  const codecs = [
    { name: 'bytes', configuration: { endian: 'little' } },
    ...(compression === 'gzip' ? [{ name: 'gzip', configuration: { level: 1 } }] : []),
  ]
  await store.write(
    `${root}/zarr.json`,
    json({
      zarr_format: 3,
      node_type: 'array',
      shape,
      data_type: dtype,
      chunk_grid: { name: 'regular', configuration: { chunk_shape: chunks } },
      chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
      codecs,
      fill_value: fill,
      attributes,
    }),
  )
}

/** Writes the chunk in a place of the grid; `bytes` are those of a whole one, little-endian. */
export async function writeZarrChunk(
  root: string,
  layout: ZarrLayout,
  place: readonly number[],
  bytes: Uint8Array,
): Promise<void> {
  const key = layout.version === 2 ? (place.length === 0 ? '0' : place.join('.')) : ['c', ...place].join('/')
  const content = layout.compression === 'gzip' ? await promisify(zlib.gzip)(bytes, { level: 1 }) : bytes
  await storeOf(root).write(`${root}/${key}`, [content])
}
