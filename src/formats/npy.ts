import { CorruptFileError, UnsupportedCodecError } from './errors.js'

/** What the header of a `.npy` file says: elements lie side by side from `offset` on, the last axis closest. */
export interface NpyHeader {
  readonly dtype: string
  readonly shape: readonly number[]
  /** bytes before the first element */
  readonly offset: number
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** As many bytes hold the header of any file that NumPy writes of numbers. */
export const NPY_HEADER_BYTES = 4096

const names: Readonly<Record<string, string>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f4: 'float32',
  f8: 'float64',
  c8: 'complex64',
  c16: 'complex128',
}

/**
 * Reads the header of a `.npy` file (NEP 1, versions 1 to 3).
 *
 * @param bytes the beginning of the file
 * @throws CorruptFileError for what is no such file
 * @throws UnsupportedCodecError for big-endian numbers, other orders of axes, and types that are no numbers
 */
export function readNpyHeader(bytes: Uint8Array, path: string): NpyHeader {
  if (bytes.length < 10 || MAGIC.some((m, i) => bytes[i] !== m))
    throw new CorruptFileError(path, 0, 'no .npy file begins like this')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wide = bytes[6]! > 1
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true)
  const start = wide ? 12 : 10
  if (start + length > bytes.length) throw new CorruptFileError(path, start, 'the header of this .npy file is cut off')
  const text = new TextDecoder().decode(bytes.subarray(start, start + length))
  const descr = /'descr':\s*'([^']+)'/.exec(text)?.[1]
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1]
  if (descr === undefined || shape === undefined)
    throw new CorruptFileError(path, start, `the header of this .npy file cannot be read: ${text.trim()}`)
  const dtype = names[descr.slice(1)]
  if (dtype === undefined || descr.startsWith('>'))
    throw new UnsupportedCodecError(`${path} holds numbers of the type ${descr}: expected little-endian numbers of 1 to 16 bytes`)
  const lengths = shape.split(',').flatMap((s) => (s.trim() === '' ? [] : [Number(s)]))
  if (/'fortran_order':\s*True/.test(text) && lengths.length > 1)
    throw new UnsupportedCodecError(
      `${path} holds its elements with the first axis closest (fortran_order): save it with numpy.ascontiguousarray`,
    )
  return { dtype, shape: lengths, offset: start + length }
}

/** The header of a `.npy` file, version 1: a multiple of 64 bytes. */
export function npyHeader(dtype: string, shape: readonly number[]): Uint8Array {
  const code = Object.keys(names).find((key) => names[key] === dtype)!
  const order = code.endsWith('1') && code !== 'c16' ? '|' : '<'
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${list}), }`
  const total = Math.ceil((10 + text.length + 1) / 64) * 64
  const header = new Uint8Array(total).fill(0x20)
  header.set([...MAGIC, 1, 0])
  new DataView(header.buffer).setUint16(8, total - 10, true)
  header.set(new TextEncoder().encode(text), 10)
  header[total - 1] = 0x0a
  return header
}
