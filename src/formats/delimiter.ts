import { ArgumentError } from '../base/index.js'
import type { Store } from '../filesystem/index.js'
import type { Encoding } from './encoding.js'

/** What ends a line, as the bytes that stand for it in the file. A line owns the delimiter that ends it. */
export interface Delimiter {
  readonly bytes: Buffer
  /** Bytes of a code unit: a delimiter can only stand at a multiple of it. */
  readonly unit: number
  /** Whether two occurrences can overlap, as those of a blank line ("\n\n") can. */
  readonly overlaps: boolean
}

export function delimiterOf(text: string, encoding: Encoding): Delimiter {
  if (text === '') throw new ArgumentError('The delimiter of lines is empty: give the text that ends a line')
  const bytes = Buffer.from(text, encoding)
  if (bytes.toString(encoding) !== text) {
    throw new ArgumentError(`The delimiter ${JSON.stringify(text)} cannot be written in ${encoding}`)
  }
  return { bytes, unit: encoding === 'utf-16le' ? 2 : 1, overlaps: overlapsItself(bytes) }
}

/** Bytes that end a block of a binary file. */
export function markOf(bytes: Buffer): Delimiter {
  return { bytes, unit: 1, overlaps: overlapsItself(bytes) }
}

function overlapsItself(bytes: Buffer): boolean {
  for (let shift = 1; shift < bytes.length; shift++) if (bytes.subarray(shift).equals(bytes.subarray(0, -shift))) return true
  return false
}

/** Where the first delimiter at or after `from` stands, or -1. */
export function findDelimiter(bytes: Buffer, delimiter: Delimiter, from: number): number {
  let at = bytes.indexOf(delimiter.bytes, from)
  while (at >= 0 && at % delimiter.unit !== 0) at = bytes.indexOf(delimiter.bytes, at + 1)
  return at
}

/** Where the last line that is complete ends, in bytes that begin where a line begins; 0 when none is complete. */
export function lastLineEnd(bytes: Buffer, delimiter: Delimiter): number {
  const { length } = delimiter.bytes
  if (delimiter.overlaps) {
    let end = 0
    for (let at = findDelimiter(bytes, delimiter, 0); at >= 0; at = findDelimiter(bytes, delimiter, end)) end = at + length
    return end
  }
  if (length === 1) return bytes.lastIndexOf(delimiter.bytes[0]!) + 1
  let at = bytes.lastIndexOf(delimiter.bytes)
  while (at > 0 && at % delimiter.unit !== 0) at = bytes.lastIndexOf(delimiter.bytes, at - 1)
  return at < 0 || at % delimiter.unit !== 0 ? 0 : at + length
}

const WINDOW = 1 << 16

/**
 * Where the first line that begins at or after `position` begins; `size` when there is none. A line begins at 0 and after
 * every delimiter, delimiters being taken from the start of the file on, each after the end of the one before. Since this
 * depends on the file and the position only, the blocks [lineStart(a), lineStart(b)) of any cuts hold every line once.
 */
export async function lineStart(
  store: Store,
  path: string,
  position: number,
  size: number,
  delimiter: Delimiter,
): Promise<number> {
  const { bytes: mark, unit } = delimiter
  const wanted = Math.ceil(position / unit) * unit
  if (wanted <= 0) return 0
  if (wanted >= size) return size
  const from = await unambiguous(store, path, Math.max(0, wanted - mark.length), delimiter)
  for (let length = WINDOW; ; length *= 4) {
    const bytes = asBuffer(await store.read(path, from, Math.min(size, from + length)))
    for (let at = findDelimiter(bytes, delimiter, 0); at >= 0; at = findDelimiter(bytes, delimiter, at + mark.length)) {
      if (from + at + mark.length >= wanted) return from + at + mark.length
    }
    if (bytes.length < length) return size
  }
}

/** The last place at or before `position` that no occurrence of the delimiter spans, so that the search may begin there. */
async function unambiguous(store: Store, path: string, position: number, delimiter: Delimiter): Promise<number> {
  if (!delimiter.overlaps) return position
  const { bytes: mark, unit } = delimiter
  for (let length = WINDOW; ; length *= 4) {
    const begin = Math.max(0, position - length)
    const bytes = asBuffer(await store.read(path, begin, position + mark.length))
    for (let at = position; at - mark.length >= begin || begin === 0; at -= unit) {
      let spanned = false
      for (let start = Math.max(begin, at - mark.length + unit); start < at; start += unit) {
        spanned ||= bytes.subarray(start - begin, start - begin + mark.length).equals(mark)
      }
      if (!spanned) return at
    }
  }
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
